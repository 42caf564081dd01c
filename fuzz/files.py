# SPDX-License-Identifier: Apache-2.0
"""Files that are there whole or not at all, whatever ends the process while they are written."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

PART: Final = ".part-"
"""Begins the name of a file that is still being written; one that is left over was cut."""


def write_file(path: Path, data: bytes, aside: Path | None = None) -> None:
    """Write a file; it is made in `aside`, which is on the same file system, or beside itself. Raises OSError."""
    handle, name = tempfile.mkstemp(prefix=PART, dir=aside or path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(handle, 0o644)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
