# SPDX-License-Identifier: Apache-2.0
"""`python -m fuzz.cli`: the command without its installed script."""

from fuzz.cli import main

main()
