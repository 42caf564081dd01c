# SPDX-License-Identifier: Apache-2.0
"""The seeds a campaign starts from: small, explained, and each runs an atom."""

from pathlib import Path

import pytest

from fuzz.generate.codec import decode, encode
from fuzz.text import Note, parse
from model import image as layout
from model.spec.run import run

SEEDS = sorted((Path(__file__).parents[2] / "corpus" / "seeds").glob("*.syslet"))


def test_there_are_seeds() -> None:
    assert len(SEEDS) >= 20


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_a_seed_is_small_explained_and_runs(path: Path) -> None:
    case = parse(path.read_text(), path.name)
    about = [note for note in case.notes if note.key == ("about", 0)]
    assert len(about) == 1
    assert isinstance(about[0], Note)
    assert len(about[0].above) == 1
    data = encode(case.program)
    assert len(data) < 400
    assert decode(data) == case.program
    assert run(layout.build(case.program)).atoms > 0
