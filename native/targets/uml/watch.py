# SPDX-License-Identifier: GPL-2.0
"""Watches a program inside the real kernel: keeps what it says, and ends a guest that has nothing more to say."""

import contextlib
import os
import signal
import subprocess
import time
from typing import Final

import attrs

from native.targets.host import TargetUnavailable
from native.targets.uml import place
from native.targets.uml.boot import Job, guest_command, guest_folder, kernel_of
from native.targets.uml.lines import Lines

_LOOK: Final = 0.1
"""Seconds from one look to the next..."""
_LONGEST_LOOK: Final = 0.5
"""...and what counts of it, if the machine had no time for us."""


@attrs.frozen
class Seen:
    """What a program said that was only watched.

    Attributes:
        output: on its standard output.
        console: the kernel's messages, with those from before it had a console.
        silent: it was ended, because it said nothing any more or took too long.
    """

    output: bytes
    console: str
    silent: bool
    seconds: float


@attrs.frozen
class Patience:
    """Seconds that a program is watched for.

    Attributes:
        most: in all.
        silence: without a word.
        word: what it says when there is little more to see...
        after: ...and then it is ended so much later.
    """

    most: float
    silence: float
    word: bytes
    after: float


def watch(job: Job, patience: Patience) -> Seen:
    """Run it without standard input and keep what it says. Raises TargetUnavailable when this machine cannot do so."""
    try:
        return _watch(job, patience)
    except OSError as problem:  # a full disk, too many processes
        where = f" ({problem.filename})" if problem.filename else ""
        raise TargetUnavailable(f"the guest cannot be watched: {problem.strerror or problem}{where}") from None


def _watch(job: Job, patience: Patience) -> Seen:
    start = place.command(kernel_of(job))
    with guest_folder() as folder, (folder / "said").open("w+b") as said:
        lines = Lines(os.devnull, ("out", "err", "log", "status"))
        command = guest_command(job, start, os.devnull, folder, lines.descriptors())
        # A group of its own: Ctrl-C is for us, who end it.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, pass_fds=lines.passed(), process_group=0
        )
        begun = time.monotonic()
        lines.serve()
        try:
            silent = _await(process, lines, patience)
            ended = process.poll()
        finally:
            _end(process)
            lines.join()
        said.seek(0)
        first_words = said.read().decode(errors="replace")
    if ended == -signal.SIGKILL:
        raise TargetUnavailable(
            "the guest was killed by something else, most likely as this machine has no memory left"
        )
    if not any(lines.kept.values()):
        raise TargetUnavailable(f"the kernel does not start here; what it said:\n{first_words.strip()}")
    console = first_words + lines.kept["log"].decode(errors="replace")
    return Seen(bytes(lines.kept["out"]), console, silent, time.monotonic() - begun)


def _await(process: subprocess.Popen[bytes], lines: Lines, patience: Patience) -> bool:
    """Whether it had to be given up. Time in which no process here was run, this one included, counts for nothing."""
    last = time.monotonic()
    whole = silence = since = 0.0
    size, said = 0, False
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK)
            return False
        now = time.monotonic()
        passed, last = min(now - last, _LONGEST_LOOK), now
        output = lines.kept["out"]
        whole += passed
        silence = 0.0 if len(output) > size else silence + passed
        size = len(output)
        since += passed if said else 0.0
        said = said or patience.word in output
        if since > patience.after:
            return False
        if whole > patience.most or silence > patience.silence:
            return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """All of it, user mode too, and at once: a kernel that is asked to end does so where it is, and complains."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
