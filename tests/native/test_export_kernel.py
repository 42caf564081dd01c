# SPDX-License-Identifier: Apache-2.0
"""The series that can be posted, with the real Linux: they are what is built here, in style, and work by themselves."""

import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from native.targets import build, patch
from native.targets.uml import boot as booting
from native.targets.uml import export, kernel, place, source
from tests.native.guests import boot
from tests.native.posted import OPTIONS, OURS, configure, make_command, of, pristine_tree, put_on, run, said

pytestmark = pytest.mark.kernel

PROGRAMS: Final = ("chain", "entry", "ring", "rights", "threadlet", "wait")
IGNORED: Final = {export.OBSERVER: "ENOSYS,PREFER_KERNEL_TYPES,CAMELCASE"}
"""What checkpatch may find: the observer says what an empty call gives, and shares files with user space."""


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
    """Linux with the fixes of User Mode Linux and the feature on it, by patch(1)."""
    tree = pristine_tree(found, folder / "linux")
    put_on(tree, [*of(series, "um"), *of(series, export.FEATURE)])
    return tree


@pytest.fixture(scope="module")
def programs(tree: Path, folder: Path) -> Path:
    """The selftests, built as kselftest does."""
    run(["make", "-s", "ARCH=x86_64", f"O={folder / 'headers'}", "headers"], tree)
    numbers = {abi: (folder / f"headers/usr/include/asm/unistd_{abi}.h").read_text() for abi in ("64", "x32", "32")}
    assert {abi for abi, text in numbers.items() if re.search("async_exec|threadlet", text)} == {"64"}
    assert "__NR_threadlet_off 468" in numbers["64"]
    (folder / "selftests").mkdir()
    includes = f"KHDR_INCLUDES=-isystem {folder / 'headers/usr/include'} -Werror"
    run(["make", "-s", "-C", "tools/testing/selftests/syslet", includes, f"OUTPUT={folder / 'selftests'}"], tree)
    return folder / "selftests"


def test_what_is_posted_is_what_is_built(found: source.Source, tree: Path) -> None:
    """With the observer on top, each file that is changed or new is that of the tree that is built."""
    built = source.patched_tree(found, print)
    ours = source.hooked({place: path.read_bytes() for place, path in source.overlay().items()})
    made, _ = export.series(found, print)
    texts = made[export.OBSERVER][-1].after
    own = {x.path for path in source.patches() for x in patch.parse(path.name, path.read_text()).changes}
    assert [x for x in sorted(own) if texts[x] != (built / x).read_text()] == []
    assert [x for x, content in ours.items() if texts[x].encode() != content] == []
    new = export.new_files(export.FEATURE)
    assert [x for x, path in new.items() if (tree / x).read_bytes() != path.read_bytes()] == []


@pytest.mark.parametrize("name", export.ORDER)
def test_checkpatch_finds_nothing(tree: Path, series: list[Path], name: str) -> None:
    patches = [x for x in series if x.parent.name.endswith(f"-{name}")]
    command = ["perl", "scripts/checkpatch.pl", "--strict", *map(str, patches)]
    command += ["--ignore", IGNORED[name]] if name in IGNORED else []
    _, output = said(tree, command)
    totals = [x for x in output.splitlines() if x.startswith("total: ")]
    assert len(totals) == len(patches)
    assert [x for x in totals if not x.startswith("total: 0 errors, 0 warnings, 0 checks, ")] == [], output


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
    config = configure(tree, work, OPTIONS)
    assert all(f"{x}=y\n" in config for x in ("CONFIG_SYSLETS", "CONFIG_HAVE_SYSLETS", "CONFIG_TRACEPOINTS"))
    assert "OBSERVER" not in config
    assert "syslet" not in run([*make_command(work), "linux"], tree), "the compiler complained"
    return work


def test_the_compiler_finds_nothing_more_when_it_is_asked(posted_kernel: Path, tree: Path) -> None:
    """W=1 is what robots of the kernel lists build with."""
    for path in [*(tree / "kernel/syslet").glob("*.c"), tree / "arch/um/kernel/syslet.c"]:
        path.touch()
    assert said(tree, [*make_command(posted_kernel), "W=1", *OURS]) == (0, "")


@pytest.mark.skipif(shutil.which("sparse") is None, reason="there is no sparse")
def test_sparse_finds_nothing(posted_kernel: Path, tree: Path) -> None:
    """In our files; it says a little about headers of Linux that they include."""
    status, output = said(tree, [*make_command(posted_kernel), "C=2", *OURS])
    assert status == 0, output
    found = re.findall(rf"^{tree}/([^:\n]+):\d+:\d+: .*$", output, re.MULTILINE)
    assert [x for x in found if x in export.new_files(export.FEATURE)] == [], output


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


@pytest.mark.skipif(not Path("/usr/include/gelf.h").exists(), reason="no libelf, with which objtool is built")
def test_without_syslets_nothing_is_compiled(tree: Path, folder: Path) -> None:
    """The smallest kernel for x86-64 itself: the table of calls is there, and the hooks are nothing."""
    work = folder / "small"
    work.mkdir()
    make = make_command(work, "x86_64")
    run([*make, "tinyconfig"], tree)
    run(["scripts/config", "--file", str(work / ".config"), "-e", "64BIT"], tree)
    run([*make, "olddefconfig"], tree)
    objects = [f"kernel/{x}.o" for x in ("exit", "fork", "signal", "sys_ni", "sched/core")]
    assert run([*make, *objects, "fs/exec.o", "arch/x86/entry/syscall_64.o"], tree).strip() == ""
    symbols = run(["nm", *(str(work / x) for x in objects)], tree)
    assert "__x64_sys_async_exec" in symbols
    assert "__syslet" not in symbols
