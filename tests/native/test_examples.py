# SPDX-License-Identifier: Apache-2.0
"""The library and its examples inside the real kernels, built and run as a reader of the README would."""

import re
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from fuzz.bench import measure, show
from native.targets import build, library
from native.targets.uml import kernel
from tests.native import pages
from tests.native.guests import boot

pytestmark = pytest.mark.kernel

FLAVOURS = [x.value for x in kernel.Flavour]


def make(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        ["make", "-C", str(folder), "CFLAGS=-O2 -g -Werror", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One that the guest sees."""
    made = build.cache_folder() / f"library-{uuid.uuid4().hex}"
    made.mkdir(parents=True)
    yield made
    subprocess.run(["rm", "-r", str(made)], check=True)


@pytest.fixture(scope="module")
def examples(folder: Path) -> Path:
    make(library.EXAMPLES, f"O={folder / 'examples'}")
    return folder / "examples"


@pytest.fixture(scope="module")
def checks(folder: Path) -> Path:
    output = folder / "lib"
    make(library.LIBRARY, f"O={output}", f"{output}/test-host", f"{output}/test-registers", f"{output}/test-threadlets")
    return output


@pytest.mark.parametrize("which", FLAVOURS)
def test_helpers(which: str, checks: Path) -> None:
    done = boot("--kernel", which, "--", str(checks / "test-host"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "host: 0 failures\n", "")


@pytest.mark.parametrize("which", FLAVOURS)
def test_registers_of_caller_and_threadlet(which: str, checks: Path) -> None:
    done = boot("--kernel", which, "--", str(checks / "test-registers"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "registers of threadlets: 64 rounds, 0 failures\n"


@pytest.mark.parametrize("which", FLAVOURS)
def test_threadlets(which: str, checks: Path) -> None:
    done = boot("--kernel", which, "--disk", "64M", "--", str(checks / "test-threadlets"), "/mnt")
    assert (done.returncode, done.stdout, done.stderr) == (0, "threadlets: 0 failures\n", "")


def test_the_program_of_the_announcement(examples: Path) -> None:
    warm = boot("--", str(examples / "announcement"))
    assert (warm.stdout, warm.stderr) == ("32 files read, 0 of them asynchronously\n", "")
    cold = boot("--disk", "64M", "--", str(examples / "announcement"), "/mnt")
    assert (cold.stdout, cold.stderr) == ("32 files read, 32 of them asynchronously\n", "")


def test_chains(examples: Path) -> None:
    done = boot("--", str(examples / "chain"))
    assert done.stdout.splitlines() == [
        "/tmp/file: 12 bytes, close gave 0, synchronous",
        "/tmp/no-such-file: open gave -2, synchronous",
        "loop: asynchronous, 0 rounds to go",
        "the pipe holds 15 bytes",
    ]
    assert not done.stderr


@pytest.mark.parametrize("way", ["futex", "poll", "select", "signal"])
def test_completion(way: str, examples: Path) -> None:
    done = boot("--", str(examples / "completion"), way)
    told = [f"  number {x} is done" for x in (1, 2, 3)] if way in ("select", "signal") else []
    assert done.stdout.splitlines() == [*told, f"{way}: 3 of 3 were asynchronous, all done in 30 ms"]
    assert (done.returncode, done.stderr) == (0, "")


def test_completion_of_another_kind(examples: Path) -> None:
    done = boot("--", str(examples / "completion"), "smoke")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "futex, poll, select or signal, not smoke\n"


def test_server(examples: Path) -> None:
    done = boot("--", str(examples / "server"))
    assert done.stdout == "8 clients, 160 requests, 32 of them waited, 0 clients unhappy\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_reads_of_a_file(examples: Path) -> None:
    done = boot("--disk", "64M", "--", str(examples / "fileread"), "/mnt/file", "2")
    assert (done.returncode, done.stderr) == (0, "")
    share = {}
    for line in done.stdout.splitlines():
        words = re.fullmatch(r"(warm|cold) +(\d+)  (\w+) +[\d.inf]+ MB/s +(\d+%|-) async", line)
        assert words, line
        share[words[1], int(words[2]), words[3]] = words[4]
    assert len(done.stdout.splitlines()) == len(share)
    methods = ("syslets", "threadlets", "pool", "io_uring")
    keys = {(heat, depth, method) for heat in ("warm", "cold") for depth in (1, 4, 16, 64) for method in methods}
    assert set(share) == keys | {("warm", 1, "pread"), ("cold", 1, "pread")}
    for (heat, _, method), found in share.items():
        if method in ("syslets", "threadlets"):
            assert found == "0%" if heat == "warm" else int(found[:-1]) > 5


def test_the_costs_of_a_threadlet_are_measured() -> None:
    """What they are is for `syslet bench` to say, on an idle machine."""
    costs = measure.threadlets()
    assert {"plain_call", "threadlet_exec", "threadlet_exec_many_processors", "threadlet_exec_real_calls"} < set(costs)
    assert min(costs.values()) > 0
    assert any("ns above the plain call" in line for line in show.threadlets(costs))


def test_other_kernels_are_recognized(examples: Path) -> None:
    for name in ("announcement", "chain", "completion", "server"):
        done = subprocess.run([str(examples / name)], capture_output=True, text=True, check=False)
        assert done.returncode == 77
        assert f"syslet boot -- {examples / name}" in done.stderr


def test_programs_of_the_pages_run(folder: Path) -> None:
    output = folder / "pages"
    output.mkdir()
    programs = pages.example_programs(output)
    script = "; ".join(f"{x} >/tmp/out 2>&1 </dev/null; echo {x.name} $? $(cat /tmp/out)" for x in programs)
    done = boot("--", "sh", "-c", script)
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert said == {
        "async_exec-0": "0 copied",
        "async_head_user-0": "0 empty",
        "async_thread-0": "0",
        "async_wait-0": "0 all done",
        "syslet_available-0": "0",
        "syslet_head_init-0": "0 2",
        "syslet_prep-0": "0 Linux",
        "syslet_uatom-0": "0 88 1",
        "syslets-0": "0 synchronous, good",
        "threadlet_complete-0": "0 result 1, value 7",
        "threadlet_exec-0": "0 it sleeps, we go on it is done",
        "threadlet_on-0": "0 armed: 0, threadlet_off: EINVAL",
        "threadlet_page-0": "0 0 spare threads",
        "threadlet_stack_alloc-0": "0 1000",
        "threadlets-0": "0 done at once waiting",
        "umem_add-0": "0 hello hello hello",
    }


def test_installed_it_is_found(folder: Path) -> None:
    root = folder / "root"
    make(library.LIBRARY, f"O={folder / 'install'}", "install", "PREFIX=/opt/syslets", f"DESTDIR={root}")
    installed = root / "opt" / "syslets"
    config = (installed / "lib" / "pkgconfig" / "libsyslet.pc").read_text()
    values = dict(x.split("=", 1) for x in config.splitlines() if re.match(r"\w+=", x))
    flags = {x.split(":")[0]: x.split(": ")[1] for x in config.splitlines() if re.match(r"Cflags:|Libs:", x)}
    assert values["prefix"] == "/opt/syslets"
    words = " ".join([flags["Cflags"], str(library.EXAMPLES / "chain.c"), flags["Libs"]])
    for name in ("includedir", "libdir"):
        words = words.replace(f"${{{name}}}", str(root) + values[name].replace("${prefix}", values["prefix"]))
    subprocess.run([*build.compiler(), "-o", str(folder / "installed"), *words.split()], check=True)
    assert "the pipe holds 15 bytes" in boot("--", str(folder / "installed")).stdout
    shown = {x.name for x in (installed / "share" / "man").rglob("*.*")}
    assert shown == {x.name for x in pages.pages()} | set(pages.aliases())
