"""Automatic persisted queries: Apollo's protocol, by default."""

from __future__ import annotations

import time
from pathlib import Path

from gateway.persisted.kept import Kept
from tests.persisted.kit import (
    BOOK,
    NOT_FOUND,
    ONE,
    RATE,
    TOLD,
    by_hash,
    hash_of,
    named,
    sent,
    shop,
)
from tests.redis_server import RedisServer


async def test_a_document_is_asked_for_sent_once_and_named_from_then_on(
    tmp_path: Path,
) -> None:
    """By POST and GET alike, by Apollo's extension and by ``documentId``."""
    async with shop(tmp_path) as one:
        assert await one.post(**named(BOOK)) == (400, {"errors": NOT_FOUND})
        assert await one.get(**named(BOOK)) == (400, {"errors": NOT_FOUND})
        assert await one.post(**sent(BOOK)) == (200, TOLD)
        assert await one.post(**named(BOOK)) == (200, TOLD)
        assert await one.get(**named(BOOK)) == (200, TOLD)
        by_id = {"documentId": f"sha256:{hash_of(BOOK)}", "variables": ONE}
        assert await one.post(**by_id) == (200, TOLD)
        assert await one.get(**by_id) == (200, TOLD)
        assert len(one.calls.calls) == 5


async def test_clients_that_know_no_other_type_get_200_with_the_same_error(
    tmp_path: Path,
) -> None:
    """Any other status is a broken server to a client of `application/json`."""
    async with shop(tmp_path) as one:
        answer = await one.client.post("/graphql", json=named(BOOK))
        assert (answer.status_code, answer.json()) == (200, {"errors": NOT_FOUND})
        assert answer.headers["cache-control"] == "no-store"


async def test_a_document_is_kept_under_its_own_hash_alone(tmp_path: Path) -> None:
    """Or one client could have another run what that never wrote."""
    async with shop(tmp_path) as one:
        lying = {"query": RATE, "extensions": by_hash(BOOK), "variables": ONE}
        status, body = await one.post(**lying)
        code = body["errors"][0]["extensions"]["code"]
        assert (status, code) == (400, "PERSISTED_QUERY_HASH_MISMATCH")
        assert await one.post(**named(BOOK)) == (400, {"errors": NOT_FOUND})
        assert one.calls.calls == []


async def test_what_is_not_valid_is_not_kept(tmp_path: Path) -> None:
    """Whoever sends nonsense gets the words for it, and takes up no room."""
    wrong = "{ nothing }"
    async with shop(tmp_path) as one:
        status, body = await one.post(**sent(wrong))
        code = body["errors"][0]["extensions"]["code"]
        assert (status, code) == (400, "GRAPHQL_VALIDATION_FAILED")
        assert await one.post(**named(wrong)) == (400, {"errors": NOT_FOUND})


async def test_a_get_that_names_a_mutation_is_refused(tmp_path: Path) -> None:
    """As one that sends it: a GET only reads."""
    async with shop(tmp_path) as one:
        assert (await one.post(**sent(RATE)))[0] == 200
        assert (await one.get(**named(RATE)))[0] == 405
        assert (await one.post(**named(RATE)))[0] == 200
        assert len(one.calls.calls) == 2


async def test_events_and_sockets_find_documents_too(tmp_path: Path) -> None:
    """Each way in that takes a document takes its name."""
    async with shop(tmp_path) as one:
        missing = await one.socket(**named(BOOK))
        assert missing == {"id": "1", "type": "error", "payload": NOT_FOUND}
        assert "PersistedQueryNotFound" in await one.stream(**named(BOOK))
        kept = {"id": "1", "type": "next", "payload": TOLD}
        assert await one.socket(**sent(BOOK)) == kept
        assert await one.socket(**named(BOOK)) == kept
        assert await one.socket(documentId=hash_of(BOOK), variables=ONE) == kept
        assert '"title":"Middlemarch"' in await one.stream(**named(BOOK))


async def test_automatic_ones_can_be_switched_off(tmp_path: Path) -> None:
    """Clients are told in the words by which they stop asking."""
    async with shop(tmp_path, "persisted: { automatic: false }") as one:
        status, body = await one.post(**named(BOOK))
        assert (status, body["errors"][0]) == (
            400,
            {
                "message": "PersistedQueryNotSupported",
                "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"},
            },
        )
        assert await one.post(**sent(BOOK)) == (200, TOLD)
        assert (await one.post(**named(BOOK)))[0] == 400


async def test_what_names_a_document_in_no_known_way_is_said(tmp_path: Path) -> None:
    """Each is the caller's mistake, and never a 5xx."""
    wrong = [
        {"persistedQuery": 7},
        {"persistedQuery": []},
        {"persistedQuery": {}},
        {"persistedQuery": {"sha256Hash": 7}},
        {"persistedQuery": {"version": 2, "sha256Hash": "a"}},
        {"persistedQuery": {"version": 1, "sha256Hash": "a" * 10_000}},
    ]
    async with shop(tmp_path) as one:
        for extensions in wrong:
            status, body = await one.post(extensions=extensions)
            assert status == 400, extensions
            assert "persistedQuery" in body["errors"][0]["message"], extensions
        for id_ in (7, {}, [BOOK], True):
            assert (await one.post(documentId=id_))[0] == 400
        for id_ in ("../x", "\u2028", "sha256:", "\u00e9"):
            assert await one.post(documentId=id_) == (400, {"errors": NOT_FOUND})


async def test_processes_share_documents_through_the_cache_of_the_deployment(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    """Kept by one, found by the other; and what a Redis says is held to its hash."""
    cache = f'cache: {{ url: "{redis_server.url}" }}'
    async with shop(tmp_path / "a", cache) as one, shop(tmp_path / "b", cache) as two:
        assert await two.post(**named(BOOK)) == (400, {"errors": NOT_FOUND})
        assert await one.post(**sent(BOOK)) == (200, TOLD)
        assert await two.post(**named(BOOK)) == (200, TOLD)
        cache, now = two.gateway.current.cache, time.time()
        entry = await cache.get(f"persisted:{hash_of(BOOK)}", ())
        assert entry is not None
        await cache.put(f"persisted:{hash_of(RATE)}", entry, (), now)
        assert await two.post(**named(RATE)) == (400, {"errors": NOT_FOUND})
        redis_server.kill()
        assert await two.post(**named(BOOK)) == (200, TOLD)
        assert await two.post(**named(RATE)) == (400, {"errors": NOT_FOUND})


def test_a_flood_of_documents_takes_no_place_of_those_in_use() -> None:
    """However many come that nobody names; and the bytes are bounded all along."""
    kept = Kept(10_000)
    for number in range(5):
        kept.keep(f"hot {number}", "x" * 500)
        assert kept.find(f"hot {number}") == "x" * 500
    for number in range(1_000):
        kept.keep(f"flood {number}", "y" * 500)
        assert kept.bytes <= kept.limit
    assert [kept.find(f"hot {number}") for number in range(5)] == ["x" * 500] * 5
    kept.keep("huge", "z" * 10_000)
    assert kept.find("huge") is None
