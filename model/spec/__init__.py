# SPDX-License-Identifier: Apache-2.0
"""The rules of v3, one module for each C file, and the machine that they ask."""
