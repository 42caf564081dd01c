# SPDX-License-Identifier: Apache-2.0
"""`syslet spec`: every clause can be looked up with a reason, code, a case, and what its switch would change."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fuzz.cli import syslet
from fuzz.spec import cases, chapters, decisions, entry, page, search, switches, where
from fuzz.spec.chapters import chapter_of
from fuzz.text import parse
from model import abi
from model import image as layout
from model.clauses import BY_NUMBER, CLAUSES, Clause, Confidence
from model.spec import run
from model.spec.features import SIZE
from model.variant import PINNED, HeadExit, RingFull

ROOT = Path(__file__).parents[2]


def call(*arguments: str) -> Result:
    return CliRunner().invoke(syslet, ["spec", *arguments])


@pytest.mark.slow
@pytest.mark.parametrize("clause", BY_NUMBER, ids=lambda c: c.id)
def test_a_clause_has_a_reason_code_a_case_and_a_page(clause: Clause) -> None:
    found = entry.entry(clause)
    assert clause.why.endswith(".")
    assert found.code
    assert found.kernel
    assert found.litmus
    assert f'<a id="{clause.id}"></a>' in page.page()
    assert all((ROOT / x.path).is_file() for x in (*found.litmus, *found.regressions))


def test_the_functions_are_where_it_says() -> None:
    places = [place for clause in BY_NUMBER for place in (*where.in_model()[clause.id], *where.c_places(clause))]
    for place in places:
        line = (ROOT / place.path).read_text().splitlines()[place.line - 1]
        assert place.name.rsplit(".", 1)[-1] in line, place


def test_a_docstring_with_a_range_names_every_clause_in_it() -> None:
    assert any(place.name == "_store_result" for place in where.in_model()["ATOM-7"])


def in_c(clause: str) -> set[tuple[str, str, str]]:
    return {(place.path, place.name, place.cites) for place in where.c_places(CLAUSES[clause])}


def test_decisions_lead_to_the_kernel() -> None:
    assert in_c("UMEM-1") == {("native/kernel/syslet_entry.c", "umem_add", "")}
    assert ("native/kernel/syslet_entry.c", "umem_add", "D21") in in_c("UMEM-4")


def test_who_names_a_clause_comes_before_those_who_cite_its_decision() -> None:
    ring = "native/kernel/syslet_ring.c"
    assert in_c("RING-4") == {(ring, name, "") for name in ("syslet_ring_slots", "syslet_fill_slot", "syslet_post")}
    assert {name for _, name, _ in in_c("PIPE-1")} == {"host_pipe_read"}, "not everything about pipes"
    assert "D45" in where.in_c()


def test_what_is_not_about_the_world_leads_to_what_linux_or_the_library_runs() -> None:
    """What is told of threadlets in programs is in the executor: in Linux, too, it plays their user mode."""
    ours = ("native/kernel/", "native/linux/", "native/lib/", "native/executor/user")
    for clause in BY_NUMBER:
        if clause.confidence is not Confidence.WORLD:
            assert any(path.startswith(ours) for path, _, _ in in_c(clause.id)), clause.id


def test_what_c_names_is_there() -> None:
    """A name or a number that was mistyped in a comment would lead nowhere, and nobody would notice."""
    known = "".join((ROOT / "model" / "clauses" / name).read_text() for name in ("facts.md", "decisions.md"))
    for cited in where.in_c():
        if cited in CLAUSES:
            continue
        place = rf"^\| {cited} \|" if cited.startswith("D") else rf"^##+ {re.escape(cited)}\.? "
        assert re.search(place, known, re.MULTILINE), cited
    chapters_of_clauses = "|".join(chapters.CHAPTERS)
    for path in (ROOT / "native").rglob("*.[chS]"):
        for name in re.findall(rf"(?<![\w-])(?:{chapters_of_clauses})-\d+(?![\w-])", path.read_text(errors="replace")):
            assert name in CLAUSES, f"{path.name}: {name}"


@pytest.mark.parametrize("folder", ["litmus", "regressions"])
def test_the_clauses_that_the_corpus_names_are_there(folder: str) -> None:
    for shown in cases.shown(folder):
        assert set(shown.says("clause")) <= CLAUSES.keys(), shown.path


def test_a_litmus_file_meets_the_clauses_it_names() -> None:
    """Under the pinned reading, or under the one (or in the mode) that the clause needs."""
    for shown in cases.shown("litmus"):
        image = layout.build(parse((ROOT / shown.path).read_text()).program)
        for name in shown.says("clause"):
            only = CLAUSES[name].only
            met = bytearray(SIZE)
            reading = switches.reading((only,)) if only and "=" in only else PINNED
            run.run(image, reading, deep=("preempt", "deep") in shown.meta, features=met)
            assert met[CLAUSES[name].number], f"{shown.path} does not meet {name}"


def test_every_value_of_every_switch_says_what_it_means() -> None:
    for switch in switches.names():
        told = switches.values(switch)
        assert told[0].pinned
        assert sum(value.pinned for value in told) == 1
        assert all(value.means.endswith(".") for value in told), switch


def test_a_reading_is_made_of_settings() -> None:
    reading = switches.reading(("ring_full=overwrite", "head_exit=abandon", "refused_calls=none"))
    assert (reading.ring_full, reading.head_exit) == (RingFull.OVERWRITE, HeadExit.ABANDON)
    assert reading.refused_calls == frozenset()
    for wrong in ("ring_ful=overwrite", "ring_full=maybe", "ring_full"):
        with pytest.raises(switches.UnknownSwitch):
            switches.reading((wrong,))


def test_it_lists_by_chapter() -> None:
    output = call().output
    assert all(f"  {clause.id} " in output for clause in BY_NUMBER)
    assert output.index("Entering the kernel") < output.index("Completion") < output.index("Programs")


def test_it_shows_a_clause() -> None:
    output = call("ring-3").output
    for wanted in (
        "A slot that is not NULL: the event is lost",
        "model/spec/ring.py:",
        "ring.py:18 post",
        "syslet_fill_slot",
        "overwrite: The event replaces",
        "corpus/litmus/occupied-slot-loses-the-event.syslet",
    ):
        assert wanted in output
    assert "endless" not in output
    assert "corpus/regressions/two-chains-share-the-fuel.syslet" in call("STEP-5").output


def test_it_finds_chapters_decisions_and_words() -> None:
    assert "RING-9" in call("RING").output
    assert "RING-3" in call("D11").output
    assert "  ENTRY-7 " in call("--search", "recursion").output
    assert "WAIT-9" not in call("--search", "RECURSION").output


@pytest.mark.parametrize(
    ("words", "chapter"),
    [
        ("threadlet", "THREAD"), ("Threadlets", "THREAD"), ("pipes", "PIPE"), ("programs", "STEP"),
        ("hand-over", "MOVE"),
        ("stop cond", "STOP"), ("async_exec", "EXEC"), ("cold page", "PAGE"), ("rings", "RING"), ("futexes", "FUTEX"),
    ],
)  # fmt: skip
def test_words_of_a_title_list_the_chapter(words: str, chapter: str) -> None:
    lines = [line.split()[0] for line in call(words).output.splitlines() if line.startswith("  ")]
    assert lines == [clause.id for clause in BY_NUMBER if chapter_of(clause) == chapter]


def test_a_word_of_two_titles_lists_both() -> None:
    assert set(chapters.titled("atoms")) == {"FETCH", "ATOM"}
    assert not chapters.titled("the")
    assert not chapters.titled(" ")


@pytest.mark.parametrize(
    ("name", "hints"),
    [
        ("ring4", ["did you mean RING-4"]),
        ("threadlits", ["Threadlets"]),
        ("ret_ptr", ["`syslet spec --search ret_ptr` finds"]),
        ("rings x'y", ["`syslet spec` lists them all"]),
        ("qqqq", ["`syslet spec` lists them all"]),
    ],
)
def test_an_unknown_word_is_led_on(name: str, hints: list[str]) -> None:
    result = call(name)
    assert result.exit_code == 2
    assert all(hint in result.output for hint in hints), result.output


def found_in(word: str) -> dict[str, str]:
    return {match.clause.id: match.where for match in search.search(word)}


def test_a_field_is_found_by_what_sentences_call_it() -> None:
    found = found_in("new_thread_stack")
    assert 'says "new thread\'s stack" for new_thread_stack' in found["ENTRY-5"]
    assert found["ENTRY-2"] == found["ENTRY-4"] == ""
    output = call("--search", "new_thread_stack").output
    assert '(the sentence says "new thread\'s stack" for new_thread_stack)' in output


@pytest.mark.parametrize(
    ("word", "clause", "where"),
    [
        ("head_stack", "THREAD-2", "in decision D80: … keeps its frame, so no task needs head_stack"),
        ("head pair", "THREAD-2", "in decision D80"),
        ("head pair", "ENTRY-1", 'says "head_stack" for head pair'),
        ("head's own stack", "ENTRY-1", 'says "head_stack"'),
        ("stack word", "ENTRY-2", 'says "new_thread_stack" for stack word'),
        ("seccomp", "THREAD-2", "in decision D80"),
    ],
)
def test_decisions_are_searched_and_what_explain_calls_things(word: str, clause: str, where: str) -> None:
    assert where in found_in(word)[clause]


def test_entry_2_does_not_contradict_entry_1() -> None:
    assert "`head_stack`" in CLAUSES["ENTRY-1"].text
    assert "`new_thread_stack`" in CLAUSES["ENTRY-2"].text
    assert "no stack word" not in CLAUSES["ENTRY-2"].text


@pytest.mark.parametrize(
    ("word", "clause", "where"),
    [
        ("fio", "EXEC-1", "in the reason: fio walks"),
        ("D11", "RING-3", "in the source"),
        ("ring_full", "RING-3", "in the switch"),
        ("half_posted", "RING-8", "in the switch"),
        ("overwrite", "RING-3", "in the reason"),
        ("user_idx", "STEP-2", '"user index"'),
        ("head_eip", "THREAD-4", '"restore pair"'),
        ("cachemiss", "MOVE-1", "hands the head over"),
        ("parked", "THREAD-11", '"parks"'),
        ("deep", "OBJECT-1", "in the condition"),
        ("certain by client", "EXEC-1", "in the confidence"),
        ("ring-3", "RING-3", ""),
    ],
)
def test_a_search_says_where_it_found_the_word(word: str, clause: str, where: str) -> None:
    assert clause in found_in(word)
    assert where in found_in(word)[clause]


def test_a_word_is_not_found_in_the_middle_of_another() -> None:
    assert "ENTRY-6" not in found_in("ring"), "clearing is no ring"


def test_every_field_of_the_structures_is_found() -> None:
    fields = [name.partition("_")[2].lower() for name in vars(abi) if name.startswith("AHU_")]
    assert len(fields) == 9
    fields.remove("bytes")
    for field in (*fields, "nr", "ret_ptr", "flags", "next", "arg_ptr"):
        assert found_in(field), field


def test_every_word_of_the_glossary_is_found_or_is_none_of_the_specification() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text()
    words = {word.partition(" (")[0] for word in re.findall(r"^(\S[^\n]*)\n: ", text, re.MULTILINE)}
    assert {word for word in words if not found_in(word)} == {
        "campaign", "choice", "choice point", "chooser", "clause", "decision", "divergence",
        "finding", "hint", "kernel file", "litmus file", "regression", "rule",
        "trace event", "variant",
    }  # fmt: skip


def test_json_of_a_search_says_where() -> None:
    found = json.loads(call("--search", "new_thread_stack", "--json").output)
    assert {x["id"]: x["found"] for x in found}["ENTRY-4"] == "in the sentence"
    assert "new thread's stack" in {x["id"]: x["found"] for x in found}["ENTRY-5"]


def test_json_is_complete() -> None:
    found = json.loads(call("RING-4", "--json").output)
    assert [x["id"] for x in found] == ["RING-4"]
    assert {"text", "why", "confidence", "source", "switch", "values", "code", "kernel", "litmus"} <= found[0].keys()
    assert len(json.loads(call("--json").output)) == len(BY_NUMBER)


@pytest.mark.parametrize("arguments", [["RING-99"], ["--search", "no such words"]])
def test_what_is_not_there_is_an_error_for_people(arguments: list[str]) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert "no clause" in result.output


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("D11", ["slot holds non-NULL", "other values  overwrite (v7)", "clauses       RING-3\n\nRING-3  A slot that"]),
        ("d5", ["nothing executed", "switch        refill_failure", "run_sync: no spare", "ENTRY-3"]),
        ("D80", ["Step 2 of D35 is left out", "(model/clauses/decisions.md)"]),
        ("D1", ["the two stay independent witnesses", "none rests on it", "(model/clauses/facts.md)"]),
    ],
)
def test_a_decision_shows_its_own_text_first(name: str, told: list[str]) -> None:
    result = call(name)
    assert result.exit_code == 0
    assert result.output.startswith(f"{name.upper()}  a decision of this project")
    text = " ".join(result.output.split())
    for words in told:
        assert words in result.output or words in text


def test_a_decision_that_there_is_not_is_led_on() -> None:
    result = call("D999")
    assert result.exit_code == 2
    assert result.output == (
        "syslet: no decision is called D999; D1 to D34 are in section 13 of model/clauses/facts.md,"
        " the others in model/clauses/decisions.md\n"
    )


def test_every_decision_that_a_clause_cites_is_found() -> None:
    for clause in BY_NUMBER:
        cited = re.findall(r"D\d+", clause.source)
        assert [decision.name for decision in decisions.cited(clause.source)] == cited
    rows = (ROOT / "model" / "clauses" / "decisions.md").read_text().count("\n| D")
    assert len(decisions.decisions()) == 34 + rows


def test_an_entry_says_whose_numbers_it_names_and_who_remembers() -> None:
    output = " ".join(call("RING-3").output.split())
    assert "source fact sheet 4.2; decision D11 " in output
    assert "likely: no text of v3 could be read for it; so the fact sheet recollects it" in output
    assert entry.sources("D45, Linux") == "decision D45; Linux"
    assert entry.sources("5, D13, D14") == "fact sheet 5; decisions D13, D14"
    assert json.loads(call("RING-3", "--json").output)[0]["decisions"][0]["name"] == "D11"
