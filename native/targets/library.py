# SPDX-License-Identifier: GPL-2.0
"""Builds programs with libsyslet, as its Makefile does, but with nothing but the compiler."""

from pathlib import Path
from typing import Final

from native.targets import build

LIBRARY: Final = build.ROOT / "lib"
EXAMPLES: Final = build.ROOT / "examples"
UAPI: Final = build.ROOT / "kernel" / "include" / "uapi"

FLAGS: Final = (
    "-std=gnu11", "-g", "-pthread", "-fPIC", "-fcf-protection=none", f"-I{LIBRARY / 'include'}", f"-I{UAPI}",
)  # fmt: skip


def sources() -> list[Path]:
    """The files of the library."""
    return sorted(path for path in (LIBRARY / "src").iterdir() if path.suffix in (".c", ".S"))


def program(source: Path, output: Path, *flags: str) -> Path:
    """Compile a program of one file together with the library; returns it. Raises NoCompiler."""
    build.compile_program(source, output, *FLAGS, *map(str, sources()), *flags)
    return output


def cached_program(source: Path) -> Path:
    """The same in the cache, where a guest sees it. Raises NoCompiler."""
    files = [source, *sources(), *(LIBRARY / "src").glob("*.h"), *LIBRARY.rglob("include/*.h"), *UAPI.rglob("*.h")]
    digest = build.digest_of([" ".join(build.compiler()).encode(), *(path.read_bytes() for path in sorted(files))])

    def fill(folder: Path) -> None:
        program(source, folder / source.stem)

    return build.cached(f"lib-{digest}", fill) / source.stem
