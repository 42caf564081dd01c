# SPDX-License-Identifier: Apache-2.0
"""`spec`: look up clauses."""

import click

from fuzz.cli.common import json_option, print_json
from fuzz.cli.errors import Unreadable


@click.command(
    "spec",
    short_help="Look up the clauses of the specification.",
    epilog="""\b
Examples:
  syslet spec
  syslet spec RING-4
  syslet spec WAIT D11
  syslet spec --search "ret_ptr\"""",
)
@click.argument("names", nargs=-1, metavar="[CLAUSE|CHAPTER|DECISION]...")
@click.option("--search", metavar="WORD", help="Only clauses with this text in sentence, reason, source or switch.")
@json_option
def spec_command(names: tuple[str, ...], search: str | None, as_json: bool) -> None:
    """List the clauses by chapter, or show some of them with all that belongs to them.

    A clause shows its sentence, why it is so, how certain that is, its source, the functions that implement it, the
    litmus files that show it, the programs that once broke it, and what its switch could be set to.
    """
    from fuzz.spec import entry
    from model.clauses import BY_NUMBER

    chosen = list(BY_NUMBER)
    if names:
        chosen = []
        for name in names:
            found = entry.find(name)
            if not found:
                raise Unreadable(f"no clause, chapter or decision is called {name}; `syslet spec` lists them all")
            chosen += [clause for clause in found if clause not in chosen]
    if search is not None:
        matching = entry.search(search)
        chosen = [clause for clause in chosen if clause in matching]
        if not chosen:
            raise Unreadable(f"no clause has {search!r} in its sentence, reason, source or switch")
    if as_json:
        print_json([entry.as_dict(entry.entry(clause)) for clause in chosen])
    elif names and search is None:
        click.echo("\n\n".join(entry.print_entry(entry.entry(clause)) for clause in chosen))
    else:
        click.echo(entry.print_list(chosen))
