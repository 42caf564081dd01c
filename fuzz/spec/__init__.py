# SPDX-License-Identifier: Apache-2.0
"""The specification as something to look things up in: clauses with their reasons, code, cases and switches."""
