# SPDX-License-Identifier: GPL-2.0
"""Executors that tests share: one of each flavour, started once."""

from collections.abc import Iterator

import pytest

from native.targets.build import Flavour, NoCompiler, compiler
from native.targets.host import HostTarget


@pytest.fixture(scope="session", autouse=True)
def _compiler() -> None:
    try:
        compiler()
    except NoCompiler as problem:
        pytest.fail(str(problem))


@pytest.fixture(scope="session", params=list(Flavour), ids=lambda flavour: flavour.value)
def host(request: pytest.FixtureRequest) -> Iterator[HostTarget]:
    with HostTarget(request.param) as target:
        yield target


@pytest.fixture(scope="session")
def fast() -> Iterator[HostTarget]:
    with HostTarget() as target:
        yield target
