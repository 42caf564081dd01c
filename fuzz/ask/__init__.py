# SPDX-License-Identifier: Apache-2.0
"""Answers: what the specification allows for a program, in words, and where it leaves a choice."""
