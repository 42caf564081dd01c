# SPDX-License-Identifier: Apache-2.0
"""Counting what a run of the model exercises: clauses, and transitions from one phase to the next."""

import ast
from collections import Counter
from pathlib import Path
from typing import Final

import model
from model.clauses import BY_NUMBER
from model.spec.features import SIZE
from model.spec.machine import Machine, Phase, Task

SLEEPS: Final = "(sleeps)"
IDLE: Final = "(turns ready)"
ENDS: Final = "(ends the program)"

_MODEL: Final = Path(model.__file__ or "").parent / "spec"


class Tally:
    """Counts of one program. `drive` takes the place of `steps.run_task`; `finish` belongs after the run."""

    def __init__(self) -> None:
        self.clauses: Counter[str] = Counter()
        self.transitions: Counter[tuple[str, str]] = Counter()
        self._machine: Machine | None = None

    def drive(self, m: Machine, t: Task) -> None:
        """Let one task run until it sleeps, ends, or must let another go first."""
        if m is not self._machine:
            self.finish()
            self._machine = m
        while t.phase is not None:
            phase = t.phase
            going = phase(m, t)
            self._count(m)
            following = _following(m, t, going)
            if following:
                self.transitions[name_of(phase), following] += 1
            if not going:
                return

    def finish(self) -> None:
        """Count what applied after the last phase: a program that is stuck is ended by nobody."""
        if self._machine is not None:
            self._count(self._machine)
        self._machine = None

    def _count(self, m: Machine) -> None:
        if any(m.hit):
            for clause in BY_NUMBER:
                if m.hit[clause.number]:
                    self.clauses[clause.id] += 1
            m.hit = bytearray(SIZE)


def name_of(phase: Phase) -> str:
    """`chain.fetch`: a phase by its module and name."""
    module = str(getattr(phase, "__module__", "")).removeprefix("model.spec.")
    return f"{module}.{getattr(phase, '__name__', phase)}"


def _following(m: Machine, t: Task, going: bool) -> str:
    """What came after a phase; empty if it only waits for its turn, and will be asked again."""
    if m.ended is not None:
        return ENDS
    if going and t.phase is not None:
        return name_of(t.phase)
    if t.phase is None:
        return IDLE
    return SLEEPS if t.asleep else ""


def all_phases() -> set[str]:
    """Every phase of the model, found in the sources: functions of a machine and a task that are named as what is next.

    A function that is only ever called by others is a part of their phases.
    """
    defined: dict[str, str] = {}
    named: set[str] = set()
    for path in sorted(_MODEL.rglob("*.py")):
        module = ".".join(path.relative_to(_MODEL).with_suffix("").parts)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and _is_phase(node):
                defined[f"{module}.{node.name}"] = node.name
            elif isinstance(node, ast.Name | ast.Attribute) and id(node) not in called:
                named.add(f"{module}.{node.id}" if isinstance(node, ast.Name) else f".{node.attr}")
                named.update([f".{node.id}"] if isinstance(node, ast.Name) else [])
    return {phase for phase, name in defined.items() if phase in named or (name[0] != "_" and f".{name}" in named)}


def _is_phase(node: ast.FunctionDef) -> bool:
    hints = [ast.unparse(argument.annotation) for argument in node.args.args if argument.annotation]
    returns = ast.unparse(node.returns) if node.returns else ""
    return hints == ["Machine", "Task"] and not node.args.kwonlyargs and returns == "bool"
