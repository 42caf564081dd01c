# SPDX-License-Identifier: Apache-2.0
"""How wide text may be: as wide as the terminal that shows it, and no wider than what is read with ease."""

import shutil
import sys
from typing import Final

_LEAST: Final = 40


def room(most: int) -> int:
    """Columns that there are on standard output, at most `most`, which it is where no terminal shows it."""
    if sys.stdout is None or not sys.stdout.isatty():
        return most
    return max(_LEAST, min(most, shutil.get_terminal_size().columns))
