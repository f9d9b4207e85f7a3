"""What a candidate keeps is its own, and is taken away with everything else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateway.app import Gateway
from gateway.cache.base import text_of
from gateway.cache.memory import MemoryCache
from gateway.cli.listening import asgi
from gateway.release.terms import Terms
from tests.trying.shadow_kit import SCORE, Shadowing, closed, project

TAGGED = SCORE.replace(" }", ", cache: { ttl: 1h, tags: ['score:${ id }'] } }")
CANARY = {"x-canary": "1"}
HERE = "http://127.0.0.1"
ON_HEADER = Terms(0.0, header=("x-canary", "1"))


@pytest.fixture
async def kept(shadowing: Shadowing) -> AsyncIterator[tuple[Gateway, Shadowing]]:
    """A canary for those who send a header; both sides keep scores for an hour."""
    with shadowing.fleet.config.open("a") as config:
        config.write("cache: { memory: 1MB, invalidate: { when: 'true' } }\n")
    fleet = shadowing.fleet
    fleet.activate(project(score=TAGGED))
    fleet.tries(project(score=TAGGED.replace("/scores", "/newer")), ON_HEADER)
    gateway = fleet.gateway()
    await gateway.take_release()
    yield gateway, shadowing
    await closed(gateway)
    await gateway.caches.closed()


async def scores(gateway: Gateway) -> list[int]:
    """Of what serves, and of the candidate."""
    asked = {"query": '{ person(id: "7") { score } }'}
    said = [await post(gateway, "/graphql", asked, sent) for sent in ({}, CANARY)]
    return [one["data"]["person"]["score"] for one in said]


async def post(
    gateway: Gateway, path: str, body: Any, headers: dict[str, str] | None = None
) -> Any:
    transport = httpx.ASGITransport(asgi(gateway))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1"
    ) as client:
        return (await client.post(path, json=body, headers=headers)).json()


def called(shadowing: Shadowing) -> list[str]:
    return sorted(path for _, path, _ in shadowing.core.calls)


async def test_each_side_keeps_its_own(kept: tuple[Gateway, Shadowing]) -> None:
    """Asked again, nobody calls; neither is given what is the other's."""
    gateway, shadowing = kept
    for _ in range(3):
        assert await scores(gateway) == [5, 6]
    assert called(shadowing) == ["/newer/7", "/scores/7"]


async def test_a_tag_takes_away_what_both_keep(
    kept: tuple[Gateway, Shadowing],
) -> None:
    """What changed has changed for both."""
    gateway, shadowing = kept
    await scores(gateway)
    told = await post(gateway, "/-/cache/invalidate", {"tags": ["score:7"]})
    assert told == {"invalidated": 2}
    assert await scores(gateway) == [5, 6]
    assert called(shadowing) == ["/newer/7"] * 2 + ["/scores/7"] * 2


async def test_an_operation_takes_away_what_both_keep(
    kept: tuple[Gateway, Shadowing],
) -> None:
    """By its name, which both have."""
    gateway, shadowing = kept
    await scores(gateway)
    told = await post(gateway, "/-/cache/invalidate", {"operation": "person"})
    assert told == {"invalidated": 2}
    assert await scores(gateway) == [5, 6]
    assert called(shadowing) == ["/newer/7"] * 2 + ["/scores/7"] * 2


async def test_a_key_takes_away_what_both_keep(
    kept: tuple[Gateway, Shadowing], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A candidate keeps under a name of its own, of which nobody has to know."""
    gateway, shadowing = kept
    put, names = MemoryCache.put, []

    async def heard(store: Any, key: Any, *more: Any) -> None:
        names.append(text_of(key))
        await put(store, key, *more)

    monkeypatch.setattr(MemoryCache, "put", heard)
    await scores(gateway)
    plain, own = names
    theirs = own.rpartition(".")[0]
    assert own == f"{theirs}.{shadowing.fleet.releases.history()[-1].bundle[:16]}"
    told = await post(gateway, "/-/cache/invalidate", {"keys": [plain, theirs]})
    assert told == {"invalidated": 2}
    assert await scores(gateway) == [5, 6]
    assert called(shadowing) == ["/newer/7"] * 2 + ["/scores/7"] * 2
