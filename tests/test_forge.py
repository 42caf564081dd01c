# SPDX-License-Identifier: Apache-2.0
"""What a forge reads: its commands are ones of ours with options that they have, and what it names is there."""

import re
from pathlib import Path

import click
import pytest

from fuzz.cli import syslet
from fuzz.cli.status import ALL
from tests.cli.test_commands import call

ROOT = Path(__file__).parents[1]
FILES = [
    *sorted((ROOT / ".github" / "workflows").glob("*.yml")),
    ROOT / "Dockerfile",
    ROOT / ".clusterfuzzlite" / "build.sh",
]  # fmt: skip


def commands(text: str) -> list[list[str]]:
    """Commands of ours, with what follows them on the line and its continuations."""
    joined = re.sub(r"\\\n\s*", " ", text)
    found = re.findall(r"(?:^|[\s$(;])(?:syslet|-m fuzz\.cli) ([a-z-]+ [^\n|)]*)", joined)
    return [x.split() for x in found]


@pytest.mark.parametrize("path", FILES, ids=lambda x: x.name)
def test_a_command_has_its_options(path: Path) -> None:
    for name, *words in commands(path.read_text()):
        with click.Context(syslet, **syslet.context_settings) as context:
            found = syslet.get_command(context, name)
            assert found is not None, name
            if isinstance(found, click.Group):
                found = found.get_command(context, words[0])
            assert found is not None, (name, words)
        known = {x for option in found.params for x in (*option.opts, *option.secondary_opts)}
        assert {x for x in words if x.startswith("-")} <= known, (name, words)


def test_the_nightly_campaign_and_the_comparison_are_there() -> None:
    named = {tuple(x[:2]) for path in FILES for x in commands(path.read_text())}
    assert ("fuzz", "--campaign") in named
    assert any(x[0] == "pull-request" for x in named)


def test_the_key_of_the_kernels_names_both_and_changes_with_them() -> None:
    key = call("kernel", "--key").output.strip()
    assert re.fullmatch(r"fast-[0-9a-f]{16}-debug-[0-9a-f]{16}", key)
    assert call("kernel", "--key", "--fault", "EVENT_OF_FIRST_ATOM").output.strip() != key


def test_the_checksum_is_one() -> None:
    digest, name = (ROOT / ".github" / "linux.sha256").read_text().split()
    assert re.fullmatch(r"[0-9a-f]{64}", digest)
    assert name in (ROOT / ".github" / "workflows" / "nightly.yml").read_text()


def test_no_status_of_a_workflow_is_made_up() -> None:
    assert {x.status for x in ALL} >= {0, 1, 2, 77}
