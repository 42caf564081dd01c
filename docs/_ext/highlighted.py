# SPDX-License-Identifier: Apache-2.0
"""Every block of a page that holds a program is highlighted as one."""

from typing import Any, Final

from docutils import nodes
from program_text import NAME, WHOLE
from sphinx.transforms import SphinxTransform

_PLAIN: Final = ("default", "none", "text")
"""What a block is called of which nothing was said."""


class Highlighted(SphinxTransform):
    """A block that holds a program is one, whatever it was called."""

    default_priority = 200  # before Sphinx gives a language to those that have none

    def apply(self, **kwargs: Any) -> None:
        """Name the language of blocks that begin as a program does."""
        for block in self.document.findall(nodes.literal_block):
            if block.get("language", "default") in _PLAIN and WHOLE.match(block.astext()):
                block["language"] = NAME
