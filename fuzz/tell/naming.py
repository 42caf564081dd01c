# SPDX-License-Identifier: Apache-2.0
"""Numbers of a running model in the words of a program text: calls with their arguments, atoms, words, pipes."""

from collections.abc import Sequence
from typing import Final

from fuzz.text import names, symbols
from model import abi
from model.image import EVENTFD_FD, PIPE_FD
from model.program import MAX_EVENTFDS, MAX_PIPES, Operand, Program, Space

_ARGUMENTS: Final = {
    abi.NR_READ: 3, abi.NR_WRITE: 3, abi.NR_CLOSE: 1, abi.NR_SCHED_YIELD: 0, abi.NR_NANOSLEEP: 2, abi.NR_GETPID: 0,
    abi.NR_GETTID: 0, abi.NR_FUTEX: 4, abi.NR_ASYNC_EXEC: 2, abi.NR_ASYNC_WAIT: 3, abi.NR_UMEM_ADD: 2,
    abi.NR_ASYNC_THREAD: 0,
}  # fmt: skip
_ON_DESCRIPTORS: Final = (abi.NR_READ, abi.NR_WRITE, abi.NR_CLOSE)
_ATOM_RESULTS: Final = (abi.NR_ASYNC_EXEC,)


class Words:
    """Names things as the program that is run would."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._declared = {id(thing): thing for thing in program.atoms}

    def place(self, address: int) -> str:
        """The word at an address: `w0`, `r0[1]`, `h0.stack`."""
        return symbols.name_of(address, word=True)

    def thing(self, address: int) -> str:
        """What begins at an address: `a1`, `h0`."""
        return symbols.name_of(address, self.program, pointer=True)

    def value(self, value: int, nr: int = -1) -> str:
        """A result, as a signed word; of `async_exec` it is an atom or NULL."""
        return symbols.name_of(value, self.program, pointer=nr in _ATOM_RESULTS)

    def object(self, number: int) -> str:
        """A descriptor: `p0.r`, `e1`, or its number."""
        return names.operand(_descriptor(number))

    def pipe(self, number: int) -> str:
        """The thing behind a descriptor: `p0`, `e1`."""
        return self.object(number).split(".")[0]

    def call(self, nr: int, args: Sequence[int]) -> str:
        """A call as a text has it: `read(p0.r, pg3, 8)`. Zeros behind the last argument that counts are left out."""
        given = list(args)
        if nr in _ARGUMENTS:
            given = given[: _ARGUMENTS[nr]]
            if nr == abi.NR_FUTEX and given[1] & 127 and not given[3]:
                given = given[:3]
        else:
            while given and not given[-1]:
                given.pop()
        shown = [
            names.argument(nr, i, _descriptor(x) if nr in _ON_DESCRIPTORS and not i else symbols.operand_of(x))
            for i, x in enumerate(given)
        ]
        return f"{names.call_name(nr)}({', '.join(shown)})"


def _descriptor(number: int) -> Operand:
    number &= 0xFFFFFFFF
    pipe = number - PIPE_FD
    if 0 <= pipe < 2 * MAX_PIPES:
        return Operand(Space.PIPE_WRITE if pipe & 1 else Space.PIPE_READ, pipe // 2)
    if 0 <= number - EVENTFD_FD < MAX_EVENTFDS:
        return Operand(Space.EVENTFD, number - EVENTFD_FD)
    return Operand.number(number)
