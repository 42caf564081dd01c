# SPDX-License-Identifier: Apache-2.0
"""The series that can be posted: from a tree that passes for Linux in everyday tests, from the real one in others."""

import re
import shutil
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from fuzz.cli import syslet
from model.clauses import BY_NUMBER
from native.targets import build, patch
from native.targets.uml import export, source
from native.targets.uml.source import BuildFailed
from tests.native.linux_tree import ALONE, MAINTAINERS, synthetic

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")

RULES = "Documentation/userspace-api/syslet-rules.rst"
_GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false"]


@pytest.fixture(scope="module")
def linux(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic(tmp_path_factory.mktemp("linux"))


@pytest.fixture(scope="module")
def mails(linux: Path) -> dict[str, str]:
    return export.mails(source.Source(linux, "key"), print, names=ALONE)


@pytest.fixture
def only_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command writes those series for which the synthetic tree is enough."""
    monkeypatch.setattr(export.mails, "__defaults__", (None, ALONE))


def of(mails: dict[str, str], series: str) -> dict[str, str]:
    """Those of one series, by their names in its folder."""
    return {name.partition("/")[2]: text for name, text in mails.items() if name.partition("/")[0].endswith(series)}


def git(tree: Path, *arguments: str) -> str:
    done = subprocess.run([*_GIT, *arguments], cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_file_and_patch_is_in_one_step() -> None:
    export.check_patches()
    for name in export.ORDER:
        taken = [x for share in export.files_of_steps(name).values() for x in share]
        assert sorted(taken) == sorted(export.new_files(name))
    everything = {path for name in export.ORDER for path in export.new_files(name).values()}
    assert set(source.overlay().values()) <= everything
    patches = {path for name in export.ORDER for path in export.patches(name).values()}
    assert {*source.patches(), source.OBSERVER / "hooks.patch"} <= patches


def test_mends_of_user_mode_linux_stand_alone() -> None:
    """They change nothing that the feature changes, and know nothing of it."""
    um, feature = (export.patches(name) for name in ALONE)
    changed = [{x.path for path in part.values() for x in patch.parse(path.name, path.read_text()).changes}
               for part in (um, feature)]  # fmt: skip
    assert not changed[0] & changed[1]
    assert all(path.startswith(("arch/um/", "arch/x86/um/")) for path in changed[0])
    assert all("syslet" not in path.read_text().replace("The syslet authors <syslets", "") for path in um.values())


def test_what_belongs_to_the_experiment_is_left_out(mails: dict[str, str]) -> None:
    added = [x for text in mails.values() for x in text.splitlines() if x.startswith("+")]
    words = re.compile("SYSLET_FAULT|(?i:observer|executor|fuzz|in_world|run_to_sleep)")
    assert [x for x in added if words.search(x)] == []
    assert "kernel/syslet/observer.c" in export.new_files(export.OBSERVER)


@pytest.mark.usefixtures("only_alone")
def test_the_same_bytes_twice(tmp_path: Path, linux: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINUX_SOURCE", str(linux))
    for name in ("one", "two"):
        done = CliRunner().invoke(syslet, ["kernel", "--export", str(tmp_path / name)])
        assert done.exit_code == 0, done.output
    one, two = (
        {str(x.relative_to(tmp_path / name)): x.read_bytes() for x in (tmp_path / name).rglob("*.patch")}
        for name in ("one", "two")
    )
    assert one == two
    assert min(one) == "1-um/0000-cover-letter.patch"
    assert "2-syslet/0000-cover-letter.patch" in one
    assert len(one) == sum(len(export.steps(name)) + 1 for name in ALONE)
    assert f"2-syslet: a cover letter and {len(export.steps('syslet'))} patches" in done.output


@pytest.mark.parametrize("series", ALONE)
def test_what_a_mail_holds(mails: dict[str, str], series: str) -> None:
    total = len(export.steps(series))
    for number, (name, text) in enumerate(of(mails, series).items()):
        head, _, rest = text.partition("\n\n")
        assert name.startswith(f"{number:04}-"), name
        assert f"Subject: [PATCH {number:0{len(str(total))}}/{total}] " in head
        assert head.startswith("From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n")
        assert "\nFrom: The syslet authors <syslets@example.org>\nDate: Fri, 27 Nov 2026 12:00:00 +0000\n" in head
        assert rest.endswith("\n-- \nsyslet\n\n")
        assert ("\nSigned-off-by: The syslet authors <syslets@example.org>\n---\n" in rest) == (number > 0)
        assert len(rest.partition("Signed-off-by")[0].split()) > 20, f"{name} does not say why"
    cover = of(mails, series)["0000-cover-letter.patch"]
    first = export.steps(series)[0].text.partition("\n")[0]
    assert f"The syslet authors ({total}):\n  {first}\n" in cover
    assert re.search(r"applies to Linux 6\.12\.7\b", cover)


@pytest.mark.parametrize("below", [(), ("um",)])
def test_git_makes_the_tree_of_it(mails: dict[str, str], linux: Path, tmp_path: Path, below: tuple[str, ...]) -> None:
    """Of the feature alone, and with the fixes for User Mode Linux below it."""
    tree = tmp_path / "tree"
    shutil.copytree(linux, tree)
    git(tree, "init", "-q")
    git(tree, "add", "-f", ".")
    git(tree, "commit", "-qm", "Linux")
    for series in (*below, "syslet"):
        for name, text in of(mails, series).items():
            (tmp_path / name).write_bytes(text.encode())
        git(tree, "am", "-q", "--whitespace=error", *(str(tmp_path / x) for x in list(of(mails, series))[1:]))
    assert git(tree, "log", "--format=%s", "--reverse").splitlines()[1:] == [
        x.text.partition("\n")[0] for series in (*below, "syslet") for x in export.steps(series)
    ]
    ours = export.new_files("syslet")
    new = set(git(tree, "diff", "--name-only", "--diff-filter=A", f"HEAD~{len(export.steps('syslet'))}").splitlines())
    assert new == set(ours)
    assert {x: (tree / x).read_bytes() for x in new} == {x: p.read_bytes() for x, p in ours.items()}


def test_each_step_has_what_it_uses(linux: Path) -> None:
    """What is compiled finds its headers; our folder is compiled from the step on that an architecture selects it."""
    made, _ = export.series(source.Source(linux, "key"), print, ALONE)
    headers = {x for x in export.new_files("syslet") if x.endswith(".h")}
    selected = False
    for one in made["syslet"]:
        there = {x.removeprefix("arch/um/").removeprefix("include/") for x in headers & set(one.after)}
        selected = selected or "select HAVE_SYSLETS" in one.after["arch/x86/um/Kconfig"]
        for place in one.after:
            if selected or not place.startswith(("kernel/syslet/", "tools/", "Documentation/")):
                used = re.findall(r"^#include <((?:uapi/)?\w+/(?:events/)?syslet\.h)>", one.after[place], re.MULTILINE)
                assert set(used) <= there, f"{one.step.name}: {place}"
        assert ("obj-$(CONFIG_SYSLETS)" in one.after["kernel/Makefile"]) == ("kernel/syslet/Makefile" in one.after)
    assert selected


def test_maintainers_grow_with_the_files(mails: dict[str, str]) -> None:
    for text in (text for series in ALONE for text in list(of(mails, series).values())[1:]):
        assert ("\nnew file mode" in text) == ("\n+++ b/MAINTAINERS\n" in text)
    text = export.maintained(MAINTAINERS, ["kernel/b.c", "kernel/a.c"])
    entry = (build.ROOT / "linux/series/MAINTAINERS").read_text()
    assert f"sync_*\n\n{entry}F:\tkernel/a.c\nF:\tkernel/b.c\n\nSYSTEM CONFIG" in text
    again = export.maintained(text, ["tools/testing/selftests/x/a.c", "tools/testing/selftests/x/b.c"])
    assert again == export.maintained(MAINTAINERS, ["tools/testing/selftests/x/"])


@pytest.mark.usefixtures("only_alone")
def test_the_author_signs(linux: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINUX_SOURCE", str(linux))
    command = ["kernel", "--export", str(tmp_path / "series"), "--author"]
    assert CliRunner().invoke(syslet, [*command, "Jörg <j@example.org>"]).exit_code == 0
    text = next((tmp_path / "series" / "2-syslet").glob("0001-*")).read_text()
    assert "\nSigned-off-by: Jörg <j@example.org>\n---\n" in text
    assert "\nContent-Type: text/plain; charset=UTF-8\n" in text
    wrong = CliRunner().invoke(syslet, [*command, "somebody"])
    assert wrong.exit_code == 2
    assert "not of the form" in wrong.output


@pytest.mark.parametrize("more", [["fast"], ["--fault", "LOST_WAKEUP"]])
def test_export_builds_nothing(tmp_path: Path, more: list[str]) -> None:
    done = CliRunner().invoke(syslet, ["kernel", "--export", str(tmp_path / "series"), *more])
    assert done.exit_code == 2
    assert "leave out WHICH and --fault" in done.output
    assert not (tmp_path / "series").exists()
    alone = CliRunner().invoke(syslet, ["kernel", "--author", "A <a@example.org>"])
    assert "--author goes with --export" in alone.output


@pytest.mark.usefixtures("only_alone")
def test_no_source_no_place_and_no_git(tmp_path: Path, linux: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINUX_SOURCE", str(tmp_path / "nowhere"))
    assert CliRunner().invoke(syslet, ["kernel", "--export", str(tmp_path / "series")]).exit_code == 77
    monkeypatch.setenv("LINUX_SOURCE", str(linux))
    (tmp_path / "0001-other.patch").write_text("")
    there = CliRunner().invoke(syslet, ["kernel", "--export", str(tmp_path)])
    assert there.exit_code == 77
    assert "patches of another series (0001-other.patch)" in there.output
    (tmp_path / "file").write_text("")
    assert CliRunner().invoke(syslet, ["kernel", "--export", str(tmp_path / "file" / "x")]).exit_code == 77
    monkeypatch.setenv("PATH", str(tmp_path))
    no_git = CliRunner().invoke(syslet, ["kernel", "--export", str(tmp_path / "x")])
    assert no_git.exit_code == 77
    assert "git writes the patches" in no_git.output


def test_a_patch_that_does_not_apply(linux: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(linux, tree)
    (tree / "kernel/exit.c").write_text("int other;\n")
    with pytest.raises(BuildFailed, match=r"0006-exit\.patch: hunk 1 for kernel/exit\.c"):
        export.series(source.Source(tree, "key"), print, ALONE)


def test_steps_have_to_fit_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = tmp_path / "series"
    shutil.copytree(build.ROOT / "linux/series", ours)
    monkeypatch.setattr(export, "_SERIES", ours)
    (ours / "syslet/steps/99-nothing").write_text("Subject: nothing\nFiles: no/such/file\n\nWhy.\n")
    with pytest.raises(BuildFailed, match="99-nothing changes nothing"):
        export.files_of_steps("syslet")
    (ours / "syslet/steps/99-nothing").unlink()
    (ours / "tree/other.c").write_text("")
    with pytest.raises(BuildFailed, match=r"no step has a pattern for other\.c"):
        export.files_of_steps("syslet")
    (ours / "tree/other.c").unlink()
    (ours / "patches/other.patch").write_text("")
    with pytest.raises(BuildFailed, match=r"other\.patch has to be there, and in one step, not in 0"):
        export.check_patches()
    (ours / "patches/other.patch").unlink()
    (ours / "um/steps/04-again").write_text("Subject: again\nPatches: 0001-um-word.patch\n\nWhy.\n")
    with pytest.raises(BuildFailed, match=r"0001-um-word\.patch has to be there, and in one step, not in 2"):
        export.check_patches()


def test_every_rule_that_is_cited_is_told(golden: Callable[[Path, str], None]) -> None:
    """The clauses by the registry; the decisions in words of their own, for they are shorter there."""
    files = export.new_files("syslet")
    page = files.pop(RULES)
    text = "\n".join(x.read_text() for x in files.values())
    for group, first, last in re.findall(r"\b([A-Z]+)-(\d+) to \1-(\d+)", text):
        text += "".join(f" {group}-{number}" for number in range(int(first), int(last) + 1))
    head, _, rest = page.read_text().partition("\nClauses\n=======\n")
    decisions = rest[rest.index("\nDecisions\n") :]
    assert {*re.findall(r"\bD\d+\b", text)} == {*re.findall(r"^D\d+$", decisions, re.MULTILINE)}
    told = "".join(f"\n{x.id}\n{_plain(x.text)}\n" for x in BY_NUMBER if re.search(rf"\b{x.id}\b", text))
    golden(page, f"{head}\nClauses\n=======\n{told}{decisions}")


def _plain(text: str) -> str:
    """As it stands in Documentation, which has no characters but those of ASCII."""
    for there, here in (("\u2212", "-"), ("\u2265", ">="), ("\u2264", "<="), ("`", "``")):
        text = text.replace(there, here)
    assert text.isascii()
    return textwrap.fill(text, 78, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
