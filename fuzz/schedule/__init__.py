# SPDX-License-Identifier: Apache-2.0
"""Schedules: who goes on where several tasks can, drawn and searched by the model, written down as choices."""
