# SPDX-License-Identifier: Apache-2.0
"""Targets without a compiler: the model itself, run under another reading of v3, is a target with a fault."""

from collections.abc import Callable

from model import image as layout
from model.spec import run
from model.trace import Trace
from model.variant import PINNED, Variant
from model.verdict import Kind
from native.targets.host import Failure

Special = Callable[[layout.Image], Failure | None]


class ModelTarget:
    """Runs programs on the model. `special` may fail instead, as a crashing or hanging target would."""

    build_id = "model"
    deep = False
    opaque = True

    def __init__(self, variant: Variant = PINNED, special: Special | None = None) -> None:
        self.coverage = memoryview(bytearray(1 << 16))
        self.runs = 0
        self._variant = variant
        self._special = special

    def fresh(self) -> None:
        """It keeps nothing from one program to the next."""

    def log(self) -> str:
        """It says nothing."""
        return ""

    def close(self) -> None:
        """Nothing to end."""

    def run(self, image: layout.Image) -> Trace | Failure:
        self.runs += 1
        if self._special is not None and (failure := self._special(image)) is not None:
            return failure
        return run.run(image, variant=self._variant)


def crash_on_exit(image: layout.Image) -> Failure | None:
    """Crashes whenever the program has an `exit` step."""
    if any(step[0] == layout.OP_EXIT for step in image.steps):
        text = "==77==ERROR: AddressSanitizer: heap-use-after-free on address 0x60b0 at pc 0x5\n#0 x"
        return Failure(Kind.CRASH, text)
    return None
