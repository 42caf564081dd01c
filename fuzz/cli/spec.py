# SPDX-License-Identifier: Apache-2.0
"""`spec`: look up clauses."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from fuzz.cli.common import json_option, print_json
from fuzz.cli.errors import Unreadable

if TYPE_CHECKING:
    from model.clauses import Clause


@click.command(
    "spec",
    short_help="Look up the clauses of the specification.",
    epilog="""\b
Examples:
  syslet spec
  syslet spec RING-4
  syslet spec WAIT D11
  syslet spec threadlets
  syslet spec --search new_thread_stack""",
)
@click.argument("names", nargs=-1, metavar="[CLAUSE|CHAPTER|DECISION|WORD]...")
@click.option(
    "--search",
    metavar="WORD",
    help="Only clauses that speak of this: in id, sentence, reason, source or switch, also as a field of a structure.",
)
@json_option
def spec_command(names: tuple[str, ...], search: str | None, as_json: bool) -> None:
    """List the clauses by chapter, or show some of them with all that belongs to them.

    A clause shows its sentence, why it is so, how certain that is, its source, the functions that implement it, the
    litmus files that show it, the programs that once broke it, and what its switch could be set to.

    WORD, of a chapter's title, lists that chapter.
    """
    from fuzz.spec import entry
    from model.clauses import BY_NUMBER

    parts = [_part(name) for name in names]
    chosen = list(dict.fromkeys(clause for part, _ in parts for clause in part)) if names else list(BY_NUMBER)
    notes: dict[str, str] = {}
    if search is not None:
        notes = _matches(search)
        chosen = [clause for clause in chosen if clause.id in notes]
        if not chosen:
            raise Unreadable(f"no clause speaks of {search!r}; `syslet spec` lists them all")
    if as_json:
        found = [entry.as_dict(entry.entry(clause)) for clause in chosen]
        print_json([{**x, "found": notes[x["id"]] or "in the sentence"} for x in found] if notes else found)
    elif names and search is None:
        click.echo("\n\n".join(_print_part(part, whole=whole) for part, whole in parts))
    else:
        click.echo(entry.print_list(chosen, notes))


def _part(name: str) -> tuple[list[Clause], bool]:
    """The clauses of a name, and whether they are shown whole; a word of a title lists them only."""
    from fuzz.spec import entry

    if not name.strip():
        raise Unreadable("no clause, chapter or decision has an empty name; `syslet spec` lists them all")
    clauses = entry.find(name)
    if clauses:
        return clauses, True
    clauses = entry.find_titled(name)
    if clauses:
        return clauses, False
    raise Unreadable(_unknown(name))


def _print_part(clauses: list[Clause], *, whole: bool) -> str:
    from fuzz.spec import entry

    if not whole:
        return entry.print_list(clauses)
    return "\n\n".join(entry.print_entry(entry.entry(clause)) for clause in clauses)


def _unknown(name: str) -> str:
    """What to say of a name that is none, and where to look instead."""
    from fuzz.spec import entry

    near, count = entry.near(name), len(_matches(name))
    hints = [f"did you mean {' or '.join(near)}?"] if near else []
    if count:
        hints.append(f"`syslet spec --search {shlex.quote(name)}` finds {count} clause{'s' * (count != 1)}")
    told = f"no clause, chapter or decision is called {name}; "
    return told + (" ".join(hints) or "`syslet spec` lists them all")


def _matches(word: str) -> dict[str, str]:
    """The clauses that speak of a word, by id, each with where it does."""
    from fuzz.spec.search import search

    return {match.clause.id: match.where for match in search(word)}
