# SPDX-License-Identifier: Apache-2.0
"""Names of things, fields and constants, and how operands are written; for parser and printer."""

from typing import Final

from model import abi, calls
from model import program as pg
from model.calls import Kind
from model.image import RING_BYTES, STACK_BYTES, STACK_TOP, STACKS_AT
from model.program import Operand, PageKind, Space
from model.trace import FAULT, End, Role

#: Names that stand for addresses, by their letter. `p` and `e` stand for descriptors, `s` for a number.
PLACES: Final[dict[str, Space]] = {
    "a": Space.ATOM, "h": Space.HEAD, "w": Space.WORD, "t": Space.TIMESPEC, "r": Space.RING, "pg": Space.PAGE,
}  # fmt: skip
LETTERS: Final[dict[Space, str]] = {space: letter for letter, space in PLACES.items()}
#: What has a number, by its letter: what it is, and how many there are.
THINGS: Final[dict[str, tuple[str, int]]] = {
    **{letter: (space.name.lower(), pg.SPACE_LIMIT[space]) for letter, space in PLACES.items()},
    "p": ("pipe", pg.MAX_PIPES),
    "e": ("eventfd", pg.MAX_EVENTFDS),
    "f": ("threadlet", pg.MAX_THREADLETS),
    "s": ("stack", pg.MAX_STACKS),
    "u": ("thread", pg.MAX_THREADS),
}

FIELDS: Final[dict[Space, dict[str, int]]] = {
    Space.ATOM: {
        "flags": abi.ATOM_FLAGS,
        "nr": abi.ATOM_NR,
        "ret": abi.ATOM_RET_PTR,
        "next": abi.ATOM_NEXT,
        **{f"arg{i}": abi.ATOM_ARG_PTR + abi.WORD * i for i in range(abi.MAX_ARGS)},
        "private": abi.ATOM_PRIVATE,
    },
    Space.HEAD: {
        "kernel_idx": abi.AHU_KERNEL_RING_IDX,
        "user_idx": abi.AHU_USER_RING_IDX,
        "ring": abi.AHU_COMPLETION_RING,
        "size": abi.AHU_RING_SIZE_BYTES,
        "head_stack": abi.AHU_HEAD_STACK,
        "head_ip": abi.AHU_HEAD_IP,
        "stack": abi.AHU_NEW_THREAD_STACK,
        "new_ip": abi.AHU_NEW_THREAD_IP,
    },
    Space.TIMESPEC: {"sec": 0, "nsec": 8},
}
FIELD_AT: Final[dict[Space, dict[int, str]]] = {
    space: {offset: name for name, offset in fields.items()} for space, fields in FIELDS.items()
}

PAGE_KINDS: Final[dict[str, PageKind]] = {
    "rw": PageKind.READ_WRITE,
    "ro": PageKind.READ_ONLY,
    "none": PageKind.ABSENT,
    "cold": PageKind.COLD,
}
KIND_NAMES: Final[dict[PageKind, str]] = {kind: name for name, kind in PAGE_KINDS.items()}
ENDS: Final[dict[str, End]] = {end.name.lower(): end for end in End if end is not End.REPORT}
ROLES: Final[dict[str, Role]] = {"busy": Role.BUSY, "ready": Role.READY}
RUNNERS: Final[dict[str, Role]] = {"head": Role.HEAD, "busy": Role.BUSY}
"""Who may have run an operation of a script."""

_FUTEX_OPS: Final[dict[int, str]] = {
    128: "WAIT", 129: "WAKE", 131: "REQUEUE", 132: "CMP_REQUEUE", 137: "WAIT_BITSET", 138: "WAKE_BITSET",
}  # fmt: skip
_FCNTL_OPS: Final[dict[int, str]] = {abi.F_GETFL: "F_GETFL", abi.F_SETFL: "F_SETFL"}
_FILE_FLAGS: Final[dict[int, str]] = {
    abi.O_NONBLOCK: "O_NONBLOCK", abi.O_APPEND: "O_APPEND", abi.O_CLOEXEC: "O_CLOEXEC",
}  # fmt: skip
_NAMED: Final[dict[Kind, dict[int, str]]] = {
    Kind.COMMAND: _FUTEX_OPS,
    Kind.CLOCK: {1: "CLOCK_MONOTONIC"},
    Kind.SLEEP_FLAGS: {1: "TIMER_ABSTIME"},
    Kind.FILE_COMMAND: _FCNTL_OPS,
    Kind.FILE_FLAGS: _FILE_FLAGS,
}
"""By what an argument is, its values that have names."""
_NAMES_OF_ARGUMENT: Final = calls.of_arguments(_NAMED)
#: Names for numbers, good wherever a value is.
CONSTANTS: Final[dict[str, int]] = {
    "NULL": 0,
    "top": STACK_TOP,
    **{name: value for named in _NAMED.values() for value, name in named.items()},
}
#: Tops of stacks, by name and back: numbers, since nothing is read or written there.
STACKS: Final[dict[str, int]] = {f"s{i}": STACKS_AT + STACK_BYTES * i for i in range(pg.MAX_STACKS)}
STACK_AT: Final[dict[int, str]] = {STACK_TOP: "top", **{top: name for name, top in STACKS.items()}}
ERRNOS: Final[dict[str, int]] = {name: number for number, name in abi.ERRNO_NAMES.items()}

CALL_AT: Final[dict[int, str]] = {number: name for name, number in calls.NAMES.items()}
EXEC: Final = "threadlet_exec"
"""A step or an operation, and no call: in the table of calls it has no entry."""
IN_FAULT: Final = "fault"

_POINTER_ARGS: Final = {call.nr: call.positions(calls.ADDRESSES) for call in calls.ALL}
"""Arguments that are addresses: 0 is written NULL."""
_WORD_ARGS: Final = {call.nr: call.positions(calls.WORDS) for call in calls.ALL}
"""Those of them that are addresses of words."""

_COUNTED: Final = 1 << 31
"""Negative words are counts, errors and times down to here; below they are bits."""

_POINTERS: Final = frozenset({"ret", "next", "ring", "head_stack", "head_ip", "stack", "new_ip"}).union(
    f"arg{i}" for i in range(abi.MAX_ARGS)
)
"""Fields that hold an address."""


def number(value: int) -> str:
    """A number as the canonical text has it: decimal where people count, else hexadecimal, and then without a sign."""
    return str(value) if -_COUNTED < value < 4096 else hex(value & abi.MASK)


def call_name(nr: int) -> str:
    """`read`, or `nr(999)` for a call without a name."""
    return CALL_AT.get(nr) or f"nr({number(nr)})"


def sleep_name(call: int) -> str:
    """What a task sleeps in: a call, or `fault` for a page fault of user mode."""
    return IN_FAULT if call == FAULT else call_name(call)


def holds_pointer(target: Operand) -> bool:
    """Whether the word at `target` is one that holds an address, so that 0 in it is written NULL."""
    return target.space is Space.RING or FIELD_AT.get(target.space, {}).get(target.value) in _POINTERS


def operand(value: Operand, *, pointer: bool = False, word: bool = False, errno: bool = False) -> str:
    """The canonical text of an operand.

    With `pointer` 0 is NULL; with `word` the place names a word, so a thing's first field is written by name
    (`a0.flags`, `r0[0]`); with `errno` negative error numbers are written by name.
    """
    space, index, offset = value.space, value.index, value.value
    match space:
        case Space.INT:
            if errno and -offset in abi.ERRNO_NAMES:
                return "-" + abi.ERRNO_NAMES[-offset]
            return "NULL" if offset == 0 and pointer else STACK_AT.get(offset) or number(offset)
        case Space.PIPE_READ:
            return f"p{index}.r"
        case Space.PIPE_WRITE:
            return f"p{index}.w"
        case Space.EVENTFD:
            return f"e{index}"
    name = f"{LETTERS[space]}{index}"
    if offset or word:
        if offset in FIELD_AT.get(space, ()):
            return f"{name}.{FIELD_AT[space][offset]}"
        if space is Space.RING and 0 <= offset < RING_BYTES and offset % abi.WORD == 0:
            return f"{name}[{offset // abi.WORD}]"
    if not offset:
        return name
    sign = "-" if offset < 0 else "+"
    return f"{name}{sign}{hex(abs(offset)) if abs(offset) >= 16 else abs(offset)}"


def place(target: Operand) -> str:
    """The canonical text of the place of a word."""
    return operand(target, pointer=True, word=True)


def value_at(target: Operand, value: Operand, *, errno: bool = False) -> str:
    """The canonical text of what the word at `target` holds."""
    return operand(value, pointer=holds_pointer(target), errno=errno)


def argument(nr: int, position: int, value: Operand) -> str:
    """The canonical text of one argument of a call."""
    named = _NAMES_OF_ARGUMENT.get((nr, position))
    if named is not None and value.space is Space.INT and value.value in named:
        return named[value.value]
    return operand(value, pointer=position in _POINTER_ARGS.get(nr, ()), word=position in _WORD_ARGS.get(nr, ()))


def flags(bits: int) -> str:
    """Flags by name, and the bits without a name as a number: `ASYNC SKIP_TO_NEXT_ON_STOP 0x100`."""
    words = [name for name, bit in abi.FLAG_NAMES.items() if bits & bit]
    rest = bits & ~sum(abi.FLAG_NAMES.values())
    return " ".join([*words, hex(rest)] if rest else words)
