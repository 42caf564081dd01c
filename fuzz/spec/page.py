# SPDX-License-Identifier: Apache-2.0
"""`docs/spec/clauses.md`, made from the registry, the sources and the corpus."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from fuzz.spec.chapters import CHAPTERS, by_chapter
from fuzz.spec.entry import Entry, entry
from fuzz.spec.titles import title
from model.clauses import Clause

_HEAD = """\
# Clauses

Each numbered sentence of the specification, with its reason, its confidence (sheet section 0.1; *world*: not about v3)
and its source. Numbers like 2.3 are sections of the [fact sheet](../../model/clauses/facts.md), D numbers its
decisions and those of [decisions.md](../../model/clauses/decisions.md). This page is made from `model/clauses/`, the
sources and the corpus; `syslet spec RING-4` prints the same with the code.
"""


def page() -> str:
    """The whole page."""
    lines = [_HEAD]
    for prefix, clauses in by_chapter():
        lines += [f"## {CHAPTERS[prefix]}", ""]
        for clause in clauses:
            lines += _entry(entry(clause))
    return "\n".join(lines).rstrip() + "\n"


def _entry(found: Entry) -> list[str]:
    clause = found.clause
    called = title(clause)
    lines = [f'### <a id="{clause.id}"></a>{called}', ""]
    if called.endswith("\N{HORIZONTAL ELLIPSIS}"):
        lines += [clause.text, ""]
    lines += [f"*Why:* {clause.why}", ""]
    lines += [f"* {_standing(clause)}"]
    lines += [
        f"* {'pinned' if value.pinned else 'otherwise'} `{clause.switch}={value.name}`: {value.means}"
        for value in found.values
    ]
    functions = dict.fromkeys((place.path, place.name) for place in (*found.code, *found.kernel))
    lines += [f"* code: {', '.join(f'[`{name}`](../../{path})' for path, name in functions)}"]
    for label, shown in (("shown by", found.litmus), ("once broken by", found.regressions)):
        if shown:
            lines += [f"* {label}: {_links(x.path for x in shown)}"]
    return [*lines, ""]


def _standing(clause: Clause) -> str:
    only = f"; only with `{clause.only}`" if clause.only else ""
    return f"{clause.confidence.value}; source {clause.source}{only}"


def _links(paths: Iterable[str]) -> str:
    return ", ".join(f"[{PurePosixPath(path).stem}](../../{path})" for path in paths)
