# SPDX-License-Identifier: Apache-2.0
"""Errors for people, and the exit status each of them has."""

import os
import re
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import click

from fuzz.campaign.options import CampaignError
from fuzz.cli import status
from fuzz.cli.terminal import say
from model.verdict import Outcome
from native.targets.build import NoCompiler
from native.targets.host import TargetUnavailable
from native.targets.patch import PatchError
from native.targets.uml.source import BuildFailed, KernelUnavailable

STATUS: Final = {
    Outcome.ALLOWED: status.FINE,
    Outcome.DIVERGENCE: status.DIVERGENCE,
    Outcome.UNKNOWN: status.UNKNOWN,
    Outcome.SKIPPED: status.UNAVAILABLE,
}


_PLACE: Final = re.compile(r"[^\n]*?:\d+:\d+: ")


class Unreadable(click.ClickException):
    """Input that is not what it should be. The message is the parser's own."""

    exit_code = status.UNUSABLE

    def show(self, file: object = None) -> None:
        """Parse errors start with file, line and column, as compilers' do: editors look for that."""
        text = self.format_message()
        say(text if _PLACE.match(text) else f"syslet: {text}", err=True)


class Unavailable(click.ClickException):
    """The target cannot be had on this machine; the message says what to install."""

    exit_code = status.UNAVAILABLE

    def show(self, file: object = None) -> None:
        """Name the command, as other tools do."""
        say(f"syslet: {self.format_message()}", err=True)


def write_output(path: str, text: str | bytes) -> None:
    """What was asked for as a file. A disk that is full is told without the file's name, so it is given here."""
    try:
        Path(path).write_bytes(text if isinstance(text, bytes) else text.encode(errors="replace"))
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}") from None


@contextmanager
def told() -> Iterator[None]:
    """Whatever ends a command, as a message for people and an exit status."""
    try:
        with _as_ours():
            yield
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.UsageError as error:
        with suppress(OSError):
            say(_usage(error), err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        with suppress(OSError):
            say("interrupted", err=True)
        sys.exit(128 + signal.SIGINT)
    except Exception:  # noqa: BLE001  # Python's own status for it is that of a divergence
        with suppress(OSError):
            click.echo(f"{traceback.format_exc()}syslet: this is a fault of the tool; please report it", err=True)
        sys.exit(status.BROKEN)
    finally:
        _drop_what_cannot_be_written()


def _usage(error: click.UsageError) -> str:
    """What was wrong first, as of all errors, and how to find out more."""
    told = f"syslet: {error.format_message()}"
    if error.ctx is None:
        return told
    return f"{told}\n{error.ctx.command.get_usage(error.ctx)}\nTry '{error.ctx.command_path} --help' for help."


def _drop_what_cannot_be_written() -> None:
    """Python would try once more when it ends, and end with a status of its own."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:  # closed
                stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def _as_ours() -> Iterator[None]:
    """What the other packages raise, as errors of the command line."""
    try:
        yield
    except BuildFailed as error:  # what was given does not compile: nothing that a CI machine may skip
        raise Unreadable(str(error)) from None
    except (TargetUnavailable, NoCompiler, KernelUnavailable) as error:
        raise Unavailable(str(error)) from None
    except (CampaignError, PatchError) as error:
        raise Unreadable(str(error)) from None
    except BrokenPipeError:
        raise click.exceptions.Exit(128 + signal.SIGPIPE) from None
    except OSError as error:  # of standard output it names no file
        raise Unreadable(f"{error.filename or 'standard output'}: {error.strerror or error}") from None
