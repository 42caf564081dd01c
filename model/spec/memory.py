# SPDX-License-Identifier: Apache-2.0
"""User memory: the arena's bytes behind pages that may be absent, read-only, or still to come in (D40, D41, D89)."""

from typing import Final

from mypy_extensions import mypyc_attr

from model.image import ARENA, BASE, PAGE, Image
from model.program import PageKind

READ: Final = int(PageKind.READ_ONLY)
WRITE: Final = int(PageKind.READ_WRITE)


@mypyc_attr(allow_interpreted_subclasses=True)
class Memory:
    """Bytes and pages. Nothing here is a schedule point.

    Attributes:
        memory: the arena; words: the same bytes as aligned 64-bit words; written: numbers of the words
            that may have changed since it was last asked.
        pages: protection of each page as the kernel sees it now; cold: the pages that are still to come in.
    """

    __slots__ = ("cold", "memory", "pages", "words", "written")

    def __init__(self, image: Image) -> None:
        self.memory = bytearray(image.memory)
        self.words = memoryview(self.memory).cast("Q")
        self.written: set[int] = set()
        self.pages = image.pages
        self.cold: frozenset[int] = frozenset()
        if PageKind.COLD in image.pages:
            self.cold = frozenset([n for n, kind in enumerate(image.pages) if kind == PageKind.COLD])
            self.pages = bytes([PageKind.ABSENT if n in self.cold else kind for n, kind in enumerate(image.pages)])

    def load(self, address: int) -> int | None:
        """One word; None is a fault (D40, D41)."""
        offset = address - BASE
        if not offset & 7 and 0 <= offset < ARENA:
            if self.pages[offset >> 12]:
                return self.words[offset >> 3]
        elif 0 <= offset <= ARENA - 8 and self.pages[offset >> 12] and self.pages[(offset + 7) >> 12]:
            return int.from_bytes(self.memory[offset : offset + 8], "little")
        self._faults(offset, offset + 7)
        return None

    def store(self, address: int, value: int) -> bool:
        """Write one word; False is a fault, with nothing written (D40, D41)."""
        offset = address - BASE
        if not offset & 7 and 0 <= offset < ARENA:
            if self.pages[offset >> 12] == WRITE:
                self.words[offset >> 3] = value
                self.written.add(offset >> 3)
                return True
        elif 0 <= offset <= ARENA - 8 and self.pages[offset >> 12] == self.pages[(offset + 7) >> 12] == WRITE:
            self.memory[offset : offset + 8] = value.to_bytes(8, "little")
            self.written.update((offset >> 3, (offset >> 3) + 1))
            return True
        self._faults(offset, offset + 7)
        return False

    def span(self, address: int, count: int, kind: int) -> int:
        """How many of `count` bytes from `address` can be reached before the first fault: READ or WRITE."""
        end = offset = address - BASE
        if not 0 <= offset < ARENA:
            return 0
        if offset >> 12 == (offset + count - 1) >> 12 and self.pages[offset >> 12] >= kind:
            return count
        while end < ARENA and end < offset + count and self.pages[end >> 12] >= kind:
            end = (end | (PAGE - 1)) + 1
        if end - offset < count:
            self._faults(end, end)
        return min(end - offset, count)

    def put(self, address: int, data: bytes) -> None:
        """Write bytes that `span` found writable."""
        offset = address - BASE
        self.memory[offset : offset + len(data)] = data
        self.written.update(range(offset >> 3, (offset + len(data) + 7) >> 3))

    def get(self, address: int, count: int) -> bytes:
        """Read bytes that `span` found readable."""
        return bytes(self.memory[address - BASE : address - BASE + count])

    def come_in(self, page: int) -> None:
        """A cold page is an ordinary one from now on."""
        self.cold = self.cold - {page}
        self.pages = self.pages[:page] + bytes((PageKind.READ_WRITE,)) + self.pages[page + 1 :]

    def _faults(self, first: int, last: int) -> None:
        if self.cold:
            for page in {first >> 12, last >> 12} & self.cold:
                self.refused(page)

    def refused(self, page: int) -> None:
        """PAGE-2: a page that is not in yet looks absent."""
