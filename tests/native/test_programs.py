# SPDX-License-Identifier: Apache-2.0
"""`syslet boot` says that it runs any program of this machine: those that are installed, and what they need."""

import re
import shutil
import sys
from typing import Final

import pytest

from native.targets import build
from tests.native.guests import boot

pytestmark = pytest.mark.kernel

PYTHON: Final = """
import asyncio, mmap, multiprocessing, os, select, signal, socket, subprocess, tempfile, threading
from multiprocessing import shared_memory

if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        assert pool.map(abs, [-1, 2]) == [1, 2]
    memory = shared_memory.SharedMemory(create=True, size=10)
    memory.close()
    memory.unlink()
    assert subprocess.check_output(["cat"], input=b"x") == b"x"
    near, far = socket.socketpair()
    near.sendall(b"y")
    assert far.recv(1) == b"y"
    assert asyncio.run(asyncio.sleep(1, "z")) == "z"
    master, slave = os.openpty()
    assert os.ttyname(slave).startswith("/dev/pts/")
    with tempfile.TemporaryFile() as file:
        file.truncate(4096)
        mmap.mmap(file.fileno(), 4096)[0] = 1
    os.memfd_create("m")
    os.pidfd_open(os.getpid())
    print("fine")
"""

COREUTILS: Final = """
seq 9 | shuf | sort -n | tac | tail -n 3 | tee /tmp/t | md5sum
stat -c %s /tmp/t
nproc
nice -n 3 nice
timeout 1 sleep 9
echo $?
echo a > /dev/stderr
ls -1 /dev/fd/
df /tmp | wc -l
"""

COMMANDS: Final = {
    "coreutils": (["sh", "-c", COREUTILS], r"^\w{32}  -\n6\n1\n3\n124\n0\n1\n2\n3\n2\n$"),
    "python3": ([sys.executable, "-c", PYTHON], "^fine\n$"),
    "bash": (["bash", "-c", "cat <(echo in) > >(cat); sleep .1; echo $((6*7))"], "^in\n42\n$"),
    "gdb": (["gdb", "-q", "-nx", "-batch", "-ex", "catch syscall exit_group", "-ex", "run", "-ex", "info registers rip",
             "-ex", "continue", "--args", "/bin/echo", "hello"], r"hello\n(.*\n)*rip .*\n(.*\n)*.*exited normally"),
    "strace": (["sh", "-c", "strace -f -o /tmp/log sh -c 'true & wait'; grep -c exit_group /tmp/log"], "^2\n$"),
    "ltrace": (["ltrace", "-o", "/dev/null", "true"], ""),
    "ipcmk": (["sh", "-c", "ipcmk -M 4096 && ipcmk -S 2 && ipcmk -Q && ipcs | grep -c 0x"], "3\n$"),
    "fio": (["fio", "--name=x", "--filename=/tmp/f", "--size=1M", "--rw=randrw", "--thread=0"], "(?s)read.*write"),
    "stress-ng": (["stress-ng", "--no-rand-seed", "--cpu", "1", "--pipe", "1", "--shm-sysv", "1", "--fork", "1",
                   "--cpu-ops", "10", "--pipe-ops", "10", "--shm-sysv-ops", "10", "--fork-ops", "10"], ""),
    "perl": (["perl", "-e", "$p = fork; exit 3 unless $p; wait; print $? >> 8"], "^3$"),
    "flock": (["flock", "/tmp/lock", "echo", "mine"], "^mine\n$"),
    "tail": (["sh", "-c", "echo 1 > /tmp/f; (sleep 1; echo 2 >> /tmp/f) & timeout 9 tail -f /tmp/f | head -n 2"],
             "^1\n2\n$"),
    "ps": (["sh", "-c", "sleep 9 & ps -o comm= -p $!; cat /proc/$$/task/$$/children"], r"^sleep\n\d+ (\d+ )?$"),
    "unshare": (["unshare", "--uts", "sh", "-c", "hostname other; hostname"], "^other\n$"),
    "script": (["script", "-qec", "tty", "/tmp/typescript"], "^/dev/pts/0\r?\n$"),
    "lsof": (["sh", "-c", "exec 9> /tmp/held; lsof -p $$ | grep -c /tmp/held"], "^1\n$"),
}  # fmt: skip
"""By the program that has to be there: what is run, and what it says."""


@pytest.mark.parametrize("program", COMMANDS)
def test_a_program_of_the_machine(program: str) -> None:
    command, said = COMMANDS[program]
    tools = {"coreutils": "shuf"}
    if shutil.which(tools.get(program, program)) is None:
        pytest.skip(f"{program} is not installed")
    done = boot("--real-time", "--", *command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(said, done.stdout), done.stdout + done.stderr


def test_what_the_guest_has_is_told() -> None:
    """The options that programs ask for, each with a line of the page."""
    page = (build.ROOT.parent / "docs/howto/boot-the-kernel.md").read_text()
    assert "System V IPC" in page
