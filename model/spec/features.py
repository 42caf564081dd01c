# SPDX-License-Identifier: Apache-2.0
"""The counters by which a fuzzer is steered toward clauses and results it has not seen."""

from model.spec.state import FEATURES

SIZE = FEATURES
"""Bytes of the `features` array that `model.check.check` fills."""
