# SPDX-License-Identifier: GPL-2.0
"""What the real kernel says on its console when something is wrong with it."""

import re
from typing import Final

_STAMP: Final = re.compile(r"^(?:<\d>)?\[ *\d+\.\d+\] ?", re.MULTILINE)
_HEADLINE: Final = re.compile(
    r"BUG: |BUG at|WARNING: |KASAN: |Kernel panic|INFO: task .* blocked|INFO: rcu|suspicious RCU"
    r"|possible (?:circular|recursive|irq) lock|inconsistent lock state|do not call blocking ops"
    r"|sleeping function called|corruption|ODEBUG: |refcount_t: |held lock freed|bad unlock balance"
    r"|scheduling while atomic|Segfault with no mm|\bOops\b"
)


def plain(console: str) -> str:
    """The text without the time in front of each line."""
    return _STAMP.sub("", console)


def find(console: str) -> str | None:
    """The kernel's report in what it wrote, from its headline on; None when there is none."""
    text = plain(console)
    found = _HEADLINE.search(text)
    if found is None:
        return None
    return text[text.rfind("\n", 0, found.start()) + 1 :].strip()
