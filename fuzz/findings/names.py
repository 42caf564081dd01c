# SPDX-License-Identifier: Apache-2.0
"""Names of the files in a folder of findings: `fuzz.findings.store` writes them, several commands read them."""

from typing import Final

SMALLEST: Final = "smallest.syslet"
"""Of a group: its simplest witness."""
GROUP: Final = "signature.json"
"""Of a group: what its findings have in common."""
RECORD: Final = "finding.json"
"""Of a finding: where it was met."""
STABILITY: Final = "stability.json"
"""Of a finding: how often it was shown again. Written when the work on it is over: without it, it was broken off."""
VERDICT: Final = "verdict.json"
MINIMIZING: Final = "minimized.json"
"""Of a finding: how minimizing ended."""
PROGRAM: Final = "program.syslet"
TRACE: Final = "target-trace.json"
MINIMIZED: Final = "minimized.syslet"
OF_MINIMIZED: Final = "minimized-"
"""In front of what was observed of the minimized program."""
UNKNOWN: Final = "unknown"
"""The folder of programs without a verdict, beside the groups."""
WITNESSES: Final = {MINIMIZED: OF_MINIMIZED + TRACE, PROGRAM: TRACE}
"""The programs of a finding, the smaller one first, each with its trace."""
