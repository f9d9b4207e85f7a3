"""Secrets of one test are none of the next one's, nor of another file's."""

from __future__ import annotations

import pytest

from gateway.confided import CONFIDED
from tests.confiding import pytest_runtest_setup

SECRET = "correct-horse"


@pytest.fixture(scope="module", autouse=True)
def wide() -> None:
    """One that is there for all tests of the file."""
    CONFIDED.learn(["battery-staple"])


@pytest.mark.parametrize("_", range(2))
def test_a_secret_is_gone_with_its_test(_: int) -> None:
    assert CONFIDED.without(SECRET) == SECRET
    CONFIDED.learn([SECRET])
    assert CONFIDED.without(SECRET) == "***"
    assert CONFIDED.without("battery-staple") == "***"


def test_a_file_begins_with_none(request: pytest.FixtureRequest) -> None:
    class Elsewhere:
        path = request.path.parent / "another.py"

    pytest_runtest_setup(Elsewhere())  # type: ignore[arg-type]
    assert CONFIDED.without("battery-staple") == "battery-staple"
