# SPDX-License-Identifier: Apache-2.0
"""Each patch of the series builds, so that a fault can be looked for by bisection."""

import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from native.targets import build
from native.targets.uml import export, source
from tests.native.posted import OPTIONS, OURS, configure, make_command, of, pristine_tree, put_on, said
from tests.native.touched import objects

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

MORE = f"{OPTIONS} BLOCK BLK_DEV BLK_DEV_UBD SYSLET_OBSERVER"


@pytest.fixture
def folder() -> Iterator[Path]:
    made = build.cache_folder() / f"steps-{uuid.uuid4().hex}"
    made.mkdir(parents=True)
    yield made
    shutil.rmtree(made)


def warnings(tree: Path, work: Path, what: list[str]) -> list[str]:
    """What the compiler says of these, asked for more; where in a file does not count."""
    status, output = said(tree, [*make_command(work), "W=1", *what])
    assert status == 0, output[-3000:]
    return [re.sub(r":\d+:\d+:", ":", line) for line in output.splitlines() if "warning:" in line]


def test_each_patch_builds(folder: Path) -> None:
    """With what Linux itself is warned of, and nothing more; ours is compiled from the patch on that has it built."""
    series = export.export(folder / "series", print)
    tree, work = pristine_tree(source.obtain(print), folder / "linux"), folder / "work"
    config = configure(tree, work, MORE)
    known = set(warnings(tree, work, objects()))
    built = 0
    for path in (path for name in export.ORDER for path in of(series, name)):
        put_on(tree, [path])
        if "/Kconfig\n" in path.read_text():
            config = configure(tree, work, MORE)
        ours = list(OURS) if "CONFIG_SYSLETS=y" in config else []
        more = [x for x in warnings(tree, work, [*objects(), *ours]) if x not in known]
        assert more == [], path.name
        built += bool(ours)
    assert "CONFIG_SYSLET_OBSERVER=y" in config
    assert built > len(export.steps(export.OBSERVER))
