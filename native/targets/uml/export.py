# SPDX-License-Identifier: GPL-2.0
"""The implementation as a series of patches, in the form in which it would be posted.

What is built here and what is posted come from the same files: the part `series` of overlay.list and the patches in
native/linux/patches. native/linux/series adds what only a posted series has: the texts of the mails, Documentation,
selftests, and the entry in MAINTAINERS. What belongs to the observer of programs is left out.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
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
_TITLE: Final = re.compile(r"^\S.*(?=\n[A-Z]:\t)", re.MULTILINE)
"""The first line of an entry in MAINTAINERS."""


@attrs.frozen
class Step:
    """One patch of the series, as native/linux/series/steps tells it.

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
    """One patch, with the trees before and after it: those files that the series touches."""

    step: Step
    before: Mapping[str, str]
    after: Mapping[str, str]


def _message(path: Path) -> tuple[dict[str, str], str]:
    """Header and body of a text in native/linux/series."""
    head, _, body = path.read_text().partition("\n\n")
    return dict(line.split(": ", 1) for line in head.splitlines()), body


def steps() -> list[Step]:
    """All of them, in order."""
    found = []
    for path in sorted((_SERIES / "steps").iterdir()):
        head, body = _message(path)
        files, patches = (tuple(head.get(x, "").split()) for x in ("Files", "Patches"))
        found.append(Step(path.name, f"{head['Subject']}\n\n{body}", files, patches))
    return found


def patches() -> dict[str, Path]:
    """All patches to files of Linux that are posted, by name."""
    return {x.name: x for x in [*source.posted_patches(), *sorted((_SERIES / "patches").glob("*.patch"))]}


def new_files() -> dict[str, Path]:
    """All files that are posted, by their place in the tree of Linux."""
    tree = _SERIES / "tree"
    own = {str(x.relative_to(tree)): x for x in sorted(tree.rglob("*")) if x.is_file()}
    return {**source.posted_overlay(), **own}


def files_of_steps() -> dict[str, list[str]]:
    """The places of the new files of each step, by its name.

    Raises BuildFailed for a file that no step has, and a step whose patterns or patches match nothing.
    """
    shares: dict[str, list[str]] = {step.name: [] for step in steps()}
    for place in sorted(new_files()):
        for step in steps():
            if any(fnmatchcase(place, pattern) for pattern in step.files):
                shares[step.name].append(place)
                break
        else:
            raise BuildFailed(f"native/linux/series/steps: no step has a pattern for {place}")
    for step in steps():
        if not shares[step.name] and not step.patches:
            raise BuildFailed(f"native/linux/series/steps/{step.name} changes nothing: no file is called so")
    taken = [x for step in steps() for x in step.patches]
    for name in {*patches()} ^ {*taken} | {x for x in taken if taken.count(x) > 1}:
        raise BuildFailed(
            f"native/linux/series/steps: {name} has to be there, and in one step, not in {taken.count(name)}"
        )
    return shares


def _parsed(path: Path) -> patch.Patch:
    return patch.parse(path.name, path.read_text())


def _pristine(found: source.Source, say: Say) -> tuple[dict[str, str], str]:
    """The files of Linux that the series changes, and the version of Linux."""
    wanted = {_MAINTAINERS, "Makefile"}
    for path in patches().values():
        wanted.update(x.path for x in _parsed(path).changes)
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


def _patched(texts: Mapping[str, str], step: Step) -> dict[str, str]:
    """The texts with the patches of a step."""
    after = dict(texts)
    for name in step.patches:
        try:
            after.update(patch.apply(_parsed(patches()[name]), after))
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


def series(found: source.Source, say: Say) -> tuple[list[Patch], str]:
    """The patches in order, and the version of Linux that they are for.

    Raises:
        BuildFailed: a patch does not apply, or the steps do not fit the files.
        KernelUnavailable: the source is none.
    """
    new, shares = new_files(), files_of_steps()
    texts, number = _pristine(found, say)
    made: list[Patch] = []
    ours: list[str] = []
    for step in steps():
        after = _patched(texts, step)
        after.update((x, new[x].read_text()) for x in shares[step.name])
        ours += shares[step.name]
        if ours:
            after[_MAINTAINERS] = maintained(texts[_MAINTAINERS], ours)
        made.append(Patch(step, texts, after))
        texts = after
    return made, number


def mails(found: source.Source, say: Say, author: str | None = None) -> dict[str, str]:
    """The files of the series by name, as git writes them, the cover letter first. Raises as `series`."""
    head, body = _message(_SERIES / "cover")
    made, number = series(found, say)
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
    """Write the series; returns its files, the cover letter first.

    Raises:
        KernelUnavailable: no source of Linux, or `folder` cannot be written to.
        BuildFailed: a fault of ours, see `series`.
    """
    written = mails(source.obtain(say), say, author)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        others = sorted(x.name for x in folder.glob("*.patch") if x.name not in written)
        if others:
            raise KernelUnavailable(f"{folder} holds patches of another series ({others[0]}); remove them first")
        for name, content in written.items():
            (folder / name).write_bytes(content.encode())
    except OSError as problem:
        raise KernelUnavailable(f"{folder} cannot be written to: {problem.strerror or problem}") from None
    return [folder / x for x in written]
