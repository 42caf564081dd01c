# SPDX-License-Identifier: Apache-2.0
"""A corpus as something to carry: program texts in a folder, or encoded inputs in a zip archive."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs

from fuzz.campaign import inputs
from fuzz.generate import codec
from fuzz.text import parse, print_program

ARCHIVE: Final = ".zip"
TEXT: Final = ".syslet"
ENCODED: Final = ".bin"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The moment that every file of an archive has, so that the same inputs are the same archive."""
_MOST: Final = 1 << 20


@attrs.define
class Carried:
    """How many inputs came through, how many of them were new, and a line for each file that did not."""

    good: int = 0
    new: int = 0
    passed_over: list[str] = attrs.Factory(list)


def export(corpus: Path, place: Path) -> Carried:
    """All inputs that are whole, as texts in the folder `place`, or in the archive of that name. Raises OSError."""
    made = Carried()
    found = inputs.Corpus(corpus)
    whole = {inputs.name_of(data): data for data in inputs.programs_in(found.look())}
    made.passed_over += found.trouble()
    if place.suffix == ARCHIVE:
        place.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in sorted(whole.items()):
                archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
                made.good += 1
        return made
    place.mkdir(parents=True, exist_ok=True)
    for name, data in sorted(whole.items()):
        path = place / f"{name}{TEXT}"
        made.new += not path.exists()
        path.write_text(print_program(codec.decode(data)), encoding="utf-8")
        made.good += 1
    return made


def bring_in(corpus: Path, sources: list[Path]) -> Carried:
    """Put texts, encoded inputs, and what archives hold into a corpus. Raises OSError where that cannot be written."""
    made = Carried()
    corpus.mkdir(parents=True, exist_ok=True)
    for source in sources:
        for data in _read(source, made):
            made.good += 1
            made.new += inputs.put(corpus, data)
    return made


def _read(source: Path, made: Carried) -> Iterator[bytes]:
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.is_file() and not any(x.startswith(".") for x in path.relative_to(source).parts):
                yield from _read(path, made)
        return
    try:
        if source.suffix == ARCHIVE:
            yield from _members(source, made)
        elif source.suffix == TEXT:
            yield codec.encode(parse(source.read_text(encoding="utf-8"), str(source)).program)
        elif source.stat().st_size > _MOST:
            made.passed_over.append(f"{source}: too long for an input, passed over")
        elif (data := inputs.whole(source)) is None:
            made.passed_over.append(f"{source}: damaged (its name is not the hash of what it holds), passed over")
        elif not inputs.named_by_hash(source) and source.suffix != ENCODED and _is_printable(data):
            made.passed_over.append(f"{source}: text, and no program text ({TEXT}), passed over")
        else:
            yield data
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        told = str(error) if isinstance(error, ValueError) else f"{source}: {getattr(error, 'strerror', None) or error}"
        made.passed_over.append(f"{told}: passed over")


def _is_printable(data: bytes) -> bool:
    """Whether people wrote it: any bytes are a program, and notes beside a corpus are not meant."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter.isspace() for letter in text)


def _members(source: Path, made: Carried) -> Iterator[bytes]:
    with zipfile.ZipFile(source) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            if member.file_size > _MOST:
                made.passed_over.append(f"{source}: {member.filename}: too long for an input, passed over")
                continue
            data = archive.read(member)
            yield (
                codec.encode(parse(data.decode(), member.filename).program) if member.filename.endswith(TEXT) else data
            )
