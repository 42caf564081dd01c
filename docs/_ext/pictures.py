# SPDX-License-Identifier: Apache-2.0
"""Pictures of the corpus, drawn by `fuzz.show` when the site is built."""

from html import escape
from pathlib import Path, PurePosixPath
from typing import ClassVar, Final

from docutils import nodes
from docutils.parsers.rst import directives
from files import MADE, ROOT, Files
from sphinx.util.docutils import SphinxDirective

from fuzz.campaign.seeds import corpus_files
from fuzz.show.media import draw
from fuzz.show.narrate import narrate
from fuzz.show.story import Story
from fuzz.text import parse

EXTRA: Final = "extra"
"""The folder of `docs/made/` that is copied to the site as it is."""


def place(path: str) -> str:
    """Where on the site the picture of a program lies."""
    case = PurePosixPath(path)
    return f"pictures/{case.parent.name}/{case.stem}.svg"


def drawn() -> Files:
    """A picture of the model's run of each file of the corpus."""
    return {f"{EXTRA}/{place(str(path.relative_to(ROOT)))}": _svg(path) for path in corpus_files()}


def _svg(path: Path) -> str:
    program = parse(path.read_text(encoding="utf-8"), path.name).program
    return draw(Story("on the model", narrate(program)), "svg", program, path.stem)


class PictureDirective(SphinxDirective):
    """`{picture} corpus/litmus/hello.syslet`: the picture, which scrolls where it is wider than the page.

    With `:folded:` it is shown when it is asked for. The content is its caption.
    """

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"folded": directives.flag}

    def run(self) -> list[nodes.Node]:
        """One piece of HTML: a figure is not folded by any node that Sphinx knows."""
        path = self.arguments[0]
        if not (MADE / EXTRA / place(path)).is_file():
            raise self.error(f"no picture of {path}")
        up = "../" * self.env.docname.count("/")
        name = PurePosixPath(path).stem
        image = (
            f'<div class="picture" tabindex="0"><img loading="lazy" src="{up}{place(path)}" '
            f'alt="The run of {escape(name)} as a picture"></div>'
        )
        caption = " ".join(self.content)
        told = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
        if "folded" in self.options:
            html = f'<details class="folded"><summary>Picture of {escape(name)}</summary>{image}{told}</details>'
        else:
            html = f"<figure>{image}{told}</figure>"
        return [nodes.raw("", html, format="html")]
