"""Connections that break, hang or drip cost one field, and nothing else."""

from __future__ import annotations

import pytest

from gateway.testing import hostile
from gateway.testing.hostile import Misbehaviour
from tests.hostile.stand import HURRIED, PATIENT, Stand, partial, whole

GOOD = {"score": 7}
BROKEN = partial("UPSTREAM_UNREACHABLE", "The connection broke before the answer.")
LATE = partial("UPSTREAM_TIMEOUT", "No answer within 200 ms.", "hurried")


async def test_a_good_upstream_gives_the_whole_answer(stand: Stand) -> None:
    """What all the others differ from: one call for each step."""
    stand.upstream.script("/risk/42", hostile.answers(GOOD))
    assert await stand.ask() == whole(GOOD)
    assert sorted(one.target for one in stand.upstream.requests) == [
        "/accounts/42",
        "/branches/42",
        "/risk/42",
    ]


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(hostile.resets(), id="reset before the head"),
        pytest.param(hostile.resets_in_head(), id="reset in the head"),
        pytest.param(hostile.resets_in_body(), id="reset in the body"),
        pytest.param(hostile.closes(), id="closed before the head"),
        pytest.param(hostile.closes(b"HTTP/1.1 200"), id="closed in the head"),
        pytest.param(hostile.truncates(), id="closed in the body"),
        pytest.param(hostile.truncates_chunks(), id="closed in a chunk"),
        pytest.param(hostile.forgets_last_chunk(GOOD), id="closed before last chunk"),
        pytest.param(hostile.babbles(), id="no HTTP"),
        pytest.param(hostile.babbles(b"\x16\x03\x01\x02\x00\n\n"), id="TLS bytes"),
        pytest.param(hostile.switches_protocols(), id="another protocol"),
    ],
)
async def test_a_broken_connection_costs_its_own_field(
    stand: Stand, behaviour: Misbehaviour
) -> None:
    """Half an answer is none. Other steps are answered, the call is not repeated."""
    stand.upstream.script("/risk/42", behaviour)
    assert await stand.ask() == BROKEN
    assert len(stand.upstream.asked("/risk/42")) == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(hostile.hangs(), id="before the head"),
        pytest.param(hostile.hangs_in_head(), id="in the head"),
        pytest.param(hostile.hangs_after_head(), id="after the head"),
        pytest.param(hostile.hangs_in_body(), id="in the body"),
        pytest.param(hostile.drips_head(), id="drips a header"),
        pytest.param(hostile.drips_body(), id="drips a body"),
        pytest.param(hostile.drips_chunks(), id="drips chunks"),
        pytest.param(hostile.drips_hints(), id="drips early hints"),
    ],
)
async def test_a_timeout_bounds_the_whole_of_a_call(
    stand: Stand, behaviour: Misbehaviour
) -> None:
    """However much keeps coming. The upstream sees its caller leave."""
    stand.upstream.script("/risk/42", behaviour)
    assert await stand.ask(HURRIED) == LATE
    await stand.upstream.until(lambda upstream: upstream.abandoned)
    assert [one.target for one in stand.upstream.abandoned] == ["/risk/42"]


async def test_a_connection_that_closes_between_calls_costs_nothing(
    stand: Stand,
) -> None:
    """A kept connection whose other end has gone is not used again."""
    stand.upstream.script("/risk/42", hostile.closes_after(GOOD))
    for _ in range(5):
        assert await stand.ask() == whole(GOOD)
    assert len(stand.upstream.asked("/risk/42")) == 5


async def test_a_connection_that_drops_a_kept_request_is_one_failed_attempt(
    stand: Stand,
) -> None:
    """The race that no client can win: `retry` asks again, on a new connection."""
    stand.upstream.otherwise = hostile.answers(GOOD)
    stand.upstream.script("/risk/42", hostile.drops_kept(hostile.answers(GOOD)))
    await stand.ask("{ customer(id: 42) { account { id } } }")  # a connection to keep
    assert await stand.ask(PATIENT) == whole(GOOD, "patient")
