# SPDX-License-Identifier: Apache-2.0
"""What comes out of this process's form of the model: a line for each thing, to be compared with the other form's.

`python -m tests.compiled.digest FOLDER` prints the form first; a small campaign leaves its findings in FOLDER.
"""

import sys
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final

from fuzz import form
from fuzz.campaign import engine_random, stats
from fuzz.campaign.options import Options
from fuzz.campaign.seeds import corpus_files
from fuzz.campaign.session import Session
from fuzz.generate import codec
from fuzz.text import parse, print_program
from fuzz.text.tracefile import to_json
from model.check.check import check
from model.image import Image, build
from model.program import Program
from model.spec import features
from model.spec.run import run
from model.trace import Trace
from model.variant import BadNrStores, Variant
from model.verdict import Divergence
from tests.fuzz.targets import ModelTarget
from tests.model.perturb import lies
from tests.model.wander import wander

RANDOM_PROGRAMS: Final = 400
CAMPAIGN_PROGRAMS: Final = 150
_BUDGET: Final = 300


def _hash(*parts: object) -> str:
    """Of texts, bytes and numbers."""
    return sha256("\n".join(x.hex() if isinstance(x, bytes) else str(x) for x in parts).encode()).hexdigest()[:16]


def _divergence(found: Divergence | None) -> list[object]:
    if found is None:
        return []
    others = [part for x in found.alternatives for part in (x.clause, x.detail)]
    return [*found.signature, found.position, found.reading, *others]


def _verdict(image: Image, trace: Trace, *, deep: bool = False) -> str:
    verdict = check(image, trace, budget=_BUDGET, deep=deep)
    said = _hash(verdict.explained, *_divergence(verdict.divergence))
    return f"{verdict.outcome.value} effort {verdict.effort} {said}"


def _of_program(name: str, program: Program, seed: int) -> Iterator[str]:
    """Its bytes and text; a run by its chooser; two by chance, one of them deep; what is said of them, and of a lie."""
    data = codec.encode(program)
    yield f"{name}: program {_hash(data, print_program(program), codec.decode(data) == program)}"
    image = build(program)
    seen = bytearray(features.SIZE)
    plain = run(image, features=seen)
    yield f"{name}: run {_hash(to_json(plain), bytes(seen))} {_verdict(image, plain)}"
    for deep in (False, True):
        chance = wander(image, Random(seed), deep=deep)
        yield f"{name}: chance {_hash(to_json(chance))} {_verdict(image, chance, deep=deep)}"
    for _, lie in islice(lies(plain), seed % 7, None, 40):
        yield f"{name}: lie {_verdict(image, lie)}"


def _programs() -> Iterator[tuple[str, Program]]:
    for path in corpus_files():
        yield path.name, parse(path.read_text(), path.name).program
    for number, program in enumerate(islice(engine_random.Source(15), RANDOM_PROGRAMS)):
        yield f"random {number}", program


def _of_campaign(folder: Path) -> Iterator[str]:
    """Findings against a target that reads v3 otherwise, each minimized."""
    target = ModelTarget(Variant(bad_nr_stores=BadNrStores.YES))
    session = Session({"host": target}, Options(engine="random", findings=str(folder)), stats.Stats.private())
    engine_random.drive(session, 2, lambda: session.stats.counters.runs < CAMPAIGN_PROGRAMS)
    yield f"campaign {_hash(bytes(session.stats.counters), bytes(session.stats.seen))}"
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield f"campaign: {path.relative_to(folder)} {_hash(path.read_bytes())}"


def main() -> None:
    """Print it all."""
    print(form.describe())
    for seed, (name, program) in enumerate(_programs()):
        for line in _of_program(name, program, seed):
            print(line)
    for line in _of_campaign(Path(sys.argv[1])):
        print(line)


if __name__ == "__main__":
    main()
