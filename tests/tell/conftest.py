# SPDX-License-Identifier: Apache-2.0
"""`pytest tests/tell --update-pictures` writes the golden pictures anew; look at them before they are committed."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-pictures", action="store_true", help="write the golden pictures of tests/tell anew")
