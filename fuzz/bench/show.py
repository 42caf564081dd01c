# SPDX-License-Identifier: Apache-2.0
"""All measurements in one go, and their table."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from fuzz.bench import measure, parts
from fuzz.campaign.opened import choose
from native.targets.host import HostTarget
from native.targets.uml.kernel import Flavour, built

FAULTS_TIMED: Final = (
    "LOST_EVENT_ON_WRAP", "STOP_IGNORED_WHEN_ASYNC", "EVENT_OF_FIRST_ATOM", "LOST_WAKEUP", "BAD_NR_STORES",
)  # fmt: skip
_GOALS: Final = {"uml": "800, toward 1,500", "uml-debug": "250"}

_HOST: Final = """\
floor: empty atheris target             | {empty_atheris:,.0f} /s
floor: empty round trip to the executor | {singles[ping]:,.0f} /s
full cycle under atheris                | {cycle[per_second]:,.0f} /s | goal 2,500; {cycle_floor}
  of these without a verdict            | {cycle[unknown]:.3%} | goal: below 0.1%
native run, round trip included         | {singles[native]:,.0f} /s | goal 25,000; {native_floor}
model alone, typical program            | {singles[model]:,.0f} /s | goal 5,000
  part: check                           | {singles[check]:,.0f} /s
  part: decode                          | {singles[decode]:,.0f} /s
  part: build                           | {singles[build]:,.0f} /s
  part: judge                           | {singles[judge]:,.0f} /s
campaign programs that execute an atom  | {cycle[atom]:.0%}
campaign programs that see a hand-over  | {cycle[handover]:.0%}
mutated programs that execute an atom   | {mutator[atom]:.0%} | goal 50%
mutated programs that see a hand-over   | {mutator[handover]:.0%} | goal 25%
replay of {replay[cases]} corpus cases  | {replay[seconds]:.1f} s | goal 10"""
_KERNEL: Final = """\
{name}: start to the first answer       | {milliseconds:.0f} ms | goal 50 for uml
{name}: empty round trip                | {ping:,.0f} /s
{name}: typical program, no check       | {native:,.0f} /s
{name}: full cycle under atheris        | {cycle[per_second]:,.0f} /s | goal {goal}
{name}: without a verdict               | {cycle[unknown]:.3%}
{name}: the corpus once                 | {replay[seconds]:.1f} s | goal 60 for both"""
_THREADLETS: Final = """\
plain call of an empty function         | {plain_call:,.1f} ns
threadlet_exec of an empty function     | {threadlet_exec:,.1f} ns | {above:.1f} ns above the plain call; goal 10
  ending without the lock prefix        | {threadlet_exec_one_processor:,.1f} ns
  ending with the lock prefix           | {threadlet_exec_many_processors:,.1f} ns
  by two system calls                   | {threadlet_exec_real_calls:,.1f} ns
swapcontext, there and back             | {swapcontext_there_and_back:,.1f} ns
pthread create and join                 | {pthread_create_and_join:,.1f} ns"""


def measure_all(
    note: Callable[[str], None], *, seconds: float, cycle_seconds: int, fault_seconds: int
) -> dict[str, Any]:
    """Measure everything, telling `note` what is next."""
    made: dict[str, Any] = {"machine": measure.machine()}

    def take(what: str, name: str, work: Callable[..., Any], *given: Any) -> None:
        note(what)
        made[name] = work(*given)

    take("full cycle under atheris", "cycle", measure.cycle, cycle_seconds)
    made["faults"] = []
    for name in FAULTS_TIMED:
        note(f"planted fault {name}")
        made["faults"].append(measure.fault(name, fault_seconds))
    take("empty atheris target", "empty_atheris", measure.empty_atheris)
    with HostTarget(cpu=choose()) as target:
        made["build"] = target.build_id
        take("single parts", "singles", measure.singles, target, seconds)
        take("check against syslets in flight", "curve", measure.check_curve, target, seconds / 4)
        take("the mutator's programs", "mutator", measure.mutator_shares, target, 2_000)
        take("replay", "replay", measure.replay, target)
    made["kernels"] = {}
    for flavour, name in ((Flavour.FAST, "uml"), (Flavour.DEBUG, "uml-debug")):
        if built(flavour) is not None:
            note(f"the real kernel: {name}")
            made["kernels"][name] = measure.kernel(name, seconds, cycle_seconds)
    if "uml" in made["kernels"]:
        take("threadlets inside uml", "threadlets", measure.threadlets)
    return made


def _rows(template: str, **facts: Any) -> Iterator[str]:
    """What was measured, the figure, and a remark, in columns."""
    for row in template.splitlines():
        what, figure, remark, *_ = (x.format(**facts) for x in [*row.split(" | "), ""])
        yield f"{what.rstrip():42}{figure:>14}  {remark}".rstrip()


def _faster(floor: float, figure: float) -> str:
    return f"the floor is {floor / figure:.1f} times faster"


def threadlets(costs: dict[str, float]) -> list[str]:
    """What a threadlet that does not block costs inside the kernel."""
    above = costs["threadlet_exec"] - costs["plain_call"]
    return ["", "inside uml, all on one processor", *_rows(_THREADLETS, above=above, **costs)]


def table(made: dict[str, Any]) -> str:
    """The figures in words, each with its floor and its goal."""
    return "\n".join(_table(made))


def _table(made: dict[str, Any]) -> Iterator[str]:
    cycle, single = made["cycle"], made["singles"]
    yield from (", ".join(f"{key} {value}" for key, value in made["machine"].items()), "")
    floors = {
        "cycle_floor": _faster(made["empty_atheris"], cycle["per_second"]),
        "native_floor": _faster(single["ping"], single["native"]),
    }
    yield from _rows(_HOST, **floors, **made)
    yield from ("", *parts.table(cycle["parts"]))
    yield from ("", "syslets in flight    check (us)    us each    effort")
    for row in made["curve"]:
        figures = f"{row['in_flight']:17}{row['microseconds']:14,.0f}{row['per_syslet']:11,.0f}{row['effort']:10}"
        yield figures if row["allowed"] else f"{figures}  NOT ALLOWED"
    yield from ("", "planted fault                       seconds  programs  lines  reported as")
    for row in made["faults"]:
        told = "  not found"
        if row["found"]:
            told = f"{row['programs']:10,}{row['lines']:7}  {row['kind']}, {row['clause']}"
        yield f"{row['fault']:34}{row['seconds']:9.1f}{told}"
    if not made["kernels"]:
        yield from ("", "the real kernels are not built: syslet kernel")
    for name, one in made["kernels"].items():
        yield ""
        yield from _rows(_KERNEL, name=name, milliseconds=one["boot"] * 1000, goal=_GOALS[name], **one)
        yield from ("", *parts.table(one["cycle"]["parts"]))
    if "threadlets" in made:
        yield from threadlets(made["threadlets"])
