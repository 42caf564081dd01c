# SPDX-License-Identifier: GPL-2.0
"""The real kernel: obtaining, building and running Linux with syslets as User Mode Linux."""
