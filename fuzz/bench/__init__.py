# SPDX-License-Identifier: Apache-2.0
"""Figures, each with the floor that it is measured against."""
