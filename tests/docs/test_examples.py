# SPDX-License-Identifier: Apache-2.0
"""The examples on the pages: what they show is what is printed, and what shows nothing succeeds.

A line `…` stands for any lines, and `…` in a line for any part of it. Line numbers of the sources are not compared.
`pytest --renew` writes what is printed now, except where the page shows it with a `…`.
"""

import configparser
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from typing import Final

import attrs
import pytest

from native.targets import build
from tests.docs.pages import ROOT, Block, Example, blocks, examples, pages

HOW_TO: Final = tuple(
    f"docs/howto/{name}.md"
    for name in (
        "find-a-fault",
        "read-a-divergence",
        "write-a-litmus-test",
        "look-at-a-run",
        "keep-a-finding",
        "a-finding-came",
    )
)
"""One uses the files of the other, so they are followed in this order."""
WALKS: Final = (HOW_TO, *((page,) for page in pages() if page not in HOW_TO))
NOT_HERE: Final = {
    r"python3 -m venv .*|\.venv/bin/pip install (?:\.|-e '\.\[dev,test\]')|\. \.venv/bin/activate": (
        "installs this project: tests/test_package.py installs it, and uses it"
    ),
    r"\.venv/bin/(?:tox run(?: -e (?:compiled|docs|kernel|quick|torture))?|pytest .*)": "runs tests, or is one",
    r"\.venv/bin/pre-commit install": "is about the clone, not about a folder with its files",
    r"pytest -m kernel|LINUX_SOURCE=\S+ syslet kernel all": "builds kernels",
    r"git am .*|make headers|(?:make -C|syslet boot --) tools/testing/selftests/.*|pytest tests/native/test_export.*": (
        "is typed in a tree of Linux, and done by tests/native/test_export_kernel.py"
    ),
    r"syslet pull-request .*": "needs the history of a clone: tests/cli/test_change.py compares with a base",
    r"syslet known add .*|git add known\.toml known": "needs a finding: tests/fuzz/test_known.py adds one",
    r"syslet corpus (?:import|merge) .*machine.*|syslet corpus \w+ gathered.*|syslet corpus import here .*": (
        "needs the corpus of another machine: tests/cli/test_corpus.py carries one"
    ),
    r"cp -rn machine-.*|syslet triage all-findings": "needs the findings of another machine",
    r"syslet torture --replay .*": "needs a finding: tests/native/test_torture.py makes one, and runs it again",
    r"syslet bench --faults .*": "takes minutes: tox -e faults runs it",
    r"man -l native/lib/man/.*": "shows a page that tests/native/test_library.py reads",
}
"""Commands that no test runs, and why."""
FEW: Final = "corpus/few"
KERNEL: Final = re.compile(r"--target \S*uml|^syslet (?:boot|kernel|torture)\b")
DIVERGES: Final = re.compile(r"^divergence: |[1-9]\d* divergence|[1-9]\d* failed", re.MULTILINE)


def runs(line: str) -> bool:
    return line != "" and not any(re.fullmatch(command, line) for command in NOT_HERE)


class Walk:
    """A folder in which pages are followed, as a reader would."""

    def __init__(self, folder: Path, scratch: Path, *, renew: bool = False) -> None:
        self.folder, self.renew = folder, renew
        (folder / "corpus" / "regressions").mkdir(parents=True)
        for name in ("litmus", "seeds"):
            (folder / "corpus" / name).symlink_to(ROOT / "corpus" / name)
        (folder / FEW).mkdir()
        for path in sorted((ROOT / "corpus" / "litmus").glob("*.syslet"))[::12]:
            (folder / FEW / path.name).symlink_to(path)
        for part in ("examples", "lib", "kernel"):
            shutil.copytree(ROOT / "native" / part, folder / "native" / part, ignore=shutil.ignore_patterns("build"))
        (folder / "my-executor").symlink_to(build.executor())
        command = scratch / "bin" / "syslet"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m fuzz.cli "$@"\n')
        command.chmod(0o755)
        self._environment = {
            "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
            "COLUMNS": "100",
            "SYSLET_CACHE": str(build.cache_folder()),
        }

    def run(self, command: str) -> tuple[int, str]:
        """The status, and both outputs as a terminal would mix them."""
        done = subprocess.run(
            ["bash", "-eu", "-c", f"exec 2>&1\n{_quick(command)}"],
            cwd=self.folder, env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            text=True, encoding="utf-8", check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    def follow(self, block: Block, *, kernel: bool) -> None:
        """Type what a block says, and compare; lines for the real kernel only where there is one."""
        if block.file:
            (self.folder / block.file).write_text(block.text)
        if block.kind == "example":
            for example in examples(block):
                status, output = self.run(example.command)
                if self.renew and not pattern(example.shown).fullmatch(_without_numbers(output)):
                    example = _renewed(block.page, example, output)
                assert pattern(example.shown).fullmatch(_without_numbers(output)), f"{block}\n{output}"
                assert status == (1 if DIVERGES.search(example.shown) else 0), f"{block}\n{output}"
        if block.kind == "commands":
            lines = [line for line in block.text.splitlines() if runs(line) and (kernel or not KERNEL.search(line))]
            typed = "\n".join(lines)
            status, output = self.run(typed)
            assert status == (1 if "--strict" in typed else 0), f"{block}\n{output}"


def _quick(command: str) -> str:
    """A campaign that looks for nothing in particular is cut short; one of tox is what tox.ini makes of it.

    Of the corpus some files are replayed (tests/cli/test_replay.py replays all).
    """
    command = re.sub(r"(syslet replay (?:.* )?)corpus/litmus$", rf"\1{FEW}", command, flags=re.MULTILINE)
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    fuzz = tox["testenv:fuzz"]["commands"].strip()
    command = re.sub(
        r"\.venv/bin/tox run -e fuzz(?: -- (.*))?", lambda m: fuzz.replace("{posargs}", m[1] or ""), command
    )
    return "\n".join(
        line if "--strict" in line else re.sub(r"--time \d+", "--time 1", line) for line in command.splitlines()
    )


def _renewed(page: str, example: Example, output: str) -> Example:
    """The example with what is printed now, on the page too; as it is if the page leaves out some of it."""
    if "…" in example.shown:
        return example
    ending = example.shown[len(example.shown.rstrip("\n")) :]
    now = attrs.evolve(example, shown=output.rstrip("\n") + ending)
    path = ROOT / page
    text = path.read_text(encoding="utf-8")
    for margin in ("    ", " " * 7, ""):
        old, new = (indent(f"$ {x.command}\n{x.shown}", margin) for x in (example, now))
        if old in text:
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
            return now
    return example


def pattern(shown: str) -> re.Pattern[str]:
    parts = [
        re.split(r"…", _without_numbers(part.strip("\n")))
        for part in re.split(r"^ *…$", shown.strip("\n"), flags=re.MULTILINE)
    ]
    exact = [r"[^\n]*".join(re.escape(piece) for piece in pieces) for pieces in parts]
    return re.compile(r"\n?(?:.*\n)*?".join(exact) + r"\s*")


def _without_numbers(text: str) -> str:
    return re.sub(r"(\.(?:py|c)):\d+ ", r"\1:N ", text)


def for_kernel(block: Block) -> bool:
    return block.kind == "commands" and any(KERNEL.search(line) for line in block.text.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("walk", [x for x in WALKS if any(map(blocks, x))], ids=lambda walk: walk[0])
@pytest.mark.usefixtures("golden")  # so that --renew runs it
def test_an_example_shows_what_is_printed(
    walk: tuple[str, ...], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = Walk(tmp_path / "here", tmp_path, renew=request.config.getoption("--renew"))
    for page in walk:
        for block in blocks(page):
            folder.follow(block, kernel=False)


@pytest.fixture
def seen_by_the_guest() -> Iterator[Path]:
    """The guest has a /tmp of its own."""
    folder = build.cache_folder() / f"pages-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.kernel
@pytest.mark.parametrize("page", [page for page in pages() if any(map(for_kernel, blocks(page)))])
def test_an_example_runs_on_the_real_kernel(page: str, seen_by_the_guest: Path) -> None:
    folder = Walk(seen_by_the_guest / "here", seen_by_the_guest)
    for block in blocks(page):
        compiles = "--libs libsyslet" in block.text  # what is to be run there
        if block.file or compiles or for_kernel(block):
            folder.follow(block, kernel=True)


PING_ONLY: Final = """\
import os, sys
fds = dict(option[2:].split("=") for option in sys.argv[1:])
while os.read(int(fds["in-fd"]), 1) == b"p":
    os.write(int(fds["out-fd"]), b"p")
"""


def test_an_executor_that_answers_pings_only_is_told_so(tmp_path: Path) -> None:
    """As step 1 of docs/howto/port-the-protocol.md says."""
    executor = tmp_path / "ping"
    executor.write_text(f"#!{sys.executable}\n{PING_ONLY}")
    executor.chmod(0o755)
    status, output = Walk(tmp_path / "here", tmp_path).run(
        f"syslet replay --target {executor} corpus/litmus/hello.syslet"
    )
    assert status == 1
    assert "divergence: crash" in output
    assert "clause TARGET:" in output


def test_every_block_is_looked_at() -> None:
    """Each is run, read, compiled, or known to be no example; test_blocks.py has the other kinds."""
    known = {"example", "commands", "program", "c", "listing"}
    others = {str(block.text.split()[0]) for page in pages() for block in blocks(page) if block.kind not in known}
    assert others == {
        "mutator,",  # the picture of the parts: docs/design/architecture.md
        "threadlet_exec:",  # tests/native/test_fast_path.py
        "text",  # the grammar: test_blocks.py
        "case.syslet:4:6:",  # an error message: test_blocks.py
        "from",  # the library's lines: tests/docs/test_library.py
        "2",  # what they print: tests/docs/test_library.py
        "eval",  # how to switch completion on; tests/cli/test_commands.py completes
        "executor",  # its options: test_blocks.py
        "torture",  # a round: tests/torture/test_text.py
        "findings/torture-oracle-signal-lost-in-a-spare-…/",  # its folder: tests/torture/test_campaign.py
        ":language:",  # the schema: tests/fuzz/test_tracefile.py
    }


@pytest.mark.parametrize("page", pages())
def test_no_example_is_overlooked(page: str) -> None:
    """In any block, with any indentation."""
    prompts = re.findall(r"^[\s>]*\$ \S", (ROOT / page).read_text(), re.MULTILINE)
    assert len(prompts) == sum(len(examples(block)) for block in blocks(page) if block.kind == "example")


def test_no_page_is_left_out() -> None:
    assert sorted(page for walk in WALKS for page in walk) == sorted(pages())
    commands = {
        example.command.split()[1] for page in pages() for block in blocks(page) if block.kind == "example"
        for example in examples(block) if example.command.startswith("syslet")
    }  # fmt: skip
    assert commands >= {"check", "cover", "diff", "explain", "fuzz", "replay", "run", "show", "spec", "triage"}


def test_what_is_not_run_is_on_a_page() -> None:
    lines = [
        line
        for page in pages()
        for block in blocks(page)
        if block.kind == "commands"
        for line in block.text.splitlines()
    ]
    assert [command for command in NOT_HERE if not any(re.fullmatch(command, line) for line in lines)] == []


@pytest.mark.slow
@pytest.mark.parametrize("pages", [("docs/tutorial.md",), HOW_TO[:2]], ids=lambda pages: pages[-1])
def test_the_smallest_program_on_a_page_is_the_one_that_is_found(pages: tuple[str, ...], tmp_path: Path) -> None:
    folder = Walk(tmp_path / "here", tmp_path)
    found = [block for page in pages for block in blocks(page)]
    (shown,) = [block for block in found if block.kind == "program" and "#: kind" in block.text]
    fuzz = next(block for block in found if block.text.startswith("$ syslet fuzz"))
    folder.follow(fuzz, kernel=False)
    (smallest,) = (tmp_path / "here").glob("*findings/*/smallest.syslet")
    assert smallest.read_text() == shown.text
