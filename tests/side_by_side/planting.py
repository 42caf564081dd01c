# SPDX-License-Identifier: Apache-2.0
"""The rules and the checker imported anew, from sources in which a patch planted a fault."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Final

import attrs

from model.image import Image
from model.program import Program
from model.trace import Trace
from native.targets.faults import PROJECT

_ANEW: Final = ("model.spec", "model.check", "tests.model", "tests.side_by_side.noticing")
"""What is imported anew: the rules, what works with them, and what asks them. All others know no rule."""
_SHARED: Final = ("model.spec.events", "model.spec.names")
"""Words only: the same for all, unless the patch changes them."""

_TESTED_FROM: Final = Path(__file__).parents[2]
"""Where the tests lie: not beside the packages, where these are installed."""

BRUTE: Final = 1_000
"""Blocks that brute force may run for a program."""


@attrs.frozen(eq=False)
class Experiment:
    """A program, what the kernel file did, and all that it may do, by brute force: None where that is too much."""

    program: Program
    image: Image
    trace: Trace
    everything: AbstractSet[str] | None


class _Planted(SourceLoader):
    """A source file, or what was made of it."""

    def __init__(self, path: Path, texts: Mapping[str, str]) -> None:
        self.path, self.texts = path, texts

    def get_filename(self, fullname: str) -> str:
        return str(self.path)

    def get_data(self, path: str | bytes) -> bytes:
        """Raises OSError for what is no source: nothing compiled is read, or kept."""
        if Path(str(path)) != self.path:
            raise OSError(path)
        planted = self.texts.get(str(self.path.relative_to(PROJECT))) if self.path.is_relative_to(PROJECT) else None
        return self.path.read_bytes() if planted is None else planted.encode()


class _Finder(MetaPathFinder):
    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not _is_anew(fullname):
            return None
        root = _TESTED_FROM if fullname.startswith("tests.") else PROJECT
        place = root / fullname.replace(".", "/")
        package = place.is_dir()
        file = place / "__init__.py" if package else place.with_suffix(".py")
        within = [str(place)] if package else None
        return spec_from_file_location(
            fullname, file, loader=_Planted(file, self.texts), submodule_search_locations=within
        )


def _is_anew(name: str) -> bool:
    return any(name == part or name.startswith(f"{part}.") for part in _ANEW)


@contextmanager
def planted(texts: Mapping[str, str]) -> Iterator[None]:
    """Within, the rules are imported from these texts, by path in the project, and from the sources elsewhere.

    Whoever has the honest rules keeps them: import within what is to have the others.
    """
    changed = {path.removesuffix(".py").replace("/", ".") for path in texts}
    before = {
        name: module
        for name, module in sys.modules.items()
        if _is_anew(name) and (name not in _SHARED or changed & set(_SHARED))
    }
    parents = {name: vars(sys.modules[name]).copy() for name in ("model", "tests", "tests.side_by_side")}
    finder = _Finder(texts)
    for name in before:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if _is_anew(name) and name not in _SHARED]:
            del sys.modules[name]
        sys.modules.update(before)
        for name, attributes in parents.items():
            vars(sys.modules[name]).update(attributes)
