# SPDX-License-Identifier: Apache-2.0
"""Compiled and interpreted, the model is the same; and everybody can tell which one runs."""

import ast
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

import build_backend
from fuzz import form
from fuzz.cli import syslet
from tests.compiled import stage

ROOT = Path(__file__).parents[2]
HELLO = str(ROOT / "corpus" / "litmus" / "hello.syslet")
BOTH = pytest.mark.skipif(
    not form.compiled() and os.environ.get("SYSLET_TESTED") != "compiled",
    reason="only the interpreted model is here: tox -e compiled",
)
"""Never skipped by `tox -e compiled`."""


def run(*arguments: str, pure: bool = False) -> subprocess.CompletedProcess[str]:
    """This Python in a process of its own, with one form of the model or the other."""
    environment = {name: value for name, value in os.environ.items() if name != form.PURE}
    if pure:
        environment[form.PURE] = "1"
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def test_tox_tests_what_it_says() -> None:
    if os.environ.get("SYSLET_TESTED") == "compiled":
        assert form.compiled() or form.PURE in os.environ
        assert "site-packages" in str(stage.installed("model"))


@BOTH
def test_both_forms_give_the_same_bytes(tmp_path: Path) -> None:
    """Programs, traces, features, verdicts and minimized findings (R15)."""
    compiled, interpreted = (
        run("-m", "tests.compiled.digest", str(tmp_path / name), pure=name == "pure") for name in ("fast", "pure")
    )
    assert (compiled.returncode, interpreted.returncode) == (0, 0), compiled.stderr + interpreted.stderr
    (first, *mine), (second, *theirs) = compiled.stdout.splitlines(), interpreted.stdout.splitlines()
    assert first.startswith("compiled, mypyc ")
    assert second == f"interpreted, {form.PURE} is set"
    assert len(mine) > 3000
    assert mine == theirs


@BOTH
def test_every_module_that_is_named_is_compiled() -> None:
    names = [Path(path).with_suffix("").as_posix().replace("/", ".") for path in build_backend.modules()]
    code = f"import sys, importlib; print(*[importlib.import_module(x).__file__ for x in {names}], sep='\\n')"
    compiled, interpreted = (run("-c", code, pure=pure).stdout.splitlines() for pure in (False, True))
    assert len(compiled) == len(interpreted) == len(names) > 30
    assert all(x.endswith(".so") for x in compiled)
    assert all(x.endswith(".py") for x in interpreted)


@BOTH
def test_commands_that_work_on_the_code_of_the_model_begin_again_with_its_sources() -> None:
    covered = run("-m", "fuzz.cli", "cover", HELLO, "--json")
    assert covered.returncode == 0, covered.stderr
    found = json.loads(covered.stdout)
    assert found["model"]["files"]["model/spec/chain.py"]["covered"] > 20


@BOTH
def test_a_program_of_the_command_sees_the_sources_of_clauses() -> None:
    told = run("-m", "fuzz.cli", "spec", "RING-3")
    assert told.stdout == run("-m", "fuzz.cli", "spec", "RING-3", pure=True).stdout
    assert "model/spec/ring.py" in told.stdout


def test_the_version_tells_the_form() -> None:
    told = CliRunner().invoke(syslet, ["--version"]).output
    assert told == f"syslet {version('syslets')} (model: {form.describe()})\n"
    assert form.describe().startswith("compiled, mypyc " if form.compiled() else "interpreted, ")


def test_a_campaign_begins_with_the_form(tmp_path: Path) -> None:
    arguments = ["fuzz", "--engine", "random", "--runs", "3", "--seed", "1", "--findings", str(tmp_path)]
    told = CliRunner().invoke(syslet, arguments).output
    assert told.splitlines()[0] == f"syslet fuzz: host, engine random, seed 1 (model: {form.describe()})"
    told = CliRunner().invoke(syslet, [*arguments, "--json"]).stdout
    assert json.loads(told)["model"] == form.describe()


def test_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "compiled", lambda: False)
    monkeypatch.delenv(form.PURE, raising=False)
    built = tmp_path / "built.json"
    monkeypatch.setattr(form, "_BUILT", built)
    assert form.describe() == "interpreted, from the source tree"
    built.write_text('{"model": "interpreted", "why": "there is no C compiler (cc)"}')
    assert form.describe() == "interpreted, there is no C compiler (cc)"
    built.write_text('{"model": "compiled", "by": "mypyc 9"}')
    assert form.describe() == "interpreted, it was compiled for another Python"
    monkeypatch.setenv(form.PURE, "1")
    assert form.describe() == "interpreted, SYSLET_PURE is set"


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("SYSLET_PURE", "1", "SYSLET_PURE was set"),
        ("CC", "no-such-compiler -O2", "there is no C compiler (no-such-compiler)"),
        ("SYSLET_PURE", "0", ""),
    ],
)
def test_what_keeps_a_build_from_compiling(monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str) -> None:
    monkeypatch.delenv("SYSLET_PURE", raising=False)
    monkeypatch.setenv("CC", sys.executable)
    monkeypatch.setenv(name, value)
    assert build_backend.obstacle() in (why, "Python.h is missing (Debian: python3-dev)")
    if why:
        assert build_backend.obstacle() == why


def test_only_a_wheel_is_compiled() -> None:
    """A build by other ways, an editable install among them, has no extension modules."""
    assert "ext_modules" not in build_backend.arguments()


@pytest.mark.parametrize("path", build_backend.modules())
def test_compiled_modules_hold_nothing_that_mypyc_takes_otherwise(path: str) -> None:
    """Equality of attrs classes is taken for identity; a function that is a class attribute for no method."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    for node in (x for x in ast.walk(tree) if isinstance(x, ast.ClassDef)):
        decorators = [ast.unparse(x) for x in node.decorator_list]
        assert not any(x.startswith("attrs.") and "eq=False" not in x for x in decorators), (
            f"{path}: {node.name} needs eq=False, or a module that is not compiled (build_backend.INTERPRETED)"
        )
        methods = [x for x in node.body if isinstance(x, ast.Assign) and isinstance(x.value, ast.Attribute)]
        assert not any(ast.unparse(x.value).split(".")[0][:1].isupper() for x in methods), f"{path}: {node.name}"


def test_nothing_writes_into_the_dict_of_a_machine() -> None:
    """A compiled machine has none."""
    for folder in ("fuzz", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            used = {
                ast.unparse(x.value) for x in ast.walk(tree) if isinstance(x, ast.Attribute) and x.attr == "__dict__"
            }
            assert used <= {"home"}, f"{path}: __dict__ of {', '.join(used)}"
