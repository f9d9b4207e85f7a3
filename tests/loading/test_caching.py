"""A `cache` or `share` that cannot hold is told at its place; defaults are silent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cache.base import NoCache, ReplyCache
from gateway.deployment import Deployment
from gateway.loading.loader import Loader
from gateway.profile.model import CacheRule, CacheScope, Sharing, Step

HEADWATER = """
sources:
  default: { url: 'http://up.invalid' }
  tenants: { url: 'http://up.invalid', headers: { x-entity: '${ request.tenant }' } }
  signed: { url: 'http://up.invalid', forward_headers: [authorization] }
"""
ONE_CALLER = "the call says who asks, so its answer is for one caller"
OF_ORG = "endpoint: /x, query: { q: '${ request.claims.org }' }"
SWALLOWED = (
    "5:46: 'cache' would keep calls from being made, and making this one may change "
    "something — remove it, or write 'idempotent: true' where it only reads"
)
UNREADABLE = (
    "5:70: a tag reads 'other', which it cannot — it reads the arguments, 'self', the "
    "request and the flags"
)


def load(folder: Path, step: str, defaults: str) -> Loader:
    for name in ("profiles", "schema"):
        (folder / name).mkdir()
    (folder / "headwater.yaml").write_text(HEADWATER)
    (folder / "profiles/a.yaml").write_text(
        "language: 1\noperation: a\nargs: { id: ID! }\nsteps:\n"
        f"  - {{ name: one, {step} }}\ndefaults: {defaults}\n"
    )
    return Loader([folder / "headwater.yaml"], {}, lambda _: ({}, lambda: None))


def problems(folder: Path, step: str, defaults: str = "{}") -> list[str]:
    """What is wrong with a profile of one step, by place."""
    found = load(folder, step, defaults).check()
    return [str(problem).partition(":")[2] for problem in found]


def compiled(folder: Path, step: str, defaults: str = "{}") -> Step:
    generation = load(folder, step, defaults).load()
    return generation.audience.profiles["a"].steps["one"]


def not_for_all(part: str, scope: str) -> str:
    return (
        f"the call depends on the {part} of the request, so its answer is not for "
        f"everybody — write 'scope: {scope}'"
    )


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("endpoint: /x, cache: { ttl: 1s }", []),
        ("endpoint: /x, method: POST, idempotent: true, cache: { ttl: 1s }", []),
        (
            "endpoint: /x, method: POST, cache: { ttl: 1s }",
            [SWALLOWED],
        ),
        (
            "type: value, value: 1, cache: { ttl: 1s }",
            ["5:41: 'cache' has no effect: 'value' calls nothing — remove it"],
        ),
        (
            "endpoint: /x, source: tenants, cache: { ttl: 1s, scope: public }",
            [f"5:49: {not_for_all('tenant', 'tenant')}"],
        ),
        (
            "endpoint: /x, source: signed, cache: { ttl: 1s, scope: public }",
            [f"5:48: {not_for_all('claims', 'caller')}"],
        ),
        (
            f"{OF_ORG}, cache: {{ ttl: 1s, scope: public }}",
            [f"5:73: {not_for_all('claims', 'caller')}"],
        ),
        (
            f"{OF_ORG}, cache: {{ ttl: 1s }}",
            [],
        ),
        (
            "endpoint: /x, query: { q: '${ request.claims.sub }' }, cache: { ttl: 1s }",
            [f"5:73: {ONE_CALLER} — write 'scope: caller'"],
        ),
        (
            "endpoint: /x, cache: { ttl: 1s, tags: ['c:${ id }', 't:${ other.id }'] }",
            [UNREADABLE],
        ),
    ],
)
def test_a_steps_own_cache_is_told_of(
    tmp_path: Path, step: str, told: list[str]
) -> None:
    """Nobody is given an answer that may be for another, and no call is swallowed."""
    assert problems(tmp_path, step) == told


def test_defaults_pass_by_steps_that_they_do_not_fit(tmp_path: Path) -> None:
    """One `cache` for a file of reads and writes is what people write."""
    step = "endpoint: /x, method: POST"
    made = compiled(tmp_path, step, "{ cache: { ttl: 1s }, share: none }")
    assert (made.cache, made.share) == (None, Sharing.NONE)


def test_a_rule_is_all_that_was_written(tmp_path: Path) -> None:
    """Times in seconds; what was not written has its default."""
    step = "endpoint: /x, cache: { ttl: 1m, refresh: 10s, negative: 5s, keep: 1h }"
    rule = CacheRule(60.0, 10.0, 5.0, 3600.0, CacheScope.TENANT, ())
    assert compiled(tmp_path, step).cache == rule


@pytest.mark.parametrize(
    ("step", "share"),
    [
        ("endpoint: /x", Sharing.ALL),
        ("endpoint: /x, method: POST", Sharing.REQUEST),
        ("endpoint: /x, method: PUT", Sharing.REQUEST),
        ("endpoint: /x, method: POST, share: all", Sharing.ALL),
        ("endpoint: /x, share: none", Sharing.NONE),
        ("type: value, value: 1", Sharing.REQUEST),
    ],
)
def test_what_only_reads_is_shared_with_everybody(
    tmp_path: Path, step: str, share: Sharing
) -> None:
    """Whoever knows better says so."""
    assert compiled(tmp_path, step).share is share


@pytest.mark.parametrize(
    ("step", "opened"),
    [("endpoint: /x", 0), ("endpoint: /x, cache: { ttl: 1s }", 1)],
)
def test_a_store_is_opened_where_a_step_keeps_something(
    tmp_path: Path, step: str, opened: int
) -> None:
    """Whoever caches nothing does not pay for a cache."""
    loader, stores = load(tmp_path, step, "{}"), []

    def open_cache(deployment: Deployment) -> tuple[ReplyCache, Callable[[], None]]:
        stores.append(deployment)
        return NoCache(), lambda: None

    loader.open_cache = open_cache
    loader.load()
    assert len(stores) == opened
