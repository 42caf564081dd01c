# SPDX-License-Identifier: Apache-2.0
"""The executable specification of Linux syslets, v3: reads from `machine` through `entry`, `chain` and `completion`.

`layout` turns a program into an image, `run` runs it, `check` judges a trace of it.
"""

from model import _sources as _sources  # first of all: whether sources or compiled modules are imported
