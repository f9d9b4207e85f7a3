"""The deployment's `cache`: what it may say, and which store it opens and keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.app import build_gateway
from gateway.cache.base import NoCache
from gateway.cache.memory import MemoryCache
from gateway.cache.shared import SharedCache
from gateway.clock import SystemClock
from gateway.deployment import Deployment, load_deployment
from gateway.deployment.cache import CacheSettings
from gateway.errors import Problems
from gateway.loading.caching import CachePool
from gateway.telemetry.events import unobserved


def loaded(folder: Path, text: str) -> tuple[Deployment | None, list[str]]:
    file = folder / "headwater.yaml"
    file.write_text(text, "utf-8")
    problems = Problems()
    environ = {"PASSWORD": "s3cret"}
    made = load_deployment([file], environ, problems)
    return made, [f"{p.span.line}:{p.span.column} {p.message}" for p in problems.found]


def test_nothing_said_is_memory_of_64_megabytes(tmp_path: Path) -> None:
    """And nobody may invalidate."""
    made, problems = loaded(tmp_path, "explorer: true\n")
    assert problems == []
    assert made is not None
    assert made.cache == CacheSettings.model_validate({"memory": "64MB"})
    assert made.cache.memory == 64_000_000
    assert made.cache.invalidate is None


def test_a_redis_with_a_password_of_the_environment(tmp_path: Path) -> None:
    """Which no repr shows."""
    text = 'cache: { url: "rediss://gate:${PASSWORD}@r:1/2?ssl_ca_certs=/ca.pem" }\n'
    made, problems = loaded(tmp_path, text)
    assert problems == []
    assert made is not None
    assert made.cache.url == "rediss://gate:s3cret@r:1/2?ssl_ca_certs=/ca.pem"
    assert "s3cret" not in repr(made.cache)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ('{ url: "http://r:1/0" }', "1:15 this is no URL of a Redis"),
        ('{ url: "redis:///0" }', "1:15 this is no URL of a Redis"),
        ('{ url: "redis://r:port/0" }', "1:15 this is no URL"),
        (
            '{ url: "redis://r/main" }',
            "1:15 the path of a Redis URL is the number of a database",
        ),
        (
            '{ url: "redis://r/0?decode_responses=1" }',
            "1:15 the option 'decode_responses' is not known in a Redis URL",
        ),
        (
            '{ url: "redis://r/0?ssl_ca_certs=a" }',
            "1:15 the option 'ssl_ca_certs' is not known in a Redis URL",
        ),
        ("{ memory: 64 }", "1:18 a size needs a unit"),
        ("{ redis: a }", "1:10 there is no key 'redis' here"),
        ("{ invalidate: {} }", "1:10 the key 'when' is missing in 'invalidate'"),
        (
            '{ invalidate: { when: "self.a" } }',
            "1:30 'self' cannot be read here",
        ),
    ],
)
def test_what_cannot_be_is_a_problem_at_its_place(
    tmp_path: Path, written: str, problem: str
) -> None:
    """With the file, before anything is connected."""
    made, problems = loaded(tmp_path, f"cache: {written}\n")
    assert made is None
    assert problems == [problem]


def test_a_condition_that_is_no_expression_is_a_problem(tmp_path: Path) -> None:
    """At load, not when somebody calls."""
    made, problems = loaded(tmp_path, 'cache: { invalidate: { when: "a &&" } }\n')
    assert made is None
    assert len(problems) == 1


def deployment(**cache: object) -> Deployment:
    return Deployment(cache=CacheSettings.model_validate(cache))


def test_copies_of_what_a_redis_gave_are_short_lived(tmp_path: Path) -> None:
    """A second where nothing is said, ten at most: an invalidation waits as long."""
    made, problems = loaded(tmp_path, "cache: { near: 250ms }\n")
    assert problems == []
    assert made is not None
    assert (made.cache.near, CacheSettings().near) == (0.25, 1.0)
    made, problems = loaded(tmp_path, "cache: { near: 11s }\n")
    assert made is None
    assert problems == ["1:16 this is longer than 10s"]


async def test_a_store_is_kept_as_long_as_a_generation_names_it() -> None:
    """What it holds survives a reload that is about other things."""
    pool = CachePool(SystemClock(), unobserved)
    first, give_back_first = pool.open(deployment(memory="1MB"))
    same, give_back_same = pool.open(
        deployment(memory="1MB", invalidate={"when": "true"})
    )
    other, give_back_other = pool.open(deployment(memory="2MB"))
    assert isinstance(first, MemoryCache)
    assert same is first
    assert other is not first
    give_back_first()
    again, give_back_again = pool.open(deployment(memory="1MB"))
    assert again is first
    give_back_same()
    give_back_again()
    give_back_other()
    await pool.closed()
    fresh, give_back = pool.open(deployment(memory="1MB"))
    assert fresh is not first
    give_back()
    await pool.closed()


async def test_a_url_opens_the_shared_store_and_connects_to_nothing() -> None:
    """The gateway starts whether the Redis is there or not."""
    pool = CachePool(SystemClock(), unobserved)
    store, give_back = pool.open(deployment(url="redis://127.0.0.1:1/0"))
    assert isinstance(store, SharedCache)
    give_back()
    await pool.closed()


async def test_a_gateway_keeps_its_store_over_a_reload(tmp_path: Path) -> None:
    """Until the settings change; without sources of its own it has none."""
    config = tmp_path / "headwater.yaml"
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "a.yaml").write_text(
        "language: 1\noperation: a\n"
        "steps: [{ name: b, endpoint: /b, cache: { ttl: 1s } }]\n",
        "utf-8",
    )
    (tmp_path / "schema").mkdir()
    source = "sources: { default: { url: 'http://up.invalid' } }\n"
    config.write_text(f"{source}explorer: true\n", "utf-8")
    gateway = build_gateway([config], {}, observe=unobserved)
    first = gateway.current.cache
    assert isinstance(first, MemoryCache)
    config.write_text(f"{source}explorer: false\n", "utf-8")
    assert await gateway.reload()
    assert gateway.current.cache is first
    config.write_text(f"{source}cache: {{ memory: 1MB }}\n", "utf-8")
    assert await gateway.reload()
    assert gateway.current.cache is not first
    gateway.current.lease.retire()
    await gateway.caches.closed()
    assert gateway.caches._held == {}
    mocked = build_gateway(
        [config], {}, observe=unobserved, open_sources=lambda _: ({}, lambda: None)
    )
    assert isinstance(mocked.current.cache, NoCache)
