# SPDX-License-Identifier: Apache-2.0
"""The command line: one command, `syslet`.

Exit status: 0 fine, 1 divergence, 2 usage or unreadable input, 3 unknown (budget spent), 77 target not available here;
`fuzz.cli.status` lists all. Ctrl-C is 130, and 141 if the output has no reader any more, as of programs that die of it.
"""

import sys
from collections.abc import Sequence
from typing import Any

try:
    import click
except KeyboardInterrupt:  # it takes a while, and so do the modules that `main` imports
    sys.exit(130)

__all__ = ["main", "syslet"]

_COMMANDS = {
    "fuzz": "fuzz.cli.campaign",
    "pull-request": "fuzz.cli.change",
    "replay": "fuzz.cli.replay",
    "run": "fuzz.cli.single",
    "check": "fuzz.cli.single",
    "diff": "fuzz.cli.single",
    "show": "fuzz.cli.show",
    "minimize": "fuzz.cli.shrink",
    "triage": "fuzz.cli.shrink",
    "known": "fuzz.cli.known",
    "report": "fuzz.cli.report",
    "bench": "fuzz.cli.bench",
    "kernel": "fuzz.cli.kernel",
    "emit-c": "fuzz.cli.emit",
    "boot": "fuzz.cli.boot",
    "cache": "fuzz.cli.cache",
    "fmt": "fuzz.cli.fmt",
    "corpus": "fuzz.cli.corpus",
    "spec": "fuzz.cli.spec",
    "explain": "fuzz.cli.explain",
    "cover": "fuzz.cli.cover",
    "torture": "fuzz.cli.torture",
}


class _Commands(click.Group):
    """Imports a command when it is asked for: `syslet --help` does not wait for fuzzers to load."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **_: Any
    ) -> None:
        """Run a command and leave with its status. Click takes Ctrl-C and a closed pipe for a divergence."""
        from fuzz.cli.errors import told

        self._main_shell_completion({}, prog_name or "syslet")
        words = sys.argv[1:] if args is None else list(args)
        with told(), self.make_context(prog_name or "syslet", words) as context:
            self.invoke(context)
        sys.exit(0)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        from importlib import import_module

        command = getattr(import_module(_COMMANDS[cmd_name]), f"{cmd_name.replace('-', '_')}_command")
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        ours = args[: args.index("--")] if "--" in args else args
        if any(not word or (word[:2] == "--" and word.partition("=")[1:] == ("=", "")) for word in ours):
            raise click.UsageError(
                "An argument is empty; in a script, a variable that is not set may be the cause.", ctx
            )
        if name not in _COMMANDS and not name.startswith("-"):
            from fuzz.text.line import similar

            hint = similar(name, _COMMANDS) or f"there are {', '.join(_COMMANDS)}"
            raise click.UsageError(f"No such command {name!r}: {hint}", ctx)
        return super().resolve_command(ctx, args)


def _print_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if not asked or ctx.resilient_parsing:
        return
    from importlib.metadata import version

    from fuzz import form

    click.echo(f"syslet {version('syslets')} (model: {form.describe()})")
    ctx.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
PROG is a program text (.syslet), an encoded program (.bin, or any file that is
no printable text), the folder of a finding, or - for standard input.
Exit status: 0 fine, 1 divergence (of a campaign: a new one), 2 usage,
unreadable input or trouble of the machine, 3 unknown (budget spent),
4 a known finding is not there any more, 70 the kernel or this tool failed,
77 target not available here.
Examples: syslet fuzz --time 60; syslet run --help""",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit; and whether the model is compiled.",
)
def syslet() -> None:
    """Executable specification of Linux syslets, and the fuzzer that compares it with a kernel."""


def main() -> None:
    """Entry point of the installed command."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # closed
                stream.reconfigure(errors="replace")  # type: ignore[union-attr]
        from fuzz import form

        form.begin_command()
        if sys.stderr is not None and sys.stderr.isatty():
            from native.targets import build

            build.announced.append(lambda text: click.echo(f"syslet: {text}", err=True))
        syslet.main(prog_name="syslet")
    except KeyboardInterrupt:  # while modules are imported
        sys.exit(130)
