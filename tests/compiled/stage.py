# SPDX-License-Identifier: Apache-2.0
"""Make a folder that looks like the checkout, but has the installed packages: `python tests/compiled/stage.py FOLDER`.

Tests that run in it test what is installed (`tox -e compiled`); in the checkout its own sources would be imported.
"""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("model", "fuzz", "native")
HIDDEN = (".clusterfuzzlite", ".github")
"""Of what has a dot in front, the folders that tests read."""
CHECKOUT = Path(__file__).resolve().parents[2]


def stage(folder: Path) -> None:
    """Link everything into a new `folder`: packages to what this Python has installed, the rest to the checkout."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in sorted(CHECKOUT.iterdir()):
        wanted = path.name in HIDDEN or not path.name.startswith(".")
        if wanted and path.name not in PACKAGES and path.suffix != ".egg-info":
            (folder / path.name).symlink_to(path)
    for package in PACKAGES:
        (folder / package).symlink_to(installed(package))


def installed(package: str) -> Path:
    """The folder of an installed package; refuses the checkout's."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        sys.exit(f"{package} is not installed: pip install '.[test]'")
    place = Path(spec.origin).resolve().parent
    if place.is_relative_to(CHECKOUT) and not place.is_relative_to(sys.prefix):
        sys.exit(f"{package} comes from the checkout, not from a wheel: pip install '.[test]' without -e")
    return place


if __name__ == "__main__":
    stage(Path(sys.argv[1]))
