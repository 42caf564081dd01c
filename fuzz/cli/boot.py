# SPDX-License-Identifier: Apache-2.0
"""`boot`: any program inside the real kernel."""

import sys
from pathlib import Path

import click

from fuzz.cli.errors import Unreadable
from fuzz.cli.running import fault_option
from native.targets.uml import kernel
from native.targets.uml.boot import Job, boot


@click.command(
    "boot",
    short_help="Run a program inside the real kernel.",
    context_settings={"ignore_unknown_options": True},
    epilog="""\b
Examples:
  syslet boot -- uname -a
  syslet boot --disk 64M -- sh -c 'echo hello > /mnt/file; cat /mnt/file'""",
)
@click.option("--kernel", "which", type=click.Choice([x.value for x in kernel.Flavour]), default="fast")
@click.option("--disk", metavar="SIZE", help="A fresh ext4 file system of this size at /mnt, such as 64M.")
@click.option("--real-time", is_flag=True, help="The host's clock; otherwise time passes when nothing can run.")
@fault_option
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- PROGRAM [ARGS]...")
def boot_command(which: str, disk: str | None, real_time: bool, fault: str | None, command: tuple[str, ...]) -> None:
    """Run PROGRAM inside Linux with syslets, without root.

    It sees this machine's files, read-only, a scratch /tmp, and no network. Its output and exit status are passed
    through; 128 + n stands for death by signal n, 70 for a kernel that failed. Standard input that is no terminal
    is read to its end before the start; with --real-time it is passed on as it comes.
    """
    program = Path(command[0]).absolute()
    if "/" in command[0] and program.is_file() and program.is_relative_to("/tmp"):  # noqa: S108
        raise Unreadable(
            f"{command[0]} lies below /tmp, and the guest has a /tmp of its own: put it into another folder"
        )
    try:
        status = boot(Job(command, kernel.Flavour(which), fault, disk, real_time))
    except ValueError as error:
        raise Unreadable(str(error)) from None
    sys.exit(status)
