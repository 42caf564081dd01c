# SPDX-License-Identifier: Apache-2.0
"""Findings: kept in folders, judged, reported."""
