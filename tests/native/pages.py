# SPDX-License-Identifier: Apache-2.0
"""The manual pages of the library, and the programs in them."""

import re
from pathlib import Path
from typing import Final

from native.targets import library

SECTIONS: Final = [
    "NAME", "LIBRARY", "SYNOPSIS", "DESCRIPTION", "RETURN VALUE", "ERRORS", "NOTES", "EXAMPLES", "SEE ALSO",
]  # fmt: skip
OPTIONAL: Final = {"LIBRARY", "ERRORS", "NOTES"}


def pages() -> list[Path]:
    """All that are more than another name of one."""
    return [x for x in sorted((library.LIBRARY / "man").iterdir()) if "\n.so " not in x.read_text()]


def aliases() -> dict[str, str]:
    """Names that show another page: name and section to that page's."""
    found = {}
    for path in sorted((library.LIBRARY / "man").iterdir()):
        if other := re.search(r"^\.so man\d/(\S+)$", path.read_text(), re.MULTILINE):
            found[path.name] = other[1]
    return found


def sections(page: Path) -> dict[str, str]:
    """Title to text, in order."""
    parts = re.split(r"^\.SH (.*)$", page.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def examples(page: Path) -> list[str]:
    """Programs between .EX and .EE, as a reader would type them."""
    found = re.findall(r"^\.EX\n(.*?)^\.EE$", sections(page)["EXAMPLES"], re.MULTILINE | re.DOTALL)
    return [x.replace(r"\-", "-").replace(r"\&", "").replace(r"\e", "\\") for x in found]


def example_programs(folder: Path) -> list[Path]:
    """Compile them all, warnings being errors."""
    made = []
    for page in pages():
        for number, text in enumerate(examples(page)):
            source = folder / f"{page.stem}-{number}.c"
            source.write_text("#define _GNU_SOURCE\n" + text)
            made.append(library.program(source, folder / source.stem, "-Werror"))
    return made
