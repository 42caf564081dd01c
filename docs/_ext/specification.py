# SPDX-License-Identifier: Apache-2.0
"""Pages that are made from the project itself, the pictures in them, and links between clauses, code and cases.

Everything made is written below `docs/made/`, which is not kept, before Sphinx reads its sources. A file that did not
change is not written again, so a second build is quick.
"""

from typing import Any, Final

import case_pages
import clause_anchors
import clause_pages
import code_pages
import docstrings
import highlighted
import man_pages
import mention_links
import picture_directives
import pictures
import program_text
import reference_pages
import sheet
from files import MADE, SHEETS, write
from sphinx.application import Sphinx
from sphinx.config import Config

_SHEET_PAGES: Final = frozenset(f"made/{name.removesuffix('.md')}" for name in SHEETS)


def make(app: Sphinx, config: Config) -> None:
    """Write what differs, and take away what is no longer made."""
    write(
        {
            **case_pages.pages(),
            **clause_pages.pages(),
            **code_pages.pages(),
            **man_pages.pages(),
            **reference_pages.pages(),
            **pictures.drawn(),
            **SHEETS,
        },
        MADE,
    )


def before(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """In front of Napoleon."""
    docstrings.hide_colons(what, lines)


def after(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Behind it."""
    docstrings.show_colons(lines)
    docstrings.name_by_name(lines)


def sign(
    app: Sphinx, what: str, name: str, thing: object, options: object, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """Signatures as they are written."""
    return signature and docstrings.with_defaults(thing, signature), returned


def cite(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Below the docstring of a function of the model stand the clauses that it implements."""
    cited = code_pages.cited_by(name)
    if cited:
        lines += ["", f"*Clauses:* {', '.join(f':ref:`{clause} <{clause.lower()}>`' for clause in cited)}", ""]


def read(app: Sphinx, name: str, source: list[str]) -> None:
    """Hand-written pages get anchors for sections and decisions, and links to the clauses as they are on the site."""
    if name in _SHEET_PAGES:
        source[0] = sheet.with_anchors(source[0])
    if name == "glossary":
        source[0] = sheet.with_words(source[0])
    up = "../" * name.count("/")
    source[0] = sheet.with_links(source[0], up)


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("config-inited", make, priority=100)
    app.connect("source-read", read)
    app.connect("autodoc-process-docstring", before, priority=400)
    app.connect("autodoc-process-docstring", after, priority=600)
    app.connect("autodoc-process-docstring", cite, priority=700)
    app.connect("autodoc-process-signature", sign)
    app.add_object_type(clause_anchors.OBJECT, clause_anchors.OBJECT, objname=clause_anchors.OBJECT)
    app.add_transform(clause_anchors.ClauseAnchors)
    app.add_transform(mention_links.MentionLinks)
    app.add_lexer(program_text.NAME, program_text.ProgramText)
    app.add_transform(highlighted.Highlighted)
    app.add_directive("picture", picture_directives.PictureDirective)
    app.add_directive("divergence", picture_directives.DivergenceDirective)
    return {"env_version": 12, "parallel_read_safe": True, "parallel_write_safe": True}
