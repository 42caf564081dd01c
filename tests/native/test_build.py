# SPDX-License-Identifier: GPL-2.0
"""The build: layout of the ABI, warnings, the cache, planted faults."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from random import Random

import attrs
import pytest

from fuzz.campaign.seeds import seed_programs
from fuzz.schedule.decisions import chooser_of
from fuzz.schedule.every import schedules
from model import abi
from model import image as layout
from model.calls import NAMES
from model.image import Image
from model.program import Choice, Program, Settle, Timespec
from model.trace import End, Trace
from model.verdict import Kind
from native.targets import build, faults
from native.targets.build import Flavour
from native.targets.host import Failure, HostTarget, TargetUnavailable
from tests.native.random_programs import program as random_program
from tests.native.worlds import (
    A,
    P,
    R,
    T,
    W,
    atom,
    call,
    head,
    n,
    poke,
    rd,
    refill,
    run_on,
    scripts,
    submit,
    wait,
    world,
    wr,
)

ATOM_FIELDS = {
    "flags": abi.ATOM_FLAGS,
    "nr": abi.ATOM_NR,
    "ret_ptr": abi.ATOM_RET_PTR,
    "next": abi.ATOM_NEXT,
    "arg_ptr": abi.ATOM_ARG_PTR,
    "private": abi.ATOM_PRIVATE,
}
HEAD_FIELDS = {
    "kernel_ring_idx": abi.AHU_KERNEL_RING_IDX,
    "user_ring_idx": abi.AHU_USER_RING_IDX,
    "completion_ring": abi.AHU_COMPLETION_RING,
    "ring_size_bytes": abi.AHU_RING_SIZE_BYTES,
    "head_stack": abi.AHU_HEAD_STACK,
    "head_ip": abi.AHU_HEAD_IP,
    "new_thread_stack": abi.AHU_NEW_THREAD_STACK,
    "new_thread_ip": abi.AHU_NEW_THREAD_IP,
}

QUICKLY = "-O0"
"""Of $SYSLET_CFLAGS: where it does not matter what is built, it is built sooner."""


def test_layout_of_the_abi(tmp_path: Path) -> None:
    lines = [f'P("{name}", SYSLET_{name});' for name in abi.FLAG_NAMES]
    lines += ['P("STOP_MASK", SYSLET_STOP_MASK);', 'P("MAX_ARGS", SYSLET_MAX_ARGS);']
    lines += [f'P("{name}", offsetof(struct syslet_uatom, {name}));' for name in ATOM_FIELDS]
    lines += [f'P("{name}", offsetof(struct async_head_user, {name}));' for name in HEAD_FIELDS]
    lines += ['P("atom", sizeof(struct syslet_uatom));', 'P("head", sizeof(struct async_head_user));']
    source = tmp_path / "layout.c"
    source.write_text(
        "#include <stddef.h>\n#include <stdio.h>\n#include <uapi/linux/syslet.h>\n"
        '#define P(name, value) printf("%s %zu\\n", name, (size_t)(value))\n'
        f"int main(void) {{ {' '.join(lines)} return 0; }}\n"
    )
    include = str(build.ROOT / "kernel" / "include")
    subprocess.run([*build.compiler(), "-I", include, str(source), "-o", str(tmp_path / "layout")], check=True)
    printed = subprocess.run([str(tmp_path / "layout")], capture_output=True, text=True, check=True).stdout
    found = {name: int(value) for name, value in (line.split() for line in printed.splitlines())}
    assert found == {
        **abi.FLAG_NAMES,
        "STOP_MASK": abi.SYSLET_STOP_MASK,
        "MAX_ARGS": abi.MAX_ARGS,
        **ATOM_FIELDS,
        **HEAD_FIELDS,
        "atom": abi.ATOM_BYTES,
        "head": abi.AHU_BYTES,
    }


def test_numbers_of_the_calls(tmp_path: Path) -> None:
    lines = [f'_Static_assert(__NR_{name} == {number}, "{name}");' for name, number in NAMES.items()]
    lines.append(f'_Static_assert(NR_syscalls == {abi.NR_TABLE}, "table");')
    source = tmp_path / "numbers.c"
    source.write_text("#include <asm/unistd.h>\n" + "\n".join(lines) + "\n")
    include = str(build.ROOT / "host" / "include")
    command = [*build.compiler(), "-fsyntax-only", "-I", include, str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr


def test_refused_calls_are_those_of_the_decision() -> None:
    text = (build.ROOT / "kernel" / "syslet_refused.c").read_text()
    lines = [line.strip() for line in text.splitlines() if line.startswith("\t[__NR_")]
    assert {line[6 : line.index("]")] for line in lines} == set(abi.REFUSED_CALLS)
    assert len(lines) == len(abi.REFUSED_CALLS)
    assert all("/*" in line for line in lines)


@pytest.mark.parametrize("compiler", ["gcc", "clang", "g++", "clang++"])
def test_user_header_stands_alone(compiler: str, tmp_path: Path) -> None:
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler}")
    source = tmp_path / ("header.cc" if compiler.endswith("++") else "header.c")
    source.write_text("#include <linux/syslet.h>\nstatic struct syslet_uatom a;\nint main(void) { return a.flags; }\n")
    include = str(build.ROOT / "kernel" / "include" / "uapi")
    flags = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only"]
    done = subprocess.run([compiler, *flags, "-I", include, str(source)], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("flavour", list(Flavour), ids=lambda flavour: flavour.value)
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_no_warnings(compiler: str, flavour: Flavour, tmp_path: Path) -> None:
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler}")
    environment = {**os.environ, "CC": compiler, "SYSLET_CFLAGS": "-Werror", "SYSLET_CACHE": str(tmp_path)}
    code = f"from native.targets import build; build.executor(build.Flavour.{flavour.name})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=build.ROOT.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr


@pytest.mark.slow
def test_cache_is_filled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSLET_CFLAGS", QUICKLY)
    monkeypatch.setenv("SYSLET_CACHE", str(tmp_path / "cache"))
    file = build.executor()
    assert file == tmp_path / "cache" / build.build_id() / "executor"
    before = file.stat()
    assert build.executor() == file
    assert file.stat() == before
    assert not [path for path in (tmp_path / "cache").iterdir() if path.name.count(".") and path.suffix != ".lock"]
    names = {build.build_id(flavour, fault) for flavour in Flavour for fault in (None, *faults.on_host())}
    assert len(names) == len(Flavour) * (1 + len(faults.on_host()))


@pytest.mark.slow
def test_several_processes_build_at_once(tmp_path: Path) -> None:
    environment = {**os.environ, "SYSLET_CACHE": str(tmp_path), "SYSLET_CFLAGS": QUICKLY}
    command = [sys.executable, "-c", "from native.targets import build; print(build.executor())"]
    processes = [
        subprocess.Popen(command, cwd=build.ROOT.parent, env=environment, stdout=subprocess.PIPE) for _ in range(3)
    ]
    answers = {process.communicate()[0] for process in processes}
    assert len(answers) == 1
    assert Path(answers.pop().decode().strip()).exists()


@pytest.mark.slow
def test_where_builds_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYSLET_CFLAGS", QUICKLY)
    monkeypatch.setenv("SYSLET_CACHE", "here")
    assert build.cache_folder() == tmp_path / "here"
    assert build.executor() == tmp_path / "here" / build.build_id() / "executor"
    monkeypatch.delenv("SYSLET_CACHE")
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert build.cache_folder() == tmp_path / "syslet"
    for ignored in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", ignored)
        assert build.cache_folder() == Path("/home/somebody/.cache/syslet")


@pytest.mark.slow
def test_a_cache_that_cannot_be_used_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SYSLET_CFLAGS", QUICKLY)
    monkeypatch.setenv("SYSLET_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(TargetUnavailable, match="set \\$SYSLET_CACHE"):
        HostTarget()
    # As on a file system that is mounted noexec.
    monkeypatch.setenv("SYSLET_CACHE", str(tmp_path / "cache"))
    build.executor().chmod(0o644)
    with pytest.raises(TargetUnavailable, match="noexec"), HostTarget():
        pass


def test_no_compiler_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "/nonexistent/cc")
    build.compiler.cache_clear()
    try:
        with pytest.raises(build.NoCompiler, match="apt-get install gcc"):
            build.executor()
        with pytest.raises(TargetUnavailable, match="dnf install gcc"):
            HostTarget()
    finally:
        monkeypatch.undo()
        build.compiler.cache_clear()


def test_compiler_that_cannot_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSLET_CACHE", str(tmp_path))
    monkeypatch.setenv("SYSLET_CFLAGS", "-include nothing.h")
    with pytest.raises(build.NoCompiler, match=r"nothing\.h"):
        build.executor()
    assert {path.suffix for path in tmp_path.iterdir()} == {".lock"}


def test_unknown_fault() -> None:
    with pytest.raises(ValueError, match="LOST_WAKEUP"):
        build.executor(fault="NONE")


def _witness(fault: str) -> Iterable[Image]:
    """Programs of which one shows the fault: some made for it, or random ones and the corpus."""
    made = _made_for(fault)
    if made:
        return map(layout.build, made)
    if fault.startswith(("THREADLET_", "PAGE_")):
        return chain(map(layout.build, _threadlets()), _corpus())
    if any(clause.startswith("GROUP-") for clause in faults.load()[fault].clauses):
        return [layout.build(program) for program in seed_programs() if program.threads]
    return chain(map(_random, range(500)), _corpus())


def _made_for(fault: str) -> Sequence[Program]:
    """Programs that show the faults which random ones rarely meet."""
    slow = atom(1, "read", rd(0), P(6), n(8))
    match fault:
        case "LOST_WAKEUP":
            # The chain is awake when the head comes to wait, and is done at the wrong moment.
            steps = (submit(A(1)), call("write", wr(0), P(3), n(8)), wait())
            return [world(slow, steps=steps, chooser=(Choice(skip, 1),)) for skip in range(31)]
        case "WAIT_PLAIN_SUBTRACTION":
            return [world(slow, heads=(head(4, kernel_idx=n(1)),), steps=(submit(A(1)), wait(3, 3)))]
        case "LOST_EVENT_COUNTED":
            nap = atom(0, "nanosleep", T(0))
            two = (submit(A(0)), refill(), submit(A(1)), wait(2))
            full = {"heads": (head(4, kernel_idx=n(1)),), "pokes": (poke(R(0, 1), 9),)}
            return [world(nap, slow, timespecs=(Timespec(0, 0, 1),), steps=two, **full)]
        case "TIMEOUT_BEATS_WAKE":
            # The time-out comes at the tick at which another chain wakes the waiter.
            sleeper = atom(0, "futex", W(0), n(128), n(0), T(0))
            waker = (atom(1, "nanosleep", T(0), then=A(2)), atom(2, "futex", W(0), n(129), n(1)))
            both, times = (submit(A(0)), refill(), submit(A(1)), wait(2)), (Timespec(0, 0, 5_000_000),)
            turns = [(Choice(skip, 1),) for skip in range(4)]
            return [world(sleeper, *waker, timespecs=times, steps=both, chooser=turn) for turn in turns]
    return ()


@cache
def _random(seed: int) -> Image:
    return layout.build(random_program(Random(seed)))


def _corpus() -> Iterator[Image]:
    """All programs of the corpus by the schedules that `replay` runs, for the faults that few programs show."""
    scheduled = chain.from_iterable(map(_scheduled, range(len(_programs()))))
    return map(layout.build, scheduled)


@cache
def _programs() -> tuple[Program, ...]:
    return tuple(seed_programs())


@cache
def _scheduled(number: int) -> tuple[Program, ...]:
    program = _programs()[number]
    chosen = [chooser_of(options) or () for options in schedules(program, layout.build(program)).options]
    return tuple([attrs.evolve(program, chooser=chooser) for chooser in chosen])


def _threadlets() -> list[Program]:
    """One that sleeps, one that does not, and one in another, in both ways; then a step of the head sleeps."""
    read, write = call("read", rd(0), P(6), n(8)), call("write", wr(0), P(3), n(8))
    bodies = scripts((read,), (call("getpid"), run_on(0, 2)))
    return [
        world(steps=steps, threadlets=bodies)
        for cached in (False, True)
        for one, other in [(run_on(0, 0, cached), run_on(1, 1, cached))]
        for steps in ((one, write, Settle(), one, write, Settle()), (other, read), (one, other, write, Settle(), one))
    ]


def _differs(answer: Trace | Failure, expected: Trace | Failure) -> bool:
    if isinstance(answer, Failure) or isinstance(expected, Failure):
        return type(answer) is not type(expected)
    return bool(answer.report) or answer.events != expected.events


@pytest.mark.slow
@pytest.mark.parametrize("fault", faults.on_host())
def test_planted_fault_shows(fault: str, fast: HostTarget) -> None:
    flavour = Flavour(faults.load()[fault].build)
    too_early = flavour is Flavour.ASAN
    # Where hanging is what the fault does, do not wait long; elsewhere a busy machine is no finding.
    timeout = 0.3 if fault in ("FULL_RING_SPINS", "LOCK_KEPT_WHEN_LOST") else 5.0
    with HostTarget(flavour, fault=fault, timeout=timeout) as faulty:
        for image in _witness(fault):
            answer = faulty.run(image)
            if not _differs(answer, fast.run(image)):
                continue
            if too_early:
                assert isinstance(answer, Failure)
                assert answer.kind is Kind.CRASH
                assert "heap-use-after-free" in answer.text
            return
    pytest.fail("no program shows it")


def test_reports_end_the_program_and_not_the_executor() -> None:
    image = layout.build(world(atom(0, "getpid"), steps=(submit(), call("write", wr(0), P(3), n(8)), Settle())))
    with HostTarget(fault="CONTEXT_LEAKED") as target:
        pid = target.pid
        for _ in range(3):
            trace = target.run(image)
            assert isinstance(trace, Trace)
            assert trace.events[-1].end is End.REPORT  # type: ignore[union-attr]
            assert trace.report.startswith("leak: ")
            assert "kernel/syslet_family.c" in trace.report
            assert len(trace.events) == 4
        assert target.pid == pid
