# SPDX-License-Identifier: Apache-2.0
"""The made pages lead from clause to code and case, and back; what Sphinx makes of them is checked by tox -e docs."""

import importlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import click
import pytest
from pygments.token import Comment, Keyword, Name, Token

from fuzz.campaign.seeds import corpus_files
from fuzz.cli import syslet
from fuzz.oracle import Judgement
from fuzz.spec import cases, where
from fuzz.spec.chapters import CHAPTERS
from fuzz.spec.entry import entry
from fuzz.spec.titles import title
from fuzz.tell import layout
from model.clauses import BY_NUMBER, CLAUSES

EXT = Path(__file__).parents[2] / "docs" / "_ext"


@pytest.fixture
def ext(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    monkeypatch.syspath_prepend(EXT)
    names = (
        "files",
        "sheet",
        "case_pages",
        "clause_pages",
        "code_pages",
        "reference_pages",
        "man_pages",
        "mentions",
        "pictures",
        "program_text",
        "docstrings",
    )
    return {name: importlib.import_module(name) for name in names}


def test_each_clause_has_its_anchor_its_code_and_its_cases(ext: dict[str, ModuleType]) -> None:
    pages = ext["clause_pages"].pages()
    for clause in BY_NUMBER:
        page = pages[f"clauses/{clause.id.rsplit('-', 1)[0].lower()}.md"]
        section = page.split(f"({clause.id.lower()})=\n", 1)[1].split("\n(", 1)[0]
        assert section.startswith(f"## {title(clause)}\n")
        assert clause.text.removesuffix(".") in section
        for case in cases.litmus_of(clause.id):
            name = Path(case.path).stem
            assert f"(../litmus/{name}.md)" in section
            assert f"(../litmus/{name}.md#picture)" in section


def test_each_clause_has_its_rule_beside_its_function(ext: dict[str, ModuleType]) -> None:
    """Each function with a link and the numbers of its lines; what is marked counts from the first line shown."""
    pages = ext["clause_pages"].pages()
    block = r"^```{code-block} (python|c)\n:lineno-start: (\d+)\n(?::emphasize-lines: ([\d,]+)\n)?\n(.*?)\n```$"
    for clause in BY_NUMBER:
        page = pages[f"clauses/{clause.id.rsplit('-', 1)[0].lower()}.md"]
        section = page.split(f"({clause.id.lower()})=\n", 1)[1].split("\n(", 1)[0]
        rule, kernel = section.split(":::{container} rule\n")[1].split(":::{container} kernel\n")
        for side, found, language in (
            (rule, entry(clause).rules(), "python"),
            (kernel, entry(clause).functions(), "c"),
        ):
            shown = re.findall(block, side, re.MULTILINE | re.DOTALL)
            assert {name for name, *_ in shown} == {language}
            marked = [int(first) + int(n) - 1 for _, first, lines, _ in shown for n in lines.split(",") if n]
            assert marked == [line for excerpt in found for line in excerpt.marked], clause.id
            assert all(f", {x.place.path}:{x.place.line}\n" in side for x in found)


def test_the_section_of_a_clause_keeps_its_anchor_when_its_sentence_changes(ext: dict[str, ModuleType]) -> None:
    nodes = pytest.importorskip("docutils.nodes")
    pytest.importorskip("sphinx")
    utils = importlib.import_module("docutils.utils")
    document = utils.new_document("ring")
    section = nodes.section("", nodes.title("", "RING-3 · A slot"), ids=["ring-3-a-slot", "ring-3"])
    other = nodes.section("", nodes.title("", "Else"), ids=["else", "of-no-clause"])
    document += [section, other]
    found = list(importlib.import_module("clause_anchors").name_clauses(document))
    assert (section["ids"], other["ids"]) == (["ring-3"], ["else", "of-no-clause"])
    assert found == [("RING-3", "ring-3")]


def test_each_case_leads_back_to_its_clauses_and_has_its_picture(ext: dict[str, ModuleType]) -> None:
    pages = ext["case_pages"].pages()
    for folder in ("litmus", "regressions", "seeds"):
        for case in cases.shown(folder):
            name = Path(case.path).stem
            page = pages[f"{folder}/{name}.md"]
            assert f":::{{picture}} {case.path}" in page
            assert f"({name}.md)" in pages[f"{folder}/index.md"]
            assert all(f"<{clause.lower()}>`" in page for clause in case.says("clause") if clause in CLAUSES)


def test_functions_lead_back_to_their_clauses(ext: dict[str, ModuleType]) -> None:
    code = ext["code_pages"]
    assert "RING-1" in code.cited_by("model.spec.ring.post")
    assert code.cited_by("model.spec.ring.nothing") == []
    page = code.pages()["kernel/syslet_ring.c.md"]
    assert "(c-syslet_fill_slot)=" in page
    assert "{ref}`RING-3 <ring-3>`" in page
    assert "(c-host-host_pipe_read)=" in code.pages()["kernel/host-pipe.c.md"]


def test_labels_of_c_functions_are_there_and_unique(ext: dict[str, ModuleType]) -> None:
    code = ext["code_pages"]
    labels = [label for page in code.pages().values() for label in re.findall(r"^\((c-[\w-]+)\)=$", page, re.MULTILINE)]
    assert len(labels) == len(set(labels))
    links = " ".join(code.kernel_link(place) for places in where.in_c().values() for place in places)
    assert set(re.findall(r"\(#(c-[\w-]+)\)", links)) == set(labels)


def test_kernel_pages_leave_no_line_out(ext: dict[str, ModuleType]) -> None:
    for name, page in ext["code_pages"].pages().items():
        if name.endswith(".c.md"):
            shown: dict[int, str] = {}
            for first, code in re.findall(
                r"^```{code-block} c\n:lineno-start: (\d+)\n\n(.*?)\n```$", page, re.MULTILINE | re.DOTALL
            ):
                shown |= dict(enumerate(code.splitlines(), int(first)))
            path = ext["code_pages"].c_pages()[name]
            lines = dict(enumerate(path.read_text().expandtabs().splitlines(), 1))
            assert {n: line for n, line in shown.items() if line} == {n: line for n, line in lines.items() if line}


def test_sections_and_decisions_get_anchors(ext: dict[str, ModuleType]) -> None:
    sheet = ext["sheet"]
    named = sheet.with_anchors("### 4.2 Posting\n\n| D11 | `ring_full` | lost |\n")
    assert named == "(sheet-4-2)=\n### 4.2 Posting\n\n| [D11]{#d11} | `ring_full` | lost |\n"
    assert sheet.linked("4.2, D11") == "[4.2](#sheet-4-2), [D11](#d11)"


def test_a_page_shows_a_divergence_side_by_side(ext: dict[str, ModuleType]) -> None:
    page = (EXT.parent / "howto" / "read-a-divergence.md").read_text()
    (found,) = ext["pictures"].SPLIT.finditer(page)
    _, story = ext["pictures"].parted(*found.groups())
    assert story.sides[0].title == "the specification allows"
    assert story.clause == "RING-5"
    with pytest.raises(ValueError, match="does not show"):
        ext["pictures"].parted(found[1], "syslet 1\ngetpid()\n")


def test_a_picture_can_be_stepped_through(ext: dict[str, ModuleType]) -> None:
    path = EXT.parents[1] / "corpus" / "litmus" / "hello.syslet"
    assert "Memory that changes" in ext["pictures"].live_case(path)
    assert ext["pictures"].alive("pictures/litmus/hello.svg") == "pictures/litmus/hello.html"


def test_every_program_is_highlighted(ext: dict[str, ModuleType]) -> None:
    lexer, kinds = ext["program_text"].ProgramText(), set()
    for path in corpus_files():
        text = path.read_text(encoding="utf-8")
        tokens = list(lexer.get_tokens(text))
        assert "".join(value for _, value in tokens) == text
        plain = {value for kind, value in tokens if kind is Token.Text and value.strip()}
        assert not plain, f"{path}: words that are nothing: {plain}"
        kinds |= {kind for kind, _ in tokens}
    assert {Keyword.Namespace, Keyword.Declaration, Comment, Name.Function, Name.Variable} <= kinds


def test_blocks_that_hold_a_program_are_told_by_their_first_line(ext: dict[str, ModuleType]) -> None:
    begins = ext["program_text"].WHOLE.match
    assert begins("syslet 1\ngetpid()\n")
    assert begins("# why\n\nsyslet 1\n")
    assert not begins("syslet fuzz --time 60\n")
    assert not begins("atom a0 = getpid()\n")


def test_a_picture_names_its_clauses(ext: dict[str, ModuleType]) -> None:
    named = ext["pictures"].clauses_in(EXT.parents[1] / "corpus" / "litmus" / "hello.syslet")
    assert {"MOVE-1", "RING-1"} <= set(named)
    assert "THREAD-1" not in named


def test_all_python_has_a_page_with_its_docstrings(ext: dict[str, ModuleType]) -> None:
    pages = ext["code_pages"].pages()
    for name in ("model.spec.ring", "fuzz.oracle", "fuzz.tell.svg", "native.targets.uml.boot"):
        assert f".. automodule:: {name}\n" in pages[f"modules/{name}.md"]
        assert f"[{name}]({name}.md)" in pages["modules/index.md"]


def test_a_colon_of_a_variable_comes_back(ext: dict[str, ModuleType]) -> None:
    for what, hidden in (("data", True), ("attribute", True), ("function", False)):
        lines = ["Blamed: it crashed.", ""]
        ext["docstrings"].hide_colons(what, lines)
        assert (":" not in "".join(lines)) == hidden
        ext["docstrings"].show_colons(lines)
        assert lines == ["Blamed: it crashed.", ""]


def test_variables_that_share_their_words_have_a_field_each(ext: dict[str, ModuleType]) -> None:
    lines = [":ivar one, two: what they", "    are", ":ivar three: another, too: this", ""]
    ext["docstrings"].name_by_name(lines)
    assert lines == [
        ":ivar one: what they",
        "    are",
        ":ivar two: what they",
        "    are",
        ":ivar three: another, too: this",
        "",
    ]


def test_defaults_of_classes_are_told(ext: dict[str, ModuleType]) -> None:
    told = ext["docstrings"].with_defaults
    signature = "(program, report: str = attr_dict['report'].default, deep: bool = attr_dict['deep'].default)"
    assert told(Judgement, signature) == "(program, report: str = '', deep: bool = False)"
    assert told(test_defaults_of_classes_are_told, signature) == signature


def test_what_documented_code_imports_is_installed_with_sphinx() -> None:
    extras = tomllib.loads((EXT.parents[1] / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    names = {extra: {re.split(r"[<>=]", x)[0] for x in wanted} for extra, wanted in extras.items()}
    used = {
        name
        for path in (EXT.parents[1] / "fuzz").rglob("*.py")
        for name in re.findall(r"^ *(?:from|import) (\w+)", path.read_text(), re.MULTILINE)
    }
    assert used & (names["test"] | names["cover"]) <= names["docs"]
    assert "hypothesis" in used


@pytest.mark.slow
def test_the_page_of_commands_shows_what_they_print(ext: dict[str, ModuleType]) -> None:
    page = ext["reference_pages"].pages()["commands.md"]
    shown = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    with click.Context(syslet, **syslet.context_settings) as context:
        names = ["", *syslet.list_commands(context)]
    assert len(shown) == len(names)
    for name, text in zip(names, shown, strict=True):
        wide = {**os.environ, "PYTHONPATH": str(EXT.parents[1]), "COLUMNS": "200"}
        command = [sys.executable, "-m", "fuzz.cli", *name.split(), "--help"]
        told = subprocess.run(command, capture_output=True, text=True, check=True, env=wide).stdout
        assert text == told


def test_behind_a_picture_its_own_colours_go_on(ext: dict[str, ModuleType]) -> None:
    style = (EXT.parent / "_static" / "site.css").read_text()
    drawn = ext["pictures"].drawn_case(EXT.parents[1] / "corpus" / "litmus" / "hello.syslet")
    light, dark = re.findall(r"--bg: (#\w+);", drawn[""])
    assert f'body[data-theme="light"] .picture {{ background: {light}; }}' in style
    assert f'body[data-theme="dark"] .picture {{ background: {dark}; }}' in style


def test_each_picture_is_drawn_for_a_desktop_for_less_and_for_a_phone(ext: dict[str, ModuleType]) -> None:
    """The style sheet changes from one to the next before letters get too small, 5 % below the size of a picture."""
    drawn = ext["pictures"].drawn_case(EXT.parents[1] / "corpus" / "litmus" / "three-completions-in-any-order.syslet")
    widths = [float(re.findall(r' width="([\d.]+)"', picture)[0]) for picture in drawn.values()]
    assert list(drawn) == ["", "-middle", "-narrow"]
    assert widths == [layout.WIDE, layout.MIDDLE, pytest.approx(layout.NARROW, rel=0.1)]
    style = (EXT.parent / "_static" / "site.css").read_text()
    changes = [int(x) for x in re.findall(r"@container \(max-width: (\d+)px\)", style)]
    assert changes[0] == int(0.95 * layout.WIDE) - 1
    assert 0.94 * layout.MIDDLE < changes[2] < changes[1] < changes[0]
    assert "min-width: calc(0.95 * var(--natural))" in style


def test_words_of_the_glossary_can_be_linked(ext: dict[str, ModuleType]) -> None:
    sheet = ext["sheet"]
    docs = EXT.parent
    names = re.findall(r"\]\{#(word-[a-z-]+)\}\n: ", sheet.with_words((docs / "glossary.md").read_text()))
    assert len(names) == len(set(names)) == (docs / "glossary.md").read_text().count("\n: ")
    assert {"word-hand-over", "word-completion-ring", "word-block-of-a-search"} <= set(names)
    for page in docs.rglob("*.md"):
        assert set(re.findall(r"glossary\.md#([\w-]+)\)", page.read_text())) <= set(names), page
    assert sheet.with_links("[a](../glossary.md#word-head)", "../") == "[a](#word-head)"


def test_pages_of_classes_leave_out_what_tuples_bring(ext: dict[str, ModuleType]) -> None:
    page = ext["code_pages"].pages()["modules/model.spec.machine.md"]
    assert all(f" {name}" in page for name in ("_asdict", "_make", "_replace", "_fields", "_field_defaults"))


def test_manual_pages_are_converted_whole(ext: dict[str, ModuleType]) -> None:
    pages = ext["man_pages"].pages()
    for path in sorted((EXT.parents[1] / "native" / "lib" / "man").iterdir()):
        page = pages[f"man/{path.name}.md"]
        assert f"({path.name}.md)" in pages["man/index.md"]
        assert not re.search(r"^\.|\\f|\\-|\\e", page, re.MULTILINE)
        roff, prose = re.sub(r"\\f[BIP]|\\&", "", path.read_text()), re.sub(r"\]\([\w.]+\)|[\\`*\[\]]", "", page)
        if ".so man" not in roff:
            told = [word for line in roff.splitlines() if not line.startswith(".") for word in line.split()]
            assert [word for word in told if not set(word) & set("\\`*[]_") and word not in prose] == []
            assert page.count("\n## ") == roff.count("\n.SH ")
            assert page.count("\n: ") == roff.count("\n.TP\n")


def test_roff_that_is_not_known_is_an_error(ext: dict[str, ModuleType]) -> None:
    man = ext["man_pages"]
    title = ".TH x 3\n.SH NAME\n"
    shown = r".TP\n\fIx_y\fP\n\fBumem_add()\fP, see umem_add(2), read(2): a \fIsyslet\fP.".replace(r"\n", "\n")
    assert man.page("x.3", title + shown).endswith(
        "`x_y`\n: `umem_add()`, see [umem\\_add(2)](umem_add.2.md), read(2): a *syslet*.\n"
    )
    for wrong in (".IP x", r"\fRx", r"a \(bu b", ".nf\n.ti 2\n.fi"):
        with pytest.raises(man.Unknown):
            man.page("x.3", title + wrong)


def test_chapters_name_the_manual_pages(ext: dict[str, ModuleType]) -> None:
    assert "(../man/umem_add.2.md)" in ext["clause_pages"].pages()["clauses/umem.md"]
    names = {name for prefix in CHAPTERS for name in re.findall(r"man/(\S+)\.md", ext["man_pages"].of_chapter(prefix))}
    assert len(names) >= 8
    assert all(f"man/{name}.md" in ext["man_pages"].pages() for name in names)


def test_names_in_prose_are_found(ext: dict[str, ModuleType]) -> None:
    def labels(text: str) -> list[tuple[str, str]]:
        return [(text[found.start : found.end], found.label) for found in ext["mentions"].mentions(text)]

    assert labels("As RING-4 and D30 say (sheet 4.2, 5).") == [
        ("RING-4", "ring-4"), ("D30", "d30"), ("4.2", "sheet-4-2"), ("5", "sheet-5"),
    ]  # fmt: skip
    assert labels("D1, D34: section 13; ATOM-6 to ATOM-8") == [
        ("D1", "d1"), ("D34", "d34"), ("13", "sheet-13"), ("ATOM-6", "atom-6"), ("ATOM-8", "atom-8"),
    ]  # fmt: skip
    assert [label for _, label in labels("sheet 3.3 to 3.5, 7.1; F4, F99, f0")] == [
        "sheet-3-3", "sheet-3-5", "sheet-7-1", "f4",
    ]  # fmt: skip
    pages = labels("docs/trace.md, docs/spec/clauses.md, docs/trace.schema.json, docs/no.md")
    assert [label for _, label in pages] == ["/trace", "/made/clauses/index", "/trace"]
    assert labels("model/clauses/facts.md") == [("model/clauses/facts.md", "/made/facts")]
    assert labels("UTF-8, RING-400, D999, FIO-V3, sheet 99; 4.2, RING-4-x") == []


def test_what_is_linked_in_a_checkout_is_a_page_of_the_site(ext: dict[str, ModuleType]) -> None:
    made = {
        **ext["clause_pages"].pages(), **ext["case_pages"].pages(), **ext["code_pages"].pages(),
        **ext["reference_pages"].pages(), **ext["man_pages"].pages(),
    }  # fmt: skip
    links = (
        "spec/clauses.md#ring", "../corpus/litmus/", "../corpus/regressions", "../corpus/litmus/hello.syslet",
        "../model/variant.py", "../fuzz/cli", "../native/kernel/", "../native/lib/man/", "../native/lib/man/umem_add.2",
    )  # fmt: skip
    for link in links:
        there = ext["sheet"].with_links(f"[x]({link})", "../")
        assert there.startswith("[x](../made/")
        assert there.removeprefix("[x](../made/").removesuffix(")") in made
    facts = ext["sheet"].with_links("[x](../model/clauses/facts.md#8-versions)", "../")
    assert facts == "[x](../made/facts.md#8-versions)"
    assert ext["sheet"].with_links("[x](tutorial.md#run)", "") == "[x](tutorial.md#run)"


def test_a_second_build_writes_only_what_differs(ext: dict[str, ModuleType], tmp_path: Path) -> None:
    write = ext["files"].write
    write({"a.md": "1", "b/c.md": "2"}, tmp_path)
    before = (tmp_path / "a.md").stat().st_mtime_ns
    write({"a.md": "1", "b/d.md": "3"}, tmp_path)
    assert (tmp_path / "a.md").stat().st_mtime_ns == before
    assert [x.name for x in sorted(tmp_path.rglob("*.md"))] == ["a.md", "d.md"]
