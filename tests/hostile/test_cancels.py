"""What nobody waits for any more ends where it runs: at the upstream, in the database.

Three reasons: the client has gone, the deadline has passed, a required step failed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.testing import HostileUpstream, hostile
from gateway.testing.hostile import Exchange, Misbehaviour
from tests.hostile.stand import ADA, BRANCH, PATIENCE, Stand, standing

THREADS = 8
"""Queries that a DuckDB source runs at a time."""
DEPLOYMENT = """
profiles: {{ path: ./profiles, watch: false }}
schema: ./schema
sources:
  default: {{ url: "{url}", limits: {{ concurrency: 16 }} }}
  warehouse: {{ type: duckdb }}
"""
SDL = """
type Query { slow(id: ID!): Slow, brief(id: ID!): Slow, timed(id: ID!): Slow
  sum(of: Int!): JSON }
type Slow { account: JSON, risk: JSON, spend: JSON }
scalar JSON
"""
SLOW = """
language: 1
operation: {operation}
deadline: {deadline}
steps:
  - {{ name: account, endpoint: "/accounts/{{id}}", role: required, timeout: 5m }}
  - {{ name: risk, endpoint: "/risk/{{id}}", timeout: 5m }}
  - name: spend
    type: warehouse
    source: warehouse
    timeout: 5m
    query: >
      SELECT count(*) AS n, :id AS id FROM range(100000000) a, range(100000000) b
"""
SUM = """
language: 1
operation: sum
steps:
  - name: sum
    type: warehouse
    source: warehouse
    timeout: 5m
    query: "SELECT :of + 1 AS n"
    rows: one
deadline: 6m
"""
PROFILES = {
    "slow": SLOW.format(operation="slow", deadline="6m"),
    "brief": SLOW.format(operation="brief", deadline="2s"),
    "timed": SLOW.format(operation="timed", deadline="5s"),
    "sum": SUM,
}
ENDLESS = "query ($id: ID!) { slow(id: $id) { account risk spend } }"
CALLS = "query ($id: ID!) { slow(id: $id) { account risk } }"
"""Those over HTTP alone: an endless query costs a processor till it ends."""
HANGING = [
    pytest.param(hostile.hangs(), id="hangs before the head"),
    pytest.param(hostile.hangs_after_head(), id="hangs after the head"),
    pytest.param(hostile.drips_body(), id="drips"),
]


@pytest.fixture
async def bank(tmp_path: Path, transport: str) -> AsyncIterator[Stand]:
    """A gateway whose queries never end. Leaving waits for its threads to be free."""
    async with standing(tmp_path, PROFILES, deployment=DEPLOYMENT, sdl=SDL) as made:
        yield made


async def leaves(stand: Stand, query: str, id_: str) -> None:
    """A client that asks, and goes away once its call has reached the upstream."""
    url = stand.client.base_url
    _, writer = await asyncio.open_connection(url.host, url.port)
    body = json.dumps({"query": query, "variables": {"id": id_}}).encode()
    writer.write(
        b"POST /graphql HTTP/1.1\r\nhost: [::1]\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n%b" % (len(body), body)
    )
    await stand.upstream.until(lambda upstream: upstream.asked(f"/risk/{id_}"))
    writer.close()


async def has_all_slots(stand: Stand) -> bool:
    """Whether as many calls as the source allows can be under way at one time."""
    limit = stand.source.bulkhead.limit
    together = asyncio.Barrier(limit)

    async def meet(exchange: Exchange) -> None:
        await together.wait()
        await hostile.answers(ADA)(exchange)

    stand.upstream.script("/accounts/*", meet)
    query = "query ($id: ID!) { slow(id: $id) { account } }"
    answers = await asyncio.gather(
        *(stand.ask(query, id=f"s{n}") for n in range(limit))
    )
    return all("errors" not in answer for answer in answers)


@contextlib.asynccontextmanager
async def patience() -> AsyncIterator[None]:
    """What hangs fails."""
    async with asyncio.timeout(PATIENCE):
        yield


# -- calls over HTTP -------------------------------------------------------------------


@pytest.mark.parametrize("behaviour", HANGING)
async def test_a_client_that_goes_takes_its_calls_along(
    bank: Stand, behaviour: Misbehaviour
) -> None:
    """The upstream sees the connection close, and the slot is free again."""
    bank.upstream.script("/risk/*", behaviour)
    async with patience():
        await leaves(bank, CALLS, "7")
        await bank.upstream.until(lambda upstream: upstream.abandoned)
    assert [one.path for one in bank.upstream.abandoned] == ["/risk/7"]
    async with patience():
        assert await has_all_slots(bank)


async def test_a_deadline_ends_the_calls_that_are_under_way(bank: Stand) -> None:
    """What was ready is the answer; the rest is cancelled, not awaited.

    However its upstream hangs: all ways at one time, since each is waited for.
    """
    ids = [str(number) for number, _ in enumerate(HANGING)]
    for id_, (behaviour,) in zip(ids, (each.values for each in HANGING), strict=True):
        bank.upstream.script(f"/risk/{id_}", behaviour)
    query = CALLS.replace("slow", "timed")
    async with patience():
        answers = await asyncio.gather(*(bank.ask(query, id=id_) for id_ in ids))
        await bank.upstream.until(lambda upstream: len(upstream.abandoned) == len(ids))
    late = "The operation's deadline of 5000 ms passed."
    for answer in answers:
        assert answer["data"] == {"timed": {"account": ADA, "risk": None}}
        assert [(e["message"], e["extensions"]["code"]) for e in answer["errors"]] == [
            (late, "DEADLINE_EXCEEDED"),
        ]
    ended = sorted(one.path for one in bank.upstream.abandoned)
    assert ended == [f"/risk/{id_}" for id_ in ids]
    async with patience():
        assert await has_all_slots(bank)


@pytest.mark.parametrize("behaviour", HANGING)
async def test_a_required_failure_ends_the_calls_that_only_it_wanted(
    bank: Stand, behaviour: Misbehaviour
) -> None:
    """One error for the root, and nothing goes on behind it."""
    begun = asyncio.Event()

    async def begin(exchange: Exchange) -> None:
        begun.set()
        await behaviour(exchange)

    bank.upstream.script("/risk/*", begin)
    bank.upstream.script("/accounts/7", hostile.waits(begun, hostile.refuses(500)))
    async with patience():
        answer = await bank.ask(CALLS, id="7")
        await bank.upstream.until(lambda upstream: upstream.abandoned)
    assert answer["data"] == {"slow": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == [
        "UPSTREAM_STATUS"
    ]
    assert [one.path for one in bank.upstream.abandoned] == ["/risk/7"]
    async with patience():
        assert await has_all_slots(bank)


# -- queries in DuckDB -----------------------------------------------------------------


async def answers_queries(stand: Stand) -> bool:
    """Whether a query finds a free thread."""
    async with patience():
        answer = await stand.ask("{ sum(of: 1) }")
    return answer == {"data": {"sum": {"n": 2}}}


async def test_a_client_that_goes_frees_the_threads_of_its_queries(
    bank: Stand,
) -> None:
    """As many endless queries as there are threads, and then a short one."""
    bank.upstream.script("/risk/*", hostile.hangs())
    async with patience():
        await asyncio.gather(
            *(leaves(bank, ENDLESS, str(n)) for n in range(THREADS)),
        )
    assert await answers_queries(bank)


async def test_a_deadline_frees_the_threads_of_its_queries(bank: Stand) -> None:
    """The answer comes without them, and they do not go on in secret.

    Where they leave the machine no moment for the account, it comes without that too.
    """
    bank.upstream.script("/risk/*", hostile.answers(BRANCH))
    query = ENDLESS.replace("slow", "brief")
    async with patience():
        answers = await asyncio.gather(
            *(bank.ask(query, id=str(n)) for n in range(THREADS))
        )
    found = [answer["data"]["brief"] or {"spend": None} for answer in answers]
    assert [one["spend"] for one in found] == [None] * THREADS
    assert {answer["errors"][-1]["extensions"]["code"] for answer in answers} == {
        "DEADLINE_EXCEEDED"
    }
    assert await answers_queries(bank)


async def test_a_required_failure_frees_the_threads_of_its_queries(
    bank: Stand,
) -> None:
    """All of them run when their accounts fail."""
    together = asyncio.Barrier(THREADS)

    async def fail(exchange: Exchange) -> None:
        await together.wait()
        await hostile.refuses(500)(exchange)

    bank.upstream.script("/accounts/*", fail)
    bank.upstream.script("/risk/*", hostile.answers(BRANCH))
    async with patience():
        answers = await asyncio.gather(
            *(bank.ask(ENDLESS, id=str(n)) for n in range(THREADS))
        )
    assert [answer["data"] for answer in answers] == [{"slow": None}] * THREADS
    assert await answers_queries(bank)


async def test_an_upstream_that_is_left_alone_can_close(transport: str) -> None:
    """The fixture ends with its callers still there, and waits for nobody."""
    async with patience(), HostileUpstream(hostile.hangs()) as upstream:
        port = int(upstream.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await upstream.until(lambda u: u.asked("/"))
    assert await reader.read() == b""
    writer.close()
