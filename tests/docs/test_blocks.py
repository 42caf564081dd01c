# SPDX-License-Identifier: Apache-2.0
"""What is on the pages besides examples: programs, C, the grammar, commands in sentences."""

import re
from pathlib import Path

import click
import pytest

from fuzz.cli import syslet
from fuzz.text import TextError, parse
from fuzz.text.expect import failures
from model import abi
from model.calls import WORLD
from model.image import build as image_of
from model.spec.run import run
from model.trace import Trace
from native.targets import build, library
from native.targets.host import HostTarget
from tests.docs.grammar import line_of
from tests.docs.pages import ROOT, Block, blocks, examples, pages


def of_kind(kind: str) -> list[Block]:
    return [block for page in pages() for block in blocks(page) if block.kind == kind]


def block_of(page: str, first: str) -> Block:
    (found,) = [block for block in blocks(page) if block.text.startswith(first)]
    return found


@pytest.mark.parametrize("block", of_kind("program"), ids=str)
def test_a_program_is_one_and_both_sides_do_what_it_expects(block: Block, host: HostTarget) -> None:
    case = parse(block.text, str(block))
    image = image_of(case.program)
    assert failures(case, run(image)) == []
    answer = host.run(image)
    assert isinstance(answer, Trace)
    assert failures(case, answer) == []


@pytest.mark.slow
@pytest.mark.parametrize("block", of_kind("c"), ids=str)
def test_c_is_compiled_without_a_warning(block: Block, tmp_path: Path) -> None:
    source = tmp_path / "prog.c"
    source.write_text(block.text)
    assert library.program(source, tmp_path / "prog", "-Wall", "-Wextra", "-Werror").exists()


def test_there_are_programs_and_c() -> None:
    assert len(of_kind("program")) >= 7
    assert of_kind("c")
    text = (ROOT / "corpus/litmus/hello.syslet").read_text()
    assert text in [block.text for block in of_kind("program")]


def test_the_readme_asks_about_the_program_that_it_shows() -> None:
    (shown,) = [block for block in blocks("README.md") if block.kind == "program"]
    asked = next(
        x for block in blocks("README.md") if block.kind == "example" for x in examples(block) if "explain" in x.command
    )
    assert parse(shown.text).program == parse((ROOT / asked.command.split()[-1]).read_text()).program


def test_the_readme_installs_the_command_before_it_uses_it() -> None:
    lines = [
        line
        for block in blocks("README.md")
        if block.kind in ("commands", "example")
        for line in block.text.splitlines()
    ]
    first = next(n for n, line in enumerate(lines) if line.startswith(("syslet ", "$ syslet ")))
    assert lines[:first] == ["python3 -m venv .venv", ".venv/bin/pip install .", ". .venv/bin/activate"]


def test_a_command_that_ends_in_a_finding_is_not_run_by_tox() -> None:
    """Tox calls its exit status 1, which is the success there, a failure."""
    lines = [line for page in pages() for block in blocks(page) for line in block.text.splitlines()]
    assert [line for line in lines if "tox run" in line and "--strict" in line] == []


def test_the_error_is_what_the_parser_says() -> None:
    message = block_of("docs/grammar.md", "case.syslet:").text
    line = int(message.split(":")[1])
    text = ["syslet 1", "pipe p0", *[""] * (line - 3), message.splitlines()[1].strip()]
    with pytest.raises(TextError) as error:
        parse("\n".join(text), "case.syslet")
    assert f"{error.value}\n" == message


def test_the_grammar_takes_the_corpus_and_no_nonsense() -> None:
    line = line_of(block_of("docs/grammar.md", "text ").text)
    lines = {x for path in sorted((ROOT / "corpus").rglob("*.syslet")) for x in path.read_text().splitlines()}
    lines |= {x for block in of_kind("program") for x in block.text.splitlines()}
    assert [x for x in sorted(lines) if not line.fullmatch(x)] == []
    for wrong in (
        "pipe", "pipe p0 p1", "page pg6 hot", "head h0 size", "atom a0 getpid()", "atom a0 = getpid(", "expect busy",
        "expect w0", "store w0", "advance", "choose 1", "settle 3", "read(p0.r, pg3, 8) =>", "f0: settle", "syslet 2",
    ):  # fmt: skip
        assert not line.fullmatch(wrong), wrong
        with pytest.raises(TextError):
            parse(f"syslet 1\n{wrong}\n")


def test_the_calls_of_the_grammar_are_those_of_the_world() -> None:
    page = (ROOT / "docs/grammar.md").read_text()
    table, refused = page.split("## Calls")[1].split("## Expectations")[0].split("Names of calls")
    cells = " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    calls = re.findall(r"`(\w+\([^`]*\))`", cells)
    assert {call.split("(")[0] for call in calls} == set(WORLD)
    parse("\n".join(["syslet 1", *calls]))
    named = set(re.findall(r"`(\w+)`", refused.split("\n\n")[0]))
    assert named == set(abi.REFUSED_CALLS) - set(WORLD)


def test_the_executor_has_the_options_of_the_protocol() -> None:
    options = set(re.findall(r"--\w+(?:-\w+)*", block_of("docs/protocol.md", "executor ").text))
    assert options == set(re.findall(r'"(--[\w-]+)=%d"', (build.ROOT / "host" / "executor.c").read_text()))


def test_the_list_of_commands_is_whole() -> None:
    (listing,) = of_kind("listing")
    with click.Context(syslet, **syslet.context_settings) as context:
        assert sorted(line.split()[1] for line in listing.text.splitlines()) == sorted(syslet.list_commands(context))


def inline() -> list[tuple[str, str]]:
    """Commands inside a sentence or a table; `syslet 1` begins a program."""
    text = re.compile(r"`syslet ([^`\d][^`]+)`")
    return [(page, " ".join(x.split())) for page in pages() for x in text.findall((ROOT / page).read_text())]


@pytest.mark.parametrize(("page", "command"), inline(), ids=str)
def test_a_command_in_a_sentence_has_its_options(page: str, command: str) -> None:
    name, *words = command.split(" -- ", maxsplit=1)[0].split()
    with click.Context(syslet, **syslet.context_settings) as context:
        found = syslet.get_command(context, name)
    assert found is not None
    if isinstance(found, click.Group):
        with click.Context(found) as context:
            found = found.get_command(context, words[0])
        assert found is not None
    known = {name for option in found.params for name in (*option.opts, *option.secondary_opts)}
    assert {word.split("=")[0] for word in words if word.startswith("-")} <= {*known, "--help"}


def test_the_first_page_declares_the_calls_as_the_headers_do() -> None:
    headers = "".join(path.read_text() for path in sorted((build.ROOT / "lib" / "include").glob("*.h")))
    told = re.findall(r"`([a-z][^`]*\([^`]*\);)`", (ROOT / "docs" / "index.md").read_text())
    assert len(told) == 2
    assert all(declaration in " ".join(headers.split()) for declaration in told)
