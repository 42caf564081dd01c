# SPDX-License-Identifier: GPL-2.0
"""Builds the executor with the C compiler that there is, and keeps it in a cache.

A build is named by a hash of all sources, the flags and the compiler's version, so it is never stale, and is
put in place complete, so several processes may ask for the same one at once.
"""

import fcntl
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]

_FLAGS: Final = (
    "-std=gnu11", "-Wall", "-Wextra", "-fno-strict-aliasing", "-DCONFIG_SYSLETS",
    "-DCONFIG_SYSLET_POINTS",
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


def _faults() -> tuple[str, ...]:
    text = (ROOT / "kernel" / "faults.h").read_text()
    return tuple(re.findall(r"^#ifndef SYSLET_FAULT_(\w+)$", text, re.MULTILINE))


FAULTS: Final = _faults()
"""Names of the faults that can be planted, in the order of kernel/faults.h."""


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


def sources() -> list[Path]:
    """All C sources and headers, as paths below this folder."""
    return sorted(
        path.relative_to(ROOT) for folder in ("kernel", "host", "executor") for path in (ROOT / folder).rglob("*.[ch]")
    )


def _flags(flavour: Flavour, fault: str | None) -> tuple[list[str], list[str]]:
    """Flags for everything, and those that only the kernel files get."""
    common = [*_FLAGS, f"-ffile-prefix-map={ROOT}=."]
    kernel = list(_KERNEL_FLAGS)
    if flavour is Flavour.ASAN:
        common += _SANITIZERS
        kernel.append("-fno-sanitize=null,alignment,pointer-overflow")
    elif flavour is Flavour.GCOV:
        common += ["-g", "-O0"]
        kernel.append("--coverage")
    else:
        common.append("-O2")
    if fault is not None:
        if fault not in FAULTS:
            raise ValueError(f"no planted fault is called {fault}; there are {', '.join(FAULTS)}")
        kernel.append(f"-DSYSLET_FAULT_{fault}=1")
    common += shlex.split(os.environ.get("SYSLET_CFLAGS", ""))
    return common, kernel


def _digest(parts: list[str], flags: list[str]) -> str:
    """Stands for the sources below these folders, the flags, and the compiler."""
    digest = hashlib.sha256()
    for path in sources():
        if path.suffix == ".h" or path.parts[0] in parts:
            content = (ROOT / path).read_bytes()
            digest.update(f"{path} {len(content)}\n".encode() + content)
    command = compiler()
    named = [flag for flag in flags if not flag.startswith("-ffile-prefix-map")]
    digest.update("\0".join([*command, *named, _compiler_version(command)]).encode())
    return digest.hexdigest()[:16]


def build_id(flavour: Flavour = Flavour.FAST, fault: str | None = None) -> str:
    """The name of a build: it changes when anything that goes into it changes."""
    common, kernel = _flags(flavour, fault)
    return f"{flavour.value}-{_digest(['kernel', 'host', 'executor'], [*common, *kernel])}"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """No other process holds this lock file meanwhile."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


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
            temporary = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=folder.parent))
            try:
                fill(temporary)
                temporary.chmod(0o755)
                temporary.rename(folder)
            except BaseException:
                shutil.rmtree(temporary, ignore_errors=True)
                raise
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


def _compile(part: str, flags: list[str], folder: Path) -> None:
    """Compile each file of a part; run from here, so that paths in messages start at the part."""
    for path in sources():
        if path.suffix == ".c" and path.parts[0] == part:
            output = folder / f"{part}-{path.stem}.o"
            _run([*compiler(), *flags, "-c", str(path), "-o", str(output)], ROOT)


def _surroundings(flavour: Flavour) -> Path:
    """Objects of everything but the kernel files; builds with planted faults share them."""
    common, _ = _flags(flavour, None)

    def fill(folder: Path) -> None:
        _compile("host", common, folder)
        _compile("executor", common, folder)

    return cached(f"objects-{_digest(['host', 'executor'], common)}", fill)


def executor(flavour: Flavour = Flavour.FAST, fault: str | None = None) -> Path:
    """The executor's file, built first if it has to be. Raises NoCompiler."""
    common, kernel = _flags(flavour, fault)

    def fill(folder: Path) -> None:
        _compile("kernel", [*common, *kernel], folder)
        objects = [*folder.glob("*.o"), *_surroundings(flavour).glob("*.o")]
        counting = ["--coverage"] if flavour is Flavour.GCOV else []
        link = [*compiler(), *common, *counting, *map(str, sorted(objects)), "-o", str(folder / "executor")]
        _run(link, ROOT)
        for path in folder.glob("*.o"):
            path.unlink()

    return cached(build_id(flavour, fault), fill) / "executor"
