# SPDX-License-Identifier: Apache-2.0
"""The corpus that a campaign starts from."""

from collections.abc import Iterator
from pathlib import Path

from fuzz.campaign import inputs
from fuzz.generate import codec
from fuzz.text import parse
from model.image import build
from model.program import Program

FOLDERS = ("seeds", "litmus", "regressions")


def corpus_root() -> Path:
    """The corpus folder: inside `fuzz` where it is installed (setup.py), beside it in a checkout."""
    fuzz = Path(__file__).resolve().parents[1]
    installed = fuzz / "corpus"
    return installed if installed.is_dir() else fuzz.parent / "corpus"


def corpus_files(folders: tuple[str, ...] = FOLDERS) -> list[Path]:
    """Every program text of the corpus, in a fixed order."""
    root = corpus_root()
    return [path for folder in folders for path in sorted((root / folder).rglob("*.syslet"))]


def seed_programs(*, opaque: bool = False) -> Iterator[Program]:
    """The corpus's programs, in a fixed order; those with opaque calls only where a target makes them."""
    for path in corpus_files():
        program = parse(path.read_text(encoding="utf-8"), str(path)).program
        if opaque or not build(program).opaque:
            yield program


def write_seeds(folder: Path, *, opaque: bool = False) -> int:
    """Encode the corpus into a folder of inputs; says how many different ones."""
    return sum(inputs.put(folder, codec.encode(program)) for program in seed_programs(opaque=opaque))
