# SPDX-License-Identifier: Apache-2.0
"""How much of the specification programs exercise: clauses, transitions, lines of the model and of the kernel files."""
