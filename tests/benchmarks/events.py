"""What an event of a subscription costs: its plan of four steps, and each subscriber.

The sources answer at once in the process, so that all time is the gateway's.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from gateway.app import Gateway, build_gateway
from gateway.connectors.base import Call, Reply
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream
from gateway.generation import Generation
from gateway.request.adapter import adapt
from gateway.request.model import Asking, RequestContext
from gateway.schema.encoding import to_json
from gateway.subscribing import Subscription, Update
from gateway.telemetry.events import unobserved
from gateway.testing import ScriptedStream
from tests.project import write

ROUNDS = 7
EVENTS = 500
SUBSCRIBERS = 100
FILES = {
    "schema/bank.graphql": """
type Query { account(id: ID!): Account }
type Subscription { paid(customer: ID!): Paid }
type Paid { payment: Payment, account: Account, rate: Rate, owner: Owner }
type Payment { id: ID!, amount: Int, account: ID }
type Account { id: ID!, owner: String }
type Rate { value: Float }
type Owner { name: String }
""",
    "profiles/account.yaml": """
language: 1
operation: account
steps: [{ name: account, endpoint: "/accounts/{id}" }]
""",
    "profiles/paid.yaml": """
language: 1
operation: paid
kind: subscription
steps:
  - { name: payment, type: stream, source: events, channel: "paid:${ customer }" }
  - { name: account, endpoint: "/accounts/{payment.account}" }
  - { name: rate, endpoint: "/rates/{payment.id}" }
  - { name: owner, endpoint: "/owners/{account.owner}" }
""",
    "headwater.yaml": """
sources:
  default: { url: "http://upstream.invalid" }
  events: { type: redis, url: "redis://events.invalid" }
""",
}
QUERY = (
    "subscription { paid(customer: 7)"
    " { payment { id amount } account { owner } rate { value } owner { name } } }"
)
STREAM_ALONE = "subscription { paid(customer: 7) { payment { id amount } } }"


def gateway_of(folder: Path, stream: ScriptedStream) -> Gateway:
    """A gateway over sources that are at hand."""
    body = {"id": "a", "owner": "Ada", "value": 1.5, "name": "Ada"}

    async def answer(_call: Call[Any]) -> Reply:
        stream.calls.clear()
        return Reply(body)

    stream.otherwise = answer
    upstreams = {
        name: Upstream(name, stream, Bulkhead(1_000)) for name in ("default", "events")
    }
    return build_gateway(
        [write(folder, FILES)],
        {},
        observe=unobserved,
        open_sources=lambda _: (upstreams, lambda: None),
    )


async def subscribed(gateway: Gateway, query: str) -> Subscription:
    """One who listens."""

    def begin(generation: Generation) -> RequestContext:
        clock = gateway.pipeline.clock
        return adapt({}, generation.admission, request_id="bench", clock=clock)

    found = Subscription(gateway, Asking(query, None, {}), begin)
    refused = await found.open()
    assert refused is None, refused
    return found


async def delivered(subscription: Subscription, count: int) -> None:
    """Take so many events, as bytes."""
    for _ in range(count):
        update = await subscription.next()
        assert isinstance(update, Update), subscription.ending
        assert not update.answer.errors, update.answer.errors
        to_json(update.told(with_id=False).as_sent())


async def least(once: Callable[[], Awaitable[None]]) -> float:
    """The least CPU seconds of several rounds."""
    found = []
    for _ in range(ROUNDS):
        before = time.process_time()
        await once()
        found.append(time.process_time() - before)
    return min(found)


async def main() -> None:
    """Print CPU microseconds of an event, and how many a core does in a second."""
    stream = ScriptedStream({})
    with tempfile.TemporaryDirectory() as folder:
        gateway = gateway_of(Path(folder), stream)
        for title, query, several in (
            ("an event, the stream's step alone", STREAM_ALONE, 1),
            ("an event, four steps", QUERY, 1),
            (f"an event for each of {SUBSCRIBERS}, four steps", QUERY, SUBSCRIBERS),
        ):
            one = await round_of(gateway, stream, query, several)
            print(f"{title:<46}{one * 1e6:>7.1f} us   {1 / one:>8.0f} events/s a core")


async def round_of(
    gateway: Gateway, stream: ScriptedStream, query: str, several: int
) -> float:
    """CPU seconds of one event for one subscriber."""
    subscriptions = [await subscribed(gateway, query) for _ in range(several)]
    count = max(EVENTS // several, 5)

    async def once() -> None:
        for number in range(count):
            stream.say({"id": str(number), "amount": number, "account": f"a{number}"})
        await asyncio.gather(*(delivered(one, count) for one in subscriptions))

    cost = await least(once) / (count * several)
    for one in subscriptions:
        one.close()
    return cost


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
