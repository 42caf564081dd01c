# SPDX-License-Identifier: Apache-2.0
"""The program text: `.syslet` files, their expectations, and traces for people."""

from fuzz.text.case import Case, DoneIs, EndIs, Expectation, HeadSleeps, Note, ResultIs, TasksAre, WordIs
from fuzz.text.line import TextError
from fuzz.text.parser import parse
from fuzz.text.printer import print_case, print_program

__all__ = [
    "Case", "DoneIs", "EndIs", "Expectation", "HeadSleeps", "Note", "ResultIs", "TasksAre", "TextError", "WordIs",
    "parse", "print_case", "print_program",
]  # fmt: skip
