# SPDX-License-Identifier: Apache-2.0
"""The four media by name."""

from pathlib import PurePath
from typing import Final

from fuzz.tell import html, perfetto, svg, text
from fuzz.tell.story import Story
from model.program import Program

MEDIA: Final = ("text", "svg", "html", "perfetto")

SUFFIXES: Final = {
    ".txt": "text",
    ".svg": "svg",
    ".html": "html",
    ".htm": "html",
    ".json": "perfetto",
    ".perfetto-trace": "perfetto",
}


def medium_for(name: str | None, asked: str | None) -> str:
    """The medium that was asked for, or else the one of the file's name; text where neither says.

    Raises:
        ValueError: they contradict each other, or the suffix is of no medium and none was asked for.
    """
    suffix = PurePath(name or "").suffix.lower()
    named = SUFFIXES.get(suffix)
    if asked is None:
        if suffix and named is None:
            raise ValueError(
                f"{name}: no medium has this suffix (there are {', '.join(SUFFIXES)}); --as MEDIUM says it"
            )
        return named or "text"
    if named not in (None, asked):
        raise ValueError(f"{name} would be {named}, and --as {asked} was asked for")
    return asked


def draw(
    story: Story,
    medium: str,
    program: Program,
    name: str,
    *,
    width: int = 100,
    plain: bool = False,
    room: float | None = None,
) -> str:
    """A story in one of `MEDIA`; `name` is the program's, `width` and `plain` are for text, `room` is for an SVG."""
    if medium == "svg":
        return svg.render(story, name, room=room)
    if medium == "html":
        return html.render(story, program, name)
    if medium == "perfetto":
        return perfetto.render(story, program, name)
    return text.render(story, width, text.ASCII if plain else text.UNICODE)
