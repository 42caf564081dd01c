# SPDX-License-Identifier: Apache-2.0
"""`spec`: look up clauses."""

import os
import shlex
import shutil
from functools import partial
from typing import Final, NamedTuple

import attrs
import click

from fuzz.cli.errors import Unreadable
from fuzz.cli.options import can_print, complete_clause, json_option, print_json
from fuzz.findings.report import counted
from fuzz.spec import beside, decisions, entry
from fuzz.spec.search import is_called, search
from model.clauses import BY_NUMBER, Clause

_WIDEST: Final = 300
"""Columns. No line of code is longer than half of it, and what pads it would be blanks."""


@click.command(
    "spec",
    short_help="Look up the clauses of the specification.",
    epilog="""\b
Examples:
  syslet spec
  syslet spec RING-4
  syslet spec RING-4 --no-code
  syslet spec WAIT D11
  syslet spec threadlets
  syslet spec --search new_thread_stack""",
)
@click.argument("names", nargs=-1, metavar="[CLAUSE|CHAPTER|DECISION|WORD]...", shell_complete=complete_clause)
@click.option(
    "--search",
    "word",
    metavar="WORD",
    help="List only clauses that mention this word or field: in id, sentence, reason, source, switch or decision.",
)
@click.option(
    "--code/--no-code",
    default=None,
    help="With the code of both sides, or without; the default is to show that of a clause named by its id.",
)
@json_option
def spec_command(names: tuple[str, ...], word: str | None, code: bool | None, as_json: bool) -> None:
    """List the clauses by chapter, or show some of them with all that belongs to them.

    A clause is shown with its sentence, why it is so, how certain that is, its source, the functions that implement
    it, the litmus files that show it, the programs that once broke it, and the values of its switch. A decision shows
    its own text first.

    Below that stands the code: the rule in Python and the function in C, side by side in a terminal of 140 columns. The
    lines that speak of the clause are marked.

    WORD, of a chapter's title, lists that chapter.
    """
    parts = [_part(name) for name in names]
    chosen = list(dict.fromkeys(clause for part in parts for clause in part.clauses)) if names else list(BY_NUMBER)
    notes: dict[str, str] = {}
    if word is not None:
        notes = _matches(word)
        chosen = [clause for clause in chosen if clause.id in notes]
        if not chosen:
            raise Unreadable(f"no clause speaks of {word!r}; `syslet spec` lists them all")
    if as_json:
        found = [entry.as_dict(entry.entry(clause), code=code is not False) for clause in chosen]
        print_json([{**x, "found": notes[x["id"]] or "in the sentence"} for x in found] if notes else found)
    elif names and word is None:
        click.echo("\n\n".join(_print_part(part, code) for part in parts))
    else:
        # Those that the word is the name of come first.
        called = [clause for clause in chosen if word is not None and is_called(clause, word)]
        others = [clause for clause in chosen if clause not in called]
        click.echo("\n\n".join(entry.print_list(group, notes) for group in (called, others) if group))


class _Part(NamedTuple):
    """What a name stands for: its clauses, whole or in a list, and the decision that it is."""

    clauses: list[Clause]
    whole: bool = True
    decision: decisions.Decision | None = None
    named: bool = False
    """Whether the name is the id of a clause."""


def _part(name: str) -> _Part:
    if not name.strip():
        raise Unreadable("no clause, chapter or decision has an empty name; `syslet spec` lists them all")
    clauses, decision = entry.find(name), decisions.find(name)
    if clauses or decision:
        return _Part(clauses, decision=decision, named=[x.id for x in clauses] == [name.upper()])
    clauses = entry.find_titled(name)
    if clauses:
        return _Part(clauses, whole=False)
    raise Unreadable(_unknown(name))


def _print_part(part: _Part, code: bool | None) -> str:
    """The decision if it is one, then the clauses; a word of a title only lists them."""
    if not part.whole:
        return entry.print_list(part.clauses)
    row = [decisions.print_decision(part.decision, [x.id for x in part.clauses])] if part.decision else []
    shown = part.named if code is None else code
    return "\n\n".join([*row, *(_print_clause(clause, code=shown) for clause in part.clauses)])


def _print_clause(clause: Clause, *, code: bool) -> str:
    found = entry.entry(clause)
    told = entry.print_entry(found)
    if not code:
        return told
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    shown = beside.print_code(found.rules(), found.functions(), width, _signs())
    return f"{told}\n\n{shown.removeprefix(chr(10))}"


def _signs() -> beside.Signs:
    """Colours unless `NO_COLOR` is set (where nothing shows them, they are taken away), and what can be printed."""
    signs = beside.Signs()
    if not can_print(f"{signs.mark}{signs.between}{signs.gap}"):
        signs = beside.ASCII
    if os.environ.get("NO_COLOR"):
        return signs
    return attrs.evolve(signs, loud=partial(click.style, fg="cyan", bold=True), quiet=partial(click.style, dim=True))


def _unknown(name: str) -> str:
    """What to say of an unknown name, and where to look instead."""
    if decisions.is_name(name):
        return f"no decision is called {name}; {decisions.RANGE}"
    near, count = entry.near(name), len(_matches(name))
    hints = [f"did you mean {' or '.join(near)}?"] if near else []
    if count:
        hints.append(f"`syslet spec --search {shlex.quote(name)}` finds {counted(count, 'clause')}")
    told = f"no clause, chapter or decision is called {name}; "
    return told + (" ".join(hints) or "`syslet spec` lists them all")


def _matches(word: str) -> dict[str, str]:
    """The clauses that speak of a word, by id, each with where it does."""
    return {match.clause.id: match.where for match in search(word)}
