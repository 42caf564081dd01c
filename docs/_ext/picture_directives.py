# SPDX-License-Identifier: Apache-2.0
"""Puts the pictures of `pictures.py` on pages."""

import re
from html import escape
from pathlib import PurePosixPath
from typing import ClassVar, Final

from docutils import nodes
from docutils.parsers.rst import directives
from files import MADE, ROOT
from pictures import EXTRA, clauses_in, place, split
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

_WIDE: Final = "Both sides together are wider than a page: the picture scrolls, and a click shows it alone."
_TALLEST: Final = 2400
"""Pixels; a higher picture scrolls in a box of its own, so that what is below it can be reached."""
_SIDEWAYS: Final = "The picture goes on at the right: it scrolls, and a tap shows it alone."


class DivergenceDirective(SphinxDirective):
    """`{divergence} LOST_EVENT_ON_WRAP` with a program: the text, and model and host with that fault side by side."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """The program, and the picture below it."""
        text = "\n".join(self.content)
        fault = self.arguments[0]
        image = _image(self.env.docname, split(fault), f"Model and host with the fault {fault}, side by side")
        return [
            nodes.literal_block(text, text, language="text"),
            _html(f"<figure>{image}<figcaption>{_WIDE}</figcaption></figure>"),
        ]


def _image(docname: str, path: str, told: str) -> str:
    """HTML of a picture, as a page sees it; how far it shrinks is for the style sheet to say."""
    up = "../" * docname.count("/")
    with (MADE / EXTRA / path).open(encoding="utf-8") as picture:
        width, height = map(float, re.findall(r' (?:width|height)="([\d.]+)"', picture.readline())[:2])
    return (
        f'<div class="picture{" tall" if height > _TALLEST else ""}" tabindex="0">'
        f'<a href="{up}{path}" title="The picture alone">'
        f'<img loading="lazy" src="{up}{path}" alt="{escape(told)}" width="{width:.0f}" height="{height:.0f}" '
        f'style="--natural: {width:.0f}px"></a></div><p class="sideways">{_SIDEWAYS}</p>'
    )


class PictureDirective(SphinxDirective):
    """`{picture} corpus/litmus/hello.syslet`: the picture, which scrolls where it is wider than the page.

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
        image = _image(self.env.docname, place(path), f"The run of {name} as a picture")
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
