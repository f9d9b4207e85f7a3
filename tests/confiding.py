"""What a test confides to the process is no secret to the tests after it.

A process remembers the secrets of all gateways that it ever loaded, as it must: those
of one test would be taken out of what the next one reads, by the order of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from gateway.confided import CONFIDED

_FILES: list[object] = [None]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A file begins with none; before its own wide fixtures load anything."""
    if _FILES[0] != item.path:
        _FILES[0] = item.path
        _only(())


@pytest.fixture(autouse=True)
def _forgets() -> Iterator[None]:
    """A test leaves those that there were before it."""
    before = tuple(CONFIDED._known)
    yield
    _only(before)


def _only(secrets: Iterable[str]) -> None:
    CONFIDED._known, CONFIDED._pattern = {}, None
    CONFIDED.learn(secrets)
