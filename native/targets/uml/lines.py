# SPDX-License-Identifier: GPL-2.0
"""Serial lines of a guest: what goes in and out of its program, and what is kept of it."""

import contextlib
import os
import sys
import threading
from typing import Final

_PIECE: Final = 255
"""Bytes of standard input that are passed on together; the length is one byte."""


class Lines:
    """Pipes to and from the guest, and the threads that serve them."""

    def __init__(self, standard_input: str, kept: tuple[str, ...] = ("log", "status")) -> None:
        self._input = standard_input
        self._ready = threading.Event()
        self.inward, self._source = os.pipe()
        self._read: dict[str, int] = {}
        self.outward: dict[str, int] = {}
        for name in ("out", "err", "log", "status"):
            self._read[name], self.outward[name] = os.pipe()
        self.kept: dict[str, bytearray] = {name: bytearray() for name in kept}
        self.lost: list[str] = []
        self.full = ""
        self._threads: list[threading.Thread] = []

    def descriptors(self) -> list[str]:
        """How the guest's serial lines are told of them."""
        outputs = [self.outward[x] for x in ("out", "err", "log", "status")]
        return [f"fd:{self.inward},null", *(f"null,fd:{x}" for x in outputs)]

    def passed(self) -> list[int]:
        """The guest's ends."""
        return [self.inward, *self.outward.values()]

    def serve(self) -> None:
        """Once the guest has its ends. What it reads from stays open here: it may end without having read all."""
        for fd in self.outward.values():
            os.close(fd)
        if self._input in ("", "-"):
            threading.Thread(target=self._feed, daemon=True).start()
        for name, fd in self._read.items():
            thread = threading.Thread(target=self._drain, args=(name, fd), daemon=True)
            thread.start()
            self._threads.append(thread)

    def join(self, seconds: float | None = None) -> None:
        """Everything that the guest wrote has been passed on, or so many seconds have passed for each line."""
        for thread in self._threads:
            thread.join(seconds)
        self._ready.set()

    def _feed(self) -> None:
        """A serial line knows no end of file, so what is no terminal goes in pieces with their lengths."""
        self._ready.wait()
        framed = self._input == "-"
        with contextlib.suppress(OSError, ValueError):
            while data := os.read(sys.stdin.fileno(), _PIECE if framed else 65536):
                view = memoryview(bytes([len(data)]) + data if framed else data)
                while view:
                    view = view[os.write(self._source, view) :]
            if framed:
                os.write(self._source, b"\0")
        if not framed:  # the line hangs up, and forgets what was not read yet
            os.close(self._source)

    def _drain(self, name: str, fd: int) -> None:
        while data := os.read(fd, 65536):
            if name in self.kept:
                self.kept[name] += data
                if name == "status":  # the first word: its lines take bytes as they are
                    self._ready.set()
                continue
            self._pass_on(name, data)
        os.close(fd)

    def _pass_on(self, name: str, data: bytes) -> None:
        """The guest may go on writing where we cannot."""
        stream = sys.stdout if name == "out" else sys.stderr
        if name in self.lost:
            return
        try:
            stream.buffer.write(data)
            stream.buffer.flush()
        except BrokenPipeError:
            self.lost.append(name)
        except OSError as problem:
            self.lost.append(name)
            self.full = f"what the program writes is lost: {problem.strerror}"
