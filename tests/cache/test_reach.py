"""When a shared store is asked, and what is said of it; whose clock says when."""

from __future__ import annotations

from gateway.cache.reach import PAUSE, Reach
from gateway.cache.remote_time import RemoteTime
from gateway.telemetry.events import CacheFound, CacheLost, Event


def test_a_store_that_fails_is_left_alone_for_a_pause() -> None:
    """Then one call tries it, and the others still go on without."""
    events: list[Event] = []
    reach = Reach("all", events.append)
    assert reach.may_ask(0.0)
    reach.failed(0.0, "refused")
    assert not reach.may_ask(PAUSE - 0.01)
    assert reach.may_ask(PAUSE)
    assert not reach.may_ask(PAUSE)
    reach.worked(PAUSE + 0.5)
    assert reach.may_ask(PAUSE + 0.5)
    assert events == [CacheLost("all", "refused"), CacheFound("all", PAUSE + 0.5)]


def test_it_is_said_once_that_a_store_is_lost() -> None:
    """However many calls meet it, and however long it stays away."""
    events: list[Event] = []
    reach = Reach("all", events.append)
    for at in range(100):
        reach.failed(float(at), "refused")
    assert events == [CacheLost("all", "refused")]


def test_one_late_answer_is_no_failure_and_three_in_a_row_are() -> None:
    """The moment may have been our own."""
    events: list[Event] = []
    reach = Reach("all", events.append)
    reach.late(0.0)
    reach.late(0.0)
    reach.worked(0.0)
    reach.late(0.0)
    reach.late(0.0)
    assert reach.may_ask(0.0)
    reach.late(0.0)
    assert not reach.may_ask(0.0)
    assert events == [CacheLost("all", "it does not answer in time")]


def test_a_late_answer_to_the_one_that_tries_is_a_failure() -> None:
    """A lost store has to show that it is back."""
    reach = Reach("all", lambda _: None)
    reach.failed(0.0, "refused")
    assert reach.may_ask(PAUSE)
    reach.late(PAUSE)
    assert not reach.may_ask(PAUSE + 0.1)
    assert reach.may_ask(2 * PAUSE)


def test_who_gave_up_leaves_the_try_to_the_next() -> None:
    """A cancelled request must not keep the store lost for good."""
    reach = Reach("all", lambda _: None)
    reach.failed(0.0, "refused")
    assert reach.may_ask(PAUSE)
    reach.gave_up()
    assert reach.may_ask(PAUSE)


def test_the_best_bound_of_a_clock_is_the_greatest() -> None:
    """An answer that took long says little, and never too much."""
    time = RemoteTime()
    assert not time.known(100.0)
    time.learn(1_000.0, 100.5)
    time.learn(1_001.0, 101.0)
    time.learn(1_002.0, 103.0)
    assert time.known(103.0)
    assert time.there(100.0) == 1_000.0


def test_a_bound_that_is_old_is_learned_anew() -> None:
    """Also a smaller one: clocks are set, in both directions."""
    time = RemoteTime()
    time.learn(1_000.0, 100.0)
    assert not time.known(130.0)
    assert not time.known(99.0)
    time.learn(1_029.0, 130.0)
    assert time.there(130.0) == 1_029.0
