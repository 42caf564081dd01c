# SPDX-License-Identifier: Apache-2.0
"""Errors for people, and the exit status each of them has."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click

from fuzz.campaign.options import CampaignError
from model.verdict import Outcome
from native.targets.build import NoCompiler
from native.targets.host import TargetUnavailable
from native.targets.patch import PatchError
from native.targets.uml.source import KernelUnavailable

STATUS: Final = {Outcome.ALLOWED: 0, Outcome.DIVERGENCE: 1, Outcome.UNKNOWN: 3}


class Unreadable(click.ClickException):
    """Input that is not what it should be. The message is the parser's own."""

    exit_code = 2

    def show(self, file: object = None) -> None:
        """Without click's `Error:` before it: parse errors start with file and line, as compilers' do."""
        click.echo(self.format_message(), err=True)


class Unavailable(click.ClickException):
    """The target cannot be had on this machine; the message says what to install."""

    exit_code = 77

    def show(self, file: object = None) -> None:
        """Name the command, as other tools do."""
        click.echo(f"syslet: {self.format_message()}", err=True)


@contextmanager
def told() -> Iterator[None]:
    """What the other packages raise, as errors of the command line."""
    try:
        yield
    except (TargetUnavailable, NoCompiler, KernelUnavailable) as error:
        raise Unavailable(str(error)) from None
    except CampaignError as error:
        raise Unreadable(str(error)) from None
    except PatchError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        if error.filename is None:
            raise
        raise Unreadable(f"{error.filename}: {error.strerror}") from None
