# SPDX-License-Identifier: Apache-2.0
"""Pictures of small programs, character by character, and what must hold for those of all programs."""

import json
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from fuzz.generate import strategies
from fuzz.show import html, layout, metrics, perfetto, svg, text
from fuzz.show.media import MEDIA, draw
from fuzz.show.narrate import narrate
from fuzz.show.retell import alone, retell, silent
from fuzz.show.story import Kind, Story
from fuzz.text import parse
from model import check, run
from model import layout as memory
from model.program import Program
from model.trace import Role, Trace
from native.target import HostTarget
from tests.model.perturb import lies
from tests.show import stories

GOLDEN = Path(__file__).with_name("golden")
ENDINGS = {"text": "txt", "svg": "svg", "html": "html", "perfetto": "json"}
STORIES = {
    "three": (stories.on_model(stories.THREE), stories.THREE),
    "blocks": (stories.on_model(stories.BLOCKS), stories.BLOCKS),
    "race": (stories.on_model(stories.RACE), stories.RACE),
    "many": (stories.on_model(stories.MANY), stories.MANY),
    "divergence": (stories.divergence(), stories.BLOCKS),
}
SLOW = settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize("name", STORIES)
def test_pictures_are_as_they_were(name: str, medium: str, request: pytest.FixtureRequest) -> None:
    story, source = STORIES[name]
    drawn = draw(story, medium, stories.program(source), name)
    path = GOLDEN / f"{name}.{ENDINGS[medium]}"
    if request.config.getoption("--update-pictures", default=False):
        path.write_text(drawn, encoding="utf-8")
    assert drawn == path.read_text(encoding="utf-8")


def test_the_same_run_gives_the_same_picture() -> None:
    made = stories.program(stories.MANY)
    for medium in MEDIA:
        assert len({draw(stories.on_model(stories.MANY), medium, made, "many") for _ in range(2)}) == 1


def test_a_hand_over_reads_in_order() -> None:
    beats = STORIES["blocks"][0].common.beats
    kinds = [beat.kind for beat in beats]
    wanted = [Kind.STEP, Kind.SPARE, Kind.ATOM, Kind.HANDOVER, Kind.RETURN, Kind.STEP, Kind.WAKE]
    assert kinds[: len(wanted)] == wanted
    assert beats[2].text == "p0 is empty: read sleeps"
    assert [(s.role, s.asleep) for s in beats[3].tasks] == [(Role.BUSY, True), (Role.HEAD, False)]
    assert beats[4].title == "async_exec(a0, h0) = NULL"
    post = next(beat for beat in beats if beat.kind is Kind.POST)
    assert next(iter(post.slots.values()))[0] == "a1"
    assert post.clauses == ["RING-1", "RING-5"]


def test_every_kind_of_beat_is_drawn() -> None:
    told = {beat.kind for story, _ in STORIES.values() for part in story.parts() for beat in part.beats}
    assert told == set(Kind)


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


def test_a_trace_without_its_program_and_a_target_without_a_trace() -> None:
    made = stories.program(stories.BLOCKS)
    trace = run.run(memory.build(made))
    for story in (
        alone(trace, "host"),
        silent("host", narrate(made), "crash", "ERROR: AddressSanitizer\n#0 somewhere"),
    ):
        check_everywhere(story, made)
    assert "#0 somewhere" in text.render(silent("host", narrate(made), "crash", "x\n#0 somewhere"))


def test_ascii_and_narrow_text() -> None:
    for story, _ in STORIES.values():
        assert text.render(story, 80, text.ASCII).isascii()
        for width in (80, 100, 160):
            assert max(map(len, text.render(story, width).splitlines())) <= width


def test_a_trace_of_the_host_is_told_like_the_model(host: HostTarget) -> None:
    made = stories.program(stories.MANY)
    trace = host.run(memory.build(made))
    assert isinstance(trace, Trace)
    told = retell(made, trace, "host")
    assert not told.sides
    assert [event.kind for event in told.common.beats][-1] is Kind.END


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


def test_every_program_of_the_corpus_can_be_drawn() -> None:
    for path in sorted(Path("corpus").glob("*/*.syslet")):
        made = parse(path.read_text(encoding="utf-8")).program
        story = Story("on the model", narrate(made))
        assert_memory(made, story, run.run(memory.build(made)))
        check_everywhere(story, made)


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
    beats = page.split('<script type="application/json" id="beats">', 1)[1].split("</script>", 1)[0]
    assert len(json.loads(beats)) == page.count('data-beat="') == sum(len(part.beats) for part in story.parts())
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    check_boxes(layout.place(story, "a < b"))
    check_perfetto(json.loads(perfetto.render(story, made)))


def width_of(label: layout.Label) -> float:
    style = label.style.split()[0]
    if style in ("box", "title", "seen"):
        return metrics.mono(label.text, label.size)
    bold = style in ("heading", "side", "headline", "lane", "mark")
    return metrics.bold(label.text, label.size) if bold else metrics.sans(label.text, label.size)


def check_boxes(picture: layout.Picture) -> None:
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
