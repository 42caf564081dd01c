# SPDX-License-Identifier: GPL-2.0
"""Linux 6.12: where its source comes from, and a patched tree of it in the cache.

The source is, in this order: what $LINUX_SOURCE names (a tree or a tarball), an installed package
linux-source-6.12, or that package downloaded without root. Point releases come and go, so any will do.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import attrs

from native.targets import patch
from native.targets.build import ROOT, cache_folder, fresh_folder, in_words, locked
from native.targets.uml import replaced

SERIES: Final = (6, 12)
PACKAGE: Final = "linux-source-6.12"
PATCHES: Final = ROOT / "linux" / "patches"
OBSERVER: Final = ROOT / "linux" / "observer"
"""What only observed programs need: it is built, and not posted."""
_INSTALLED: Final = Path("/usr/src")
_PACKED: Final = (".xz", ".gz", ".bz2", ".zst")
_MANIFEST: Final = ".syslet-overlay"

Say = Callable[[str], None]


class KernelUnavailable(Exception):
    """There is no kernel and none can be built here; the message says what is missing and what to do."""


class BuildFailed(KernelUnavailable):
    """Source and tools are there, and no kernel comes of them: a fault of ours, not something to install."""


@attrs.frozen
class Source:
    """A tree or a tarball, and a key that changes with its content."""

    path: Path
    key: str


def _key(path: Path) -> str:
    """Cheap, because it is asked for whenever a kernel is; so a tree that is edited keeps the key of its version."""
    status = path.stat()
    if not path.is_file():
        name = f"{path}-{version(path)}"
    elif os.environ.get("LINUX_SOURCE"):  # may be packed again under the same name
        name = f"{path.name}-{status.st_size}-{status.st_mtime_ns}"
    else:
        name = f"{path.name}-{status.st_size}"
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def find() -> Source | None:
    """The source that is on this machine, without downloading anything. Raises KernelUnavailable."""
    own = os.environ.get("LINUX_SOURCE")
    if own:
        path = Path(own).absolute()
        if not path.exists():
            raise KernelUnavailable(f"$LINUX_SOURCE is {own}, and there is no such file or folder")
        return Source(path, _key(path))
    for folder in (_INSTALLED, cache_folder() / "package" / "usr" / "src"):
        for path in sorted(folder.glob(f"{PACKAGE}*.tar.*")):
            if path.suffix in _PACKED:
                return Source(path, _key(path))
    return None


def obtain(say: Say) -> Source:
    """The source, downloaded if there is none. Raises KernelUnavailable."""
    found = find()
    if found is None:
        cache_folder().mkdir(parents=True, exist_ok=True)
        with locked(cache_folder() / "package.lock"):
            found = find()
            if found is None:
                _download(say)
                found = find()
    if found is None:
        raise KernelUnavailable(_no_source(f"the package {PACKAGE} holds no tarball"))
    return found


def _download(say: Say) -> None:
    """The package without installing it, so without root."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise KernelUnavailable(_no_source("this is no Debian"))
    say(f"downloading {PACKAGE} (150 MB)")
    with tempfile.TemporaryDirectory() as folder:
        done = _run(["apt-get", "download", PACKAGE], Path(folder))
        if done.returncode and os.geteuid() == 0:  # a fresh machine does not know its packages yet
            _run(["apt-get", "update"], Path(folder))
            done = _run(["apt-get", "download", PACKAGE], Path(folder))
        packages = list(Path(folder).glob("*.deb"))
        if done.returncode or not packages:
            raise KernelUnavailable(_no_source(f"apt-get download {PACKAGE} failed: {done.stderr.strip()[-300:]}"))
        with fresh_folder(cache_folder() / "package") as unpacked:
            _must(["dpkg-deb", "-x", str(packages[0]), str(unpacked)], Path(folder), "unpack the package")


def _no_source(why: str) -> str:
    return (
        f"no source of Linux 6.12: {why}. Install it (Debian: apt-get install {PACKAGE}), or download any 6.12 "
        "release from kernel.org and set LINUX_SOURCE to the tarball or to an unpacked tree"
    )


def version(tree: Path) -> str:
    """A tree's version, such as 6.12.94. Raises KernelUnavailable for anything but the series that is patched."""
    try:
        head = (tree / "Makefile").read_text(errors="replace")[:500]
    except OSError as problem:
        raise KernelUnavailable(f"{tree} is no source of Linux: {in_words(problem)}") from None
    found = dict(re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL) = (\d+)$", head, re.MULTILINE))
    numbers = tuple(int(found.get(x, -1)) for x in ("VERSION", "PATCHLEVEL", "SUBLEVEL"))
    if numbers[:2] != SERIES:
        raise KernelUnavailable(f"{tree} holds version {numbers[0]}.{numbers[1]}, the patches are for 6.12")
    return ".".join(map(str, numbers))


def _in_order(folder: Path) -> list[Path]:
    lines = (folder / "series").read_text().splitlines()
    return [folder / line for line in lines if line and not line.startswith("#")]


def posted_patches() -> list[Path]:
    """Those that are part of the series that can be posted, in order."""
    return _in_order(PATCHES)


def patches() -> list[Path]:
    """All of them, in order: those of the observer come last."""
    observer = OBSERVER / "patches"
    return posted_patches() + (_in_order(observer) if observer.exists() else [])


def tree_of(source: Source, contents: Iterable[bytes] | None = None) -> Path:
    """Where the tree of this source with our patches is kept, or with patches of these contents."""
    if contents is None:
        contents = [x.read_bytes() for x in patches()]
    digest = hashlib.sha256(source.key.encode() + b"".join(contents)).hexdigest()[:12]
    return cache_folder() / f"linux-{digest}"


def patched_tree(source: Source, say: Say) -> Path:
    """A tree with the patches, in the cache. Raises BuildFailed when one does not apply."""
    series = {x.name: x.read_bytes() for x in patches()}
    tree = tree_of(source, series.values())
    cache_folder().mkdir(parents=True, exist_ok=True)
    with locked(tree.with_suffix(".lock")):
        if tree.exists():
            replaced.restore(tree)
            return tree
        say(f"unpacking {source.path.name} (half a minute, 1.6 GB)")
        with fresh_folder(tree) as temporary:
            unpack(source.path, temporary)
            number = version(temporary)
            say(f"patching Linux {number}")
            for name, content in series.items():
                _apply(name, content, temporary, number)
    return tree


def unpack(path: Path, folder: Path, wanted: Iterable[str] = ()) -> None:
    """A tree or tarball into a folder; of a tarball only the wanted files, if any are named."""
    if path.is_dir():
        version(path)
        _must(["cp", "-a", "--reflink=auto", f"{path}/.", str(folder)], folder, f"copy {path}")
        _must(["chmod", "-R", "u+w", str(folder)], folder, f"make the copy of {path} writable")
        if (folder / ".config").exists():  # was built in; a build elsewhere needs a clean tree
            _must(["make", "ARCH=um", "mrproper"], folder, f"clean the copy of {path}")
    else:
        command = ["tar", "-xf", str(path), "-C", str(folder), "--strip-components=1"]
        command += ["--wildcards", "--no-wildcards-match-slash", *(f"*/{x}" for x in wanted)] if wanted else []
        _must(command, folder, f"unpack {path}")


def _apply(name: str, content: bytes, tree: Path, number: str) -> None:
    """From memory, so that what is applied is what the tree is named by."""
    command = ["patch", "-p1", "--fuzz=0", "--no-backup-if-mismatch", "--forward"]
    done = subprocess.run(command, cwd=tree, input=content, capture_output=True, check=False)
    if done.returncode:
        raise BuildFailed(
            f"{name} does not apply to Linux {number}; adapt its hunk, or take another release of 6.12:\n"
            f"{(done.stdout + done.stderr).decode(errors='replace').strip()}"
        )


def _sections() -> dict[str, dict[str, Path]]:
    """Our files by their place in the tree, for each section of overlay.list."""
    sections: dict[str, dict[str, Path]] = {"series": {}, "observer": {}}
    files = sections["series"]
    for line in (ROOT / "linux" / "overlay.list").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            files = sections[line.strip("[]")]
            continue
        pattern, cut, folder = line.split()
        found = [x for x in sorted(ROOT.glob(pattern)) if x.is_file()]
        if not found:
            raise BuildFailed(f"overlay.list: no file is called {pattern}")
        files.update((os.path.normpath(Path(folder) / x.relative_to(ROOT / cut)), x) for x in found)
    return sections


def posted_overlay() -> dict[str, Path]:
    """Those of our files that are part of the series that can be posted, by their place in the tree."""
    return _sections()["series"]


def overlay() -> dict[str, Path]:
    """All our files by their place in the tree."""
    sections = _sections()
    return {**sections["series"], **sections["observer"]}


def hooked(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Our files with the hooks, through which the observer sees and steers what they do. Raises BuildFailed."""
    path = OBSERVER / "hooks.patch"
    if not path.exists():
        return dict(files)
    hooks = patch.parse(path.name, path.read_text())
    try:
        changed = patch.apply(hooks, {x.path: files[x.path].decode() for x in hooks.changes if x.path in files})
    except patch.PatchError as problem:
        raise BuildFailed(str(problem)) from None
    return {**files, **{name: text.encode() for name, text in changed.items()}}


def lay_over(tree: Path, files: Mapping[str, bytes]) -> None:
    """Put our files into the tree; what is the same stays untouched, so that only changes are built."""
    manifest = tree / _MANIFEST
    before = manifest.read_text().splitlines() if manifest.exists() else []
    for gone in set(before) - set(files):
        (tree / gone).unlink(missing_ok=True)
    for name in set(files) - set(before):
        if (tree / name).exists():
            raise BuildFailed(f"ours would replace a file of Linux, {name}; that is what patches are for")
    manifest.write_text("".join(f"{name}\n" for name in sorted({*before, *files})))
    for name, content in files.items():
        place = tree / name
        if not place.exists() or place.read_bytes() != content:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    manifest.write_text("".join(f"{name}\n" for name in sorted(files)))


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)


def _must(command: list[str], folder: Path, what: str) -> None:
    done = _run(command, folder)
    if done.returncode:
        raise KernelUnavailable(f"could not {what}: {done.stderr.strip()[-500:]}")
