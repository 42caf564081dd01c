# SPDX-License-Identifier: GPL-2.0
"""All that builds and drives the native targets."""
