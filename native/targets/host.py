# SPDX-License-Identifier: GPL-2.0
"""Targets: things that run images and answer with traces.

`ExecutorTarget` drives any process that speaks the executor protocol; `HostTarget` builds and drives the
kernel file in user space.
"""

import contextlib
import ctypes
import errno
import mmap
import os
import select
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Protocol, Self

import attrs

from model.image import Image
from model.opaque import BY_NUMBER
from model.trace import Trace
from model.verdict import Kind
from native.targets import build, wire

_TAIL: Final = 16_384
"""Bytes of standard error that go into a failure."""
_START: Final = 60_000
"""Milliseconds for an empty round trip. It may have to start the executor first, and says nothing of a program."""


class TargetUnavailable(Exception):
    """The target cannot be had on this machine; the message says what is missing."""


@attrs.frozen
class Failure:
    """The target did not survive a program.

    Attributes:
        kind: crash, hang or kernel report.
        text: how it ended, and the last it said (a sanitizer's report, for example).
    """

    kind: Kind
    text: str


class Target(Protocol):
    """What the fuzzer needs of a target."""

    @property
    def build_id(self) -> str:
        """Names what is run; changes with every change of it."""

    @property
    def coverage(self) -> memoryview:
        """The map of 65,536 counters."""

    @property
    def deep(self) -> bool:
        """Whether programs may be preempted inside the code of objects (D77)."""

    @property
    def opaque(self) -> bool:
        """Whether it makes opaque calls, and tells what came of them (D155)."""

    def run(self, image: Image) -> Trace | Failure:
        """Run one program. A failing target is an answer, not an exception.

        Raises TargetUnavailable for a program that it cannot run (`lacks`).
        """

    def fresh(self) -> None:
        """Have the next program run by a target that has run no other."""

    def log(self) -> str:
        """The last of what the target said beside its traces, such as kernel messages."""

    def close(self) -> None:
        """End the target."""


def lacks(target: Target, image: Image) -> str:
    """What the program has and the target cannot do, in words; empty if it can run it."""
    if not image.opaque or target.opaque:
        return ""
    names = ", ".join([BY_NUMBER[nr].name for nr in image.opaque])
    return f"it has opaque calls ({names}), and this target makes none; the real kernel does (--target uml)"


def _cannot_run(file: str, problem: OSError) -> str:
    text = f"{file} cannot be run: {problem.strerror or problem}"
    if isinstance(problem, PermissionError) and os.access(file, os.R_OK):
        text += "; if its file system is mounted noexec, set $SYSLET_CACHE to a folder on another one"
    if problem.errno == errno.ENOEXEC and Path(file).is_relative_to(build.cache_folder()):
        text += f"; it is damaged: delete the folder {Path(file).parent}, and it is built anew"
    return text


def _pin(pid: int, cpu: int | None) -> None:
    if cpu is None:
        return
    try:
        os.sched_setaffinity(pid, {cpu})
    except (OSError, ValueError, OverflowError) as problem:
        raise TargetUnavailable(f"CPU {cpu} cannot be used: {build.in_words(problem)}") from None


Command = Callable[[int, int, int], list[str]]
"""The command line for the descriptors of the shared memory, of the doorbell and of the answers."""


def executor_command(*command: str) -> Command:
    """Of a program that takes the descriptors as the protocol says."""
    return lambda shm, bell, answer: [*command, f"--shm-fd={shm}", f"--in-fd={bell}", f"--out-fd={answer}"]


class _Process:
    """One executor process with its doorbell."""

    def __init__(self, command: Command, shm: int, errors: IO[bytes], cpu: int | None) -> None:
        in_read, self.bell = os.pipe()
        self.answer, out_write = os.pipe()
        try:
            errors.seek(0)
            errors.truncate()
            words = command(shm, in_read, out_write)
            self.popen = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=(shm, in_read, out_write),
                # What is typed at the terminal is for us: Ctrl-C must not look like a crash.
                process_group=0,
            )
        except OSError as problem:
            os.close(self.bell)
            os.close(self.answer)
            raise TargetUnavailable(_cannot_run(words[0], problem)) from None
        finally:
            os.close(in_read)
            os.close(out_write)
        try:
            _pin(self.popen.pid, cpu)
        except TargetUnavailable:
            self.end(0)
            raise
        self.poll = select.poll()
        self.poll.register(self.answer, select.POLLIN)

    def end(self, patience: float) -> int:
        """Give it so many seconds to end by itself, then kill it; returns its exit status."""
        os.close(self.bell)
        os.close(self.answer)
        if patience:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(patience)
        self.popen.kill()
        return self.popen.wait()


class ExecutorTarget:
    """Drives an executor; starts it when it is first needed, and again after each of its deaths.

    Not for use by several threads at once, and the thread that starts the executor must outlive it.

    Attributes:
        patience: seconds that an executor gets to end by itself before it is killed.

    Args:
        command: the executor's command line.
        build_id: name of what it runs.
        cpu: run the executor and the calling thread on this CPU. Sharing one makes a round trip a mere
            switch, several times faster than waking an idle CPU.
        timeout: seconds after which a program counts as hanging.
        deep: run programs in deep mode; only for an executor that has it.
    """

    patience = 0.0
    opaque = False
    """See `Target`."""

    def __init__(
        self, command: Command, build_id: str, *, cpu: int | None = None, timeout: float = 2.0, deep: bool = False
    ) -> None:
        self._command = command
        self._build_id = build_id
        self._deep = deep
        self._cpu = cpu
        self._affinity = os.sched_getaffinity(0)
        self._timeout = int(timeout * 1000)
        self._process: _Process | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed in close())
        self._shm = os.memfd_create("syslet")
        os.ftruncate(self._shm, wire.SHM_BYTES)
        self._map = mmap.mmap(self._shm, wire.SHM_BYTES)
        whole = memoryview(self._map)
        self._program = whole[wire.PROGRAM_AT : wire.PROGRAM_AT + wire.PROGRAM_ROOM]
        self._trace = whole[wire.TRACE_AT : wire.TRACE_AT + wire.TRACE_ROOM]
        self._coverage = whole[wire.COVERAGE_AT : wire.COVERAGE_AT + wire.COVERAGE_BYTES]
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._map))

    def __enter__(self) -> Self:
        """Start the executor. Raises TargetUnavailable when that cannot be done."""
        try:
            _pin(0, self._cpu)
            self.ping()
        except BaseException:
            self.close()  # __exit__ is not called now
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the executor."""
        self.close()

    def fresh(self) -> None:
        """Have the next program run by a new executor."""
        self._end()

    def log(self) -> str:
        """The last of what the executor wrote to standard error since it was started."""
        return self._said()

    def close(self) -> None:
        """End the executor and give the memory back, except to those who still look at the coverage map."""
        if self._errors.closed:
            return
        self._end()
        if self._cpu is not None:
            os.sched_setaffinity(0, self._affinity)
        self._errors.close()
        os.close(self._shm)

    @property
    def build_id(self) -> str:
        """Names what is run."""
        return self._build_id

    @property
    def deep(self) -> bool:
        """Whether it runs programs in deep mode."""
        return self._deep

    @property
    def pid(self) -> int:
        """The executor's process number."""
        return self._running().popen.pid

    @property
    def coverage(self) -> memoryview:
        """The coverage map; stays the same when the executor is replaced."""
        return self._coverage

    @property
    def coverage_address(self) -> int:
        """Address of the coverage map in this process, for libFuzzer."""
        return self._address + wire.COVERAGE_AT

    def run(self, image: Image) -> Trace | Failure:
        """Run one program. An image that the protocol cannot carry, and anything the executor does, is an answer.

        Raises TargetUnavailable for a program that it cannot run.
        """
        if lacking := lacks(self, image):
            raise TargetUnavailable(f"the program cannot be run: {lacking}")
        try:
            self.put(image)
            return self.execute() or self.observed()
        except wire.WireError as problem:
            return Failure(Kind.CRASH, str(problem))

    def put(self, image: Image) -> None:
        """The first part of `run`: the program into shared memory. Raises WireError."""
        wire.encode_into(image, self._program)

    def execute(self) -> Failure | None:
        """The second part: run the program that is there. Raises WireError when the executor does not take it."""
        answer = self._ring(b"R" if self._deep else b"r")
        if answer == b"b":
            raise wire.WireError("the executor does not take this program")
        return answer if isinstance(answer, Failure) else None

    def observed(self) -> Trace | Failure:
        """The last part: the trace out of shared memory."""
        try:
            return wire.decode(self._trace)
        except wire.WireError as problem:
            return self._fail(Kind.CRASH, f"no valid trace: {problem}")

    def ping(self) -> None:
        """An empty round trip. Raises TargetUnavailable when there is no answer."""
        answer = self._ring(b"p")
        if answer != b"p":
            said = answer.text if isinstance(answer, Failure) else repr(answer)
            raise TargetUnavailable(f"the executor does not answer: {said}")

    def _running(self) -> _Process:
        if self._process is None:
            self._process = _Process(self._command, self._shm, self._errors, self._cpu)
        return self._process

    def _ring(self, byte: bytes) -> bytes | Failure:
        patience = max(self._timeout, _START) if byte == b"p" else self._timeout
        try:
            process = self._send(byte)
            if not process.poll.poll(patience):
                return self._fail(Kind.HANG, f"no answer within {patience} ms")
            answer = os.read(process.answer, 1)
        except BaseException:
            # The answer that is still to come would be taken for the next program's.
            self._end()
            raise
        if not answer:
            return self._fail(Kind.CRASH, "the executor died")
        return answer

    def _send(self, byte: bytes) -> _Process:
        """Ring the bell; returns whose answer to wait for."""
        process = self._running()
        try:
            os.write(process.bell, byte)
        except BrokenPipeError:
            # It died while it had nothing to do: not this program's fault.
            self._end()
            process = self._running()
            with contextlib.suppress(BrokenPipeError):  # the end of its answers tells
                os.write(process.bell, byte)
        return process

    def _end(self) -> int:
        process, self._process = self._process, None
        return process.end(self.patience) if process else 0

    def _fail(self, kind: Kind, what: str) -> Failure:
        if kind is Kind.CRASH and self._process:
            # It closed its end of the pipe when it died; do not let our own kill be what is reported.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.popen.wait(self._timeout / 1000)
        status = self._end()
        if kind is Kind.CRASH:
            how = signal.Signals(-status).name if status < 0 else f"status {status}"
            what = f"{what} ({how})"
        said = self._said()
        return Failure(kind, f"{what}\n{said}" if said else what)

    def _said(self, since: int = 0) -> str:
        """The last of what the executor wrote to standard error."""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(since, size - _TAIL))
        return self._errors.read().decode(errors="replace").strip()


class HostTarget(ExecutorTarget):
    """The kernel file in user space.

    Args:
        flavour: fast, or with sanitizers.
        fault: name of a planted fault, or None.
        cpu, timeout: as for `ExecutorTarget`.
        within: a command that the executor is run by.

    Raises TargetUnavailable when there is no compiler.
    """

    def __init__(
        self,
        flavour: build.Flavour = build.Flavour.FAST,
        *,
        fault: str | None = None,
        cpu: int | None = None,
        timeout: float = 2.0,
        within: tuple[str, ...] = (),
    ) -> None:
        try:
            file: Path = build.executor(flavour, fault)
        except build.NoCompiler as problem:
            raise TargetUnavailable(str(problem)) from None
        command = executor_command(*within, str(file))
        super().__init__(command, build.build_id(flavour, fault), cpu=cpu, timeout=timeout)
