# SPDX-License-Identifier: Apache-2.0
"""Pictures of the corpus and of divergences, drawn by `fuzz.tell` when the site is built."""

import re
from pathlib import Path, PurePosixPath
from typing import Final

from files import ROOT, Files

from fuzz.campaign.seeds import corpus_files
from fuzz.oracle import judge_trace
from fuzz.tell.media import draw
from fuzz.tell.narrate import narrate
from fuzz.tell.retell import retell
from fuzz.tell.story import Story
from fuzz.text import parse
from model import image as layout
from model.clauses import BY_NUMBER
from model.verdict import Outcome
from native.targets.host import Failure, HostTarget

EXTRA: Final = "extra"
"""The folder of `docs/made/` that is copied to the site as it is."""


def place(path: str) -> str:
    """Where on the site the picture of a program lies."""
    case = PurePosixPath(path)
    return f"pictures/{case.parent.name}/{case.stem}.svg"


def drawn() -> Files:
    """A picture of the model's run of each file of the corpus, and of each divergence that a page shows."""
    runs = {f"{EXTRA}/{place(str(path.relative_to(ROOT)))}": drawn_case(path) for path in corpus_files()}
    pages = [page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs" / "howto").glob("*.md"))]
    splits = {
        f"{EXTRA}/{split(found[1])}": split_picture(*found.groups()) for text in pages for found in SPLIT.finditer(text)
    }
    return runs | splits


def drawn_case(path: Path) -> str:
    """The model's run of a file of the corpus."""
    case = parse(path.read_text(encoding="utf-8"), path.name)
    return draw(Story("on the model", narrate(case.program, deep=case.deep)), "svg", case.program, path.stem)


SPLIT: Final = re.compile(r"^```{divergence} (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""A planted fault, and the text of a program that shows it."""


def split(fault: str) -> str:
    """Where on the site the picture of a divergence lies."""
    return f"pictures/divergences/{fault.lower().replace('_', '-')}.svg"


def split_picture(fault: str, text: str) -> str:
    """Model and host side by side, as `syslet show --target host --fault …` draws them."""
    program = parse(text, fault).program
    image = layout.build(program)
    with HostTarget(fault=fault) as host:
        trace = host.run(image)
    if isinstance(trace, Failure):
        raise TypeError(f"{fault}: the target gave no trace but {trace.kind.value}: {trace.text}")
    verdict = judge_trace(program, image, trace).verdict
    if verdict.outcome is not Outcome.DIVERGENCE:
        raise ValueError(f"{fault} does not show in this program")
    return draw(retell(program, trace, "host", verdict), "svg", program, fault)


def clauses_in(path: Path) -> list[str]:
    """The clauses that a picture of the corpus names, in the order of the registry."""
    program = parse(path.read_text(encoding="utf-8"), path.name).program
    named = {clause for beat in narrate(program).beats for clause in beat.clauses}
    return [clause.id for clause in BY_NUMBER if clause.id in named]
