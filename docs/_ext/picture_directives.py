# SPDX-License-Identifier: Apache-2.0
"""Puts the pictures of `pictures.py` on pages."""

import re
from collections.abc import Sequence
from html import escape
from pathlib import PurePosixPath
from typing import ClassVar, Final

from docutils import nodes
from docutils.parsers.rst import directives
from files import MADE, ROOT
from pictures import EXTRA, ROOMS, alive, clauses_in, place, split
from sphinx import addnodes
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

_TALLEST: Final = 2400
"""Pixels; a higher picture scrolls in a box of its own, so that what is below it can be reached."""
_SIDEWAYS: Final = "The picture goes on at the right: it scrolls."
_ALIVE: Final = "Step through it: what each row changes in memory"
_PHONE: Final = 356
"""Pixels for a picture on a screen of 390."""
_COMPACT: Final = 880
"""Pixels; a picture of up to that is shown in less room than one that takes all of a page."""


class DivergenceDirective(SphinxDirective):
    """`{divergence} LOST_EVENT_ON_WRAP` with a program: the text, and model and host with that fault side by side."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """The program, and the picture below it."""
        text = "\n".join(self.content)
        fault = self.arguments[0]
        paths = [split(fault, size) for size in ROOMS]
        _depends_on(self.env, paths)
        image = _image(self.env.docname, paths, f"Model and host with the fault {fault}")
        return [nodes.literal_block(text, text, language="text"), _html(f"<figure>{image}</figure>")]


def _image(docname: str, paths: Sequence[str], told: str) -> str:
    """HTML of a picture in the sizes of `ROOMS`, as a page sees it; the style sheet says which one is shown."""
    up = "../" * docname.count("/")
    sizes = [_size(path) for path in paths]
    images = "".join(
        f'<img loading="lazy" class="{name}" src="{up}{path}" alt="{escape(told)}" '
        f'width="{width:.0f}" height="{height:.0f}" style="--natural: {width:.0f}px">'
        for name, path, (width, height) in zip(("wide", "middle", "narrow"), paths, sizes, strict=True)
    )
    classes = ["picture"]
    classes += ["compact"] if sizes[0][0] <= _COMPACT else []
    classes += ["tall"] if sizes[0][1] > _TALLEST else []
    sideways = sizes[-1][0] * 0.95 > _PHONE
    return (
        f'<div class="{" ".join(classes)}" tabindex="0"><a href="{up}{alive(paths[0])}" title="{_ALIVE}">{images}</a>'
        "</div>"
        + f'<p class="sideways">{_SIDEWAYS}</p>' * sideways
        + f'<p class="alive"><a href="{up}{alive(paths[0])}">{_ALIVE}</a></p>'
    )


def _depends_on(env: BuildEnvironment, paths: Sequence[str]) -> None:
    """A page says how big its pictures are, so it is made again when they change."""
    for path in paths:
        env.note_dependency(str(MADE / EXTRA / path))


def _size(path: str) -> tuple[float, float]:
    """Width and height of a picture, which its first line says."""
    with (MADE / EXTRA / path).open(encoding="utf-8") as picture:
        width, height = map(float, re.findall(r' (?:width|height)="([\d.]+)"', picture.readline())[:2])
    return width, height


class PictureDirective(SphinxDirective):
    """`{picture} corpus/litmus/hello.syslet`: the picture, in the size that fits on the page.

    With `:folded:` it is shown when it is asked for. The content is its caption.
    """

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"folded": directives.flag}

    def run(self) -> list[nodes.Node]:
        """Pieces of HTML around the caption: a figure is not folded by any node that Sphinx knows."""
        path = self.arguments[0]
        if not (MADE / EXTRA / place(path)).is_file():
            raise self.error(f"no picture of {path}")
        name = PurePosixPath(path).stem
        paths = [place(path, size) for size in ROOMS]
        _depends_on(self.env, paths)
        image = _image(self.env.docname, paths, f"The run of {name} as a picture")
        caption = " ".join(self.content)
        told: list[nodes.Node] = []
        if caption:
            told = [
                _html("<figcaption>"),
                nodes.paragraph("", "", *self.parse_inline(caption)[0]),
                _html("</figcaption>"),
            ]
        if "folded" in self.options:
            begin = _html(f'<details class="folded"><summary>Picture of {escape(name)}</summary>{image}')
            return [begin, *told, _html("</details>")]
        below = nodes.paragraph(
            "", f"In the picture: {', '.join(clauses_in(ROOT / path))}.", classes=["in-the-picture"]
        )
        page = f"made/{PurePosixPath(path).parent.name}/{name}"
        if page != self.env.docname:
            below += [nodes.Text(" "), _page(self.env.docname, page, "The program"), nodes.Text(".")]
        return [_html(f"<figure>{image}"), *told, _html("</figure>"), below]


def _html(text: str) -> nodes.Node:
    return nodes.raw("", text, format="html")


def _page(docname: str, page: str, told: str) -> nodes.Node:
    """A link to a page, by its name below `docs/`."""
    return addnodes.pending_xref(
        "", nodes.inline("", told), refdomain="std", reftype="doc", reftarget=f"/{page}", refexplicit=True,
        refdoc=docname, refwarn=True,
    )  # fmt: skip
