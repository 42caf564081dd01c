# SPDX-License-Identifier: Apache-2.0
"""Pictures of the corpus and of divergences, drawn by `fuzz.tell` when the site is built."""

import re
from pathlib import Path, PurePosixPath
from typing import Final

from files import ROOT, Files

from fuzz.campaign.seeds import corpus_files
from fuzz.oracle import judge_trace
from fuzz.tell.layout import MIDDLE, NARROW, WIDE
from fuzz.tell.media import draw
from fuzz.tell.narrate import narrate
from fuzz.tell.retell import retell
from fuzz.tell.story import Story
from fuzz.text import parse
from model import image as layout
from model.clauses import BY_NUMBER
from model.program import Program
from model.verdict import Outcome
from native.targets.host import Failure, HostTarget

EXTRA: Final = "extra"
"""The folder of `docs/made/` that is copied to the site as it is."""


ROOMS: Final = {"": WIDE, "-middle": MIDDLE, "-narrow": NARROW}
"""Each picture is drawn for a desktop, for less, and for a phone: what its name ends with, and the pixels it has."""


def place(path: str, size: str = "") -> str:
    """Where on the site the picture of a program lies, in one of the sizes of `ROOMS`."""
    case = PurePosixPath(path)
    return f"pictures/{case.parent.name}/{case.stem}{size}.svg"


def alive(picture: str) -> str:
    """Where a picture lies that answers when a row is pointed at, by the place of the one that does not."""
    return f"{picture.removesuffix('.svg')}.html"


def drawn() -> Files:
    """Pictures of the model's run of each file of the corpus, and of each divergence that a page shows."""
    made: Files = {}
    for path in corpus_files():
        name = str(path.relative_to(ROOT))
        for size, picture in drawn_case(path).items():
            made[f"{EXTRA}/{place(name, size)}"] = picture
        made[f"{EXTRA}/{alive(place(name))}"] = live_case(path)
    pages = [page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs" / "howto").glob("*.md"))]
    for found in (found for text in pages for found in SPLIT.finditer(text)):
        program, story = parted(*found.groups())
        for size, room in ROOMS.items():
            made[f"{EXTRA}/{split(found[1], size)}"] = draw(story, "svg", program, found[1], room=room)
        made[f"{EXTRA}/{alive(split(found[1]))}"] = draw(story, "html", program, found[1])
    return made


def drawn_case(path: Path) -> dict[str, str]:
    """The model's run of a file of the corpus, by sizes."""
    program, story = _run(path)
    return {size: draw(story, "svg", program, path.stem, room=room) for size, room in ROOMS.items()}


def live_case(path: Path) -> str:
    """The same as a page of its own, which tells of each row what it changes in memory."""
    program, story = _run(path)
    return draw(story, "html", program, path.stem)


def _run(path: Path) -> tuple[Program, Story]:
    case = parse(path.read_text(encoding="utf-8"), path.name)
    return case.program, Story("on the model", narrate(case.program, deep=case.deep))


SPLIT: Final = re.compile(r"^```{divergence} (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""A planted fault, and the text of a program that shows it."""


def split(fault: str, size: str = "") -> str:
    """Where on the site the picture of a divergence lies."""
    return f"pictures/divergences/{fault.lower().replace('_', '-')}{size}.svg"


def parted(fault: str, text: str) -> tuple[Program, Story]:
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
    return program, retell(program, trace, "host", verdict)


def clauses_in(path: Path) -> list[str]:
    """The clauses that a picture of the corpus names, in the order of the registry."""
    program = parse(path.read_text(encoding="utf-8"), path.name).program
    named = {clause for beat in narrate(program).beats for clause in beat.clauses}
    return [clause.id for clause in BY_NUMBER if clause.id in named]
