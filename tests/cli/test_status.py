# SPDX-License-Identifier: Apache-2.0
"""Every exit status is on one page and in one JSON list, and what Python itself would say is none of them."""

import json
from pathlib import Path

import pytest

from fuzz.cli import status, syslet
from fuzz.cli.errors import told
from tests.cli.test_commands import call

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_and_the_list_are_those_of_the_code() -> None:
    assert json.loads((DOCS / "exit-status.json").read_text()) == status.as_json()
    assert status.as_table() in (DOCS / "exit-status.md").read_text()
    assert len({x.status for x in status.ALL}) == len(status.ALL)


def test_the_commands_of_the_list_are_commands() -> None:
    known = set(syslet.list_commands(None))  # type: ignore[arg-type]
    for one in status.ALL:
        if one.commands != "all":
            assert {x.strip().split()[0] for x in one.commands.split(",")} <= known


def test_a_fault_of_the_tool_is_no_divergence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, told():
        raise IndexError("no such task")
    assert ended.value.code == status.BROKEN
    shown = capsys.readouterr().err
    assert "IndexError: no such task" in shown
    assert "please report it" in shown


def test_help_names_every_status_that_is_not_a_signal() -> None:
    text = call("--help").output
    assert all(str(x.status) in text for x in status.ALL if x.status < status.SIGNALLED)
