# SPDX-License-Identifier: Apache-2.0
"""Opaque calls, each defined once (D150, D151): the specification takes what a target says they gave.

A definition says what the arguments are and may be, and which buffers the call writes. Text, codec, generators,
minimizer, protocol, model and observer have what they need from here.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Final

import attrs


class What(Enum):
    """What an argument of an opaque call is."""

    VALUE = "number"
    DESCRIPTOR = "descriptor"
    READ = "memory that is read"
    WRITTEN = "buffer that is written"
    POLLED = "array of `struct pollfd`"
    SET = "set of descriptors"


BUFFERS: Final = frozenset((What.WRITTEN, What.POLLED, What.SET))
"""What is written; the last two are read before, for the descriptors that the call waits for."""
MAX_VALUES: Final = 8
MAX_CALLS: Final = 64
"""Different ones of a program (D150)."""
MAX_OUT: Final = 512
"""Bytes of a buffer that are looked at."""
_HALF: Final = 0xFFFFFFFF


@attrs.frozen(eq=False)
class Argument:
    """One argument.

    Attributes:
        what: it is.
        values: those that its lower half may have; none: any.
        most: it may be at most so much; 0: no limit.
        unit: of a buffer: its bytes...
        counted_by: ...for each that the argument at this place counts; None: there is one.
        per: ...or for each so many of them, and for what is left.
    """

    what: What
    values: tuple[int, ...] = ()
    most: int = 0
    unit: int = 0
    counted_by: int | None = None
    per: int = 1

    def size(self, args: Sequence[int]) -> int:
        """Bytes of the buffer of a call with these arguments."""
        if self.counted_by is None or self.counted_by >= len(args):
            return self.unit
        return self.unit * -(-min(args[self.counted_by], MAX_OUT) // self.per)

    def allows(self, value: int) -> bool:
        """Whether it may be this unsigned word."""
        if self.most and value > self.most:
            return False
        return not self.values or value & _HALF in self.values


@attrs.frozen(eq=False)
class Opaque:
    """An opaque call: its number, its name, and its arguments."""

    nr: int
    name: str
    arguments: tuple[Argument, ...] = ()

    def allows(self, args: tuple[int, ...]) -> bool:
        """Whether the call may be made with these six words."""
        return all(argument.allows(value) for argument, value in zip(self.arguments, args, strict=False))


_N: Final = Argument(What.VALUE)
_FD: Final = Argument(What.DESCRIPTOR)
_IN: Final = Argument(What.READ)


def _one_of(*values: int) -> Argument:
    return Argument(What.VALUE, tuple([value & _HALF for value in values]))


def _upto(most: int) -> Argument:
    return Argument(What.VALUE, most=most)


def _out(unit: int, counted_by: int | None = None, per: int = 1) -> Argument:
    return Argument(What.WRITTEN, unit=unit, counted_by=counted_by, per=per)


_FDS: Final = Argument(What.POLLED, unit=8, counted_by=1)
_SET: Final = Argument(What.SET, unit=8, counted_by=0, per=64)
_NULL: Final = Argument(What.VALUE, (0,), most=1)
_SIGSET: Final = _one_of(8)
_BYTES: Final = _upto(256)

# Pure data: a table reads best with one call a line.
OPAQUE: Final = (
    # What tells something of the task, its process, or the machine.
    Opaque(102, "getuid"),
    Opaque(104, "getgid"),
    Opaque(107, "geteuid"),
    Opaque(108, "getegid"),
    Opaque(110, "getppid"),
    Opaque(111, "getpgrp"),
    Opaque(309, "getcpu", (_out(4), _out(4), _N)),
    Opaque(63, "uname", (_out(390),)),
    Opaque(99, "sysinfo", (_out(112),)),
    Opaque(100, "times", (_out(32),)),
    Opaque(98, "getrusage", (_N, _out(144))),
    Opaque(97, "getrlimit", (_N, _out(16))),
    Opaque(302, "prlimit64", (_N, _N, _NULL, _out(16))),
    Opaque(36, "getitimer", (_N, _out(32))),
    Opaque(79, "getcwd", (_out(1, 1), _BYTES)),
    Opaque(115, "getgroups", (_upto(64), _out(4, 0))),
    Opaque(118, "getresuid", (_out(4), _out(4), _out(4))),
    Opaque(120, "getresgid", (_out(4), _out(4), _out(4))),
    Opaque(121, "getpgid", (_N,)),
    Opaque(124, "getsid", (_N,)),
    Opaque(125, "capget", (_out(8), _out(24))),
    Opaque(127, "rt_sigpending", (_out(8), _SIGSET)),
    Opaque(13, "rt_sigaction", (_N, _NULL, _out(32), _SIGSET)),
    Opaque(140, "getpriority", (_N, _N)),
    Opaque(143, "sched_getparam", (_N, _out(4))),
    Opaque(145, "sched_getscheduler", (_N,)),
    Opaque(146, "sched_get_priority_max", (_N,)),
    Opaque(147, "sched_get_priority_min", (_N,)),
    Opaque(148, "sched_rr_get_interval", (_N, _out(16))),
    Opaque(204, "sched_getaffinity", (_N, _BYTES, _out(1, 1))),
    Opaque(315, "sched_getattr", (_N, _out(1, 2), _BYTES, _N)),
    Opaque(252, "ioprio_get", (_N, _N)),
    Opaque(274, "get_robust_list", (_N, _out(8), _out(8))),
    # Clocks.
    Opaque(201, "time", (_out(8),)),
    Opaque(96, "gettimeofday", (_out(16), _out(8))),
    Opaque(229, "clock_getres", (_N, _out(16))),
    Opaque(224, "timer_gettime", (_N, _out(32))),
    Opaque(225, "timer_getoverrun", (_N,)),
    # What looks at a descriptor, and changes nothing behind it.
    Opaque(7, "poll", (_FDS, _upto(4), _one_of(0, -1))),
    Opaque(23, "select", (_upto(256), _SET, _SET, _SET, _NULL)),
    Opaque(5, "fstat", (_FD, _out(144))),
    Opaque(138, "fstatfs", (_FD, _out(120))),
    Opaque(8, "lseek", (_FD, _N, _N)),
    Opaque(16, "ioctl", (_FD, _one_of(0x541B), _out(4))),
    Opaque(74, "fsync", (_FD,)),
    Opaque(75, "fdatasync", (_FD,)),
    Opaque(187, "readahead", (_FD, _N, _N)),
    Opaque(221, "fadvise64", (_FD, _N, _N, _N)),
    Opaque(217, "getdents64", (_FD, _out(1, 2), _BYTES)),
    Opaque(196, "flistxattr", (_FD, _out(1, 2), _BYTES)),
    Opaque(287, "timerfd_gettime", (_FD, _out(32))),
    Opaque(48, "shutdown", (_FD, _N)),
    Opaque(50, "listen", (_FD, _N)),
    Opaque(51, "getsockname", (_FD, _IN, _IN)),
    Opaque(52, "getpeername", (_FD, _IN, _IN)),
    # Names, in a file system that cannot be written.
    Opaque(4, "stat", (_IN, _out(144))),
    Opaque(6, "lstat", (_IN, _out(144))),
    Opaque(262, "newfstatat", (_N, _IN, _out(144), _N)),
    Opaque(332, "statx", (_N, _IN, _N, _N, _out(256))),
    Opaque(137, "statfs", (_IN, _out(120))),
    Opaque(89, "readlink", (_IN, _out(1, 2), _BYTES)),
    Opaque(267, "readlinkat", (_N, _IN, _out(1, 3), _BYTES)),
    # Memory, and what it holds stays.
    Opaque(27, "mincore", (_IN, _upto(0x8000), _out(1, 1, 4096))),
    Opaque(26, "msync", (_IN, _upto(0x8000), _one_of(1, 4))),
    Opaque(324, "membarrier", (_one_of(0), _N, _N)),
    # Others: there are no children, and signal 0 is none.
    Opaque(61, "wait4", (_N, _out(4), _N, _out(144))),
    Opaque(247, "waitid", (_N, _N, _out(128), _N, _out(144))),
    Opaque(62, "kill", (_N, _NULL)),
    Opaque(200, "tkill", (_N, _NULL)),
    Opaque(234, "tgkill", (_N, _N, _NULL)),
)  # fmt: skip
"""All of them, those that tell the least first."""

BY_NUMBER: Final = {call.nr: call for call in OPAQUE}
