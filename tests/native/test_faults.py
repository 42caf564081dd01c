# SPDX-License-Identifier: Apache-2.0
"""Planted faults are patches: how they are read and applied, and that each does something."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from fuzz.cli import syslet
from fuzz.spec import where
from model.clauses import CLAUSES
from native.targets import build, faults, patch
from native.targets.faults import PatchError
from native.targets.uml import kernel

HEAD = "What: it is wrong.\nWhy: somebody\n  was tired.\nClause: RING-3, D11\nTarget: host, uml\n\n"
FILE = "--- a/x.c\n+++ b/x.c\n"
DIFF = f"{FILE}@@ -2,3 +2,3 @@\n two\n-three\n+3\n four\n"
TEXT = "one\ntwo\nthree\nfour\nfive\n"


def applied(diff: str, text: str = TEXT) -> str:
    return patch.apply(patch.parse("x.patch", diff), {"x.c": text, "y.c": ""})["x.c"]


def test_a_hunk_replaces_its_lines() -> None:
    assert applied(DIFF) == "one\ntwo\n3\nfour\nfive\n"
    assert patch.parse("x.patch", f"words\n\n{DIFF}").head == "words\n\n"


def test_what_git_writes_is_read() -> None:
    of_git = f"diff --git a/x.c b/x.c\nindex 12..34 100644\n{DIFF}".replace("x.c\n@@", "x.c\t2007-02-21\n@@")
    assert applied(of_git.replace(" @@\n", " @@ int f(void)\n")) == applied(DIFF)


def test_a_line_that_lost_its_blank_is_context() -> None:
    """Editors strip blanks at the ends of lines."""
    assert applied(f"{FILE}@@ -1,2 +1,2 @@\n-one\n+1\n\n", "one\n\ntwo\n") == "1\n\ntwo\n"


def test_several_hunks_and_files() -> None:
    both = f"{FILE}@@ -1 +1,2 @@\n-one\n+1\n+1a\n@@ -5 +6 @@\n-five\n+5\n--- a/y.c\n+++ b/y.c\n@@ -1 +1 @@\n-y\n+z\n"
    changed = patch.apply(patch.parse("x.patch", both), {"x.c": TEXT, "y.c": "y\n", "z.c": ""})
    assert changed == {"x.c": "1\n1a\ntwo\nthree\nfour\n5\n", "y.c": "z\n"}


def test_a_hunk_may_have_moved() -> None:
    assert applied(DIFF, f"new\n{TEXT}") == f"new\n{applied(DIFF)}"
    twice = TEXT + TEXT
    assert applied(DIFF, twice) == applied(DIFF) + TEXT, "where it says comes first"
    with pytest.raises(PatchError, match=r"hunk 1 for x\.c fits at lines 3, 8, and not at 2: give it more context"):
        applied(DIFF, f"new\n{twice}")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (TEXT.replace("two", "zwei"), r"x\.patch: hunk 1 for x\.c does not apply: line 2 is 'zwei', to be 'two'"),
        (TEXT.replace("four", " four"), r"line 4 is ' four', to be 'four'"),
        ("one\ntwo", r"line 3 is missing, to be 'three'"),
    ],
)
def test_what_does_not_fit_is_told(text: str, complaint: str) -> None:
    with pytest.raises(PatchError, match=complaint):
        applied(DIFF, text)


def test_hunks_do_not_overlap() -> None:
    with pytest.raises(PatchError, match=r"hunk 2 for x\.c does not apply"):
        applied(f"{FILE}@@ -1,2 +1,2 @@\n one\n-two\n+2\n@@ -2 +2 @@\n-2\n+zwei\n")


@pytest.mark.parametrize(
    ("diff", "complaint"),
    [
        ("", "it changes no file"),
        ("--- a/x.c\n+++ b/y.c\n@@ -1 +1 @@\n-one\n+1\n", "line 1: here are to be `--- a/PATH` and `"),
        ("--- /dev/null\n+++ b/x.c\n@@ -0,0 +1 @@\n+1\n", "line 1: here are to be"),
        (FILE, "line 3: no hunk"),
        (f"{FILE}@@ one @@\n", "line 3: no head of a hunk"),
        (f"{FILE}@@ -1,2 +1,2 @@\n one\n-two\n", "line 3: the hunk has not the number of lines that its head says"),
        (f"{FILE}@@ -1 +1 @@\n-one\n-two\n+1\n", "has not the number of lines"),
        (f"{FILE}@@ -1 +1 @@\n-one\n+1\n+2\n", r"line 6: here are to be"),
        (f"{FILE}@@ -1 +1 @@\n one\n", "line 3: the hunk changes nothing"),
        (f"{FILE}@@ -1 +1 @@\n-one\n\\ No newline at end of file\n", "has not the number of lines"),
        (DIFF.replace("x.c", "z.c"), r"there is no file z\.c that it could change"),
    ],
)
def test_what_is_no_patch_is_refused(diff: str, complaint: str) -> None:
    with pytest.raises(PatchError, match=complaint):
        applied(diff)


def test_a_patch_is_taken_back() -> None:
    longer = DIFF.replace("-2,3 +2,3", "-2,3 +2,4").replace("+3\n", "+3\n+3a\n")
    both = f"{longer}@@ -5 +6 @@\n-five\n+5\n"
    back = patch.reverse(patch.parse("x.patch", both))
    twice = TEXT + TEXT
    assert patch.apply(back, {"x.c": applied(both, twice)}) == {"x.c": twice}


def folder_with(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "faults"
    folder.mkdir()
    (folder / "WRONG.patch").write_text(text)
    return folder


def test_the_head_of_a_fault(tmp_path: Path) -> None:
    fault = faults.load(folder_with(tmp_path, HEAD + DIFF))["WRONG"]
    assert (fault.what, fault.why) == ("it is wrong.", "somebody was tired.")
    assert fault.clauses == ("RING-3", "D11")
    assert fault.targets == ("host", "uml")
    assert fault.changed({"x.c": TEXT}) == {"x.c": applied(DIFF)}


@pytest.mark.parametrize(
    "head",
    [
        HEAD.replace("Why", "Because"),
        HEAD.replace("Clause: RING-3, D11\n", ""),
        HEAD.replace("it is wrong.", ""),
        f"{HEAD}Some more words.\n",
        f"Subject: it\n{HEAD}",
        "Target: host\nWhat: it\nWhy: so\nClause: none\n",
    ],
)
def test_another_head_is_refused(head: str, tmp_path: Path) -> None:
    with pytest.raises(PatchError, match=r"^WRONG\.patch: its head must have the fields What, Why, Clause, Target"):
        faults.load(folder_with(tmp_path, head + DIFF))


def test_an_unknown_target_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        PatchError, match=r"WRONG\.patch: no target is called moon: asan, host, model, search, torture, uml, uml-debug"
    ):
        faults.load(folder_with(tmp_path, HEAD.replace("uml", "moon") + DIFF))


def test_a_fault_that_does_not_apply_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known = faults.load(folder_with(tmp_path, HEAD + DIFF))
    monkeypatch.setattr(faults, "load", lambda: known)
    done = CliRunner().invoke(syslet, ["fuzz", "--runs", "1", "--fault", "WRONG"])
    assert done.exit_code == 2
    assert "WRONG.patch: there is no file x.c that it could change" in done.output


def test_a_fault_of_one_side_is_not_to_be_had_on_the_other() -> None:
    of_host = CliRunner().invoke(syslet, ["kernel", "fast", "--fault", "TIMEOUT_BEATS_WAKE"])
    assert of_host.exit_code == 77
    assert "TIMEOUT_BEATS_WAKE is a fault of the host" in of_host.output
    of_kernel = CliRunner().invoke(syslet, ["fuzz", "--runs", "1", "--fault", "MOVE_NO_MASK"])
    assert of_kernel.exit_code == 77
    assert "only the real kernel can show MOVE_NO_MASK" in of_kernel.output


def test_the_list_tells_what_each_does() -> None:
    done = CliRunner().invoke(syslet, ["fuzz", "--fault", "list"])
    told = dict(line.split(maxsplit=1) for line in done.output.splitlines())
    assert told == {name: fault.what for name, fault in faults.load().items()}
    assert list(told) == [*faults.on_host(), *(name for name in told if name not in faults.on_host())]


@pytest.mark.parametrize("name", sorted(faults.load()))
def test_what_the_head_says_is_there(name: str) -> None:
    """Names are taken from the clauses and decisions; a target builds a file that the patch changes."""
    fault = faults.load()[name]
    for cited in fault.clauses:
        assert cited in CLAUSES or cited in where.in_c(), cited
    assert fault.what.endswith(".")
    assert fault.why.endswith((".", ")."))
    assert (name in faults.on_host()) <= all((build.ROOT.parent / x.path).is_file() for x in fault.patch.changes)
    assert (name in kernel.faults()) >= bool({"uml", "uml-debug"} & set(fault.targets))


def compiled(path: Path, root: Path, *flags: str) -> bytes:
    """What comes of a source of the host; without notes of the compiler, and with all lines of one number."""
    common, special = build._flags(build.Flavour.FAST)
    own = ("-w", "-Wno-builtin-macro-redefined", "-D__LINE__=0", f"-ffile-prefix-map={root}=.")
    command = [*build.compiler(), *common, *(special if path.parts[0] == "kernel" else []), *own, *flags]
    done = subprocess.run([*command, str(path), "-o", "-"], cwd=root, capture_output=True, check=False)
    assert not done.returncode, done.stderr.decode()
    return done.stdout


@cache
def compiled_as_it_is(path: Path, *flags: str) -> bytes:
    return compiled(path, build.ROOT, *flags)


def copy_of_sources(folder: Path) -> None:
    for part in ("kernel", "host", "executor"):
        shutil.copytree(build.ROOT / part, folder / part)


def test_where_sources_lie_does_not_change_what_is_compiled(tmp_path: Path) -> None:
    copy_of_sources(tmp_path)
    for path in (x for x in build.sources() if x.suffix == ".c"):
        for flags in (("-E", "-P"), ("-S",)):
            assert compiled(path, tmp_path, *flags) == compiled_as_it_is(path, *flags), path


def code(text: str) -> str:
    """Without comments and blanks."""
    return re.sub(r"/\*.*?\*/|\s+", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("name", sorted(faults.load()))
def test_each_changes_what_is_compiled(name: str, tmp_path: Path) -> None:
    """Not only a comment: other code; and an object of its own for a fault that the host can show."""
    changed = faults.load()[name].planted()
    for path, text in changed.items():
        assert code(text) != code((faults.PROJECT / path).read_text()), path
    paths = [Path(path).relative_to("native") for path in changed]
    on_host = [path for path in paths if path in build.sources() and path.suffix != ".h"]
    copy_of_sources(tmp_path)
    for path, text in changed.items():
        if Path(path).relative_to("native") in build.sources():
            (tmp_path / Path(path).relative_to("native")).write_text(text)
    flags = ("-S",) if name in faults.on_host() else ("-E", "-P")
    assert all(compiled(path, tmp_path, *flags) != compiled_as_it_is(path, *flags) for path in on_host)
    assert on_host or name not in faults.on_host()


def test_a_build_knows_the_fault_and_leaves_the_sources_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSLET_CACHE", str(tmp_path))
    monkeypatch.setenv("SYSLET_CFLAGS", "-O0")  # it is compiled sooner, and not run
    before = {path: (build.ROOT / path).read_bytes() for path in build.sources()}
    faulty, fine = build.executor(fault="EVENT_OF_FIRST_ATOM"), build.executor()
    assert faulty.read_bytes() != fine.read_bytes()
    assert faulty.parent.name == build.build_id(fault="EVENT_OF_FIRST_ATOM") != build.build_id()
    assert {path: (build.ROOT / path).read_bytes() for path in build.sources()} == before
    assert sorted(x.name for x in faulty.parent.iterdir()) == ["executor"]


def test_a_fault_in_a_header_reaches_all_that_include_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "native/kernel/include/uapi/linux/syslet.h"
    lines = (faults.PROJECT / path).read_text().splitlines()
    at = next(n for n, line in enumerate(lines, 1) if "SYSLET_STOP_MASK" in line)
    diff = f"--- a/{path}\n+++ b/{path}\n@@ -{at} +{at} @@\n-{lines[at - 1]}\n+#define SYSLET_STOP_MASK 0\n"
    known = faults.load(folder_with(tmp_path, HEAD + diff))
    monkeypatch.setattr(faults, "load", lambda: known)
    monkeypatch.setenv("SYSLET_CFLAGS", "-O0")  # it is compiled sooner, and not run
    assert build.executor(fault="WRONG").read_bytes() != build.executor().read_bytes()
