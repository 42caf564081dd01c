# SPDX-License-Identifier: Apache-2.0
"""Switches and commands, from what the code says of itself."""

from typing import Final

import click
from files import Files, case_link, clause_link

from fuzz.cli import syslet
from fuzz.spec import cases, switches
from model.clauses import BY_NUMBER

_WIDTH: Final = 98
"""What click makes of the 100 columns that `syslet` allows at most."""


def pages() -> Files:
    """Both pages."""
    return {"switches.md": _switches(), "commands.md": _commands()}


def _switches() -> str:
    about = (
        "What the sources leave open. The pinned value comes first. `syslet explain --variant SWITCH=VALUE` tells what "
        "another one changes."
    )
    lines = ["# Switches", "", about, ""]
    for name in switches.names():
        lines += [f"(switch-{name})=", f"## {name}", ""]
        lines += [
            f"* `{value.name}`{' (pinned)' if value.pinned else ''}: {value.means}" for value in switches.values(name)
        ]
        clauses = ", ".join(clause_link(clause.id) for clause in BY_NUMBER if clause.switch == name)
        shown = ", ".join(case_link(case.path).replace("(../", "(") for case in cases.cases_of_switch(name))
        lines += ["", *(f"{label}: {links}\n" for label, links in (("Clauses", clauses), ("Shown by", shown)) if links)]
    return "\n".join(lines)


def _commands() -> str:
    """What `--help` prints, for each command."""
    lines = ["# Commands", ""]
    with _context(syslet, "syslet") as context:
        lines += ["```text", syslet.get_help(context), "```", ""]
        for name in syslet.list_commands(context):
            command = syslet.get_command(context, name)
            assert command is not None
            with _context(command, name, context) as inner:
                lines += [f"## syslet {name}", "", "```text", command.get_help(inner), "```", ""]
    return "\n".join(lines)


def _context(command: click.Command, name: str, parent: click.Context | None = None) -> click.Context:
    """With the settings of the command, of which its help is a part, as wide as on a wide terminal."""
    settings = {**command.context_settings, "terminal_width": _WIDTH}
    return click.Context(command, info_name=name, parent=parent, **settings)
