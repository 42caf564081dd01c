# SPDX-License-Identifier: Apache-2.0
"""How the real kernel is obtained and built, with a tree of a few files and a make that only pretends."""

import os
import shutil
import subprocess
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner

from fuzz.cli import syslet
from native.targets import faults
from native.targets.uml import kernel, source, tools
from native.targets.uml.kernel import BuildFailed, Flavour, KernelUnavailable

MAKE = """echo "$@ MAKEFLAGS=$MAKEFLAGS" >> "{log}"
for word; do case $word in O=*) out=${{word#O=}} ;; esac; goal=$word; done
case $goal in
tinyconfig) echo > "$out/.config" ;;
olddefconfig) grep -v "${{LACKING:-nothing}}" "$out/wanted.config" > "$out/.config" ;;
linux)
    cat kernel/syslet/*.c >> "{log}"
    echo "  CC      kernel/syslet/syslet.o"
    sh "{hook}" || exit 2
    cp /bin/true "$out/linux" ;;
esac
"""
GUEST = ".globl _start\n_start:\n"
MAKEFILE = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 7\n"
PATCH = "--- a/init/main.c\n+++ b/init/main.c\n@@ -1,2 +1,3 @@\n int {first};\n+int patched;\n int two;\n"

FAULT = """\
What: it is another one.
Why: they were counted anew.
Clause: none
Target: uml

--- a/native/kernel/one.c
+++ b/native/kernel/one.c
@@ -1 +1 @@
-int syslet_one;
+int syslet_three;
"""

FAULT_OF_LINUX = """\
What: the word is another one.
Why: it was misread.
Clause: none
Target: uml

--- a/native/linux/patches/0001-main.patch
+++ b/native/linux/patches/0001-main.patch
@@ -2,5 +2,5 @@
 +++ b/init/main.c
 @@ -1,2 +1,3 @@
  int one;
-+int patched;
++int mispatched;
  int two;
"""

HOOK = "--- a/kernel/syslet/one.c\n+++ b/kernel/syslet/one.c\n@@ -1 +1,2 @@\n int syslet_one;\n+int seen;\n"

needs_patch = pytest.mark.skipif(shutil.which("patch") is None, reason="there is no patch(1)")


@attrs.frozen
class World:
    """A source of Linux and a copy of our part of it, both tiny."""

    linux: Path
    ours: Path
    cache: Path
    log: Path
    hook: Path
    bin: Path

    def goals(self) -> list[str]:
        """What make was asked for."""
        return [x.split()[-2] for x in self.log.read_text().splitlines() if "MAKEFLAGS=" in x]

    def add_patch(self, first: str) -> None:
        (self.ours / "linux/patches/series").write_text("0001-main.patch\n")
        (self.ours / "linux/patches/0001-main.patch").write_text(PATCH.format(first=first))

    def program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.bin / name).chmod(0o755)

    def tree(self) -> Path:
        (made,) = (x for x in self.cache.glob("linux-*") if (x / "Makefile").exists())
        return made


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(*(tmp_path / x for x in ("linux", "native", "cache", "log", "hook", "bin")))
    for folder in (made.linux / "scripts/kconfig", made.linux / "init", made.ours / "linux/patches", made.bin):
        folder.mkdir(parents=True)
    (made.linux / "Makefile").write_text(MAKEFILE)
    (made.linux / "init/main.c").write_text("int one;\nint two;\n")
    (made.linux / "scripts/kconfig/merge_config.sh").write_text("#!/bin/sh\n")
    (made.linux / "scripts/kconfig/merge_config.sh").chmod(0o755)
    part = made.ours / "linux"
    (part / "overlay.list").write_text("# rules\nkernel/*.c kernel/ kernel/syslet\nlinux/tree/**/* linux/tree/ .\n")
    (part / "patches/series").write_text("# none\n")
    (made.ours / "kernel").mkdir()
    for name in ("one", "two"):
        (made.ours / f"kernel/{name}.c").write_text(f"int syslet_{name};\n")
    (part / "tree/kernel/syslet").mkdir(parents=True)
    (part / "tree/kernel/syslet/Kconfig").write_text("config SYSLETS\n")
    (part / "configs").mkdir()
    (part / "configs/common.config").write_text("CONFIG_SYSLETS=y\nCONFIG_FUTEX=y\n# CONFIG_SWAP is not set\n")
    (part / "configs/fast.config").write_text("")
    (part / "configs/debug.config").write_text("CONFIG_KASAN=y\n")
    (part / "serve.S").write_text(GUEST)
    made.log.write_text("")
    made.hook.write_text("")
    made.program("make", MAKE.format(log=made.log, hook=made.hook))
    for module, name, value in (
        (source, "ROOT", made.ours), (source, "PATCHES", part / "patches"), (source, "_INSTALLED", tmp_path / "usr"),
        (source, "OBSERVER", part / "observer"), (kernel, "ROOT", made.ours),
        (kernel, "_CONFIGS", part / "configs"), (kernel, "_GUEST", part / "serve.S"), (tools, "missing", list),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    monkeypatch.setenv("PATH", str(made.bin), prepend=":")
    monkeypatch.setenv("SYSLET_CACHE", str(made.cache))
    monkeypatch.setenv("LINUX_SOURCE", str(made.linux))
    return made


def tarball(world: World, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["tar", "-czf", str(path), "-C", str(world.linux.parent), world.linux.name], check=True)
    return path


def test_built_once_then_found(world: World) -> None:
    assert kernel.built() is None
    assert not world.cache.exists()
    said: list[str] = []
    folder = kernel.kernel(progress=said.append)
    assert folder.name.startswith(kernel.kernel_id())
    assert sorted(str(x.relative_to(folder)) for x in folder.rglob("*")) == ["config", "linux", "root", "root/init"]
    assert "  CC      kernel/syslet/syslet.o" in said
    assert world.goals() == ["tinyconfig", "olddefconfig", "linux"]
    assert kernel.built() == kernel.kernel() == folder
    assert world.goals()[3:] == []
    assert kernel.built(Flavour.DEBUG) is None
    assert not [x for x in world.cache.iterdir() if ".part." in x.name]


def test_found_without_any_source(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = kernel.kernel()
    monkeypatch.delenv("LINUX_SOURCE")
    assert kernel.built() == folder


def test_a_change_of_ours_builds_only_that(world: World) -> None:
    before = kernel.kernel()
    tree = world.tree()
    (tree / "marker").write_text("")
    same = (tree / "kernel/syslet/one.c").stat()
    (world.ours / "kernel/two.c").unlink()
    (world.ours / "kernel/three.c").write_text("int syslet_three;\n")
    after = kernel.kernel()
    assert after != before
    assert before.exists()
    assert (tree / "marker").exists(), "the tree was unpacked again"
    assert (tree / "kernel/syslet/one.c").stat().st_mtime_ns == same.st_mtime_ns
    assert sorted(x.name for x in (tree / "kernel/syslet").iterdir()) == ["Kconfig", "one.c", "three.c"]
    assert world.goals() == ["tinyconfig", "olddefconfig", "linux", "linux"]


def test_a_change_while_it_builds_does_not_get_the_old_name(world: World) -> None:
    ours = world.ours / "kernel/one.c"
    world.hook.write_text(f"[ $(grep -c ' linux ' {world.log}) = 1 ] && echo 'int late;' > {ours}; true\n")
    folder = kernel.kernel()
    assert list(world.cache.glob("uml-*")) == [folder]
    assert folder == kernel.built()
    assert world.goals()[-2:] == ["linux", "linux"]
    assert "int late;" in world.log.read_text()


def plant(world: World, monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    folder = world.ours / "faults"
    folder.mkdir()
    (folder / f"{name}.patch").write_text(text)
    known = faults.load(folder)
    monkeypatch.setattr(faults, "load", lambda: known)
    monkeypatch.setattr(faults, "PROJECT", world.ours.parent)


def test_a_fault_is_planted_in_the_tree_and_gone_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(world, monkeypatch, "THREE", FAULT)
    fine = kernel.kernel()
    two = (world.tree() / "kernel/syslet/two.c").stat().st_mtime_ns
    faulty = kernel.kernel(fault="THREE")
    assert faulty.name != fine.name
    assert (world.tree() / "kernel/syslet/one.c").read_text() == "int syslet_three;\n"
    assert (world.tree() / "kernel/syslet/two.c").stat().st_mtime_ns == two
    assert (world.ours / "kernel/one.c").read_text() == "int syslet_one;\n"
    assert (faulty / "root/init").read_bytes() == (fine / "root/init").read_bytes()
    assert "int syslet_three;" in world.log.read_text()
    kernel.kernel(Flavour.DEBUG)
    assert (world.tree() / "kernel/syslet/one.c").read_text() == "int syslet_one;\n"
    assert kernel.faults() == ("THREE",)
    with pytest.raises(ValueError, match="no planted fault is called NONE"):
        kernel.kernel_id(fault="NONE")


@needs_patch
def test_a_fault_of_a_patch_is_in_the_tree_for_its_build_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add_patch("one")
    plant(world, monkeypatch, "MISREAD", FAULT_OF_LINUX)
    fine = kernel.kernel()
    tree, copy = world.tree(), world.cache / "copy"
    (tree / "marker").write_text("")
    os.link(tree / "init/main.c", copy)
    world.hook.write_text(f"cat init/main.c >> {world.log}\n")
    faulty = kernel.kernel(fault="MISREAD")
    assert faulty.name != fine.name
    assert "int one;\nint mispatched;\nint two;\n" in world.log.read_text()
    assert (tree / "init/main.c").read_text() == copy.read_text() == "int one;\nint patched;\nint two;\n"
    assert (tree / "marker").exists(), "the tree was unpacked again"
    assert world.tree() == tree
    assert kernel.kernel() == fine


@needs_patch
@pytest.mark.parametrize("fails", [True, False])
def test_what_a_fault_of_a_patch_left_is_put_back(world: World, monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    """By the build that failed, or by the next one if it was killed."""
    world.add_patch("one")
    plant(world, monkeypatch, "MISREAD", FAULT_OF_LINUX)
    kernel.kernel()
    patched = (world.tree() / "init/main.c").read_text()
    if fails:
        world.hook.write_text("exit 1\n")
        with pytest.raises(BuildFailed):
            kernel.kernel(fault="MISREAD")
    else:
        kept = world.tree() / ".syslet-replaced/init"
        kept.mkdir(parents=True)
        (kept / "main.c").write_text(patched)
        (kept / "other.c.new").write_text("half of")
        (world.tree() / "init/main.c").write_text("int mispatched;\n")
        kernel.kernel(Flavour.DEBUG)
    assert (world.tree() / "init/main.c").read_text() == patched
    assert not (world.tree() / "init/other.c").exists()
    assert not [x for x in (world.tree() / ".syslet-replaced").rglob("*") if x.is_file()]


def test_options_that_are_not_to_be_had(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LACKING", "KASAN")
    with pytest.raises(BuildFailed, match=r"CONFIG_KASAN is n, not y$"):
        kernel.kernel(Flavour.DEBUG)
    monkeypatch.delenv("LACKING")
    assert "CONFIG_KASAN=y" in (kernel.kernel(Flavour.DEBUG) / "config").read_text()


def test_the_environment_does_not_steer_the_build(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEFLAGS", "--dry-run")
    kernel.kernel()
    assert "--dry-run" not in world.log.read_text()


def test_status_tells_failed_from_not_available(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.hook.write_text("echo kernel/syslet/one.c:1: error: oops; exit 1\n")
    failed = CliRunner().invoke(syslet, ["kernel", "fast"])
    assert failed.exit_code == 2
    assert "one.c:1: error: oops" in failed.output
    assert kernel.built() is None
    world.hook.write_text("")
    fine = CliRunner().invoke(syslet, ["kernel", "fast"])
    assert fine.exit_code == 0
    assert f"{kernel.kernel_id()}: {kernel.built()}" in fine.output
    monkeypatch.setenv("LINUX_SOURCE", "/nowhere")
    missing = CliRunner().invoke(syslet, ["kernel", "fast"])
    assert missing.exit_code == 77
    assert "/nowhere" in missing.output


@needs_patch
def test_a_tree_of_the_user_is_copied_and_patched(world: World) -> None:
    world.add_patch("one")
    (world.linux / "init/main.c").chmod(0o444)
    (world.linux / "init").chmod(0o555)
    kernel.kernel()
    assert "patched" in (world.tree() / "init/main.c").read_text()
    assert (world.tree() / "init").stat().st_mode & 0o200, "only root could patch this"
    assert (world.linux / "init/main.c").read_text() == "int one;\nint two;\n"
    assert not (world.linux / "kernel").exists()
    (world.linux / "init").chmod(0o755)  # or else the folder could not be removed


@needs_patch
def test_a_hunk_that_does_not_apply(world: World) -> None:
    world.add_patch("other")
    with pytest.raises(BuildFailed) as caught:
        kernel.kernel()
    for part in ("0001-main.patch", "init/main.c", "Hunk #1", "6.12.7"):
        assert part in str(caught.value)
    assert [x.suffix for x in world.cache.iterdir()] == [".lock"]


def test_other_series_are_refused(world: World) -> None:
    (world.linux / "Makefile").write_text(MAKEFILE.replace("12", "13"))
    with pytest.raises(KernelUnavailable, match=r"holds version 6\.13, the patches are for 6\.12"):
        kernel.kernel()
    (world.linux / "Makefile").unlink()
    with pytest.raises(KernelUnavailable, match="is no source of Linux"):
        kernel.kernel()


def test_our_files_do_not_replace_those_of_linux(world: World) -> None:
    (world.ours / "linux/tree/init").mkdir()
    (world.ours / "linux/tree/init/main.c").write_text("")
    with pytest.raises(BuildFailed, match=r"would replace a file of Linux, init/main\.c"):
        kernel.kernel()


def test_what_a_killed_build_left_is_removed(world: World) -> None:
    kernel.kernel()
    tree = world.tree()
    shutil.rmtree(tree)
    left = tree.with_name(f"{tree.name}.part.killed")
    left.mkdir()
    kernel.kernel(Flavour.DEBUG)
    assert tree.exists()
    assert not left.exists()


def test_source_order(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tarball(world, tmp_path / "own" / "linux.tar.gz")
    installed = tarball(world, tmp_path / "usr" / "linux-source-6.12.tar.gz")
    (tmp_path / "usr" / "linux-source-6.12.tar.asc").write_text("")
    monkeypatch.setenv("LINUX_SOURCE", str(own))
    assert source.obtain(print).path == own
    kernel.kernel()
    monkeypatch.delenv("LINUX_SOURCE")
    assert source.obtain(print).path == installed


def test_source_downloaded_into_an_empty_cache(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tarball(world, tmp_path / "linux-source-6.12.tar.gz")
    monkeypatch.delenv("LINUX_SOURCE")
    world.program("apt-get", '[ "$1" = download ] && echo > linux-source-6.12_all.deb')
    world.program("dpkg-deb", f'mkdir -p "$3/usr/src" && cp {packed} "$3/usr/src"')
    said: list[str] = []
    folder = kernel.kernel(progress=said.append)
    assert said[0].startswith("downloading linux-source-6.12")
    world.program("apt-get", "exit 1")
    assert kernel.built() == folder


@pytest.mark.parametrize("there", [True, False])
def test_no_source(world: World, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    monkeypatch.delenv("LINUX_SOURCE")
    world.program("apt-get", "echo 'E: Unable to locate package' >&2; exit 100")
    world.program("dpkg-deb", "exit 1")
    if not there:
        monkeypatch.setattr(shutil, "which", lambda *_: None)
    with pytest.raises(KernelUnavailable, match="set LINUX_SOURCE to the tarball") as caught:
        kernel.kernel()
    assert ("Unable to locate" in str(caught.value)) == there


@pytest.mark.parametrize("root", [True, False])
def test_missing_tools(world: World, monkeypatch: pytest.MonkeyPatch, root: bool) -> None:
    monkeypatch.setattr(tools, "missing", lambda: [x for x in ("flex", "xz") if not (world.bin / x).exists()])
    monkeypatch.setattr("os.geteuid", lambda: 0 if root else 1000)
    world.program("apt-get", f'[ "$1" = install ] && touch {world.bin}/flex {world.bin}/xz && echo "$@" >> {world.log}')
    said: list[str] = []
    if root:
        tools.ensure(said.append)
        assert said == ["installing flex xz-utils"]
        assert world.log.read_text().endswith("flex xz-utils\n")
    else:
        with pytest.raises(KernelUnavailable, match=r"apt-get install flex xz-utils; Fedora: dnf install flex xz"):
            tools.ensure(said.append)


def test_the_real_lists() -> None:
    files = source.overlay()
    assert {"kernel/syslet/syslet_entry.c", "kernel/syslet/Makefile", "include/uapi/linux/syslet.h"} <= files.keys()
    patches = {*source.PATCHES.glob("*.patch"), *(source.OBSERVER / "patches").glob("*.patch")}
    assert set(source.patches()) == patches


def test_sections_and_hooks(world: World) -> None:
    ours = world.ours / "linux"
    (ours / "observer/tree/kernel/syslet").mkdir(parents=True)
    (ours / "observer/tree/kernel/syslet/eye.c").write_text("int eye;\n")
    (ours / "observer/hooks.patch").write_text(HOOK)
    with (ours / "overlay.list").open("a") as file:
        file.write("[observer]\nlinux/observer/tree/**/* linux/observer/tree/ .\n")
    assert set(source.overlay()) - set(source.posted_overlay()) == {"kernel/syslet/eye.c"}
    kernel.kernel()
    assert (world.tree() / "kernel/syslet/one.c").read_text() == "int syslet_one;\nint seen;\n"
    assert (world.tree() / "kernel/syslet/eye.c").exists()
    assert (world.ours / "kernel/one.c").read_text() == "int syslet_one;\n"
    (world.ours / "kernel/one.c").write_text("int other;\n")
    with pytest.raises(BuildFailed, match=r"hooks\.patch: hunk 1 for kernel/syslet/one\.c"):
        kernel.kernel()
