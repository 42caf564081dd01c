# SPDX-License-Identifier: Apache-2.0
"""The v3 ABI: sizes, field offsets, flags and call numbers (D2, D3, D42; sheet sections 1.1 to 1.4)."""

from typing import Final

WORD: Final = 8
MASK: Final = (1 << 64) - 1

# struct syslet_uatom, 88 bytes
ATOM_FLAGS: Final = 0
ATOM_NR: Final = 8
ATOM_RET_PTR: Final = 16
ATOM_NEXT: Final = 24
ATOM_ARG_PTR: Final = 32
ATOM_PRIVATE: Final = 80
ATOM_BYTES: Final = 88
MAX_ARGS: Final = 6

# struct async_head_user, 64 bytes
AHU_KERNEL_RING_IDX: Final = 0
AHU_USER_RING_IDX: Final = 8
AHU_COMPLETION_RING: Final = 16
AHU_RING_SIZE_BYTES: Final = 24
AHU_HEAD_STACK: Final = 32
AHU_HEAD_IP: Final = 40
AHU_NEW_THREAD_STACK: Final = 48
AHU_NEW_THREAD_IP: Final = 56
AHU_BYTES: Final = 64

SYSLET_ASYNC: Final = 0x01
SYSLET_SYNC: Final = 0x02
SYSLET_NO_COMPLETE: Final = 0x04
SYSLET_STOP_ON_NONZERO: Final = 0x08
SYSLET_STOP_ON_ZERO: Final = 0x10
SYSLET_STOP_ON_NEGATIVE: Final = 0x20
SYSLET_STOP_ON_NON_POSITIVE: Final = 0x40
SYSLET_SKIP_TO_NEXT_ON_STOP: Final = 0x80
SYSLET_STOP_MASK: Final = 0x78

FLAG_NAMES: Final[dict[str, int]] = {
    "ASYNC": SYSLET_ASYNC,
    "SYNC": SYSLET_SYNC,
    "NO_COMPLETE": SYSLET_NO_COMPLETE,
    "STOP_ON_NONZERO": SYSLET_STOP_ON_NONZERO,
    "STOP_ON_ZERO": SYSLET_STOP_ON_ZERO,
    "STOP_ON_NEGATIVE": SYSLET_STOP_ON_NEGATIVE,
    "STOP_ON_NON_POSITIVE": SYSLET_STOP_ON_NON_POSITIVE,
    "SKIP_TO_NEXT_ON_STOP": SYSLET_SKIP_TO_NEXT_ON_STOP,
}

NR_READ: Final = 0
NR_WRITE: Final = 1
NR_CLOSE: Final = 3
NR_SCHED_YIELD: Final = 24
NR_DUP: Final = 32
NR_DUP2: Final = 33
NR_NANOSLEEP: Final = 35
NR_GETPID: Final = 39
NR_EXIT: Final = 60
NR_FCNTL: Final = 72
NR_GETTID: Final = 186
NR_FUTEX: Final = 202
NR_CLOCK_GETTIME: Final = 228
NR_CLOCK_NANOSLEEP: Final = 230
NR_EVENTFD2: Final = 290
NR_DUP3: Final = 292
NR_PIPE2: Final = 293
NR_ASYNC_EXEC: Final = 463
NR_ASYNC_WAIT: Final = 464
NR_UMEM_ADD: Final = 465
NR_ASYNC_THREAD: Final = 466
NR_THREADLET_ON: Final = 467
NR_THREADLET_OFF: Final = 468
NR_TABLE: Final = 469

#: Refused inside a syslet or threadlet (D17, D110), number by name (x86-64 numbers).
REFUSED_CALLS: Final[dict[str, int]] = {
    "fork": 57, "vfork": 58, "clone": 56, "clone3": 435, "execve": 59, "execveat": 322,
    "exit": 60, "exit_group": 231, "rt_sigreturn": 15, "ioperm": 173, "iopl": 172,
    "modify_ldt": 154, "arch_prctl": 158, "set_thread_area": 205,
    "setuid": 105, "setgid": 106, "setreuid": 113, "setregid": 114, "setresuid": 117,
    "setresgid": 119, "setfsuid": 122, "setfsgid": 123, "setgroups": 116, "setpgid": 109,
    "setsid": 112, "capset": 126, "unshare": 272, "setns": 308,
    "async_exec": NR_ASYNC_EXEC, "async_wait": NR_ASYNC_WAIT,
    "async_thread": NR_ASYNC_THREAD, "threadlet_on": NR_THREADLET_ON,
    "rt_sigprocmask": 14, "rt_sigsuspend": 130, "sigaltstack": 131, "ppoll": 271,
    "pselect6": 270, "epoll_pwait": 281, "epoll_pwait2": 441, "prctl": 157, "ptrace": 101,
    "set_tid_address": 218, "set_robust_list": 273, "rseq": 334,
    # D110 adds to them, by the same reasons.
    "pkey_alloc": 330, "uretprobe": 335, "add_key": 248, "request_key": 249, "keyctl": 250,
    "seccomp": 317, "close_range": 436, "landlock_restrict_self": 446, "lsm_set_self_attr": 460,
    "rt_sigtimedwait": 128, "io_pgetevents": 333, "io_uring_enter": 426, "personality": 135,
    "setpriority": 141, "sched_setparam": 142, "sched_setscheduler": 144, "sched_setaffinity": 203,
    "set_mempolicy": 238, "ioprio_set": 251, "perf_event_open": 298,
    "sched_setattr": 314, "io_uring_setup": 425, "io_uring_register": 427,
}  # fmt: skip

EAGAIN: Final = 11
EBADF: Final = 9
EFAULT: Final = 14
EBUSY: Final = 16
EINVAL: Final = 22
EMFILE: Final = 24
EPIPE: Final = 32
ENOSYS: Final = 38
ETIMEDOUT: Final = 110

ERRNO_NAMES: Final[dict[int, str]] = {
    EAGAIN: "EAGAIN", EBADF: "EBADF", EFAULT: "EFAULT", EBUSY: "EBUSY", EINVAL: "EINVAL", EMFILE: "EMFILE",
    EPIPE: "EPIPE", ENOSYS: "ENOSYS", ETIMEDOUT: "ETIMEDOUT",
}  # fmt: skip

# Flags of an open file, and what fcntl does with them
O_WRONLY: Final = 0o1
O_RDWR: Final = 0o2
O_EXCL: Final = 0o200
O_APPEND: Final = 0o2000
O_NONBLOCK: Final = 0o4000
O_ASYNC: Final = 0o20000
O_DIRECT: Final = 0o40000
O_NOATIME: Final = 0o1000000
O_CLOEXEC: Final = 0o2000000
EFD_SEMAPHORE: Final = 1
F_GETFL: Final = 3
F_SETFL: Final = 4
