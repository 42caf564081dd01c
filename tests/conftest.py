# SPDX-License-Identifier: Apache-2.0
"""Shared fixtures: one host target for a whole test run, golden texts, and Hypothesis profiles without flakes.

`pytest --renew` runs the tests of golden texts and no others, and writes what they would compare.
"""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

from fuzz import form
from native.targets.host import HostTarget, TargetUnavailable

settings.register_profile(
    "project", database=None, derandomize=True, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],  # it asks the clock, and a busy machine is no finding
)  # fmt: skip
settings.load_profile("project")


_RENEW: Final = "--renew"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(_RENEW, action="store_true", help="write all golden texts anew, and run no other test")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that work on the code of the model need it interpreted; `tox -e compiled` runs them so."""
    if form.compiled():
        skip = pytest.mark.skip(reason=f"needs the interpreted model: {form.PURE}=1")
        for item in items:
            if item.get_closest_marker("interpreted"):
                item.add_marker(skip)
    if config.getoption(_RENEW):
        config.hook.pytest_deselected(items=[x for x in items if "golden" not in getattr(x, "fixturenames", ())])
        items[:] = [x for x in items if "golden" in getattr(x, "fixturenames", ())]


@pytest.fixture(autouse=True)
def signals_as_they_were() -> Iterator[None]:
    """A campaign that is interrupted ignores signals until its process ends; here that would be the next test."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with the file that keeps it; with `--renew` it writes the file."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption(_RENEW):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text, f"{path} is kept otherwise; pytest --renew writes it anew"

    return compare


@pytest.fixture(scope="session")
def host() -> Iterator[HostTarget]:
    """The kernel file in user space, built fast."""
    try:
        target = HostTarget()
    except TargetUnavailable as unavailable:
        pytest.fail(f"the native side cannot be built here: {unavailable}")
    with target:
        yield target
