# SPDX-License-Identifier: GPL-2.0
"""Runs any program of this machine inside the real kernel.

The guest sees the host's files read-only, has a scratch /tmp, and on demand a fresh ext4 file system at /mnt. What
goes in and out are pipes, each a serial line of the guest; its kernel messages are kept apart.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs

from native import build
from native.target import TargetUnavailable
from native.uml import kernel, place, report

_INIT: Final = build.ROOT / "linux" / "guest" / "boot.c"
_MEMORY: Final = "512M"
_EPOCH: Final = 1_600_000_000 * 10**9
"""Nanoseconds since 1970 at which virtual time begins."""
BROKEN: Final = 70
"""Exit status when the kernel, and not the program, came to a bad end."""


@attrs.frozen
class Job:
    """What to run.

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


def _init() -> Path:
    """The guest's first program, built when first needed."""
    digest = build.digest_of([_INIT.read_bytes(), " ".join(build.compiler()).encode()])

    def fill(folder: Path) -> None:
        build.compile_program(_INIT, folder / "init")

    return build.cached(f"boot-{digest}", fill) / "init"


def _input(folder: Path) -> str:
    """Standard input as a file, read to its end; empty for a terminal, which is passed on as it is typed."""
    if sys.stdin is None or sys.stdin.closed:
        return os.devnull
    if sys.stdin.isatty():
        return ""
    with (folder / "input").open("wb") as file, contextlib.suppress(OSError):
        shutil.copyfileobj(sys.stdin.buffer, file)
    return str(folder / "input")


def _job_file(job: Job, folder: Path) -> Path:
    """The form of this is told in boot.c."""
    kept = [f"{k}={v}" for k, v in os.environ.items() if not k.startswith(("TMPDIR", "LD_", "SYSLET_"))]
    words = [str(Path.cwd()), "1" if job.disk else "", _input(folder), str(len(job.command)), *job.command, *kept]
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
        [tool, "-q", "-F", "-E", "root_owner=0:0", str(disk), size], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise TargetUnavailable(f"no file system of size {size}: {done.stderr.strip()}")
    return disk


def _command(job: Job, linux: Path, folder: Path, lines: list[str]) -> list[str]:
    arguments = [
        *place.without_randomization(), str(linux), f"mem={_MEMORY}", "root=hostfs", "rootfstype=hostfs",
        "rootflags=/", "hostfs=,ro", "ro", f"init={_init()}", "con=null", "ssl=null", "panic=-1", "loglevel=5",
        "console=ttyS3", f"syslet_job={_job_file(job, folder)}",
        *(f"ssl{number}={line}" for number, line in enumerate(lines)),
    ]  # fmt: skip
    if not job.real_time:
        arguments += ["time-travel=inf-cpu", f"time-travel-start={_EPOCH}"]
    if job.disk:
        arguments.append(f"ubd0={_make_disk(job.disk, folder)}")
    return arguments


class _Lines:
    """Pipes to and from the guest, and the threads that serve them."""

    def __init__(self) -> None:
        self.inward, self._source = os.pipe()
        self._read: dict[str, int] = {}
        self.outward: dict[str, int] = {}
        for name in ("out", "err", "log", "status"):
            self._read[name], self.outward[name] = os.pipe()
        self.kept: dict[str, bytearray] = {"log": bytearray(), "status": bytearray()}
        self._threads: list[threading.Thread] = []

    def descriptors(self) -> list[str]:
        """How the guest's serial lines are told of them."""
        outputs = [self.outward[x] for x in ("out", "err", "log", "status")]
        return [f"fd:{self.inward},null", *(f"null,fd:{x}" for x in outputs)]

    def passed(self) -> list[int]:
        """The guest's ends."""
        return [self.inward, *self.outward.values()]

    def serve(self) -> None:
        """Once the guest has its ends."""
        for fd in self.passed():
            os.close(fd)
        if sys.stdin is not None and sys.stdin.isatty():
            threading.Thread(target=self._feed, daemon=True).start()
        for name, fd in self._read.items():
            thread = threading.Thread(target=self._drain, args=(name, fd))
            thread.start()
            self._threads.append(thread)

    def join(self) -> None:
        """Everything that the guest wrote has been passed on."""
        for thread in self._threads:
            thread.join()

    def _feed(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := os.read(sys.stdin.fileno(), 65536):
                view = memoryview(data)
                while view:
                    view = view[os.write(self._source, view) :]
        os.close(self._source)

    def _drain(self, name: str, fd: int) -> None:
        while data := os.read(fd, 65536):
            if name in self.kept:
                self.kept[name] += data
                continue
            stream = sys.stdout if name == "out" else sys.stderr
            with contextlib.suppress(BrokenPipeError):
                stream.buffer.write(data)
                stream.buffer.flush()
        os.close(fd)


@contextmanager
def _folder() -> Iterator[Path]:
    # Not in /tmp, which the guest covers with its own.
    home = build.cache_folder() / "boot"
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as name:
        yield Path(name)


def boot(job: Job) -> int:
    """Run it; returns its exit status, 128 + n for death by signal n, or BROKEN with the kernel's last words."""
    built = kernel.built(job.flavour, job.fault)
    if built is None:
        wanted = job.flavour.value + (f" --fault {job.fault}" if job.fault else "")
        raise TargetUnavailable(f"the {job.flavour.value} kernel is not built; run: syslet kernel {wanted}")
    environment = {**os.environ, "TMPDIR": place.memory_folder()}
    with _folder() as folder:
        lines = _Lines()
        command = _command(job, built / "linux", folder, lines.descriptors())
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=lines.passed(), env=environment,
        )  # fmt: skip
        lines.serve()
        try:
            process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            return 128 + signal.SIGINT
        finally:
            lines.join()
    return _status(lines.kept["status"].decode(), report.plain(lines.kept["log"].decode(errors="replace")))


def _status(said: str, log: str) -> int:
    how, _, value = said.strip().partition(" ")
    if how == "exit":
        status = int(value)
    elif how == "killed":
        status = 128 + int(value)
    elif how == "failed":
        status = BROKEN
    else:
        sys.stderr.write(f"syslet boot: the kernel ended without telling how the program did. Its last words:\n{log}")
        return BROKEN
    if report.find(log) is not None:
        sys.stderr.write(log)
    return status
