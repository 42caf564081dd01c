# SPDX-License-Identifier: Apache-2.0
"""`emit-c`: the C file compiles without a warning, says what it needs, and on a real kernel tells right from wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.ask.reproducer import emit, needs
from fuzz.text import parse
from native.targets import build, library
from tests.cli.test_commands import call

CORPUS = Path(__file__).parents[2] / "corpus" / "litmus"
PLAIN = (
    "one-script-on-two-stacks", "full-ring-loses-the-second-event", "events-come-in-order-of-completion", "hello",
    "head-asleep-for-ever-ends-the-program", "exit-ends-ready-threads", "atom-across-two-pages",
    "copy-loop-until-end-of-file", "a-producer-and-a-consumer-on-one-ring", "threads-share-a-futex",
    "a-thread-exits-and-its-family-with-it", "the-first-thread-exits-and-another-goes-on",
)  # fmt: skip


def text_of(name: str) -> str:
    path = CORPUS / f"{name}.syslet"
    return emit(parse(path.read_text(), path.name), path.name)


@pytest.mark.slow
@pytest.mark.parametrize("name", PLAIN)
def test_it_is_compiled_without_a_warning(name: str, tmp_path: Path) -> None:
    source = tmp_path / "made.c"
    source.write_text(text_of(name))
    assert library.program(source, tmp_path / "made", "-Wall", "-Wextra", "-Werror").exists()


def test_it_says_what_it_needs() -> None:
    chosen = parse("syslet 1\n#: preempt deep\npage pg6 cold\nchoose 5:1\n\nsettle\n")
    told = needs(chosen)
    assert [x.split(":")[0].split(",")[0][:12] for x in told] == ["a schedule", "tasks that a", "a cold page"]
    text = emit(chosen, "x")
    assert all(f" * IT NEEDS {x}." in text for x in told)
    assert needs(parse("syslet 1\n\nsettle\n")) == []
    assert [x[:23] for x in needs(parse("syslet 1\n\nsettle\n\nu1: settle\n"))] == ["the right to SCHED_FIFO"]


def test_each_thread_has_a_function_with_its_steps() -> None:
    text = emit(parse("syslet 1\n\ngetpid()\n\nu1: exit 3\n\nu2: gettid()\nu2: advance 2\n"), "x")
    first, second, third = (text.index(x) for x in ("*u1(void *data)", "*u2(void *data)", "int main(void)"))
    assert first < text.index("thread_exits(3); /* u1: exit 3 */") < second
    assert second < text.index('told(2, "u2: gettid()"') < text.index("settle(2); /* u2: advance 2 */") < third
    assert third < text.index("begin(u1);") < text.index("begin(u2);") < text.index('told(0, "getpid()"')


def test_the_command_writes_it_and_warns(tmp_path: Path) -> None:
    program = tmp_path / "p.syslet"
    program.write_text("syslet 1\nchoose 5:1\n\nsettle\n")
    made = call("emit-c", str(program), "-o", str(tmp_path / "p.c"))
    assert made.exit_code == 0
    assert "needs a schedule: choose 5:1" in made.stderr
    assert "int main(void)" in (tmp_path / "p.c").read_text()
    assert call("emit-c", str(program)).stdout == (tmp_path / "p.c").read_text()


def test_a_comment_of_c_cannot_be_ended_by_a_name() -> None:
    assert "*/" not in emit(parse("syslet 1\n\nsettle\n"), "a*/b").split("*/", 1)[0]
    assert emit(parse("syslet 1\n\nsettle\n"), "a*/b").count("a* /b") == 1


@pytest.mark.kernel
@pytest.mark.parametrize("name", PLAIN)
def test_on_the_real_kernel_it_does_what_is_allowed_and_sees_what_is_not(name: str) -> None:
    right = text_of(name)
    compared = [x for x in right.splitlines() if x.startswith("\ttold(") and x.endswith(", 1);")]
    if compared:
        head, allowed, _ = compared[0].rsplit(", ", 2)
        wrong = right.replace(compared[0], f"{head}, {int(allowed, 0) + 7}, 1);")
    else:
        wrong = right.replace("SLEEPS_FOR_GOOD 1", "SLEEPS_FOR_GOOD 0")
    assert wrong != right
    for text, status in ((right, 0), (wrong, 1)):
        folder = build.cache_folder() / "reproducer"  # the guest has a /tmp of its own
        folder.mkdir(exist_ok=True)
        source = folder / f"{name}.c"
        source.write_text(text)
        library.program(source, folder / name)
        command = [sys.executable, "-m", "fuzz.cli", "boot", "--", str(folder / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stdout + done.stderr
