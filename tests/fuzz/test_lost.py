# SPDX-License-Identifier: Apache-2.0
"""A finding that cannot be written down ends the campaign: it would lose the next ones as well."""

from pathlib import Path

import pytest

from fuzz.campaign import stats
from fuzz.campaign.options import Options
from fuzz.campaign.session import FindingLost, Session
from fuzz.text import parse
from native.targets.host import HostTarget

FULL = "corpus/litmus/full-ring-loses-the-second-event.syslet"


def test_a_finding_that_cannot_be_written_ends_the_campaign(tmp_path: Path) -> None:
    program = parse((Path(__file__).parents[2] / FULL).read_text()).program
    blocked = tmp_path / "findings"
    with HostTarget(fault="FULL_SLOT_OVERWRITTEN") as target:
        session = Session({"host": target}, Options(findings=str(blocked)), stats.Stats.shared(tmp_path / "stats"))
        blocked.write_text("a file where the folder should be")
        with pytest.raises(FindingLost, match="could not be written"):
            session.evaluate(program)
