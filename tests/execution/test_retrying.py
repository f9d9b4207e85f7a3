"""Whether a failed call is made again, and when: a table, without any waiting."""

from __future__ import annotations

import pytest

from gateway.errors import ErrorClass
from gateway.execution.calls.retrying import Trouble, decide
from gateway.profile.model import Retry

USUAL = Retry(3, frozenset({"timeout", "connect", "reset", "5xx"}))


@pytest.mark.parametrize(
    ("classes", "trouble", "again"),
    [
        ({"timeout"}, Trouble(ErrorClass.TIMEOUT), True),
        ({"connect"}, Trouble(ErrorClass.CONNECT), True),
        ({"reset"}, Trouble(ErrorClass.RESET), True),
        ({"timeout"}, Trouble(ErrorClass.RESET), False),
        ({"5xx"}, Trouble(ErrorClass.STATUS, 500), True),
        ({"5xx"}, Trouble(ErrorClass.STATUS, 599), True),
        ({"5xx"}, Trouble(ErrorClass.STATUS, 499), False),
        ({"4xx"}, Trouble(ErrorClass.STATUS, 429), True),
        ({"429"}, Trouble(ErrorClass.STATUS, 429), True),
        ({"429"}, Trouble(ErrorClass.STATUS, 428), False),
        ({"503"}, Trouble(ErrorClass.STATUS, 500), False),
        ({"rejected"}, Trouble(ErrorClass.REJECTED, 200), True),
        ({"2xx", "200"}, Trouble(ErrorClass.REJECTED, 200), False),
        (set(), Trouble(ErrorClass.REJECTED, 200, wanted=True), True),
        (set(), Trouble(ErrorClass.TIMEOUT), False),
    ],
)
def test_what_is_listed_or_wanted_is_made_again(
    classes: set[str], trouble: Trouble, again: bool
) -> None:
    """Classes are exact; a condition stands beside them."""
    retry = Retry(2, frozenset(classes))
    assert (decide(retry, trouble, 1, left=9.0, jitter=0.0) == 0.0) is again


@pytest.mark.parametrize(("made", "again"), [(1, True), (2, True), (3, False)])
def test_attempts_count_the_first(made: int, again: bool) -> None:
    """Three attempts are two more."""
    came = decide(USUAL, Trouble(ErrorClass.RESET), made, left=9.0, jitter=0.0)
    assert (came is not None) is again


def test_a_step_without_retry_is_asked_once() -> None:
    """Nothing is made again that nobody wrote."""
    assert decide(None, Trouble(ErrorClass.RESET), 1, left=9.0, jitter=0.0) is None


@pytest.mark.parametrize(
    ("made", "jitter", "pause"),
    [
        (1, 1.0, 0.05),
        (2, 1.0, 0.1),
        (3, 1.0, 0.2),
        (3, 0.5, 0.1),
        (5, 1.0, 0.8),
        (6, 1.0, 1.0),
        (5000, 1.0, 1.0),
        (6, 0.0, 0.0),
    ],
)
def test_pauses_grow_to_a_second_and_are_random_below(
    made: int, jitter: float, pause: float
) -> None:
    """Full jitter: anything from none to the longest."""
    patient = Retry(10_000, USUAL.classes)
    trouble = Trouble(ErrorClass.CONNECT)
    assert decide(patient, trouble, made, left=9.0, jitter=jitter) == pause


@pytest.mark.parametrize(
    ("asked", "left", "pause"),
    [(2.0, 9.0, 2.05), (2.0, 2.05, None), (2.0, 1.0, None), (0.0, 0.06, 0.05)],
)
def test_what_the_source_asks_for_is_waited_for_if_the_deadline_allows(
    asked: float, left: float, pause: float | None
) -> None:
    """A pause that does not fit is a failure now, not later."""
    trouble = Trouble(ErrorClass.STATUS, 503, retry_after=asked)
    assert decide(USUAL, trouble, 1, left=left, jitter=1.0) == pause
