# SPDX-License-Identifier: Apache-2.0
"""Makes links of what `mentions` finds in the prose of all pages."""

from collections.abc import Iterator
from typing import Any, Final

from docutils import nodes
from mentions import mentions
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

_NOT_IN: Final = (
    nodes.literal, nodes.FixedTextElement, nodes.reference, nodes.title, nodes.raw, nodes.Invisible, nodes.target,
    addnodes.pending_xref, addnodes.desc_signature,
)  # fmt: skip
"""Code, links, headings."""


class MentionLinks(SphinxTransform):
    """`RING-4` in a sentence leads to the clause."""

    default_priority = 700

    def apply(self, **kwargs: Any) -> None:
        """Replace each text that names something, and what is code and the name of a page."""
        for code in list(self.document.findall(nodes.literal)):
            named = mentions(code.astext())
            whole = [x for x in named if x.label.startswith("/") and x.end - x.start == len(code.astext())]
            if whole and not any(isinstance(parent, _NOT_IN) for parent in _above(code)):
                code.parent.replace(code, self._link(code.astext(), whole[0].label, code.deepcopy()))
        for text in list(self.document.findall(nodes.Text)):
            if not any(isinstance(parent, _NOT_IN) for parent in _above(text)):
                found = list(self._linked(text))
                if len(found) > 1 or not isinstance(found[0], nodes.Text):
                    text.parent.replace(text, found)

    def _linked(self, text: nodes.Text) -> Iterator[nodes.Node]:
        done = 0
        told = str(text)
        own = text.parent.get("ids", ())
        for mention in mentions(told):
            if mention.label not in own:
                if told[done : mention.start]:
                    yield nodes.Text(told[done : mention.start])
                yield self._link(told[mention.start : mention.end], mention.label)
                done = mention.end
        if told[done:] or not done:
            yield nodes.Text(told[done:])

    def _link(self, name: str, label: str, shown: nodes.Node | None = None) -> nodes.Node:
        return addnodes.pending_xref(
            "", shown or nodes.inline("", name), refdomain="std", reftype="doc" if label.startswith("/") else "ref",
            reftarget=label, refexplicit=True, refdoc=self.env.docname, refwarn=True,
        )  # fmt: skip


def _above(node: nodes.Node) -> Iterator[nodes.Node]:
    while node.parent is not None:
        node = node.parent
        yield node
