# SPDX-License-Identifier: Apache-2.0
"""A program without further threads is what it was before there were any: its bytes, its block, its traces.

`one-thread.txt` was written before threads came. A line: file, digest of its text, then what `_digests` gives.
"""

import hashlib
from pathlib import Path

import pytest

from fuzz.generate import codec
from fuzz.text import parse, tracefile
from model.image import build
from model.program import Program
from model.spec.run import run
from model.trace import Trace
from native.targets import wire
from native.targets.host import HostTarget

CORPUS = Path(__file__).parents[2] / "corpus"
KNOWN = {
    name: (text, digests)
    for line in (Path(__file__).parent / "one-thread.txt").read_text().splitlines()
    for name, text, digests in [line.split(" ", 2)]
}


def _digests(program: Program, host: HostTarget) -> str:
    """Of the canonical bytes, the block for targets, the model's trace, and the host's with its hints."""
    image = build(program)
    trace = host.run(image)
    assert isinstance(trace, Trace), trace
    parts = (codec.encode(program), wire.encode(image), tracefile.to_json(run(image)), tracefile.to_json(trace))
    return " ".join(hashlib.sha256(part).hexdigest()[:12] for part in parts)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_program_of_one_thread_is_as_it_was(name: str, host: HostTarget) -> None:
    path = CORPUS / name
    text, digests = KNOWN[name]
    if not _is_as_it_was(name, text):
        pytest.skip("the file is gone, or another one by now")
    program = parse(path.read_text()).program
    assert not program.threads
    assert _digests(program, host) == digests


def _is_as_it_was(name: str, text: str) -> bool:
    path = CORPUS / name
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest()[:12] == text


def test_most_of_the_corpus_is_still_compared() -> None:
    assert sum(_is_as_it_was(name, text) for name, (text, _) in KNOWN.items()) > 200
