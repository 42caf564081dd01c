# SPDX-License-Identifier: Apache-2.0
"""The instructions of a cached threadlet: as they were assembled, and as the documentation shows them."""

import re
import subprocess
from pathlib import Path
from typing import Final

from native.targets import build, library

PAGE: Final = Path(__file__).parents[2] / "docs" / "design" / "threadlets.md"
FUNCTIONS: Final = ("threadlet_exec", "threadlet_run", "threadlet_return", "threadlet_complete")


def _plain(text: str, relocation: str | None) -> str:
    """One spelling: no hints, no offsets that a linker fills in, no addresses of labels."""
    words = re.sub(r"\s+", " ", re.split("[#<]", text)[0]).strip()
    words = re.sub(r"^(j\w+) [0-9a-f]+$", r"\1", words)
    if not relocation:
        words = re.sub(r"0x[0-9a-f]+\(%rip\)", "heir(%rip)", words)
    else:
        words = re.sub(r"(?:0x)?[0-9a-f]+\(%rip\)", f"{relocation}(%rip)", words)
        words = re.sub(r"^(j\w+|call)$", rf"\1 {relocation}", words)
    return words


def listing(folder: Path) -> dict[str, list[str]]:
    """Function to its instructions, from objdump."""
    object_file = folder / "switch.o"
    source = library.LIBRARY / "src" / "switch.S"
    subprocess.run([*build.compiler(), *library.FLAGS, "-c", str(source), "-o", str(object_file)], check=True)
    command = ["objdump", "-dr", "--no-show-raw-insn", "--no-addresses", str(object_file)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    pending: str | None = None

    def flush(relocation: str | None = None) -> None:
        nonlocal pending
        if pending is not None and current is not None:
            current.append(_plain(pending, relocation))
        pending = None

    for line in printed.splitlines():
        if name := re.match(r"^(?:[0-9a-f]+ )?<(\w+)>:$", line):
            flush()
            if name[1] == "threadlet_exec_data":
                continue
            current = found.setdefault(name[1], []) if name[1] in FUNCTIONS else None
        elif relocation := re.search(r"R_X86_64_\w+\s+([\w.]+?)(?:[-+]0x[0-9a-f]+)?$", line):
            flush(relocation[1])
        elif line.startswith(("\t", "  ")):
            flush()
            pending = line
    flush()
    padding = ("nop", "cs nop", "data16", "xchg %ax")
    return {name: [x for x in found[name] if not x.startswith(padding)] for name in FUNCTIONS}


def documented() -> dict[str, list[str]]:
    """The same from the page, where a remark follows each instruction."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for block in re.findall(r"^((?:    .*\n|\n)+)", PAGE.read_text(), re.MULTILINE):
        for line in block.splitlines():
            if name := re.match(r"^    (\w+):$", line):
                current = found.setdefault(name[1], [])
            elif line.strip() and found:
                current.append(re.split(r"\s{2,};", line.strip())[0])
    return found
