# SPDX-License-Identifier: Apache-2.0
"""Shared fixtures: one host target for a whole test run, and Hypothesis profiles without flakes."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from native.targets.host import HostTarget, TargetUnavailable

settings.register_profile("project", database=None, derandomize=True, deadline=None)
settings.load_profile("project")


@pytest.fixture(scope="session")
def host() -> Iterator[HostTarget]:
    """The kernel file in user space, built fast."""
    try:
        target = HostTarget()
    except TargetUnavailable as unavailable:
        pytest.fail(f"the native side cannot be built here: {unavailable}")
    with target:
        yield target
