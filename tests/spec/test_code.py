# SPDX-License-Identifier: Apache-2.0
"""The code of a clause: which lines speak of it, how both sides look in a terminal, and what a clause is called."""

import json
import re
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner, Result

from fuzz.cli import syslet
from fuzz.spec import beside, search, source, titles, where
from fuzz.spec.entry import entry
from fuzz.spec.source import Excerpt, Place
from model.clauses import BY_NUMBER, CLAUSES, Clause

ROOT = Path(__file__).parents[2]
PLAIN = beside.Signs()
SPEAKS = r"(?:RING.3|SlotTaken)"
"""In a rule."""


def call(*arguments: str, columns: int = 100) -> Result:
    return CliRunner().invoke(syslet, ["spec", *arguments], env={"COLUMNS": str(columns)})


@pytest.mark.parametrize("clause", BY_NUMBER, ids=lambda c: c.id)
def test_both_sides_are_there_as_in_the_files_and_speak_of_the_clause(clause: Clause) -> None:
    found = entry(clause)
    for shown in (*found.rules(), *found.functions()):
        lines = (ROOT / shown.place.path).read_text().splitlines()
        assert list(shown.lines) == lines[shown.first - 1 : shown.first - 1 + len(shown.lines)]
        assert shown.marked
        assert shown.marked == tuple(sorted(set(shown.marked)))
        seen = {number for window in shown.windows() for number in window}
        assert {*shown.marked, shown.place.line} <= seen


def test_statements_of_python_are_marked() -> None:
    text = '''\
def post(m):
    """RING-6: all of the ring is read now. RING-1 to RING-4
    come later, RING-30 does not."""
    if m.read(clauses.RING_3):  # else
        lose(clauses.RING_4)
    m.write(
        clauses.RING_3,
    )
    # RING-3, once more
    while clauses.RING_3:
        pass
    return TABLE[
        1,
        2,
        3,
        clauses.RING_3,
    ]
from model import clauses
'''
    (post,) = source.python("of-this-test.py", text)
    assert post.marking(post.place, {"RING-3"}).marked == (2, 4, 6, 7, 8, 9, 10, 16)


RULE = """\
from model import clauses as c
from model.spec import events as said
def rule(m):
    m.say(said.SlotTaken)
    m.write(c.RING_3)
    m.say(said.EventPosted)
    m.say(said.ChainBegins, other.SlotTaken, SlotTaken)
"""


def test_an_event_that_says_a_clause_is_as_good_as_its_constant() -> None:
    """The events themselves implement nothing: they are in no list."""
    (rule,) = source.python("of-this-test.py", RULE)
    assert rule.speaks["RING-3"] == {4, 5}
    assert rule.speaks["RING-1"] == rule.speaks["RING-5"] == {6}
    assert rule.place == Place("of-this-test.py", 3, "rule")
    assert all(place.path != "model/spec/events.py" for places in where.in_model().values() for place in places)


def test_those_that_act_on_a_clause_come_before_those_that_only_speak_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    said, acts = "says", "acts"
    text = f'''\
from model import clauses
def {said}():
    """RING-7: a fault."""
def {acts}():
    return clauses.RING_7
'''
    rules = list(source.python("of-this-test.py", text))
    monkeypatch.setattr(where, "_rules", lambda: rules)
    found = where.excerpts(CLAUSES["RING-7"], [rule.place for rule in rules])
    assert [x.place.name for x in found] == [acts, said]


C = """\
/*
 * Nothing is written (RING-2,
 * RING-5 to
 * RING-8).
 */
static bool fill(struct ring *ring,
\t\t unsigned long slots)
{
\tif (old &&
\t    full)\t/* RING-7 */
\t\treturn false;
\tnext = 0;
\t/* A fault here is RING-7
\t   and final. */
\tif (put(slot))
\t\treturn false;
\treturn true; /* RING-70 */
}
"""


def test_comments_and_their_statements_are_marked_in_c() -> None:
    (fill,) = source.c("native/kernel/x.c", f"int before;\n\n{C}")
    assert str(fill.place) == "native/kernel/x.c:8 fill"
    shown = fill.marking(fill.place, {"RING-7"})
    assert shown.first == 3
    assert list(shown.lines) == C.splitlines()
    assert [shown.line(n).strip() for n in shown.marked] == [
        "* RING-5 to", "* RING-8).", "static bool fill(struct ring *ring,", "unsigned long slots)",
        "if (old &&", "full)\t/* RING-7 */", "return false;",
        "/* A fault here is RING-7", "if (put(slot))", "return false;",
    ]  # fmt: skip


def test_a_decision_of_the_clause_is_marked_as_well() -> None:
    (shown,) = entry(CLAUSES["RING-8"]).functions()
    assert any("D38" in shown.line(number) for number in shown.marked)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("FETCH-1", ["nr = m.read(", "flags = m.read(", "static int syslet_fetch("]),
        ("THREAD-7", ["m.leave(t, ev.OffInHead)", "SYSCALL_DEFINE0(threadlet_off)"]),
        ("THREAD-2", ["m.enter(t, True, ev.Armed)", "SYSCALL_DEFINE3(threadlet_on"]),
        ("WAIT-5", ["have %= slots", "static int syslet_ring_events("]),
        ("FUTEX-2", ["ev.FutexDiffers)", "return word == val"]),
    ],
)
def test_the_line_that_does_it_is_marked(name: str, lines: list[str]) -> None:
    found = entry(CLAUSES[name])
    marked = [shown.line(number) for shown in (*found.rules(), *found.functions()) for number in shown.marked]
    assert all(any(line in text for text in marked) for line in lines)


def test_of_a_long_function_its_head_and_what_is_around_the_marks_is_shown() -> None:
    long = Excerpt(Place("x.py", 3, "x"), 1, tuple(map(str, range(1, 101))), (30, 33, 70))
    assert long.windows() == [range(3, 4), range(23, 41), range(63, 78)]
    assert attrs.evolve(long, lines=long.lines[:44]).windows() == [range(1, 45)]


def test_the_kernel_comes_before_what_is_around_it() -> None:
    paths = [shown.place.path for shown in entry(CLAUSES["FETCH-1"]).functions()]
    order = ("native/kernel/", "native/linux/", "native/host/", "native/executor/", "native/lib/")
    assert paths == sorted(paths, key=lambda path: next(i for i, folder in enumerate(order) if path.startswith(folder)))


def test_side_by_side_in_a_wide_terminal() -> None:
    lines = call("RING-3", columns=160).output.splitlines()
    both = [line for line in lines if " │" in line]
    assert len({line.index("│") for line in both}) == 1
    assert max(map(len, lines)) <= 160
    assert re.match(r"model/spec/ring\.py:\d+ \w+ +│ native/kernel/syslet_ring\.c:\d+ syslet_fill_slot", both[0])
    assert any(re.match(rf"▶ *\d+ .*{SPEAKS}.*│", line) for line in both)
    assert any(re.search(r"│ ▶ *\d+ .*D11", line) for line in both)


def test_one_below_the_other_in_a_narrow_one() -> None:
    output = call("RING-3", columns=139).output
    assert "│" not in output
    rule, kernel = output.split("\nnative/kernel/syslet_ring.c:")
    assert re.search(rf"^▶ *\d+ .*{SPEAKS}", rule, re.MULTILINE)
    assert re.search(r"^▶ *\d+ .*D11", kernel, re.MULTILINE)


def test_what_does_not_fit_is_continued_further_in() -> None:
    long = Excerpt(Place("x.py", 7, "x"), 7, ("    " + "word " * 30,), (7,))
    shown = beside.print_code([long], [], 150, PLAIN).splitlines()
    assert len(shown) == 4
    assert [line[:14] for line in shown[1:]] == ["▶   7     word", "▶             ", "▶             "]
    assert sum(line.count("word") for line in shown) == 30


def test_lines_that_are_left_out_leave_a_sign() -> None:
    long = Excerpt(Place("x.py", 1, "x"), 1, tuple("x" for _ in range(90)), (45,))
    shown = beside.print_code([long], [], 80, PLAIN).splitlines()
    assert [line.strip() for line in shown].count("⋮") == 2


def test_colours_are_for_terminals_and_can_be_refused() -> None:
    def styled(**env: str) -> bool:
        return "\x1b[" in CliRunner().invoke(syslet, ["spec", "RING-3"], color=True, env=env).output

    assert styled()
    assert not styled(NO_COLOR="1")
    assert "\x1b[" not in call("RING-3").output


def test_without_other_characters_than_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    output = CliRunner(charset="ascii").invoke(syslet, ["spec", "RING-3"], env={"COLUMNS": "160"}).output
    assert re.search(rf"^> *\d+ .*{SPEAKS}", output, re.MULTILINE)
    assert output.isascii()


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["RING-3"], True),
        (["RING-3", "--no-code"], False),
        (["RING"], False),
        (["RING", "--code"], True),
        (["D11"], False),
    ],
)
def test_code_is_shown_for_a_clause_by_its_id_or_when_it_is_asked_for(arguments: list[str], shown: bool) -> None:
    assert ("static bool syslet_fill_slot(" in call(*arguments).output) == shown


def test_json_has_the_lines() -> None:
    (found,) = json.loads(call("RING-3", "--json").output)
    (place,) = found["kernel"]
    assert place["lines"][place["line"] - place["first"]].startswith("static bool syslet_fill_slot(")
    assert any("D11" in place["lines"][number - place["first"]] for number in place["marked"])
    assert all(x["marked"] for x in found["code"])
    (found,) = json.loads(call("RING-3", "--json", "--no-code").output)
    assert found["kernel"] == [{key: place[key] for key in place if key not in ("first", "lines", "marked")}]


@pytest.mark.parametrize("clause", BY_NUMBER, ids=lambda c: c.id)
def test_a_clause_is_titled_by_its_sentence(clause: Clause) -> None:
    title = titles.title(clause)
    assert len(title) < 90
    told = title.removeprefix(f"{clause.id} · ")
    assert clause.text.removesuffix(".").startswith(told.removesuffix(" …"))
    assert told.endswith(" …") == (told != clause.text.removesuffix("."))
    assert told.count("`") % 2 == 0
    assert told.count("(") == told.count(")")
    assert call(clause.id).output.startswith(f"{clause.id}  {clause.text.split()[0]} ")


def test_a_long_sentence_is_cut_between_its_parts_or_words() -> None:
    assert titles.title(CLAUSES["RING-3"]) == "RING-3 · A slot that is not NULL: the event is lost, slot and index stay"
    made = attrs.evolve(CLAUSES["RING-3"], text=f"{'word ' * 9}word: and{' more' * 9}.")
    assert titles.title(made) == f"RING-3 · {'word ' * 10}…"
    made = attrs.evolve(CLAUSES["RING-3"], text=f"{'word ' * 12}of the (long text) {'word ' * 9}.")
    assert titles.title(made) == f"RING-3 · {'word ' * 12}…"


@pytest.mark.parametrize("word", ["RING-3", "ring-3", "RING_3", "ring 3", "ring3", "`RING-3`"])
def test_a_search_for_a_clause_finds_it_first(word: str) -> None:
    assert search.search(word)[0].clause.id == "RING-3"
    lines = [line for line in call("--search", word).output.splitlines() if line.startswith("  ")]
    assert lines[0].split()[0] == "RING-3"
    assert json.loads(call("--search", word, "--json").output)[0]["id"] == "RING-3"


def test_a_search_for_each_clause_finds_it_first_and_for_a_chapter_its_clauses() -> None:
    for clause in BY_NUMBER:
        assert search.search(clause.id)[0].clause is clause
    found = [match.clause.id for match in search.search("ring")]
    assert found[:9] == [f"RING-{n}" for n in range(1, 10)]
    assert "ENTRY-1" not in found[:9]
    assert len(found) > 9
