# SPDX-License-Identifier: Apache-2.0
"""The objects a program's calls work on: descriptors, pipes, eventfds, futexes, the clock."""
