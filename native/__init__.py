# SPDX-License-Identifier: GPL-2.0
"""The kernel implementation of syslets: its build, its executor, and the way to talk to it."""
