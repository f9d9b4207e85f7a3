"""What an author hands in to have a source tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.clock import Deadline, LoopClock
from gateway.connectors.base import Call, Source
from gateway.record import Model

PATIENCE = 60.0
"""Seconds that a call of a test has, where nothing is said."""


def require(*, that: bool, why: str) -> None:
    """Fail the test with a reason in words where something does not hold.

    Raises:
        AssertionError: it does not.
    """
    if not that:
        raise AssertionError(why)


def call_of(
    target: object,
    inputs: Mapping[str, object] | None = None,
    *,
    step: str = "contract",
) -> Call[Any]:
    """A call of a compiled step; the tests give it its deadline."""
    return Call(step, target, dict(inputs or {}), Deadline(float("inf")))


def within(call: Call[Any], seconds: float = PATIENCE) -> Call[Any]:
    """The call with so much time left, from now on."""
    return call._replace(deadline=Deadline.after(seconds, LoopClock()))


class Subject(Model, frozen=True):
    """A source and calls by which it is tried; what is None is not tried.

    ``open`` gives a new source at every call. ``call`` is answered by ``body``.
    ``other`` asks for something else. ``refused`` are calls that fail, by the source's
    word. ``slow`` is not answered within half a second. ``dead`` opens a source whose
    system is not there. ``secrets`` are texts that may show up nowhere.
    """

    open: Callable[[], Source[Any]]
    call: Call[Any]
    body: object
    other: Call[Any] | None = None
    refused: tuple[Call[Any], ...] = ()
    slow: Call[Any] | None = None
    dead: Callable[[], Source[Any]] | None = None
    secrets: tuple[str, ...] = ()
