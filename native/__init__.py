# SPDX-License-Identifier: GPL-2.0
"""The kernel implementation of syslets: its build, its executor, and the way to talk to it."""

from model import _sources as _sources  # before all else of ours: whether sources or compiled modules are imported
