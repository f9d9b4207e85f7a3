"""Subscriptions while operators hold steps back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from gateway.release.activation import Actor
from tests.subscriptions.kit import Bank, bank, payment, told

ADA = Actor("ada", "laptop", "INC-77")


async def hold(one: Bank, step: str) -> None:
    """Hold a step back in this process, where it counts at once."""
    log = one.gateway.holding.log()
    await asyncio.to_thread(log.hold, step, ADA, 600.0)
    await one.gateway.holds.take()


async def unhold(one: Bank, step: str) -> None:
    log = one.gateway.holding.log()
    await asyncio.to_thread(log.unhold, step, ADA)
    await one.gateway.holds.take()


async def test_a_step_that_is_held_is_left_out_of_the_next_event(
    tmp_path: Path,
) -> None:
    """The subscription goes on, and has the step again when the hold is over."""
    async with bank(tmp_path) as one, one.sse() as events:
        one.stream.say(payment(1))
        assert await anext(events) == ("", "next", told(1))
        await hold(one, "paid.account")
        one.stream.say(payment(2))
        _, name, answer = await anext(events)
        assert (name, answer["data"]["paid"]["account"]) == ("next", None)
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "STEP_HELD"
        assert one.calls.counts == {"account": 1}
        await unhold(one, "paid.account")
        one.stream.say(payment(3))
        assert await anext(events) == ("", "next", told(3))
        assert len(one.stream.listened) == 1


async def test_a_stream_that_is_held_ends_its_subscriptions_and_admits_none(
    tmp_path: Path,
) -> None:
    """With the code by which clients know that it is no error of theirs."""
    async with bank(tmp_path) as one, one.sse() as events:
        one.stream.say(payment(1))
        assert await anext(events) == ("", "next", told(1))
        await hold(one, "paid.payment")
        assert _codes(await anext(events)) == ["STEP_HELD"]
        async with one.sse() as others:
            assert _codes(await anext(others)) == ["STEP_HELD"]
        await unhold(one, "paid.payment")
        async with one.sse() as again:
            one.stream.say(payment(2))
            assert await anext(again) == ("", "next", told(2))


def _codes(event: tuple[str, str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in event[2]["errors"]]
