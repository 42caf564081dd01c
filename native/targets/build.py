# SPDX-License-Identifier: GPL-2.0
"""Builds the executor with the C compiler that there is, and keeps it in a cache.

A build is named by a hash of all sources, the flags and the compiler's version, so it is never stale, and is
put in place complete, so several processes may ask for the same one at once. A planted fault is built from a copy of
the sources that it changes.
"""

import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Final

from native.targets import faults

announced: list[Callable[[str], None]] = []
"""Who wants to hear that something is compiled, which takes a while."""
ROOT: Final = Path(__file__).resolve().parents[1]

_FLAGS: Final = (
    "-std=gnu11", "-Wall", "-Wextra", "-fno-strict-aliasing", "-DCONFIG_SYSLETS",
    "-Ihost/include", "-Ikernel/include",
)  # fmt: skip
#: As Linux is built: user addresses are numbers, not objects.
_KERNEL_FLAGS: Final = (
    "-fno-strict-overflow",
    "-fno-delete-null-pointer-checks",
    "-fsanitize-coverage=trace-pc",
)
_SANITIZERS: Final = (
    "-g", "-O1", "-fno-omit-frame-pointer",
    "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
)  # fmt: skip


class NoCompiler(Exception):
    """There is no C compiler, it cannot build the executor, or there is no place for the result."""


class Flavour(Enum):
    """How the executor is built: for speed, with AddressSanitizer and UBSan, or to count lines of the kernel files."""

    FAST = "fast"
    ASAN = "asan"
    GCOV = "gcov"


@cache
def compiler() -> tuple[str, ...]:
    """The compiler's command: $CC, else the first of gcc, cc and clang. Raises NoCompiler."""
    wanted = os.environ.get("CC")
    for candidate in [wanted] if wanted else ["gcc", "cc", "clang"]:
        command = shlex.split(candidate)
        if command and shutil.which(command[0]):
            return tuple(command)
    raise NoCompiler(
        f"no C compiler found ({f'$CC is {wanted}' if wanted else 'looked for gcc, cc, clang'}); "
        "install one (Debian: apt-get install gcc libc6-dev; Fedora: dnf install gcc) "
        "or point $CC at it"
    )


@cache
def _compiler_version(command: tuple[str, ...]) -> str:
    return _run([*command, "--version"], ROOT)


def _run(command: list[str], directory: Path) -> str:
    try:
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, errors="replace", check=False)
    except OSError as problem:
        raise NoCompiler(f"{command[0]} cannot be run: {problem}") from None
    if done.returncode:
        raise NoCompiler(f"{shlex.join(command)}\nfailed:\n{done.stderr}")
    return done.stdout


def cache_folder() -> Path:
    """Where builds are kept: $SYSLET_CACHE, else `syslet` in the user's cache folder.

    The path is absolute, because the compiler does not run where we do.
    """
    own = os.environ.get("SYSLET_CACHE")
    if own:
        return Path(own).absolute()
    base = os.environ.get("XDG_CACHE_HOME", "")
    if Path(base).is_absolute():  # a relative one is to be ignored, says its specification
        return Path(base) / "syslet"
    try:
        return Path.home() / ".cache" / "syslet"
    except RuntimeError:
        raise NoCompiler("no home folder to keep builds in; set $SYSLET_CACHE to a folder for them") from None


_PARTS: Final = ("kernel", "host", "executor")


def sources() -> list[Path]:
    """All C sources and headers, as paths below this folder."""
    return sorted(path.relative_to(ROOT) for part in _PARTS for path in (ROOT / part).rglob("*.[ch]"))


def _planted(fault: str | None) -> dict[Path, bytes]:
    """The sources that a fault changes, changed. Raises ValueError for one that the host does not have."""
    if fault is None:
        return {}
    changed = faults.named(fault, faults.on_host()).planted()
    return {(faults.PROJECT / path).relative_to(ROOT): text.encode() for path, text in changed.items()}


def _flags(flavour: Flavour) -> tuple[list[str], list[str]]:
    """Flags for everything, and those that only the kernel files get."""
    common = list(_FLAGS)
    kernel = list(_KERNEL_FLAGS)
    if flavour is Flavour.ASAN:
        common += _SANITIZERS
        kernel.append("-fno-sanitize=null,alignment,pointer-overflow")
    elif flavour is Flavour.GCOV:
        common += ["-g", "-O0"]
        kernel.append("--coverage")
    else:
        common.append("-O2")
    common += shlex.split(os.environ.get("SYSLET_CFLAGS", ""))
    return common, kernel


def _digest(parts: Sequence[str], flags: Sequence[str], planted: Mapping[Path, bytes]) -> str:
    """Stands for the sources below these folders, the flags, and the compiler."""
    digest = hashlib.sha256()
    for path in sources():
        if path.suffix == ".h" or path.parts[0] in parts:
            content = planted.get(path) or (ROOT / path).read_bytes()
            digest.update(f"{path} {len(content)}\n".encode() + content)
    command = compiler()
    digest.update("\0".join([*command, *flags, _compiler_version(command)]).encode())
    return digest.hexdigest()[:16]


def build_id(flavour: Flavour = Flavour.FAST, fault: str | None = None) -> str:
    """The name of a build: it changes when anything that goes into it changes. Raises ValueError, NoCompiler."""
    common, kernel = _flags(flavour)
    return f"{flavour.value}-{_digest(_PARTS, [*common, *kernel], _planted(fault))}"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """No other process holds this lock file meanwhile."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def fresh_folder(target: Path) -> Iterator[Path]:
    """A temporary folder that becomes `target` when all went well; needs the target's lock."""
    for old in target.parent.glob(f"{target.name}.part.*"):
        shutil.rmtree(old, ignore_errors=True)  # of a process that was killed
    temporary = Path(tempfile.mkdtemp(prefix=f"{target.name}.part.", dir=target.parent))
    try:
        yield temporary
        temporary.chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)
        temporary.rename(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def cached(name: str, fill: Callable[[Path], None]) -> Path:
    """The folder `name` of the cache, filled first if there is none; never seen half full."""
    folder = cache_folder() / name
    if folder.exists():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(folder.parent / f"{name}.lock"):
            if folder.exists():
                return folder
            with fresh_folder(folder) as temporary:
                fill(temporary)
    except OSError as problem:
        raise NoCompiler(
            f"the cache {folder.parent} cannot be used: {problem}; set $SYSLET_CACHE to a folder you can write to"
        ) from None
    return folder


def digest_of(parts: list[bytes]) -> str:
    """A short name for these contents."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}\n".encode() + part)
    return digest.hexdigest()[:16]


def compile_program(source: Path, output: Path, *flags: str) -> None:
    """A program of one file, for the machine's own libraries. Raises NoCompiler."""
    _run([*compiler(), "-O2", "-Wall", "-Wextra", *flags, "-o", str(output), str(source)], ROOT)


def _compile(paths: Iterable[Path], flavour: Flavour, root: Path, folder: Path) -> None:
    """Compile these sources; run from their root, so that paths in messages start at the part."""
    common, kernel = _flags(flavour)
    for path in paths:
        flags = [*common, *(kernel if path.parts[0] == "kernel" else []), f"-ffile-prefix-map={root}=."]
        _run([*compiler(), *flags, "-c", str(path), "-o", str(folder / _object(path))], root)


def _object(path: Path) -> str:
    return f"{path.parts[0]}-{path.stem}.o"


def _objects(flavour: Flavour, part: str) -> Path:
    """The objects of a part, without a fault."""
    common, kernel = _flags(flavour)
    flags = [*common, *(kernel if part == "kernel" else [])]

    def fill(folder: Path) -> None:
        _compile((x for x in sources() if x.suffix == ".c" and x.parts[0] == part), flavour, ROOT, folder)

    return cached(f"objects-{part}-{_digest([part], flags, {})}", fill)


def _compile_planted(planted: Mapping[Path, bytes], flavour: Flavour, folder: Path) -> None:
    """Compile what a fault changes; all of it, if that is a header."""
    paths = [x for x in sources() if x.suffix == ".c"]
    if all(x.suffix == ".c" for x in planted):
        paths = [x for x in paths if x in planted]
    with tempfile.TemporaryDirectory(dir=folder) as name:
        root = Path(name)
        for part in _PARTS:
            shutil.copytree(ROOT / part, root / part)
        for path, content in planted.items():
            (root / path).write_bytes(content)
        _compile(paths, flavour, root, folder)


def executor(flavour: Flavour = Flavour.FAST, fault: str | None = None) -> Path:
    """The executor's file, built first if it has to be. Raises NoCompiler, and ValueError for the fault."""
    planted = _planted(fault)

    def fill(folder: Path) -> None:
        for tell in announced:
            tell("compiling the kernel files: some seconds, once")
        for part in _PARTS:
            for path in _objects(flavour, part).iterdir():
                shutil.copy(path, folder)
        if planted:
            _compile_planted(planted, flavour, folder)
        counting = ["--coverage"] if flavour is Flavour.GCOV else []
        objects = sorted(map(str, folder.glob("*.o")))
        _run([*compiler(), *_flags(flavour)[0], *counting, *objects, "-o", str(folder / "executor")], ROOT)
        for path in folder.glob("*.o"):
            path.unlink()

    return cached(build_id(flavour, fault), fill) / "executor"
