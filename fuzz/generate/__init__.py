# SPDX-License-Identifier: Apache-2.0
"""Where programs come from: the byte encoding, the builder, the mutator and Hypothesis strategies."""
