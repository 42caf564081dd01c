# SPDX-License-Identifier: Apache-2.0
"""Campaigns: an engine makes programs, a session judges them, a panel shows how it goes."""
