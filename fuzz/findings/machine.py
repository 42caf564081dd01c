# SPDX-License-Identifier: Apache-2.0
"""Findings for machines: JUnit for tables of tests, and SARIF, of which a forge makes annotations.

A finding is shown at the code of the clause that it blames: that is where a reader of a change looks. Its witness is
named beside it.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import attrs

from fuzz.findings.group import Group
from fuzz.findings.report import sentence
from fuzz.spec.source import Place
from fuzz.spec.where import c_places, nearness
from model.clauses import CLAUSES

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_BASE: Final = "SRCROOT"
_FINE: Final = "no new divergence"


@attrs.frozen
class Row:
    """A group, and what is to be said of it.

    Attributes:
        fails: whether it makes the exit status 1.
        now: what it is: `new`, `a known group, met again`, `still there`.
        seconds: how long looking at it took.
    """

    group: Group
    fails: bool
    now: str
    seconds: float = 0.0

    @property
    def title(self) -> str:
        """The signature, as a line."""
        clause, kind, event = self.group.signature
        return f"{kind} · {clause} · {event}"

    @property
    def text(self) -> str:
        """All that fits under the title."""
        starts = self.group.starts
        sure = "" if starts is None else f"shown again by {starts[0]} of {starts[1]} fresh starts\n"
        return f"{sentence(self.group.signature[0])}\n{self.now}\n{sure}{self.group.smallest}\n\n{self.group.text}"


Where = Callable[[str], Place | None]


def code_of(clause: str) -> Place | None:
    """The kernel function that implements a clause; None for a target or model that failed, and for what has none."""
    places = c_places(CLAUSES[clause]) if clause in CLAUSES else []
    return min(places, key=lambda x: (nearness(x), x), default=None)


def junit(command: str, rows: Sequence[Row], seconds: float, where: Where = code_of) -> bytes:
    """A suite with a case for each group; with a single one that passes where there is none.

    The form is that of pytest (xunit2), with file and line as well.
    """
    counts = {"tests": len(rows) or 1, "failures": sum(x.fails for x in rows), "errors": 0}
    counts["skipped"] = sum(not x.fails for x in rows)
    suites = ElementTree.Element("testsuites")
    told = {name: str(count) for name, count in counts.items()}
    suite = ElementTree.SubElement(suites, "testsuite", {"name": command, **told, "time": f"{seconds:.3f}"})
    if not rows:
        ElementTree.SubElement(suite, "testcase", classname=command, name=_FINE, time=f"{seconds:.3f}")
    for row in rows:
        place = where(row.group.signature[0])
        at = {} if place is None else {"file": place.path, "line": str(place.line)}
        case = ElementTree.SubElement(
            suite, "testcase", {"classname": command, "name": row.title, "time": f"{row.seconds:.3f}", **at}
        )
        if row.fails:
            ElementTree.SubElement(case, "failure", message=row.title).text = _printable(row.text)
        else:
            ElementTree.SubElement(case, "skipped", message=row.now)
    made: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return made


def _printable(text: str) -> str:
    """XML has no way to write control characters."""
    return "".join(x if x.isprintable() or x in "\n\t" else "�" for x in text)


def sarif(version: str, rows: Iterable[Row], where: Where = code_of) -> str:
    """SARIF 2.1.0: a rule for each clause that is blamed, a result for each group."""
    rows = list(rows)
    clauses = sorted({x.group.signature[0] for x in rows})
    rules = [
        {"id": x, "shortDescription": {"text": sentence(x)}, "defaultConfiguration": {"level": "error"}}
        for x in clauses
    ]
    driver = {
        "name": "syslet",
        "version": version,
        "rules": rules,
    }
    results = [_result(x, clauses.index(x.group.signature[0]), where) for x in rows]
    run = {"tool": {"driver": driver}, "results": results, "columnKind": "unicodeCodePoints"}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=False) + "\n"


def _result(row: Row, rule: int, where: Where) -> dict[str, Any]:
    clause = row.group.signature[0]
    place = where(clause)
    uri, line = (place.path, place.line) if place is not None else (Path(row.group.smallest).name, 1)
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}
    if place is not None:
        physical["artifactLocation"]["uriBaseId"] = _BASE
    return {
        "ruleId": clause,
        "ruleIndex": rule,
        "level": "error" if row.fails else "note",
        "message": {"text": f"{row.title}\n{row.text}"},
        "locations": [{"physicalLocation": physical}],
        "partialFingerprints": {"signature/v1": row.group.folder.name},
    }
