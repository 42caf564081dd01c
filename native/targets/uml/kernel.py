# SPDX-License-Identifier: GPL-2.0
"""Builds Linux with syslets as User Mode Linux, and keeps the kernels in the cache.

A kernel is named by everything that goes into it. The trees and folders it is built in are kept as well, so that a
change of one file, or a planted fault, costs seconds; they are locked while somebody builds.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Final

from native.targets import faults as planted
from native.targets.build import ROOT, cache_folder, in_words, locked
from native.targets.uml import replaced, source, tools
from native.targets.uml.source import BuildFailed, KernelUnavailable

__all__ = ["OBJECTS", "BuildFailed", "Flavour", "KernelUnavailable", "built", "faults", "kernel", "kernel_id"]

_CONFIGS: Final = ROOT / "linux" / "configs"
_GUEST: Final = ROOT / "linux" / "guest" / "serve.S"
_GUEST_FLAGS: Final = (
    "-nostdlib", "-static", "-no-pie", "-s", "-Wl,-Ttext=0x6b59530000", "-Wl,--build-id=none",
    "-Wl,-z,noseparate-code,-z,max-page-size=4096",
)  # fmt: skip
#: Who built it, when and how often is no part of a kernel: those of one name are the same to the byte.
_FIXED: Final = {
    "KBUILD_BUILD_TIMESTAMP": "0", "KBUILD_BUILD_VERSION": "1",
    "KBUILD_BUILD_USER": "syslet", "KBUILD_BUILD_HOST": "syslet",
}  # fmt: skip
_STEERING: Final = {
    "ARCH", "SUBARCH", "CROSS_COMPILE", "KCFLAGS", "KCPPFLAGS", "KAFLAGS", "HOSTCFLAGS", "HOSTLDFLAGS", "LLVM",
    "MAKEFLAGS", "MFLAGS", "GNUMAKEFLAGS", "MAKELEVEL",
}  # fmt: skip

Progress = Callable[[str], None]


class Flavour(Enum):
    """For speed, or with KASAN, lockdep and the checks of sleeping."""

    FAST = "fast"
    DEBUG = "debug"


OBJECTS: Final = {Flavour.FAST: 700, Flavour.DEBUG: 740}
"""About how many files a clean build compiles."""


def faults() -> tuple[str, ...]:
    """Names of all faults that can be planted in a real kernel. Raises ValueError when one cannot be read."""
    return planted.in_kernel()


def _compiler() -> str:
    command = os.environ.get("CC", "gcc")
    try:
        done = subprocess.run([*command.split(), "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.split("\n", 1)[0]


def _planted(fault: str | None) -> dict[str, str]:
    """Our files that it changes, by their path in the project. ValueError, and KernelUnavailable for the host's."""
    if fault is None:
        return {}
    if fault in planted.load() and fault not in faults():
        raise KernelUnavailable(f"{fault} is a fault of the host: no kernel can show it")
    return planted.named(fault, faults()).planted()


def _path(path: Path) -> str:
    return path.relative_to(ROOT.parent).as_posix()


def _overlay(fault: str | None) -> dict[str, bytes]:
    """What is laid over a tree: our files, with fault and hooks. ValueError, and KernelUnavailable for the host's."""
    changed = _planted(fault)
    files = {}
    for place, path in source.overlay().items():
        text = changed.get(_path(path))
        files[place] = path.read_bytes() if text is None else text.encode()
    return source.hooked(files)


def _otherwise(tree: Path, fault: str | None) -> dict[str, bytes]:
    """Files of Linux that the fault changes, by their place in the tree: it changes a patch."""
    changed = _planted(fault)
    files: dict[str, bytes] = {}
    for path in source.patches():
        other = changed.get(_path(path))
        if other is not None:
            files |= replaced.otherwise(tree, path.name, path.read_text(encoding="utf-8"), other)
    return files


def _ours(flavour: Flavour, fault: str | None) -> str:
    """Stands for all that we and the compiler put in."""
    digest = hashlib.sha256(f"{flavour.value} {_compiler()}\n".encode())
    files = {**_overlay(fault), "guest": _GUEST.read_bytes()}
    changed = _planted(fault)
    for path in [*source.patches(), _CONFIGS / "common.config", _CONFIGS / f"{flavour.value}.config"]:
        text = changed.get(_path(path))
        files[path.name] = path.read_bytes() if text is None else text.encode()
    for name, content in sorted(files.items()):
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def kernel_id(flavour: Flavour = Flavour.FAST, fault: str | None = None) -> str:
    """The name of a kernel: it changes when anything of ours that goes into it changes. Raises ValueError."""
    return f"uml-{flavour.value}-{_ours(flavour, fault)}"


def built(flavour: Flavour = Flavour.FAST, fault: str | None = None) -> Path | None:
    """The kernel's folder if it is in the cache. Nothing is downloaded, unpacked or built.

    It is the one of the source that is on this machine; without a source, the one that was built last.
    """
    name = kernel_id(flavour, fault)
    found = source.find()
    if found is not None:
        folder = cache_folder() / f"{name}-{found.key}"
        return folder if folder.exists() else None
    there = [x for x in cache_folder().glob(f"{name}-*") if (x / "linux").exists()]
    return max(there, key=lambda x: (x.stat().st_mtime, x.name), default=None)


def kernel(flavour: Flavour = Flavour.FAST, fault: str | None = None, progress: Progress | None = None) -> Path:
    """The kernel's folder (`linux`, `config`, `root/`), built first if it has to be.

    `progress` is told what is being done, and each line that make prints. Raises KernelUnavailable when that cannot
    be done here, and BuildFailed, which is one, when it went wrong.
    """
    say = progress or (lambda _: None)
    folder = built(flavour, fault)
    try:
        if folder is None:
            tools.ensure(say)
        while folder is None:
            folder = _build(flavour, fault, say)
            if folder is None:
                say("our files were changed meanwhile: building again")
    except OSError as problem:
        raise KernelUnavailable(
            f"the cache {cache_folder()} cannot be used: {in_words(problem)};"
            " set $SYSLET_CACHE to a folder with 4 GB of room"
        ) from None
    return folder


def _build(flavour: Flavour, fault: str | None, say: Progress) -> Path | None:
    """The kernel's folder; None if our files changed while they were built, so that the name would be wrong."""
    found = source.obtain(say)
    tree = source.patched_tree(found, say)
    with locked(tree.with_suffix(".lock")):
        name = kernel_id(flavour, fault)
        folder = cache_folder() / f"{name}-{found.key}"
        if folder.exists():
            return folder
        source.lay_over(tree, _overlay(fault))
        work = _configured(tree, flavour, say)
        with replaced.replaced(tree, _otherwise(tree, fault)):
            _make(tree, work, say)

        def unchanged() -> bool:
            return kernel_id(flavour, fault) == name and source.tree_of(found) == tree

        return folder if _put(work, folder, unchanged) else None


def _configured(tree: Path, flavour: Flavour, say: Progress) -> Path:
    """The folder that this tree is built in, with its configuration."""
    fragments = b"".join((_CONFIGS / x).read_bytes() for x in ("common.config", f"{flavour.value}.config"))
    text = fragments + (tree / "kernel/syslet/Kconfig").read_bytes()
    digest = hashlib.sha256(text + _compiler().encode()).hexdigest()[:8]
    work = tree.with_name(f"{tree.name}-{flavour.value}-{digest}")
    if not (work / ".configured").exists():
        say(f"configuring the {flavour.value} kernel")
        work.mkdir(exist_ok=True)
        _run_make(tree, work, ["tinyconfig"])
        (work / "wanted.config").write_bytes(fragments)
        merge = ["scripts/kconfig/merge_config.sh", "-m", "-O", str(work), str(work / ".config")]
        _checked([*merge, str(work / "wanted.config")], tree)
        _run_make(tree, work, ["olddefconfig"])
        _check_config((work / ".config").read_text(), fragments.decode())
        (work / ".configured").touch()
    return work


def _options(text: str) -> Iterator[tuple[str, str]]:
    for name, value, unset in re.findall(r"^(?:(CONFIG_\w+)=(.*)|# (CONFIG_\w+) is not set)$", text, re.MULTILINE):
        yield (unset, "n") if unset else (name, value)


def _check_config(config: str, fragments: str) -> None:
    """An option that is not to be had would be dropped in silence."""
    made = dict(_options(config))
    wanted = dict(_options(fragments))
    wrong = [f"{name} is {made.get(name, 'n')}, not {v}" for name, v in wanted.items() if made.get(name, "n") != v]
    if wrong:
        raise BuildFailed(f"this source of Linux cannot be configured as it must be: {'; '.join(wrong)}")


def _environment() -> dict[str, str]:
    """Ours, without what would steer the build of Linux, which its name does not tell."""
    kept = {k: v for k, v in os.environ.items() if k not in _STEERING and not k.startswith(("KBUILD_", "KCONFIG_"))}
    return {**kept, **_FIXED}


def _checked(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, env=_environment(), capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        raise BuildFailed(f"{' '.join(command[:4])} failed:\n{(done.stdout + done.stderr).strip()[-2000:]}")


def _make_command(work: Path) -> list[str]:
    command = ["make", "ARCH=um", f"O={work}", f"-j{os.cpu_count() or 1}"]
    own = os.environ.get("CC")
    return [*command, f"CC={own}"] if own else command


def _run_make(tree: Path, work: Path, goals: list[str]) -> None:
    _checked([*_make_command(work), *goals], tree)


def _make(tree: Path, work: Path, say: Progress) -> None:
    command = [*_make_command(work), "linux"]
    last: list[str] = []
    with subprocess.Popen(
        command, cwd=tree, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace",
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            last = [*last[-60:], line]
            say(line.rstrip())
    if process.returncode:
        raise BuildFailed(f"the build failed; make said last:\n{''.join(last)}")


def _put(work: Path, folder: Path, valid: Callable[[], bool]) -> bool:
    """What is needed to run it, complete or not at all; not if it is no longer valid when it is complete."""
    temporary = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        _checked(["strip", "--strip-debug", "-o", str(temporary / "linux"), str(work / "linux")], work)
        shutil.copy(work / ".config", temporary / "config")
        (temporary / "root").mkdir()
        compiler = os.environ.get("CC", "gcc").split()
        _checked([*compiler, *_GUEST_FLAGS, "-o", str(temporary / "root" / "init"), str(_GUEST)], work)
        (temporary / "root").chmod(0o755)
        temporary.chmod(0o755)
        fit = valid()
        if fit:
            temporary.rename(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    if not fit:
        shutil.rmtree(temporary, ignore_errors=True)
    return fit
