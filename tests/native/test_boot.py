# SPDX-License-Identifier: Apache-2.0
"""`syslet boot`: a program of this machine inside the real kernel."""

import contextlib
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from native.targets import build
from native.targets.host import TargetUnavailable
from native.targets.uml import boot as uml_boot
from tests.native.guests import boot

pytestmark = pytest.mark.kernel

REFUSE_PTRACE = """
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

    if (argc < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        return 1;
    execv(argv[1], argv + 1);
    return 1;
}
"""


def test_output_and_status_are_passed_through() -> None:
    done = boot("--", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err\n", 7)


def test_it_is_our_kernel() -> None:
    assert boot("--", "uname", "-r").stdout.startswith("6.12.")


def test_death_by_a_signal() -> None:
    assert boot("--", "sh", "-c", "kill -9 $$").returncode == 137


def test_a_program_that_is_not_there() -> None:
    done = boot("--", "no-such-program")
    assert done.returncode == 127
    assert "no-such-program" in done.stderr


def test_arguments_may_hold_anything() -> None:
    words = ["a b", "", "quote'\"", "ünï", "line\nfeed", "--disk"]
    done = boot("--", "printf", "[%s]", *words)
    assert done.stdout == "".join(f"[{x}]" for x in words)


@pytest.mark.parametrize("text", ["", "hello\n"])
def test_a_program_finds_no_descriptor_but_the_three(text: str) -> None:
    assert boot("--", "ls", "/proc/self/fd", text=text).stdout.split() == ["0", "1", "2", "3"], (
        "3 is ls reading the folder"
    )


def test_standard_input() -> None:
    assert boot("--", "tr", "a-z", "A-Z", text="hello\n").stdout == "HELLO\n"


def test_in_real_time_standard_input_needs_no_end() -> None:
    command = [sys.executable, "-m", "fuzz.cli", "boot", "--real-time", "--", "sh", "-c", "read line; echo got $line"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("one\n")
        process.stdin.flush()
        assert process.stdout.read() == "got one\n"
        assert process.wait() == 0


def test_in_real_time_standard_input_is_whole() -> None:
    text = "".join(f"{number}\r\n\x03\x04\x1a" for number in range(30_000))
    done = boot("--real-time", "--", "wc", "-c", text=text)
    assert done.stdout == f"{len(text)}\n"


def test_in_virtual_time_standard_input_is_waited_for() -> None:
    command = [sys.executable, "-m", "fuzz.cli", "boot", "--", "cat"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        assert "standard input" in process.stderr.readline()
        process.stdin.write("at last")
        process.stdin.close()
        assert process.stdout.read() == "at last"


def test_a_home_directory_is_not_needed() -> None:
    cache = str(build.cache_folder())
    done = boot("--", "echo", "fine", env={**os.environ, "HOME": "/nonexistent", "SYSLET_CACHE": cache})
    assert (done.stdout, done.returncode) == ("fine\n", 0), done.stderr


def test_a_machine_that_refuses_ptrace(tmp_path: Path) -> None:
    """Refused as by the filter of a container: User Mode Linux cannot start."""
    refuse = tmp_path / "refuse.c"
    refuse.write_text(REFUSE_PTRACE)
    build.compile_program(refuse, tmp_path / "refuse")
    command = [str(tmp_path / "refuse"), sys.executable, "-m", "fuzz.cli"]
    for arguments in (["boot", "--", "true"], ["run", "--target", "uml", "corpus/litmus/hello.syslet"]):
        done = subprocess.run(
            [*command, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=build.ROOT.parent,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 77, done.stderr
        assert "ptrace" in done.stderr


def test_what_a_killed_boot_left_is_removed() -> None:
    folder = build.cache_folder() / "boot" / f"left-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    assert boot("--", "true").returncode == 0
    assert not folder.exists()


def processes() -> set[int]:
    """Of kernels, and of what they run programs in."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if b"syslet_job=" in (path / "cmdline").read_bytes():
                found.add(int(path.name))
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_the_guest_and_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    for path in build.cache_folder().iterdir():
        if path.name.startswith(("uml-fast-", "boot-", "package")):
            (cache / path.name).symlink_to(path)
    before = processes()
    command = [sys.executable, "-m", "fuzz.cli", "boot", "--real-time", "--", "sh", "-c", "echo ready; sleep 1000"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "SYSLET_CACHE": str(cache)},
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # noqa: PLW1509  # a job in the background ignores some
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"ready\n", process.stderr.read()
        assert processes() - before
        process.send_signal(number)
        assert process.wait(timeout=60) == 128 + number
        assert process.stderr.read() == b""
    assert processes() <= before
    assert list((cache / "boot").iterdir()) == []


def test_a_cache_that_cannot_be_written_to(tmp_path: Path) -> None:
    """Of another user, say: what is in it is used, and what is not goes elsewhere."""
    cache = tmp_path / "cache"
    cache.mkdir()
    for path in build.cache_folder().iterdir():
        if path.name.startswith(("uml-fast-", "package")):
            (cache / path.name).symlink_to(path)
    (cache / "boot").write_text("no folder")
    done = boot("--", "echo", "fine", env={**os.environ, "SYSLET_CACHE": str(cache)})
    assert (done.stdout, done.stderr, done.returncode) == ("fine\n", "", 0)


def test_no_place_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uml_boot, "_homes", lambda: [tmp_path / "file" / "boot", Path("/proc/boot")])
    (tmp_path / "file").write_text("")
    with pytest.raises(TargetUnavailable, match=r"Not a directory; /proc/boot: No such .*set \$SYSLET_CACHE"):
        uml_boot.boot(uml_boot.Job(("true",)))


def test_a_cache_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = boot("--", "true", env={**os.environ, "SYSLET_CACHE": str(tmp_path / "file")})
    assert done.returncode == 77
    assert "syslet kernel fast" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("where", [">", "2>"])
def test_a_full_disk(where: str) -> None:
    """What cannot be written is told, and the guest goes on to its end."""
    script = f"{sys.executable} -m fuzz.cli boot -- sh -c 'yes | head -c 1000000 | tee /dev/stderr' {where}/dev/full"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 1, done.stderr
    assert len(done.stdout if where == "2>" else done.stderr) >= 1_000_000
    if where == ">":
        assert "No space left on device" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_disk_of_no_size() -> None:
    done = boot("--disk", "much", "--", "true")
    assert done.returncode == 2
    assert "much" in done.stderr


def test_long_output_is_whole() -> None:
    assert len(boot("--", "head", "-c", "1000000", "/dev/zero").stdout) == 1_000_000


def test_time_passes_only_when_nothing_runs() -> None:
    done = boot("--", "sh", "-c", "date +%s; sleep 86400; date +%s")
    before, after = map(int, done.stdout.split())
    assert after - before in (86400, 86401)


def test_the_host_s_files_cannot_be_changed() -> None:
    folder = build.cache_folder() / f"boot-test-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    file = folder / "file"
    file.write_text("as it was")
    try:
        tries = (
            f"cat {file}; echo x > {file}; touch {folder}/new; rm -f {file}; mount -o remount,rw /; "
            f"echo x > {file}; mkdir /tmp/again; mount -t hostfs -o {folder} none /tmp/again; "
            f"echo x > /tmp/again/file; mount -o remount,rw /tmp/again; echo x > /tmp/again/file; chmod 777 {file}"
        )
        done = boot("--", "sh", "-c", tries)
        assert done.stdout == "as it was"
        assert file.read_text() == "as it was"
        assert list(folder.iterdir()) == [file]
        assert not file.stat().st_mode & 0o002
    finally:
        file.unlink(missing_ok=True)
        folder.rmdir()


def test_a_disk_of_its_own() -> None:
    script = "echo hello > /mnt/file && sync && cat /mnt/file && stat -f -c %T /mnt"
    done = boot("--disk", "64M", "--", "sh", "-c", script)
    assert done.stdout == "hello\next2/ext3\n", done.stderr


def test_cold_reads_of_the_disk_make_a_chain_asynchronous(tmp_path: Path) -> None:
    from tests.native.guests import guest_program

    folder = build.cache_folder() / f"boot-test-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    program = guest_program("coldread", folder)
    try:
        done = boot("--disk", "64M", "--", str(program), "/mnt/file")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "cold: asynchronous, warm: synchronous" in done.stdout
    finally:
        program.unlink()
        folder.rmdir()
