# SPDX-License-Identifier: Apache-2.0
"""Texts of small programs, character by character, and what must hold for the pictures of all programs."""

import json
import re
from collections import defaultdict
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from fuzz.generate import strategies
from fuzz.spec import switches
from fuzz.tell import html, lanes, layout, metrics, perfetto, shapes, svg, text
from fuzz.tell.media import MEDIA, draw
from fuzz.tell.memory import Rings
from fuzz.tell.narrate import narrate
from fuzz.tell.retell import alone, from_trace_alone, retell, silent
from fuzz.tell.story import FREE, GUESSED, Beat, Kind, Part, Story, TaskState, Way, task_lane
from fuzz.text import parse
from model import image as memory
from model.check import check
from model.clauses import CLAUSES
from model.program import Program
from model.spec import run
from model.trace import Done, Role, Trace
from model.variant import PINNED
from native.targets.host import HostTarget
from tests.model.perturb import lies
from tests.tell import stories

GOLDEN = Path(__file__).with_name("golden")
STORIES = {
    "three": (stories.on_model(stories.THREE), stories.THREE),
    "blocks": (stories.on_model(stories.BLOCKS), stories.BLOCKS),
    "race": (stories.on_model(stories.RACE), stories.RACE),
    "many": (stories.on_model(stories.MANY), stories.MANY),
    "threadlet": (stories.on_model(stories.THREADLET), stories.THREADLET),
    "cold": (stories.on_model(stories.COLD), stories.COLD),
    "overtaken": (stories.on_model(stories.OVERTAKEN, deep=True), stories.OVERTAKEN),
    "threads": (stories.on_model(stories.THREADS), stories.THREADS),
    "divergence": (stories.divergence(), stories.BLOCKS),
}
SLOW = settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("name", STORIES)
def test_texts_are_as_they_were(name: str, golden: Callable[[Path, str], None]) -> None:
    story, source = STORIES[name]
    golden(GOLDEN / f"{name}.txt", draw(story, "text", stories.program(source), name))


@pytest.mark.parametrize("name", STORIES)
def test_every_medium_tells_every_beat(name: str) -> None:
    story, source = STORIES[name]
    check_everywhere(story, stories.program(source))
    check_told(story, stories.program(source))


def test_the_same_run_gives_the_same_picture() -> None:
    made = stories.program(stories.MANY)
    for medium in MEDIA:
        assert len({draw(stories.on_model(stories.MANY), medium, made, "many") for _ in range(2)}) == 1


def test_a_hand_over_reads_in_order() -> None:
    beats = STORIES["blocks"][0].common.beats
    kinds = [beat.kind for beat in beats]
    wanted = [Kind.STEP, Kind.SPARE, Kind.ATOM, Kind.HANDOVER, Kind.RETURN, Kind.STEP, Kind.WAKE]
    assert kinds[: len(wanted)] == wanted
    assert beats[2].text == "p0 is empty, so it sleeps"
    assert [(s.role, s.asleep) for s in beats[3].tasks] == [(Role.BUSY, True), (Role.HEAD, False)]
    assert beats[4].title == "async_exec(a0, h0) = NULL"
    post = next(beat for beat in beats if beat.kind is Kind.POST)
    assert next(iter(post.slots.values()))[0] == "a1"
    assert post.clauses == ["RING-1", "RING-5"]


def test_a_threadlet_reads_in_order() -> None:
    beats = STORIES["threadlet"][0].common.beats
    kinds = [beat.kind for beat in beats]
    wanted = [Kind.STEP, Kind.SPARE, Kind.ARM, Kind.OPERATION, Kind.RETURN]
    assert kinds[: len(wanted)] == wanted
    stack = lanes.stack_lane(0)
    assert [beat.boxes[stack] for beat in beats if stack in beat.boxes] == [
        "f1", "free", "f0", "f0", "free", "f1", "free"
    ]  # fmt: skip
    moved = next(beat for beat in beats if beat.kind is Kind.HANDOVER)
    assert moved.title == "hand-over: task 1, the first spare, is the head now, threadlet_exec returns 0"
    assert next(beat for beat in beats if beat.title == "f0[1] read(p0.r, pg6, 8)").blocked
    parked = next(beat for beat in beats if "posts no event" in beat.text)
    assert parked.text.startswith("the script is over: `threadlet_off` gives 0")
    titles = [beat.title for beat in beats]
    assert titles.index("f0[1] read(p0.r, pg6, 8) = 8") > titles.index(moved.title)
    assert beats.index(parked) < [beat.kind for beat in beats].index(Kind.READY)


def test_a_cold_page_is_slept_for() -> None:
    beats = STORIES["cold"][0].common.beats
    page = lanes.page_lane(6)
    assert [beat.boxes[page] for beat in beats if page in beat.boxes] == ["cold", "in"]
    assert next(beat for beat in beats if page in beat.boxes).clauses == ["PAGE-4"]
    assert [state.call for state in beats[4].tasks] == ["fault", ""]
    assert sum(beat.kind is Kind.HANDOVER for beat in beats) == 1
    assert [beat.boxes[task_lane(beat.task)] for beat in beats if beat.kind is Kind.ARM] == ["armed", "unarmed"]


def test_a_threadlet_is_a_slice_of_perfetto() -> None:
    drawn = json.loads(perfetto.render(STORIES["threadlet"][0], stories.program(stories.THREADLET)))
    spans = [(event["ph"], event["name"]) for event in drawn["traceEvents"] if event.get("cat") == "chain"]
    assert spans.count(("b", "threadlet: threadlet_exec(f0, s0, h0)")) == 1
    assert [phase for phase, _ in spans].count("b") == 3


def test_of_several_threads_each_submission_is_a_slice_and_a_lane_tells_whose_task_it_is() -> None:
    drawn = json.loads(perfetto.render(STORIES["threads"][0], stories.program(stories.THREADS)))["traceEvents"]
    assert [x["name"] for x in drawn if x["ph"] == "b"] == [
        "chain: async_exec(a0, h0)",
        "chain: u1: async_exec(a1, h1)",
    ]
    assert sum(x["ph"] == "e" for x in drawn) == 2
    named = [x["args"]["name"] for x in drawn if x["name"] == "thread_name"]
    assert named[:4] == ["task 0", "task 1 (u1)", "task 2", "task 3 (u1)"]


def test_a_result_of_a_thread_is_told_of_its_own_head() -> None:
    made = stories.program("syslet 1\n\ngetpid()\n\nu1: getpid()\n")
    trace = run.run(memory.build(made))
    assert [beat.task for beat in alone_with(made, trace)] == [0, 1, -1]


def test_a_lie_about_an_operation_names_it() -> None:
    made = stories.program(stories.THREADLET)
    image = memory.build(made)
    trace = run.run(image)
    events = [
        attrs.evolve(event, value=7) if isinstance(event, Done) and event.place == 1 else event
        for event in trace.events
    ]
    wrong = attrs.evolve(trace, events=tuple(events))
    told = retell(made, wrong, "host", check.check(image, wrong))
    seen = next(beat for beat in told.sides[1].beats if beat.mark)
    assert seen.title == "f0[1] read(p0.r, pg6, 8) = 7"
    assert seen.text == "by task 0 (busy)"
    assert "f0[0] store w0 = 1 => 0" in [beat.title for beat in alone_with(made, trace)]
    allowed = next(beat for beat in told.sides[0].beats if beat.mark)
    assert allowed.title == "f0[1] read(p0.r, pg6, 8) = 8"


def alone_with(made: Program, trace: Trace) -> tuple[Beat, ...]:
    """What a trace says for itself from its first event on."""
    before = (TaskState(0, Role.HEAD, asleep=False),)
    return from_trace_alone(made, trace.events, before, Rings(made), bytearray(memory.build(made).memory))


def test_every_kind_of_beat_is_drawn() -> None:
    told = {beat.kind for story, _ in STORIES.values() for part in story.parts() for beat in part.beats}
    assert told == set(Kind)


def test_who_is_overtaken_does_not_sleep() -> None:
    beats = STORIES["overtaken"][0].common.beats
    (beat,) = (beat for beat in beats if beat.kind is Kind.AWAKE)
    assert beat.clauses == ["OBJECT-2"]
    assert beat.text == "what it waits for is there already: it does not sleep"
    assert beat.arrow == (lanes.object_named("p0"), task_lane(1))
    assert [x.kind for x in beats].count(Kind.HANDOVER) == 1, "only the reader's"
    assert not any(x.kind is Kind.AWAKE for x in narrate(stories.program(stories.OVERTAKEN)).beats)


def test_who_was_woken_is_not_said_to_stay_awake() -> None:
    """It finds what it waits for like one that never slept."""
    late = stories.OVERTAKEN.replace("choose 1:1", "choose 0:1")
    assert not any(beat.kind is Kind.AWAKE for beat in stories.on_model(late, deep=True).common.beats)


NOTHING_TO_SEE = {
    "ENTRY-1": "a read leaves no trace",
    "ENTRY-9": "ENTRY-4 is told of the same word",
    "FETCH-1": "the order of reads is seen only by who writes meanwhile",
    "FETCH-2": "what is not read leaves no trace",
    "FETCH-5": "the atom is told as it was fetched",
    "FETCH-6": "what is not there is not drawn",
    "ATOM-8": "nothing is stored",
    "ATOM-10": "ATOM-5 and THREAD-17 are told of the same call",
    "STOP-6": "nothing is truncated",
    "EXEC-4": "MOVE-1 is told of the same moment",
    "MOVE-4": "a lane is a task",
    "MOVE-5": "the order of lanes is not that of the list",
    "RING-6": "what is read is told where it is used",
    "RING-10": "what is read is told where it is used",
    "POOL-2": "one step is one deed",
    "WAIT-9": "nothing is counted",
    "WAIT-10": "WAIT-7 and WAIT-5 are told of the same count",
    "UMEM-4": "two accesses without anybody between them are one deed",
    "THREAD-4": "THREAD-24 is told of the same moment",
    "THREAD-23": "nothing is counted",
    "THREAD-25": "THREAD-13 is told of the same result",
    "THREAD-22": "that is what the beats of a script are",
    "PAGE-1": "MOVE-1 is told of the same moment",
}
"""Clauses that no picture names, each with the reason."""


def test_every_clause_that_shows_is_named_in_a_picture() -> None:
    """In the picture of a file that shows it, drawn by the reading and in the mode that it needs."""
    missing = set(CLAUSES)
    for path in sorted(Path("corpus/litmus").glob("*.syslet")):
        case = parse(path.read_text(encoding="utf-8"))
        for name in (value for key, value in case.meta if key == "clause"):
            only = CLAUSES[name].only or ""
            reading = switches.reading((only,)) if "=" in only else PINNED
            if name in missing:
                told = narrate(case.program, reading, deep=case.deep)
                missing -= {name} & {clause for beat in told.beats for clause in beat.clauses}
    assert missing == set(NOTHING_TO_SEE)


def test_many_beats_are_many() -> None:
    assert len(STORIES["three"][0].common.beats) == 4
    assert len(STORIES["many"][0].common.beats) >= 60


def test_where_two_sides_part_both_are_shown() -> None:
    story = STORIES["divergence"][0]
    assert story.clause == "RING-1"
    ours, theirs = ([beat for beat in part.beats if beat.mark] for part in story.sides)
    assert [beat.mark for beat in (*ours, *theirs)] == ["allowed here", "first difference"]
    assert [*ours[0].differs, *theirs[0].differs] == ["r0[0] = a1", "r0[0] = a0"]
    drawn = text.render(story, 160)
    assert drawn.count("! r0[0] = a1") == drawn.count("! r0[0] = a0") == 1
    picture = layout.place(story, "")
    marked = [row.y for diagram in picture.diagrams for row in diagram.rows if row.beat.mark]
    assert len(marked) == 2
    assert marked[0] == pytest.approx(marked[1])


def test_what_the_model_guessed_is_drawn_as_such() -> None:
    made = stories.program(stories.BLOCKS)
    story = stories.divergence(stories.BLOCKS)
    guessed = [beat for beat in story.common.beats if beat.guessed]
    known = [beat for beat in story.common.beats if not beat.guessed]
    assert {beat.kind for beat in guessed} >= {Kind.SPARE, Kind.HANDOVER, Kind.WAKE}
    assert {beat.kind for beat in known} == {Kind.STEP, Kind.RETURN}, "what the target did in sight of an observer"
    assert not any(beat.guessed for side in story.sides for beat in side.beats)
    text = draw(story, "text", made, "")
    lanes = text.split("═")[0]
    assert lanes.count("  ~ ") == len(guessed)
    assert GUESSED in lanes
    assert draw(story, "svg", made, "").count(f"({GUESSED}") == len(guessed)
    page = draw(story, "html", made, "")
    assert page.count(f"· {GUESSED}") == len(guessed)
    told = json.loads(draw(story, "perfetto", made, ""))["traceEvents"]
    assert sum("guess" in x.get("args", {}) for x in told) == 2 * len(guessed), "in both processes"


def test_nothing_is_guessed_where_there_is_no_divergence() -> None:
    made = stories.program(stories.BLOCKS)
    trace = run.run(memory.build(made))
    for story in (stories.on_model(stories.BLOCKS), retell(made, trace, "host")):
        assert not story.guesses
        assert GUESSED not in draw(story, "text", made, "") + draw(story, "svg", made, "")


def test_a_trace_without_its_program_and_a_target_without_a_trace() -> None:
    made = stories.program(stories.BLOCKS)
    trace = run.run(memory.build(made))
    for story in (
        alone(trace, "host"),
        silent("host", narrate(made), "crash", "ERROR: AddressSanitizer\n#0 somewhere"),
    ):
        check_everywhere(story, made)
    assert "#0 somewhere" in text.render(silent("host", narrate(made), "crash", "x\n#0 somewhere"))


@pytest.mark.parametrize("name", ["three", "many", "divergence"])
def test_the_details_stand_beside_a_picture_only_where_both_fit(name: str) -> None:
    story, source = STORIES[name]
    page = html.render(story, stories.program(source), name)
    width = layout.place(story, name, layout.WIDE).width
    (beside,) = re.findall(r"@media \(min-width: ([\d.]+)px\)", page)
    (below,) = re.findall(r"@media \(max-width: ([\d.]+)px\)", page)
    (panel,) = re.findall(r"minmax\(0, 1fr\) (\d+)px; gap: 16px", page)
    assert float(beside) >= width + int(panel) + 3 * 16, "the picture would be cut off"
    assert 0 < float(beside) - float(below) < 1
    assert "#detail { columns" in page, "columns of the panel itself would flow out of its limited height sideways"
    assert '<aside aria-live="polite"><div id="detail">' in page


@pytest.mark.parametrize("name", STORIES)
def test_a_page_shows_one_drawing_and_its_words_can_be_read(name: str) -> None:
    """In any room one of the three is shown, and none shrinks until its letters are too small."""
    story, source = STORIES[name]
    page = html.render(story, stories.program(source), name)
    rules = re.findall(r"@container \((min|max)-width: ([\d.]+)px\) { \.drawing:nth-child\((\d)\)", page)
    for room in range(300, 1200):
        hidden = {int(n) for which, edge, n in rules if (room >= float(edge)) == (which == "min")}
        assert len(hidden) == 2
        (shown,) = {1, 2, 3} - hidden
        least = re.findall(r"svg { min-width: (\d+)px", page)[shown - 1]
        assert shown == 3 or float(least) <= room + 1
    for room, least in zip(ROOMS, re.findall(r"svg { min-width: (\d+)px", page), strict=True):
        assert shapes.CLAUSE_SIZE * float(least) / layout.place(story, name, room).width > 9.9, "too small to read"


ROOMS = (layout.WIDE, layout.MIDDLE, layout.NARROW)


@pytest.mark.parametrize("room", ROOMS)
def test_pictures_of_the_corpus_fit_into_their_room(room: int) -> None:
    """With seven lanes and more they shrink a little on a phone, whose 390 pixels leave 356 for a picture."""
    for path in sorted(Path("corpus").glob("*/*.syslet")):
        made = parse(path.read_text(encoding="utf-8")).program
        story = Story("on the model", narrate(made))
        picture = layout.place(story, path.stem, room)
        check_boxes(picture)
        lanes = len(story.common.lanes())
        assert round(picture.width) <= room or lanes > 8 or (lanes >= 7 and picture.width * 0.95 <= 356), path
        words = [label for row in picture.diagrams[0].rows for label in row.labels if label.style != "number"]
        assert {label.text for label in words if label.style == "clause"} or not story.common.beats[0].clauses
        told = " ".join(label.text for label in words if label.style in ("title", "words")).replace(" ", "")
        signs = [FREE if x.free else "" for x in story.common.beats]
        assert told == "".join(
            f"{sign}{x.title}{x.text}" for sign, x in zip(signs, story.common.beats, strict=True)
        ).replace(" ", ""), path


def test_words_stand_beside_the_lanes_on_a_desktop_and_below_them_on_a_phone() -> None:
    made = parse(Path("corpus/litmus/three-completions-in-any-order.syslet").read_text(encoding="utf-8")).program
    story = Story("on the model", narrate(made))
    assert len(story.common.lanes()) == 8
    assert layout.place(story, "eight").width > layout.WIDE
    for room, below in ((None, False), (layout.WIDE, False), (layout.NARROW, True)):
        row = next(row for row in layout.place(story, "eight", room).diagrams[0].rows if row.pills and row.beat.title)
        title = next(label for label in row.labels if label.style == "title")
        assert (title.y >= max(pill.y + shapes.BOX for pill in row.pills)) == below
        assert (title.x > max(pill.x + pill.width for pill in row.pills)) == (not below)
        assert bool(row.plates) == below


def test_what_fits_is_as_it_would_be_in_any_room() -> None:
    story = STORIES["three"][0]
    assert layout.place(story, "three", 2000) == layout.place(story, "three")


def test_sides_stand_below_each_other_on_a_phone() -> None:
    story = STORIES["divergence"][0]
    for room, stacked in ((None, False), (layout.WIDE, False), (layout.NARROW, True)):
        picture = layout.place(story, "x", room)
        assert room is None or picture.width <= room
        ours, theirs = picture.diagrams[1:]
        assert (theirs.y >= ours.y + ours.height) == stacked
        marked = [row.y for diagram in (ours, theirs) for row in diagram.rows if row.beat.mark]
        assert (marked[0] == pytest.approx(marked[1])) != stacked


def test_a_picture_of_more_lanes_than_fit_is_wider() -> None:
    lanes = 40
    states = tuple(TaskState(i, Role.BUSY, asleep=True) for i in range(lanes))
    beat = Beat(Kind.WAKE, 0, "x", boxes={task_lane(0): "wakes", task_lane(39): "b" * 30}, tasks=states)
    beat.arrow = (task_lane(39), task_lane(0))
    picture = layout.place(Story("", Part("", (beat,), states)), "x", layout.NARROW)
    check_boxes(picture)
    assert picture.width > lanes * 30
    assert any(label.text.endswith("b…") for label in picture.every_label())


def test_below_a_tall_picture_the_lanes_are_named_again() -> None:
    for name, times in (("three", 1), ("many", 2)):
        (diagram,) = layout.place(STORIES[name][0], name).diagrams
        assert [label.text for label in diagram.labels].count("task 0") == times


def test_ascii_and_narrow_text() -> None:
    for story, _ in STORIES.values():
        assert text.render(story, 80, text.ASCII).isascii()
        for width in (80, 100, 160):
            assert max(map(len, text.render(story, width).splitlines())) <= width


@pytest.mark.parametrize("name", ["many", "threadlet", "cold"])
def test_a_trace_of_the_host_is_told_like_the_model(name: str, host: HostTarget) -> None:
    made = stories.program(STORIES[name][1])
    trace = host.run(memory.build(made))
    assert isinstance(trace, Trace)
    told = retell(made, trace, "host")
    assert not told.sides
    assert [event.kind for event in told.common.beats][-1] is Kind.END


@pytest.mark.slow
@SLOW
@given(strategies.programs() | strategies.sensible_programs())
def test_every_program_can_be_drawn(made: Program) -> None:
    story = Story("on the model", narrate(made))
    trace = run.run(memory.build(made))
    ended = [beat for beat in story.common.beats if beat.kind is Kind.END]
    assert len(ended) == 1
    assert story.common.beats[-1].slots == ended[0].slots
    assert_memory(made, story, trace)
    check_everywhere(story, made)


@pytest.mark.slow
@settings(SLOW, max_examples=12)
@given(strategies.sensible_programs())
def test_every_lie_can_be_drawn(made: Program) -> None:
    image = memory.build(made)
    trace = run.run(image)
    wrongs = [wrong for _, wrong in lies(trace)]
    for wrong in wrongs[:: max(len(wrongs) // 3, 1)]:
        told = retell(made, wrong, "host", check.check(image, wrong, budget=50))
        assert told.sides
        check_everywhere(told, made)


@pytest.mark.slow
def test_every_program_of_the_corpus_can_be_drawn() -> None:
    for path in sorted(Path("corpus").glob("*/*.syslet")):
        made = parse(path.read_text(encoding="utf-8")).program
        story = Story("on the model", narrate(made))
        assert_memory(made, story, run.run(memory.build(made)))
        assert_objects(story)
        check_everywhere(story, made)


def assert_objects(story: Story) -> None:
    """A pipe that was written is not shown as it was in the middle of the write; a box on a dead task only says so."""
    for beat in story.common.beats:
        written = re.search(r"\bwrite\(p\d+\.w, .* = (0x[1-9a-f]|[1-9])", beat.title)
        assert not written or "0 bytes" not in beat.boxes.values(), beat
        dead = {x.index for x in beat.tasks if x.role == Role.DEAD}
        assert {beat.boxes[x] for x in beat.boxes if x.way is Way.TASK and x.number in dead} <= {"ends"}, beat


def test_a_call_that_wakes_others_on_its_way_is_over_before_objects_are_looked_at() -> None:
    beats = STORIES["blocks"][0].common.beats
    pipe = lanes.object_named("p0")
    written = next(beat for beat in beats if beat.title == "write(p0.w, pg4, 8) = 8")
    assert written.boxes[pipe] == "8 bytes"
    assert {dict(beat.objects)[pipe] for beat in beats[: beats.index(written)]} == {"empty"}
    assert beats[beats.index(written) + 1].kind is Kind.WAKE
    assert dict(beats[beats.index(written) + 1].objects)[pipe] == "8 bytes"


def test_what_another_task_does_next_is_not_in_the_beat_before() -> None:
    """Nothing is told between the sleep of a reader and the wake-up in the middle of the write that follows."""
    path = Path("corpus/litmus/blocked-writer-holds-its-end.syslet")
    beats = narrate(parse(path.read_text(encoding="utf-8")).program).beats
    assert not any("0 bytes" in beat.boxes.values() or "0 bytes" in dict(beat.objects).values() for beat in beats)


EXITS = """\
syslet 1
timespec t0 = 5ms
head h0 ring=r0 slots=4 stack=top
atom a0 = nanosleep(t0, NULL)

async_exec(a0, h0)
exit 0
"""


def test_a_task_that_has_ended_has_no_line_and_the_exiting_head_keeps_its_own() -> None:
    story = stories.on_model(EXITS)
    first, second, *_ = story.common.lanes()
    lines = text.render(story).splitlines()
    head = next(line for line in lines if line.startswith(" task 0"))
    places = [head.index(lane.name) + len(lane.name) // 2 for lane in (first, second)]
    ends = next(i for i, line in enumerate(lines) if "task 0 ends" in line)
    assert [line[places[0]] for line in lines[ends:]] == ["●", " ", " ", " "]
    assert [line[places[1]] for line in lines[ends:]] == ["╎", "●", "●", " "]
    (gone,) = (beat for beat in story.common.beats if "thread group" in beat.text)
    assert [state.role for state in gone.tasks] == [Role.DEAD, Role.HEAD]
    assert [state.role for state in story.common.beats[-1].tasks] == [Role.DEAD, Role.DEAD]


def assert_memory(made: Program, story: Story, trace: Trace) -> None:
    """The changes that were told, played on the initial memory, show what was observed."""
    arena = bytearray(memory.build(made).memory)
    seen = bytearray(arena)
    for beat in story.common.beats:
        for change in beat.changes:
            assert arena[change.offset : change.offset + len(change.before)] == change.before
            arena[change.offset : change.offset + len(change.after)] = change.after
    last = trace.events[-1]
    for event in trace.events:
        for offset, data in getattr(getattr(event, "seen", None), "changes", ()):
            seen[offset : offset + len(data)] = data
    if getattr(last, "seen", None) is not None:
        assert arena == seen


def check_everywhere(story: Story, made: Program) -> None:
    """Draw a story in all media and look whether the drawing is sound."""
    text.render(story, 100)
    ElementTree.fromstring(svg.render(story, "a < b", made))
    page = html.render(story, made, "a < b")
    Balanced().check(page)
    beats = page.split('<script type="application/json" id="beats">', 1)[1].split("</script>", 1)[0]
    assert len(json.loads(beats)) * len(ROOMS) == page.count('data-beat="')
    assert len(json.loads(beats)) == sum(len(part.beats) for part in story.parts())
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    for room in (None, *ROOMS):
        check_boxes(layout.place(story, "a < b", room))
    check_perfetto(json.loads(perfetto.render(story, made)))


def check_told(story: Story, made: Program) -> None:
    """Each beat's title, sentence and clauses stand in every medium."""
    beats = [beat for part in story.parts() for beat in part.beats]
    drawn = without_space("".join(ElementTree.fromstring(svg.render(story, "a")).itertext()))
    page = without_space(Balanced().check(html.render(story, made, "a")))
    events = json.loads(perfetto.render(story, made))["traceEvents"]
    for beat in beats:
        for told in (beat.title, beat.text, *beat.clauses):
            assert without_space(told) in drawn
            assert without_space(told) in page
        assert any(
            (beat.title or beat.text) == event.get("name")
            and beat.text == event["args"]["text"]
            and " ".join(beat.clauses) == event["args"]["clauses"]
            for event in events
            if "text" in event.get("args", ())
        ), beat


def without_space(words: str) -> str:
    """Lines are broken where there is no room."""
    return "".join(words.split())


class Balanced(HTMLParser):
    """Elements end in the order in which they began."""

    def check(self, page: str) -> str:
        """The text of the page."""
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []
        return "".join(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br", "link", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def width_of(label: shapes.Label) -> float:
    style = label.style.split()[0]
    if style in ("box", "title", "seen"):
        return metrics.mono(label.text, label.size)
    bold = style in ("heading", "side", "headline", "lane", "mark")
    return metrics.bold(label.text, label.size) if bold else metrics.sans(label.text, label.size)


def check_boxes(picture: shapes.Picture) -> None:
    for label in picture.every_label():
        assert width_of(label) <= label.width + 0.01, label
    boxes = [(label.x, label.y, label.x + label.width, label.y + label.height) for label in picture.every_label()]
    for left, top, right, bottom in boxes:
        assert left >= 0
        assert top >= 0
        assert right <= picture.width
        assert bottom <= picture.height
    near = defaultdict(list)
    for box in boxes:
        for band in range(int(box[1]) // 50, int(box[3]) // 50 + 1):
            near[band].append(box)
    for some in near.values():
        for a, b in combinations(some, 2):
            assert a[2] <= b[0] + 0.01 or b[2] <= a[0] + 0.01 or a[3] <= b[1] + 0.01 or b[3] <= a[1] + 0.01, (a, b)
    for diagram in picture.diagrams:
        for row in diagram.rows:
            if row.arrow is not None:
                low, high = sorted((row.arrow.start, row.arrow.end))
                assert high - low >= 10
                assert all(pill.x + pill.width <= low + 1 or pill.x >= high - 1 for pill in row.pills)
                check_tip(diagram, row)


def check_tip(diagram: shapes.Diagram, row: shapes.Row) -> None:
    """The tip of an arrow is not on the line of a task that it does not go to."""
    assert row.arrow is not None
    sign = 1 if row.arrow.end > row.arrow.start else -1
    others = {x.x for x in diagram.segments if x.state is not None and x.lane not in (row.beat.arrow or ())}
    assert not any(-4 < sign * (row.arrow.end - x) < 4 + 8 for x in others)


def check_perfetto(document: dict[str, list[dict[str, object]]]) -> None:
    """What the importer of the viewer needs: slices nest, pairs and flows are whole, ends lie in slices."""
    slices = defaultdict(list)
    pairs: dict[tuple[object, ...], list[float]] = defaultdict(list)
    flows = defaultdict(list)
    for event in document["traceEvents"]:
        phase, pid, tid, at = event["ph"], event["pid"], event["tid"], event["ts"]
        assert isinstance(at, (int, float))
        assert isinstance(pid, int)
        assert isinstance(tid, int)
        match phase:
            case "X":
                duration = event["dur"]
                assert isinstance(duration, (int, float))
                assert duration > 0
                slices[pid, tid].append((at, at + duration))
            case "b" | "e":
                pairs[pid, event["id"], event["cat"], event["name"]].append(at if phase == "b" else -at)
            case "s" | "f":
                assert phase == "s" or event["bp"] == "e"
                flows[event["id"]].append((phase, at, pid, tid))
            case _:
                assert phase in ("M", "C", "i")
    for begin_end in pairs.values():
        begin, end = begin_end
        assert 0 <= begin < -end
    for nested in slices.values():
        open_ends: list[float] = []
        for start, end in sorted(nested, key=lambda x: x[0]):  # as the importer does: by time, else as they stand
            while open_ends and open_ends[-1] <= start:
                open_ends.pop()
            assert not open_ends or end <= open_ends[-1]
            open_ends.append(end)
    for (_, start, pid, tid), (phase, end, pid2, tid2) in flows.values():
        assert phase == "f"
        assert start < end
        assert any(a <= start < b for a, b in slices[pid, tid])
        assert any(a <= end < b for a, b in slices[pid2, tid2])
