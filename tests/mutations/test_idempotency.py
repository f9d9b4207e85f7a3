"""A mutation under a key is done once, whoever asks it again, and however often."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.mutations.kit import TYPED, Asker, asker, notes
from tests.redis_server import RedisServer

ADD = 'mutation { addNote(id: "7", text: "b") { added } }'
OTHER = 'mutation { addNote(id: "7", text: "c") { added } }'
TWICE = 'mutation { a: addNote(id: "7", text: "b") { added } b: addNote(id: "7", text: "b") { added } }'  # noqa: E501
KEYED = "idempotency: { ttl: 1h }"
REQUIRED = "idempotency: { required: true }"
OF_AN_ARGUMENT = 'idempotency: { key: "${ text }" }'
KNOWN_AGAIN = ", idempotency_header: X-Once"
AGAIN = {"idempotency": {"replayed": True}}


def codes(answer: Any) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


async def test_the_same_request_again_is_answered_and_not_done(tmp_path: Path) -> None:
    """The same data, and that it is from before; another key does it again."""
    async with notes() as upstream, asker(tmp_path, upstream, idempotency=KEYED) as one:
        _, first = await one.ask(ADD, idempotency_key="k1")
        _, again = await one.ask(ADD, idempotency_key="k1")
        assert "extensions" not in first
        assert again == {**first, "extensions": AGAIN}
        assert upstream.count("POST") == 1
        await one.ask(ADD, idempotency_key="k2")
        await one.ask(ADD)
        assert upstream.count("POST") == 3


async def test_a_header_says_that_an_answer_is_from_before(tmp_path: Path) -> None:
    """For proxies and logs, which read no body; the first answer has none."""
    async with notes() as upstream, asker(tmp_path, upstream, idempotency=KEYED) as one:
        told = []
        for _ in range(2):
            headers = {**TYPED, "idempotency-key": "k1"}
            answer = await one.client.post(
                "/graphql", json={"query": ADD}, headers=headers
            )
            told.append(answer.headers.get("idempotent-replayed"))
        assert told == [None, "true"]


async def test_roots_after_one_that_failed_are_done_and_all_is_remembered(
    tmp_path: Path,
) -> None:
    """In their order; asking again gives the error and the data of the first time."""
    async with notes() as upstream, asker(tmp_path, upstream, idempotency=KEYED) as one:
        upstream.statuses = [500]
        _, first = await one.ask(TWICE, idempotency_key="k1")
        _, again = await one.ask(TWICE, idempotency_key="k1")
        assert codes(first) == ["UPSTREAM_STATUS"]
        assert first["data"]["b"]["added"]["n"] == 1
        assert (again["data"], again["errors"]) == (first["data"], first["errors"])
        assert upstream.count("POST") == 2


async def test_a_key_may_be_an_argument(tmp_path: Path) -> None:
    """As clients have it that send a mutation's own id."""
    async with (
        notes() as upstream,
        asker(tmp_path, upstream, idempotency=OF_AN_ARGUMENT) as one,
    ):
        for _ in range(2):
            await one.ask(ADD)
        await one.ask(OTHER)
        assert upstream.notes["7"] == ["b", "c"]


@pytest.mark.parametrize(("strict", "status"), [(True, 422), (False, 200)])
async def test_a_key_for_something_else_is_refused(
    tmp_path: Path, strict: bool, status: int
) -> None:
    """Nothing is called for it."""
    async with notes() as upstream, asker(tmp_path, upstream, idempotency=KEYED) as one:
        await one.ask(ADD, idempotency_key="k1")
        said, answer = await one.ask(OTHER, strict, idempotency_key="k1")
        assert (said, codes(answer)) == (status, ["IDEMPOTENCY_KEY_REUSED"])
        assert upstream.count("POST") == 1


@pytest.mark.parametrize(
    ("key", "code"),
    [(None, "IDEMPOTENCY_KEY_MISSING"), ("k" * 256, "BAD_USER_INPUT")],
)
async def test_a_key_that_is_wanted_and_is_none(
    tmp_path: Path, key: str | None, code: str
) -> None:
    """Refused before any call."""
    async with (
        notes() as upstream,
        asker(tmp_path, upstream, idempotency=REQUIRED) as one,
    ):
        headers = {} if key is None else {"idempotency_key": key}
        status, answer = await one.ask(ADD, strict=True, **headers)
        assert (status, codes(answer), upstream.asked) == (400, [code], [])


async def test_another_tenant_or_caller_is_given_nothing(tmp_path: Path) -> None:
    """The same key of somebody else is another key."""
    async with notes() as upstream, asker(tmp_path, upstream, idempotency=KEYED) as one:
        key = {"idempotency_key": "k1"}
        await one.ask(ADD, **key)
        await one.ask(ADD, **key, x_tenant="acme")
        await one.ask(ADD, **key, x_tenant="acme", x_claims='{"sub": "ann"}')
        await one.ask(ADD, **key, x_tenant="acme", x_claims='{"sub": "bob"}')
        of_another = '{"sub": "bob", "iss": "https://partner.test"}'
        await one.ask(ADD, **key, x_tenant="acme", x_claims=of_another)
        assert upstream.count("POST") == 5


async def test_whoever_lost_his_leave_is_given_nothing_of_before(
    tmp_path: Path,
) -> None:
    """What was answered when a policy allowed it is not what he may see now."""
    of = f"{KEYED}\npolicy: \"'notes' in request.claims.roles\""
    may, lost = '{"sub": "ann", "roles": ["notes"]}', '{"sub": "ann", "roles": []}'
    async with notes() as upstream, asker(tmp_path, upstream, idempotency=of) as one:
        _, first = await one.ask(ADD, idempotency_key="k1", x_claims=may)
        _, again = await one.ask(ADD, idempotency_key="k1", x_claims=lost)
        assert first["data"]["addNote"]["added"] is not None
        assert "data" not in again or again["data"] == {"addNote": None}
        assert codes(again) == ["IDEMPOTENCY_KEY_REUSED"]
        _, fresh = await one.ask(ADD, idempotency_key="k2", x_claims=lost)
        assert codes(fresh) == ["FORBIDDEN"]
        assert upstream.count("POST") == 1


async def both(one: Asker, other: Asker, upstream: Any) -> list[Any]:
    """The same request by two at one time: the second while the first is at work."""
    upstream.gate = asyncio.Event()
    first = asyncio.create_task(one.ask(ADD, strict=True, idempotency_key="k1"))
    await upstream.writing.wait()
    second = asyncio.create_task(other.ask(ADD, strict=True, idempotency_key="k1"))
    for _ in range(20):
        await asyncio.sleep(0)
    if one is not other:
        await second
    upstream.gate.set()
    return [await first, await second]


async def test_two_at_one_time_are_one_call(tmp_path: Path) -> None:
    """The second waits for the first."""
    async with notes() as upstream, asker(tmp_path, upstream, idempotency=KEYED) as one:
        (_, first), (_, second) = await both(one, one, upstream)
        assert second == {**first, "extensions": AGAIN}
        assert upstream.count("POST") == 1


async def test_a_client_that_goes_away_may_ask_again(tmp_path: Path) -> None:
    """What has begun is brought to its end, and remembered."""
    async with notes() as upstream, asker(tmp_path, upstream, idempotency=KEYED) as one:
        upstream.gate = asyncio.Event()
        first = asyncio.create_task(one.ask(ADD, idempotency_key="k1"))
        await upstream.writing.wait()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        upstream.gate.set()
        _, again = await one.ask(ADD, idempotency_key="k1")
        assert (again["extensions"], upstream.count("POST")) == (AGAIN, 1)


async def test_a_failure_that_may_have_been_done_is_remembered(tmp_path: Path) -> None:
    """A 500 says nothing about what happened before it."""
    async with notes() as upstream, asker(tmp_path, upstream, idempotency=KEYED) as one:
        upstream.statuses = [500]
        _, first = await one.ask(ADD, idempotency_key="k1")
        _, again = await one.ask(ADD, idempotency_key="k1")
        assert again["errors"] == first["errors"]
        assert (again["extensions"]["idempotency"], upstream.count("POST")) == (
            {"replayed": True},
            1,
        )


async def test_a_failure_that_reached_nobody_is_not_remembered(tmp_path: Path) -> None:
    """Nothing was called: the same key does it when it can be done."""
    async with notes() as upstream, asker(tmp_path, upstream, idempotency=KEYED) as one:
        bulkhead = one.gateway.current.upstreams["default"].bulkhead
        none_left = 'mutation { addNote(id: "..", text: "b") { added } }'
        for _ in range(2):
            _, answer = await one.ask(none_left, idempotency_key="k1")
            assert "idempotency" not in answer.get("extensions", {})
        assert (bulkhead.running, upstream.asked) == (0, [])
        _, done = await one.ask(ADD, idempotency_key="k1")
        assert done["data"] == {"addNote": {"added": {"n": 1, "tags": ["notes:7"]}}}


async def test_a_source_that_knows_calls_again_is_told_which(tmp_path: Path) -> None:
    """One key for all attempts and for the client's next try; one for each root."""
    async with (
        notes() as upstream,
        asker(tmp_path, upstream, idempotency=KEYED, source=KNOWN_AGAIN) as one,
    ):
        upstream.statuses = [503, 503]
        _, failed = await one.ask(ADD, idempotency_key="k1")
        assert codes(failed) == ["UPSTREAM_STATUS"]
        _, done = await one.ask(ADD, idempotency_key="k1")
        assert done["data"]["addNote"]["added"]["n"] == 1
        assert (len(upstream.keys), len(set(upstream.keys))) == (3, 1)
        assert None not in upstream.keys
        await one.ask(TWICE, idempotency_key="k2")
        assert len(set(upstream.keys)) == 3


async def test_without_such_a_header_no_write_is_repeated(tmp_path: Path) -> None:
    """`retry` alone does not make it safe."""
    async with notes() as upstream, asker(tmp_path, upstream) as one:
        upstream.statuses = [503]
        await one.ask(ADD)
        assert upstream.keys == [None]


async def test_processes_on_one_redis_do_it_once(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    """While one is at work the other says so; afterwards it gives the answer."""
    url = redis_server.url
    async with (
        notes() as upstream,
        asker(tmp_path / "a", upstream, redis=url, idempotency=KEYED) as one,
        asker(tmp_path / "b", upstream, redis=url, idempotency=KEYED) as other,
    ):
        (_, first), (status, busy) = await both(one, other, upstream)
        assert (status, codes(busy)) == (409, ["IDEMPOTENCY_IN_PROGRESS"])
        _, again = await other.ask(ADD, idempotency_key="k1")
        assert again == {**first, "extensions": AGAIN}
        assert upstream.count("POST") == 1


async def test_where_it_cannot_be_known_nothing_is_done(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    """A Redis that is gone: the caller may ask again, and it is done once."""
    url = redis_server.url
    async with (
        notes() as upstream,
        asker(tmp_path, upstream, redis=url, idempotency=KEYED) as one,
    ):
        redis_server.kill()
        status, answer = await one.ask(ADD, strict=True, idempotency_key="k1")
        assert (status, codes(answer)) == (503, ["IDEMPOTENCY_UNAVAILABLE"])
        assert upstream.asked == []
