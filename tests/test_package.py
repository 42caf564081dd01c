# SPDX-License-Identifier: Apache-2.0
"""A wheel is built, installed where there is no checkout, and used: what `syslet` needs at run time is in it."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

from native.targets import build

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
SOURCES = (
    "model", "native", "fuzz", "corpus", "LICENSES", "pyproject.toml", "setup.py", "build_backend.py", "MANIFEST.in",
    "README.md",
)  # fmt: skip
PYTHON_ONLY = {"SYSLET_PURE": "1"}
"""What is compiled is the same modules; compiling takes a minute."""


def run(command: Sequence[str | Path], folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    cache = {"SYSLET_CACHE": str(build.cache_folder())}
    done = subprocess.run(
        command, cwd=folder, env={**environment, **PYTHON_ONLY, **cache}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "project"
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "build", "*.so"))
        else:
            shutil.copy(ROOT / name, copy)
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder)
    run((*pip, copy), folder)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def syslet(wheel: Path) -> Path:
    """The command in a fresh environment: the wheel is installed there, its dependencies are borrowed from here."""
    folder = wheel.parent / "fresh"
    venv.create(folder)
    python = folder / "bin" / "python"
    run((sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel), folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin" / "syslet"


def test_the_top_level_of_the_wheel_is_ours_alone(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in ZipFile(wheel).namelist()}
    assert {name for name in tops if not name.endswith(".dist-info")} == {"model", "native", "fuzz"}


def test_every_file_of_a_package_is_in_the_wheel(wheel: Path) -> None:
    packed = set(ZipFile(wheel).namelist())
    for package in ("model", "native", "fuzz", "corpus"):
        files = subprocess.run(
            ["git", "ls-files", package], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.split() or pytest.skip("only a checkout knows which files belong to it")
        inside = {f"fuzz/{name}" if package == "corpus" else name for name in files}
        assert inside - packed == set()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("spec", "D12"), "(model/clauses/facts.md)"),
        (("spec", "D80"), "(model/clauses/decisions.md)"),
        (("spec", "RING-3"), "corpus/litmus/full-ring-loses-the-second-event.syslet"),
        (("replay",), " passed, 0 failed"),
        (("cover", "--json"), '"corpus/litmus/hello.syslet"'),
        (("fuzz", "--engine", "random", "--runs", "20", "--seed", "1"), "20 programs"),
    ],
    ids=lambda x: x[0] if isinstance(x, tuple) else "",
)
def test_commands_need_no_checkout(words: tuple[str, ...], said: str, syslet: Path, tmp_path: Path) -> None:
    assert said in run((syslet, *words), tmp_path)


def test_the_corpus_of_an_installed_command_is_inside_fuzz(syslet: Path, tmp_path: Path) -> None:
    code = "import fuzz.campaign.seeds as s, fuzz; print(s.corpus_root()); print(fuzz.__file__)"
    root, package = run((syslet.with_name("python"), "-c", code), tmp_path).splitlines()
    assert Path(root) == Path(package).parent / "corpus"
    assert ROOT not in Path(root).parents


def test_a_source_distribution_has_the_backend_that_builds_it() -> None:
    backend = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["build-backend"]
    assert f"include {backend}.py" in (ROOT / "MANIFEST.in").read_text().splitlines()
