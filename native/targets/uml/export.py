# SPDX-License-Identifier: GPL-2.0
"""The implementation as three series of patches, in the form in which they would be posted.

`um` mends User Mode Linux and `syslet` is the feature: each applies to Linux alone. `observer` is the instrumentation
of the tests, and applies to both. What is built here and what is posted come from the same files: overlay.list, and the
patches in native/linux/patches and native/linux/observer. native/linux/series adds what only a posted series has: the
texts of the mails, Documentation, selftests, and the entry in MAINTAINERS.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import attrs

from native.targets import patch
from native.targets.build import ROOT
from native.targets.patch import PatchError
from native.targets.uml import source
from native.targets.uml.source import BuildFailed, KernelUnavailable, Say

_SERIES: Final = ROOT / "linux" / "series"
_MAINTAINERS: Final = "MAINTAINERS"
FEATURE: Final = "syslet"
OBSERVER: Final = "observer"
ORDER: Final = ("um", FEATURE, OBSERVER)
"""The series, in the order in which they can be applied; each is a folder of native/linux/series."""
_TITLE: Final = re.compile(r"^\S.*(?=\n[A-Z]:\t)", re.MULTILINE)
"""The first line of an entry in MAINTAINERS."""


@attrs.frozen
class Step:
    """One patch of a series, as a file of its folder `steps` tells it.

    Attributes:
        name: its file there.
        text: subject and reasons.
        files: patterns of the places of new files. A file goes with the first step that has a pattern for it.
        patches: names of patches to files of Linux.
    """

    name: str
    text: str
    files: tuple[str, ...] = ()
    patches: tuple[str, ...] = ()


@attrs.frozen
class Patch:
    """One patch, with the trees before and after it: those files that any series touches."""

    step: Step
    before: Mapping[str, str]
    after: Mapping[str, str]


def _message(path: Path) -> tuple[dict[str, str], str]:
    """Header and body of a text in native/linux/series."""
    head, _, body = path.read_text().partition("\n\n")
    return dict(line.split(": ", 1) for line in head.splitlines()), body


def steps(name: str) -> list[Step]:
    """All of one series, in order."""
    found = []
    for path in sorted((_SERIES / name / "steps").iterdir()):
        head, body = _message(path)
        files, patches = (tuple(head.get(x, "").split()) for x in ("Files", "Patches"))
        found.append(Step(path.name, f"{head['Subject']}\n\n{body}", files, patches))
    return found


def _named(name: str) -> list[Path]:
    """The patches among which the steps of a series choose; those for Linux and the feature lie in one folder."""
    if name == OBSERVER:
        observer = [x for x in source.patches() if x not in source.posted_patches()]
        return [*observer, source.OBSERVER / "hooks.patch"]
    return [*source.posted_patches(), *sorted((_SERIES / "patches").glob("*.patch"))]


def patches(name: str) -> dict[str, Path]:
    """All patches to files of Linux (of the observer to ours, too) that a series applies, by name."""
    wanted = {x for step in steps(name) for x in step.patches}
    return {x.name: x for x in _named(name) if x.name in wanted}


def new_files(name: str) -> dict[str, Path]:
    """All new files of a series, by their place in the tree of Linux."""
    if name == OBSERVER:
        return {place: path for place, path in source.overlay().items() if place not in source.posted_overlay()}
    if name != FEATURE:
        return {}
    tree = _SERIES / "tree"
    own = {str(x.relative_to(tree)): x for x in sorted(tree.rglob("*")) if x.is_file()}
    return {**source.posted_overlay(), **own}


def files_of_steps(name: str) -> dict[str, list[str]]:
    """The places of the new files of each step of a series, by its name.

    Raises BuildFailed for a file that no step has, and a step whose patterns or patches match nothing.
    """
    shares: dict[str, list[str]] = {step.name: [] for step in steps(name)}
    for place in sorted(new_files(name)):
        for step in steps(name):
            if any(fnmatchcase(place, pattern) for pattern in step.files):
                shares[step.name].append(place)
                break
        else:
            raise BuildFailed(f"native/linux/series/{name}/steps: no step has a pattern for {place}")
    for step in steps(name):
        if not shares[step.name] and not step.patches:
            raise BuildFailed(f"native/linux/series/{name}/steps/{step.name} changes nothing: no file is called so")
    return shares


def check_patches() -> None:
    """Raises BuildFailed for a patch that is not in exactly one step, or that a step names and is not there."""
    taken = [x for name in ORDER for step in steps(name) for x in step.patches]
    there = {x.name for name in ORDER for x in _named(name)}
    for name in sorted(there ^ {*taken} | {x for x in taken if taken.count(x) > 1}):
        raise BuildFailed(f"native/linux/series: {name} has to be there, and in one step, not in {taken.count(name)}")


def _parsed(path: Path) -> patch.Patch:
    return patch.parse(path.name, path.read_text())


def _pristine(found: source.Source, say: Say, names: Iterable[str]) -> tuple[dict[str, str], str]:
    """The files of Linux that the series change, and the version of Linux."""
    wanted = {_MAINTAINERS, "Makefile"}
    for path in (path for name in names for path in patches(name).values()):
        wanted.update(x.path for x in _parsed(path).changes if x.path not in new_files(FEATURE))
    with tempfile.TemporaryDirectory() as folder:
        tree = found.path
        if not tree.is_dir():
            say(f"reading {found.path.name} (half a minute)")
            tree = Path(folder)
            source.unpack(found.path, tree, wanted)
        number = source.version(tree)
        try:
            texts = {x: (tree / x).read_text() for x in sorted(wanted)}
        except OSError as problem:
            raise KernelUnavailable(f"{found.path} is no whole source of Linux: {problem}") from None
    del texts["Makefile"]
    return texts, number


def _patched(texts: Mapping[str, str], step: Step, known: Mapping[str, Path]) -> dict[str, str]:
    """The texts with the patches of a step."""
    after = dict(texts)
    for name in step.patches:
        try:
            after.update(patch.apply(_parsed(known[name]), after))
        except PatchError as problem:
            raise BuildFailed(str(problem)) from None
    return after


def maintained(text: str, places: Iterable[str]) -> str:
    """MAINTAINERS with our entry, which is to cover these places."""
    entry = (_SERIES / _MAINTAINERS).read_text()
    title = entry.split("\n", 1)[0]
    text = re.sub(rf"^{title}\n(?:[A-Z]:\t.*\n)+\n", "", text, flags=re.MULTILINE)
    patterns = "".join(f"F:\t{x}\n" for x in sorted(_covering(places)))
    behind = next(x for x in _TITLE.finditer(text) if x[0].startswith(title[:3]) and x[0] > title)
    return f"{text[: behind.start()]}{entry}{patterns}\n{text[behind.start() :]}"


def _covering(places: Iterable[str]) -> set[str]:
    """Patterns for files: a folder of selftests as a whole, anything else by name."""
    return {re.sub(r"^(tools/testing/selftests/\w+/).*", r"\1", x) for x in places}


def _made(name: str, texts: Mapping[str, str], ours: Iterable[str] = ()) -> list[Patch]:
    """The patches of one series for these texts, in order; `ours` are files of series that are there already."""
    new, shares, known = new_files(name), files_of_steps(name), patches(name)
    made: list[Patch] = []
    places = [*ours]
    for step in steps(name):
        after = _patched(texts, step, known)
        after.update((x, new[x].read_text()) for x in shares[step.name])
        places += shares[step.name]
        if shares[step.name]:
            after[_MAINTAINERS] = maintained(texts[_MAINTAINERS], places)
        made.append(Patch(step, texts, after))
        texts = after
    return made


def series(found: source.Source, say: Say, names: Sequence[str] = ORDER) -> tuple[dict[str, list[Patch]], str]:
    """The patches of each series in order, and the version of Linux that they are for.

    Raises:
        BuildFailed: a patch does not apply, or the steps do not fit the files.
        KernelUnavailable: the source is none.
    """
    check_patches()
    texts, number = _pristine(found, say, names)
    made = {name: _made(name, texts) for name in names if name != OBSERVER}
    if OBSERVER in names:
        below = _made(FEATURE, _made(ORDER[0], texts)[-1].after)[-1].after
        made[OBSERVER] = _made(OBSERVER, below, new_files(FEATURE))
    return made, number


def mails(found: source.Source, say: Say, author: str | None = None, names: Sequence[str] = ORDER) -> dict[str, str]:
    """The files of the series by name, as git writes them, in a folder for each, its cover letter first.

    Raises as `series`.
    """
    made, number = series(found, say, names)
    return {
        f"{ORDER.index(name) + 1}-{name}/{mail}": text
        for name in names
        for mail, text in _written(name, made[name], number, author).items()
    }


def _written(name: str, made: Sequence[Patch], number: str, author: str | None) -> dict[str, str]:
    """One series as git writes it."""
    head, body = _message(_SERIES / name / "cover")
    letter = f"{head['Subject']}\n\n{body.replace('@VERSION@', number)}"
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        tree.mkdir()
        git = _git(tree, author or head["From"], head["Date"])
        git(["init", "-q", "-b", "series"])
        for text, after in (("Linux", made[0].before), *((x.step.text, x.after) for x in made)):
            for place, content in after.items():
                (tree / place).parent.mkdir(parents=True, exist_ok=True)
                (tree / place).write_text(content)
            git(["add", "--force", "."])
            git(["commit", "-q", "--signoff", "--file=-"], text)
        settings = ["-c", "core.abbrev=12", "-c", f"branch.series.description={letter}"]
        formats = ["--cover-letter", "--cover-from-description=subject", "--zero-commit", "--signature=syslet"]
        git([*settings, "format-patch", "-q", *formats, "-o", "../mails", f"HEAD~{len(made)}"])
        return {x.name: x.read_text() for x in sorted((Path(folder) / "mails").iterdir())}


def _git(tree: Path, who: str, date: str) -> Callable[..., None]:
    """Runs git in a tree with nobody's settings, so that the same files give the same bytes."""
    name, _, address = who.rstrip(">").partition(" <")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tree), "GIT_CONFIG_NOSYSTEM": "1"}
    for role in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": address, f"GIT_{role}_DATE": date}

    def git(arguments: list[str], text: str = "") -> None:
        command = ["git", *arguments]
        try:
            done = subprocess.run(
                command, cwd=tree, env=environment, input=text.encode(), capture_output=True, check=False
            )
        except OSError as problem:
            raise KernelUnavailable(f"git writes the patches, and cannot be run: {problem}") from None
        if done.returncode:
            raise BuildFailed(f"git {' '.join(arguments[:2])} failed: {done.stderr.decode(errors='replace').strip()}")

    return git


def export(folder: Path, say: Say, author: str | None = None) -> list[Path]:
    """Write the series, a folder for each; returns all files in order, of each series the cover letter first.

    Raises:
        KernelUnavailable: no source of Linux, or `folder` cannot be written to.
        BuildFailed: a fault of ours, see `series`.
    """
    written = mails(source.obtain(say), say, author)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        others = sorted(x for x in _mails_in(folder) if x not in written)
        if others:
            raise KernelUnavailable(f"{folder} holds patches of another series ({others[0]}); remove them first")
        for name, content in written.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content.encode())
    except OSError as problem:
        raise KernelUnavailable(f"{folder} cannot be written to: {problem.strerror or problem}") from None
    return [folder / x for x in written]


def _mails_in(folder: Path) -> list[str]:
    return [str(x.relative_to(folder)) for pattern in ("*.patch", "*/*.patch") for x in folder.glob(pattern)]
