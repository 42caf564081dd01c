# SPDX-License-Identifier: Apache-2.0
"""Is this trace a behaviour that the rules allow?"""
