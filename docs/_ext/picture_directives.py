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
from sphinx.util.docutils import SphinxDirective

_WIDE: Final = "Both sides together are wider than a page: the picture scrolls, and a click shows it alone."
_SMALLEST: Final = 0.8
"""How far a picture shrinks: its smallest letters have 11 pixels."""


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
            nodes.raw("", f"<figure>{image}<figcaption>{_WIDE}</figcaption></figure>", format="html"),
        ]


def _image(docname: str, path: str, told: str) -> str:
    """HTML of a picture, as a page sees it."""
    up = "../" * docname.count("/")
    with (MADE / EXTRA / path).open(encoding="utf-8") as picture:
        width, height = map(float, re.findall(r' (?:width|height)="([\d.]+)"', picture.readline())[:2])
    return (
        f'<div class="picture" tabindex="0"><a href="{up}{path}" title="The picture alone">'
        f'<img loading="lazy" src="{up}{path}" alt="{escape(told)}" width="{width:.0f}" height="{height:.0f}" '
        f'style="min-width: {_SMALLEST * width:.0f}px"></a></div>'
    )


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
        name = PurePosixPath(path).stem
        image = _image(self.env.docname, place(path), f"The run of {name} as a picture")
        caption = " ".join(self.content)
        told = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
        if "folded" in self.options:
            html = f'<details class="folded"><summary>Picture of {escape(name)}</summary>{image}{told}</details>'
            return [nodes.raw("", html, format="html")]
        named = f"In the picture: {', '.join(clauses_in(ROOT / path))}."
        return [
            nodes.raw("", f"<figure>{image}{told}</figure>", format="html"),
            nodes.paragraph("", named, classes=["in-the-picture"]),
        ]
