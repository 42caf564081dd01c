# SPDX-License-Identifier: Apache-2.0
"""The section of a clause has one anchor, `ring-3`, whatever its title says, and is an object that searches find."""

from collections.abc import Iterator
from typing import Any, Final

from docutils import nodes
from sphinx.transforms import SphinxTransform

from model.clauses import BY_NUMBER

OBJECT: Final = "clause"
_CLAUSES: Final = {clause.id.lower(): clause.id for clause in BY_NUMBER}
_PAGES: Final = "made/clauses/"


class ClauseAnchors(SphinxTransform):
    """A heading makes an anchor of its own words; links that used it would die with the next better sentence."""

    default_priority = 300
    """After labels have been given to the sections behind them, and before anything reads the anchors."""

    def apply(self, **kwargs: Any) -> None:
        """Of all pages of clauses."""
        if self.env.current_document.docname.startswith(_PAGES):
            for name, anchor in name_clauses(self.document):
                self.env.domains.standard_domain.note_object(OBJECT, name, anchor, location=self.document)


def name_clauses(document: nodes.document) -> Iterator[tuple[str, str]]:
    """Leave each section with the label of a clause this one anchor; gives the names of the clauses with it."""
    for section in list(document.findall(nodes.section)):
        anchor = next((x for x in section["ids"] if x in _CLAUSES), None)
        if anchor is not None:
            section["ids"] = [anchor]
            yield _CLAUSES[anchor], anchor
