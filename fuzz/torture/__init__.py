# SPDX-License-Identifier: Apache-2.0
"""A hostile world, round after round: what must never happen to a kernel, whatever its programs do."""
