# SPDX-License-Identifier: Apache-2.0
"""A program in the kernel is watched: what it says is kept, and the end is told from trouble of this machine."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from native.targets.host import TargetUnavailable
from native.targets.uml import place, watch
from native.targets.uml.boot import Job
from native.targets.uml.watch import Patience, Seen

Watched = Callable[..., Seen]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """A shell script instead of a guest; $OUT is its standard output, $LOG its console."""

    def command(_job: Job, _start: list[str], _input: str, _folder: Path, lines: list[str]) -> list[str]:
        out, log = (lines[x].partition("fd:")[2] for x in (1, 3))
        return ["bash", "-c", f"OUT={out} LOG={log}; {script}"]

    script = ""

    def run(text: str, most: float = 20, silence: float = 10, after: float = 0.2) -> Seen:
        nonlocal script
        script = text
        return watch.watch(Job(("true",)), Patience(most, silence, b"wrong", after))

    monkeypatch.setattr(watch, "kernel_of", lambda _: Path("/linux"))
    monkeypatch.setattr(place, "command", lambda _: [])
    monkeypatch.setattr(watch, "guest_command", command)
    return run


def test_what_is_said_is_kept(watched: Watched) -> None:
    seen = watched("echo early; echo one >&$OUT; echo booted >&$LOG")
    assert (seen.output, seen.console, seen.silent) == (b"one\n", "early\nbooted\n", False)


def test_silence_ends_it(watched: Watched) -> None:
    assert watched("echo one >&$OUT; sleep 60", silence=0.3).silent


def test_what_it_says_of_its_end_is_not_heard(watched: Watched) -> None:
    seen = watched("trap 'echo BUG >&$LOG; exit' TERM; echo one >&$OUT; while :; do sleep 0.05; done", silence=0.3)
    assert (seen.silent, seen.console) == (True, "")


def test_so_does_the_end_of_its_time(watched: Watched) -> None:
    assert watched("while sleep 0.05; do echo one >&$OUT; done", most=0.5).silent


def test_little_more_is_waited_for_after_the_word(watched: Watched) -> None:
    seen = watched("echo wrong >&$OUT; while sleep 0.05; do echo more >&$OUT; done")
    assert not seen.silent
    assert b"more" in seen.output


def test_a_guest_that_something_else_killed_tells_nothing(watched: Watched) -> None:
    with pytest.raises(TargetUnavailable, match="killed by something else"):
        watched("echo one >&$OUT; kill -KILL $$")


def test_a_guest_that_says_nothing_did_not_start(watched: Watched) -> None:
    with pytest.raises(TargetUnavailable, match=r"does not start here.*\nno such option"):
        watched("echo no such option >&2; exit 1")


def test_time_that_the_machine_gave_to_nobody_does_not_count(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look comes a minute late, as after a suspension."""
    late = iter(range(1000))
    now = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: now() + 60 * next(late))
    assert not watched("echo one >&$OUT; sleep 0.4; echo two >&$OUT", most=10, silence=5).silent


def test_a_full_disk_is_no_finding(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> list[str]:
        raise OSError(28, "No space left on device", "/x/job")

    monkeypatch.setattr(watch, "guest_command", full)
    with pytest.raises(TargetUnavailable, match=r"No space left on device \(/x/job\)"):
        watched("true")
