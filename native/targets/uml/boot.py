# SPDX-License-Identifier: GPL-2.0
"""Runs any program of this machine inside the real kernel.

The guest sees the host's files read-only, has a scratch /tmp, and on demand a fresh ext4 file system at /mnt. What
goes in and out are pipes, each a serial line of the guest; its kernel messages are kept apart.
"""

import contextlib
import errno
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs

from native.targets import build
from native.targets.host import TargetUnavailable
from native.targets.uml import kernel, place, report
from native.targets.uml.lines import Lines

_INIT: Final = build.ROOT / "linux" / "guest" / "boot.c"
_EPOCH: Final = 1_600_000_000 * 10**9
"""Nanoseconds since 1970 at which virtual time begins."""
BROKEN: Final = 70
"""Exit status when the kernel, and not the program, came to a bad end."""
_PATIENCE: Final = 2.0
"""Seconds to wait in silence for the end of standard input."""
_NOTICE: Final = """\
syslet boot: reading standard input to its end first; --real-time passes it on as it comes, </dev/null is none
"""
_ENDING: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_LAST_WORDS: Final = 1.0
"""Seconds to pass on what was written before we were told to end: nobody may be reading any more."""


def _tell(words: str) -> None:
    """For people. Where standard error cannot be written, the exit status has to say it all."""
    with contextlib.suppress(OSError):
        sys.stderr.write(words)


class _Stopped(BaseException):
    """We were told to end, by this signal."""

    def __init__(self, number: int) -> None:
        self.number = number


@attrs.frozen
class Job:
    """What to run.

    In virtual time a program must not wait for a process outside, whose time is another: standard input is read to
    its end first. In real time it is passed on as it comes.

    Attributes:
        command: program and arguments.
        flavour: which kernel.
        fault: planted fault that it is built with, or None.
        disk: size of the file system at /mnt, as truncate(1) takes it, or None.
        real_time: time is the host's; otherwise it only passes when nothing can run.
    """

    command: tuple[str, ...]
    flavour: kernel.Flavour = kernel.Flavour.FAST
    fault: str | None = None
    disk: str | None = None
    real_time: bool = False


def _init(scratch: Path) -> Path:
    """The guest's first program, built when first needed; in `scratch` if the cache is not ours."""
    digest = build.digest_of([_INIT.read_bytes(), " ".join(build.compiler()).encode()])

    def fill(folder: Path) -> None:
        build.compile_program(_INIT, folder / "init")

    try:
        return build.cached(f"boot-{digest}", fill) / "init"
    except build.NoCompiler:
        fill(scratch)
        return scratch / "init"


def _input(job: Job, folder: Path) -> str:
    """Standard input as a file; empty for a terminal, `-` for what is passed on in pieces."""
    if sys.stdin is None or sys.stdin.closed:
        return os.devnull
    if sys.stdin.isatty():
        return ""
    if job.real_time and not stat.S_ISREG(os.fstat(sys.stdin.fileno()).st_mode):
        return "-"
    notice = threading.Timer(_PATIENCE, _tell, [_NOTICE])
    notice.daemon = True
    notice.start()
    try:
        with (folder / "input").open("wb") as file:
            while data := _read_on():
                file.write(data)
    finally:
        notice.cancel()
    return str(folder / "input")


def _read_on() -> bytes:
    """What cannot be read is the end."""
    try:
        return os.read(sys.stdin.fileno(), 1 << 20)
    except OSError:
        return b""


def _job_file(job: Job, standard_input: str, folder: Path) -> Path:
    """The form of this is told in boot.c."""
    kept = [f"{k}={v}" for k, v in os.environ.items() if not k.startswith(("TMPDIR", "LD_", "SYSLET_"))]
    words = [str(Path.cwd()), "1" if job.disk else "", standard_input, str(len(job.command)), *job.command, *kept]
    path = folder / "job"
    path.write_bytes(b"".join(os.fsencode(x) + b"\0" for x in words))
    return path


def _make_disk(size: str, folder: Path) -> Path:
    """A sparse file with an empty file system."""
    tool = shutil.which("mkfs.ext4", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if tool is None:
        raise TargetUnavailable("mkfs.ext4 is missing; it comes with e2fsprogs")
    disk = folder / "disk"
    disk.touch()
    done = subprocess.run(
        [tool, "-q", "-F", "-E", "root_owner=0:0", "--", str(disk), size], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ValueError(f"no file system of size {size} can be made: {done.stderr.strip()}")
    return disk


def kernel_of(job: Job) -> Path:
    """The program that is the kernel. Raises TargetUnavailable when it is not built."""
    built = kernel.built(job.flavour, job.fault)
    if built is None:
        wanted = job.flavour.value + (f" --fault {job.fault}" if job.fault else "")
        raise TargetUnavailable(f"the {job.flavour.value} kernel is not built; run: syslet kernel {wanted}")
    return built / "linux"


def guest_command(job: Job, start: list[str], standard_input: str, folder: Path, lines: list[str]) -> list[str]:
    """The command line of the guest: `start`, and all that it is told. Raises TargetUnavailable, ValueError."""
    arguments = [
        *start, "root=hostfs", "rootfstype=hostfs", "rootflags=/", "hostfs=,ro", "ro", f"init={_init(folder)}",
        "con=null", "ssl=null", "panic=-1", "loglevel=5", "console=ttyS3",
        f"syslet_job={_job_file(job, standard_input, folder)}",
        *(f"ssl{number}={line}" for number, line in enumerate(lines)),
    ]  # fmt: skip
    if not job.real_time:
        arguments += ["time-travel=inf-cpu", f"time-travel-start={_EPOCH}"]
    if job.disk:
        arguments.append(f"ubd0={_make_disk(job.disk, folder)}")
    return arguments


def _homes() -> list[Path]:
    """Where the folder of a boot may be. Not in /tmp, which the guest covers with its own."""
    return [build.cache_folder() / "boot", Path("/var/tmp") / f"syslet-boot-{os.getuid()}"]  # noqa: S108 (checked)


@contextmanager
def guest_folder() -> Iterator[Path]:
    """A fresh folder for what is passed to a guest. Raises TargetUnavailable when there is no place for one."""
    with contextlib.ExitStack() as stack:
        problems = []
        for home in _homes():
            try:
                folder = _own_folder(home, stack)
                break
            except OSError as problem:  # the cache is of another user, or no folder
                problems.append(f"{home}: {problem.strerror or problem}")
        else:
            raise TargetUnavailable(
                f"there is no place for what is passed to the guest ({'; '.join(problems)}); "
                "set $SYSLET_CACHE to a folder you can write to"
            )
        yield folder


def _own_folder(home: Path, stack: contextlib.ExitStack) -> Path:
    """A fresh folder there; locked, and removed with the stack. Raises OSError."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if home.lstat().st_uid != os.getuid():
        raise PermissionError(errno.EPERM, "it belongs to another user")
    with build.locked(home.with_suffix(".lock")):
        for old in home.iterdir():
            _remove_abandoned(old)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=home, ignore_cleanup_errors=True)))
        ours = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        stack.callback(os.close, ours)
        fcntl.flock(ours, fcntl.LOCK_EX)
    return folder


def _remove_abandoned(folder: Path) -> None:
    """The folder of a boot that was killed: its lock is free."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)


@contextmanager
def _stoppable() -> Iterator[None]:
    """A signal that would end us is an exception, so that nothing is left behind; later ones count for nothing."""
    kept = {x: signal.getsignal(x) for x in _ENDING}
    caught = [x for x in _ENDING if kept[x] != signal.SIG_IGN]  # nohup

    def stop(number: int, _frame: object) -> None:
        for each in caught:
            signal.signal(each, signal.SIG_IGN)
        raise _Stopped(number)

    if threading.current_thread() is not threading.main_thread():
        caught = []
    try:
        for number in caught:
            signal.signal(number, stop)
        yield
    finally:
        for number in caught:
            signal.signal(number, kept[number])


def boot(job: Job) -> int:
    """Run it; returns its exit status, 128 + n for death by signal n, or BROKEN with the kernel's last words.

    A signal that ends us ends the guest first; the status is that of a program that died of it.

    Raises TargetUnavailable when it cannot run here, ValueError for a size that is none.
    """
    linux = kernel_of(job)
    try:
        with _stoppable():
            start = place.command(linux)
            with guest_folder() as folder:
                return _boot(job, start, folder)
    except _Stopped as stopped:
        return 128 + stopped.number
    except OSError as problem:  # a full disk, most likely
        where = f" ({problem.filename})" if problem.filename else ""
        raise TargetUnavailable(f"the guest cannot be started: {problem.strerror or problem}{where}") from None


def _boot(job: Job, start: list[str], folder: Path) -> int:
    with (folder / "said").open("w+b") as said:
        standard_input = _input(job, folder)
        lines = Lines(standard_input)
        command = guest_command(job, start, standard_input, folder, lines.descriptors())
        patience: float | None = _LAST_WORDS
        # A group of its own: what user mode runs in are processes, too, and all end together.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, pass_fds=lines.passed(), process_group=0
        )
        try:
            lines.serve()
            process.wait()
            patience = None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            lines.join(patience)
        said.seek(0)
        first_words = said.read().decode(errors="replace")
    log = report.plain(lines.kept["log"].decode(errors="replace"))
    if not log and not lines.kept["status"]:
        raise TargetUnavailable(f"the kernel does not start here; what it said:\n{first_words.strip()}")
    status = _status(lines.kept["status"].decode(), log)
    if lines.full:
        _tell(f"syslet boot: {lines.full}\n")
    return status or int(bool(lines.full))


def _status(told: str, log: str) -> int:
    how, _, value = (told.splitlines() or [""])[-1].partition(" ")
    if how == "exit":
        status = int(value)
    elif how == "killed":
        status = 128 + int(value)
    elif how == "failed":
        status = BROKEN
    else:
        _tell(f"syslet boot: the kernel ended without telling how the program did. Its last words:\n{log}")
        return BROKEN
    if report.find(log) is not None:
        _tell(log)
    return status
