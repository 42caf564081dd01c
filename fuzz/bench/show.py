# SPDX-License-Identifier: Apache-2.0
"""All measurements in one go, and their table."""

from collections.abc import Callable
from typing import Any, Final

from fuzz.bench import measure
from fuzz.campaign.cpu import choose
from native.build import FAULTS
from native.target import HostTarget

FAULTS_TIMED: Final = 5


def measure_all(note: Callable[[str], None], *, seconds: float, cycle_seconds: int, fault_seconds: int) -> dict[str, Any]:
    """Measure everything, telling `note` what is next."""
    made: dict[str, Any] = {"machine": measure.machine()}
    note("full cycle under atheris")
    made["cycle"] = measure.cycle(cycle_seconds)
    made["faults"] = []
    for name in list(FAULTS)[:FAULTS_TIMED]:
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
    return made


def table(made: dict[str, Any]) -> str:
    """The figures in words, each with its floor and its goal."""
    one, cycle = made["singles"], made["cycle"]
    floor, ping = made["empty_atheris"], one["ping"]
    lines = [
        ", ".join(f"{key} {value}" for key, value in made["machine"].items()),
        "",
        f"{'floor: empty atheris target':44}{floor:12,.0f} /s",
        f"{'floor: empty round trip to the executor':44}{ping:12,.0f} /s",
        f"{'full cycle under atheris':44}{cycle['per_second']:12,.0f} /s  1/{floor / cycle['per_second']:.0f} of the "
        f"floor; goal 2,500; unknown {cycle['unknown']:.3%}, goal below 0.1%",
        f"{'native run, round trip included':44}{one['native']:12,.0f} /s  1/{ping / one['native']:.1f} of the floor; "
        "goal 25,000",
        f"{'model alone, typical program':44}{one['model']:12,.0f} /s  goal 5,000",
        *(f"{'  part: ' + name:44}{one[name]:12,.0f} /s" for name in ("check", "decode", "build", "judge")),
        f"{'campaign programs that execute an atom':44}{cycle['atom']:12.0%}",
        f"{'campaign programs that see a hand-over':44}{cycle['handover']:12.0%}",
        f"{'mutated programs that execute an atom':44}{made['mutator']['atom']:12.0%}     goal 50%",
        f"{'mutated programs that see a hand-over':44}{made['mutator']['handover']:12.0%}     goal 25%",
        f"{'replay of ' + str(made['replay']['cases']) + ' corpus cases':44}{made['replay']['seconds']:12.1f} s   goal 10",
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
            lines.append(
                f"{row['fault']:34}{row['seconds']:9.1f}{row['programs']:10,}{row['lines']:7}  {row['kind']}, {row['clause']}"
            )
        else:
            lines.append(f"{row['fault']:34}{row['seconds']:9.1f}  not found")
    return "\n".join(lines)
