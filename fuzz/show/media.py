# SPDX-License-Identifier: Apache-2.0
"""The four media by name."""

from typing import Final

from fuzz.show import html, perfetto, svg, text
from fuzz.show.story import Story
from model.program import Program

MEDIA: Final = ("text", "svg", "html", "perfetto")


def draw(story: Story, medium: str, program: Program, name: str, *, width: int = 100, plain: bool = False) -> str:
    """A story in one of `MEDIA`; `name` is the program's, `width` and `plain` are for text."""
    if medium == "svg":
        return svg.render(story, name)
    if medium == "html":
        return html.render(story, program, name)
    if medium == "perfetto":
        return perfetto.render(story, program, name)
    return text.render(story, width, text.ASCII if plain else text.UNICODE)
