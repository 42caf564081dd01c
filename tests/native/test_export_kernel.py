# SPDX-License-Identifier: Apache-2.0
"""The series that can be posted, with the real Linux: it is what is built here, in style, and it works by itself."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs
import pytest

from native.targets import build, patch
from native.targets.uml import boot as booting
from native.targets.uml import export, kernel, place, source
from tests.native.guests import boot

pytestmark = pytest.mark.kernel

PROGRAMS: Final = ("chain", "entry", "ring", "threadlet", "wait")
OPTIONS: Final = (
    "64BIT EXPERT PREEMPT HIGH_RES_TIMERS PRINTK BUG MULTIUSER SYSLETS UML_TIME_TRAVEL_SUPPORT BINFMT_ELF FUTEX EPOLL "
    "EVENTFD POSIX_TIMERS SHMEM NET SECCOMP HOSTFS PROC_FS SYSFS TMPFS DEVTMPFS TTY UNIX98_PTYS SSL NULL_CHAN FTRACE "
    "ENABLE_DEFAULT_TRACERS"
)
"""What a kernel needs that runs the selftests, and has tracepoints."""


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def found() -> source.Source:
    return source.obtain(print)


@pytest.fixture(scope="module")
def folder(found: source.Source) -> Iterator[Path]:
    """In the cache: what runs in the guest must not lie below /tmp."""
    made = build.cache_folder() / f"posted-{uuid.uuid4().hex}"
    made.mkdir(parents=True)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def series(folder: Path) -> list[Path]:
    return export.export(folder / "series", print)


@pytest.fixture(scope="module")
def tree(found: source.Source, folder: Path, series: list[Path]) -> Path:
    """Linux as its authors made it, and the series on it, by patch(1). Most files are links to those in the cache."""
    tree, pristine = folder / "linux", folder / "pristine"
    pristine.mkdir()
    run(["cp", "-al", str(source.patched_tree(found, print)), str(tree)], folder)
    changed = {x.path for path in source.patches() for x in patch.parse(path.name, path.read_text()).changes}
    source.unpack(found.path, pristine, changed)
    for name in changed:
        (tree / name).unlink()
        shutil.copy(pristine / name, tree / name)
    for name in (tree / ".syslet-overlay").read_text().splitlines() if (tree / ".syslet-overlay").exists() else []:
        (tree / name).unlink(missing_ok=True)
    for path in series[1:]:
        run(["patch", "-p1", "--fuzz=0", "--no-backup-if-mismatch", "-s", "-i", str(path)], tree)
    return tree


@pytest.fixture(scope="module")
def programs(tree: Path, folder: Path) -> Path:
    """The selftests, built as kselftest does."""
    run(["make", "-s", "ARCH=x86_64", f"O={folder / 'headers'}", "headers"], tree)
    assert "__NR_threadlet_off 468" in (folder / "headers/usr/include/asm/unistd_64.h").read_text()
    (folder / "selftests").mkdir()
    includes = f"KHDR_INCLUDES=-isystem {folder / 'headers/usr/include'} -Werror"
    run(["make", "-s", "-C", "tools/testing/selftests/syslet", includes, f"OUTPUT={folder / 'selftests'}"], tree)
    return folder / "selftests"


def test_what_is_posted_is_what_is_built(found: source.Source, tree: Path) -> None:
    """With the patches of the observer on top, each changed file is that of the built tree; each new one is ours."""
    built = source.patched_tree(found, print)
    made, _ = export.series(found, print)
    texts = dict(made[-1].after)
    for path in source.patches()[len(source.posted_patches()) :]:
        parsed = patch.parse(path.name, path.read_text())
        ours = attrs.evolve(parsed, changes=tuple(x for x in parsed.changes if x.path in texts))
        texts.update(patch.apply(ours, texts))
    own = {x.path for path in export.patches().values() for x in patch.parse(path.name, path.read_text()).changes}
    own -= {"Documentation/userspace-api/index.rst", "tools/testing/selftests/Makefile"}
    assert [x for x in sorted(own) if texts[x] != (built / x).read_text()] == []
    new = export.new_files()
    assert [x for x, path in new.items() if (tree / x).read_bytes() != path.read_bytes()] == []


def test_checkpatch_finds_nothing(tree: Path, series: list[Path]) -> None:
    command = ["perl", "scripts/checkpatch.pl", "--strict", *map(str, series)]
    said = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False).stdout
    totals = [x for x in said.splitlines() if x.startswith("total: ")]
    assert len(totals) == len(series)
    assert [x for x in totals if not x.startswith("total: 0 errors, 0 warnings, 0 checks, ")] == [], said


def results(output: str) -> tuple[int, int]:
    """Tests that passed, of how many."""
    lines = output.splitlines()
    return sum(x.startswith("ok ") for x in lines), sum(x.startswith(("ok ", "not ok ")) for x in lines)


@pytest.mark.parametrize("which", ["fast", "debug"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_selftests_pass_in_our_kernels(programs: Path, name: str, which: str) -> None:
    done = boot("--kernel", which, "--", str(programs / name))
    passed, tests = results(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert passed == tests > 5
    assert "SKIP" not in done.stdout


def test_selftests_say_when_there_is_nothing_to_test(programs: Path) -> None:
    """This machine's kernel has no syslets, so they are skipped, and none fails."""
    done = subprocess.run([str(programs / "chain")], capture_output=True, text=True, check=False)
    assert "no syslets in this kernel" in done.stdout
    assert "not ok" not in done.stdout


@pytest.fixture(scope="module")
def posted_kernel(tree: Path, folder: Path) -> Path:
    """User Mode Linux of the series alone, with its tracepoints."""
    work = folder / "work"
    work.mkdir()
    make = ["make", "-s", "ARCH=um", f"O={work}", f"-j{os.cpu_count() or 1}"]
    run([*make, "tinyconfig"], tree)
    (work / "wanted").write_text("".join(f"CONFIG_{x}=y\n" for x in OPTIONS.split()) + "# CONFIG_MCONSOLE is not set\n")
    run(["scripts/kconfig/merge_config.sh", "-m", "-O", str(work), str(work / ".config"), str(work / "wanted")], tree)
    run([*make, "olddefconfig"], tree)
    config = (work / ".config").read_text()
    assert all(f"{x}=y\n" in config for x in ("CONFIG_SYSLETS", "CONFIG_HAVE_SYSLETS", "CONFIG_TRACEPOINTS"))
    assert "OBSERVER" not in config
    said = run([*make, "linux"], tree)
    assert "syslet" not in said, "the compiler complained"
    return work


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_series_works_by_itself(
    posted_kernel: Path,
    programs: Path,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    monkeypatch.setattr(kernel, "built", lambda *_: posted_kernel)
    monkeypatch.setattr("sys.stdin", None)
    place.without_randomization()
    assert booting.boot(booting.Job((str(programs / name),))) == 0
    passed, tests = results(capfdbinary.readouterr().out.decode())
    assert passed == tests > 5


def test_without_syslets_nothing_is_compiled(tree: Path, folder: Path) -> None:
    """The smallest kernel for x86-64 itself: the table of calls is there, and the hooks are nothing."""
    work = folder / "small"
    work.mkdir()
    make = ["make", "-s", "ARCH=x86_64", f"O={work}", f"-j{os.cpu_count() or 1}"]
    run([*make, "tinyconfig"], tree)
    run(["scripts/config", "--file", str(work / ".config"), "-e", "64BIT"], tree)
    run([*make, "olddefconfig"], tree)
    objects = [f"kernel/{x}.o" for x in ("exit", "fork", "signal", "sys_ni", "sched/core")]
    said = run([*make, *objects, "fs/exec.o", "arch/x86/entry/syscall_64.o"], tree)
    assert said.strip() == ""
    symbols = run(["nm", *(str(work / x) for x in objects)], tree)
    assert "__x64_sys_async_exec" in symbols
    assert "__syslet" not in symbols
