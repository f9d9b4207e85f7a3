"""Another GraphQL API's subscription feeds ours: here another gateway, as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.app import build_gateway
from gateway.errors import ErrorClass
from gateway.telemetry.listening import EventUnreadable, StreamBroken
from gateway.testing import failure
from tests.project import write
from tests.subscriptions.kit import Bank, bank, files, payment, until

DOCUMENT = (
    "subscription($customer: ID!) "
    "{ paid(customer: $customer) { payment { id amount } } }"
)
QUERY = 'subscription { paid(customer: "7") { payment { id } account { owner } } }'
PAID = """
language: 1
operation: paid
kind: subscription
steps:
  - name: payment
    type: stream
    source: events
    document: "DOCUMENT"
    select: response.body.payment
  - { name: account, endpoint: "/accounts/{payment.id}" }
  - { name: rate, endpoint: "/rates/{payment.id}" }
"""


def listening(port: int, document: str = DOCUMENT, keys: str = "") -> dict[str, str]:
    """A gateway that listens to the one at a port; ``keys`` are more of the source."""
    events = f'{{ type: graphql, url: "http://127.0.0.1:{port}/graphql"{keys} }}'
    written = files()
    usual = '{ type: redis, url: "redis://events.invalid" }'
    return {
        **written,
        "profiles/paid.yaml": PAID.replace("DOCUMENT", document),
        "headwater.yaml": written["headwater.yaml"].replace(usual, events),
    }


@asynccontextmanager
async def two(folder: Path, keys: str = "") -> AsyncIterator[tuple[Bank, Bank]]:
    """The one that is listened to, and the one that listens."""
    async with (
        bank(folder / "theirs") as theirs,
        bank(folder / "ours", listening(theirs.port, keys=keys), real=True) as ours,
    ):
        yield theirs, ours


@pytest.mark.parametrize("keys", ["", ", together: true"])
async def test_an_answer_of_theirs_is_an_event_of_ours(
    tmp_path: Path, keys: str
) -> None:
    """Equal subscriptions share one of theirs, which ends with the last."""
    async with two(tmp_path, keys) as (theirs, ours):
        async with ours.sse(QUERY) as events, ours.socket() as client:
            await client.subscribe("1", QUERY.replace("owner", "id"))
            await until(lambda: len(ours.gateway.pipeline.live.members) == 2)
            assert len(theirs.gateway.pipeline.live.members) == 1
            theirs.stream.say(payment(1))
            told = {"paid": {"payment": {"id": "1"}, "account": {"owner": "Ada"}}}
            assert await anext(events) == ("", "next", {"data": told})
            paid = (await client.receive())["payload"]["data"]["paid"]
            assert paid == {"payment": {"id": "1"}, "account": {"id": "a"}}
        await until(lambda: not theirs.gateway.pipeline.live.members)
        ((call, _),) = theirs.stream.listened
        assert dict(call.inputs) == {"channel": "paid:7"}


async def test_who_is_somebody_else_there_shares_nothing(tmp_path: Path) -> None:
    """A header that is forwarded is part of what is listened to."""
    forwarded = ", forward_headers: [authorization]"
    async with (
        two(tmp_path, forwarded) as (theirs, ours),
        ours.sse(QUERY, authorization="Bearer ada"),
        ours.sse(QUERY, authorization="Bearer eve"),
        ours.sse(QUERY, authorization="Bearer ada"),
    ):
        assert len(ours.gateway.pipeline.live.members) == 3
        assert len(theirs.gateway.pipeline.live.members) == 2


async def test_their_end_is_ours_and_their_break_is_not(tmp_path: Path) -> None:
    """`complete` ends it; a connection that ends without is made again."""
    async with two(tmp_path) as (theirs, ours), ours.sse(QUERY) as events:
        (member,) = theirs.gateway.pipeline.live.members
        member.drain()  # as their process would, to be there again at once
        await until(lambda: bool(ours.happened(StreamBroken)))
        await until(lambda: len(theirs.stream.listened) == 2)
        theirs.stream.say(payment(1))
        _, _, answer = await anext(events)
        assert answer["extensions"] == {"subscription": {"missed": True}}
        theirs.stream.end()
        assert (await anext(events))[1] == "complete"


async def test_their_errors_are_logged_and_they_are_asked_again(tmp_path: Path) -> None:
    """What they refuse is no event; nobody is told what they said of it."""
    async with two(tmp_path) as (theirs, ours):
        theirs.stream.refuses = failure(ErrorClass.CONNECT)
        async with ours.sse(QUERY) as events:
            await until(lambda: bool(ours.happened(StreamBroken)))
            (unreadable,) = ours.happened(EventUnreadable)
            assert "UPSTREAM_UNREACHABLE" in unreadable.reason
            theirs.stream.refuses = None
            await theirs.stream.until(listening=1)
            theirs.stream.say(payment(2))
            assert (await anext(events))[2]["data"]["paid"]["payment"] == {"id": "2"}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("query { ping }", "what is listened to is a subscription"),
        ("subscription {", "this is no GraphQL document"),
        (
            "subscription($x: ID!) { paid(customer: $x) { payment { id } } }",
            "$x has no",
        ),
    ],
)
def test_what_cannot_be_listened_to_is_told_at_load(
    tmp_path: Path, document: str, said: str
) -> None:
    """With its place; other operations load."""
    config = write(tmp_path, listening(9, document))
    gateway = build_gateway([config], {})
    found = [str(p) for p in gateway.current.problems if "paid.yaml:9" in str(p)]
    assert len(found) == 1
    assert said in found[0]
