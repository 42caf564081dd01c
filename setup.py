# SPDX-License-Identifier: Apache-2.0
"""What pyproject.toml cannot say: see build_backend.py."""

from setuptools import setup

import build_backend

setup(**build_backend.arguments())
