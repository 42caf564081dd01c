# SPDX-License-Identifier: Apache-2.0
"""Pictures of runs: one stream of beats (`fuzz.tell.story`), four media (text, SVG, HTML, Perfetto)."""
