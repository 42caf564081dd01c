# SPDX-License-Identifier: Apache-2.0
"""All measurements in one go, and their table."""

from collections.abc import Callable
from typing import Any, Final

from fuzz.bench import measure, parts
from fuzz.campaign.opened import choose
from native.targets.host import HostTarget
from native.targets.uml.kernel import Flavour, built

FAULTS_TIMED: Final = (
    "LOST_EVENT_ON_WRAP", "STOP_IGNORED_WHEN_ASYNC", "EVENT_OF_FIRST_ATOM", "LOST_WAKEUP", "BAD_NR_STORES",
)  # fmt: skip


def measure_all(
    note: Callable[[str], None], *, seconds: float, cycle_seconds: int, fault_seconds: int
) -> dict[str, Any]:
    """Measure everything, telling `note` what is next."""
    made: dict[str, Any] = {"machine": measure.machine()}
    note("full cycle under atheris")
    made["cycle"] = measure.cycle(cycle_seconds)
    made["faults"] = []
    for name in FAULTS_TIMED:
        note(f"planted fault {name}")
        made["faults"].append(measure.fault(name, fault_seconds))
    note("empty atheris target")
    made["empty_atheris"] = measure.empty_atheris()
    with HostTarget(cpu=choose()) as target:
        made["build"] = target.build_id
        note("single parts")
        made["singles"] = measure.singles(target, seconds)
        note("check against syslets in flight")
        made["curve"] = measure.check_curve(target, seconds / 4)
        note("the mutator's programs")
        made["mutator"] = measure.mutator_shares(target, 2_000)
        note("replay")
        made["replay"] = measure.replay(target)
    made["kernels"] = {}
    for flavour, name in ((Flavour.FAST, "uml"), (Flavour.DEBUG, "uml-debug")):
        if built(flavour) is not None:
            note(f"the real kernel: {name}")
            made["kernels"][name] = measure.kernel(name, seconds, cycle_seconds)
    if "uml" in made["kernels"]:
        note("threadlets inside uml")
        made["threadlets"] = measure.threadlets()
    return made


_GOALS: Final = {"uml": "800, toward 1,500", "uml-debug": "250"}


def _kernels(kernels: dict[str, Any]) -> list[str]:
    """What was measured of the real kernels; nothing when they are not built."""
    if not kernels:
        return ["", "the real kernels are not built: syslet kernel"]
    lines = []
    for name, one in kernels.items():
        cycle = one["cycle"]
        lines += [
            "",
            _row(f"{name}: start to the first answer", f"{one['boot'] * 1000:.0f} ms", "goal 50 for uml"),
            _row(f"{name}: empty round trip", f"{one['ping']:,.0f} /s"),
            _row(f"{name}: typical program, no check", f"{one['native']:,.0f} /s"),
            _row(f"{name}: full cycle under atheris", f"{cycle['per_second']:,.0f} /s", f"goal {_GOALS[name]}"),
            _row(f"{name}: without a verdict", f"{cycle['unknown']:.3%}"),
            _row(f"{name}: the corpus once", f"{one['replay']['seconds']:.1f} s", "goal 60 for both"),
            "",
            *parts.table(cycle["parts"]),
        ]
    return lines


_COSTS: Final = {
    "plain_call": "plain call of an empty function",
    "threadlet_exec": "threadlet_exec of an empty function",
    "threadlet_exec_one_processor": "  ending without the lock prefix",
    "threadlet_exec_many_processors": "  ending with the lock prefix",
    "threadlet_exec_real_calls": "  by two system calls",
    "swapcontext_there_and_back": "swapcontext, there and back",
    "pthread_create_and_join": "pthread create and join",
}


def threadlets(costs: dict[str, float]) -> list[str]:
    """What a threadlet that does not block costs inside the kernel."""
    above = costs["threadlet_exec"] - costs["plain_call"]
    remarks = {"threadlet_exec": f"{above:.1f} ns above the plain call; goal 10"}
    rows = [_row(_COSTS[name], f"{costs[name]:,.1f} ns", remarks.get(name, "")) for name in _COSTS]
    return ["", "inside uml, all on one processor", *rows]


def _row(what: str, figure: str, remark: str = "") -> str:
    return f"{what:42}{figure:>14}  {remark}".rstrip()


def _ratio(floor: float, figure: float, goal: str) -> str:
    return f"goal {goal}; the floor is {floor / figure:.1f} times faster"


def table(made: dict[str, Any]) -> str:
    """The figures in words, each with its floor and its goal."""
    one, cycle = made["singles"], made["cycle"]
    floor, ping = made["empty_atheris"], one["ping"]
    replay, mutator = made["replay"], made["mutator"]
    lines = [
        ", ".join(f"{key} {value}" for key, value in made["machine"].items()),
        "",
        _row("floor: empty atheris target", f"{floor:,.0f} /s"),
        _row("floor: empty round trip to the executor", f"{ping:,.0f} /s"),
        _row("full cycle under atheris", f"{cycle['per_second']:,.0f} /s", _ratio(floor, cycle["per_second"], "2,500")),
        _row("  of these without a verdict", f"{cycle['unknown']:.3%}", "goal: below 0.1%"),
        _row("native run, round trip included", f"{one['native']:,.0f} /s", _ratio(ping, one["native"], "25,000")),
        _row("model alone, typical program", f"{one['model']:,.0f} /s", "goal 5,000"),
        *(_row("  part: " + name, f"{one[name]:,.0f} /s") for name in ("check", "decode", "build", "judge")),
        _row("campaign programs that execute an atom", f"{cycle['atom']:.0%}"),
        _row("campaign programs that see a hand-over", f"{cycle['handover']:.0%}"),
        _row("mutated programs that execute an atom", f"{mutator['atom']:.0%}", "goal 50%"),
        _row("mutated programs that see a hand-over", f"{mutator['handover']:.0%}", "goal 25%"),
        _row(f"replay of {replay['cases']} corpus cases", f"{replay['seconds']:.1f} s", "goal 10"),
        "",
        *parts.table(cycle["parts"]),
        "",
        "syslets in flight    check (us)    us each    effort",
    ]
    lines += [
        f"{row['in_flight']:17}{row['microseconds']:14,.0f}{row['per_syslet']:11,.0f}{row['effort']:10}"
        f"{'' if row['allowed'] else '  NOT ALLOWED'}"
        for row in made["curve"]
    ]
    lines += ["", "planted fault                       seconds  programs  lines  reported as"]
    for row in made["faults"]:
        if row["found"]:
            figures = f"{row['seconds']:9.1f}{row['programs']:10,}{row['lines']:7}"
            lines.append(f"{row['fault']:34}{figures}  {row['kind']}, {row['clause']}")
        else:
            lines.append(f"{row['fault']:34}{row['seconds']:9.1f}  not found")
    lines += _kernels(made["kernels"])
    if "threadlets" in made:
        lines += threadlets(made["threadlets"])
    return "\n".join(lines)
