"""What a mutation makes untrue nobody is given afterwards, proven by calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.telemetry.events import InvalidationFailed
from tests.mutations.kit import asker, notes
from tests.redis_server import RedisServer

READ = '{ customer(id: "7") { notes } }'
ADD = 'mutation { addNote(id: "7", text: "b") { added notes } }'
TAGS = 'invalidates: ["notes:${ id }"]'
OF_THE_ANSWER = 'invalidates: ["${ added.tags }"]'
ALWAYS = 'invalidates: { tags: ["notes:${ id }"], on: always }'


@pytest.mark.parametrize("tags", [TAGS, OF_THE_ANSWER])
async def test_a_query_after_a_mutation_sees_what_it_wrote(
    tmp_path: Path, tags: str
) -> None:
    """Kept before, asked anew after; tags may be made of the step's own answer."""
    async with notes() as upstream, asker(tmp_path, upstream, invalidates=tags) as one:
        for _ in range(2):
            assert await one.data(READ) == {"customer": {"notes": []}}
        assert upstream.count("GET") == 1
        assert (await one.data(ADD))["addNote"]["notes"] == ["b"]
        for _ in range(2):
            assert await one.data(READ) == {"customer": {"notes": ["b"]}}
        assert (upstream.count("GET"), upstream.count("POST")) == (3, 1)


async def test_without_tags_the_cache_goes_on_to_say_what_was(tmp_path: Path) -> None:
    """But what the mutation itself reads after its write is never from there."""
    async with notes() as upstream, asker(tmp_path, upstream) as one:
        assert await one.data(READ) == {"customer": {"notes": []}}
        assert (await one.data(ADD))["addNote"]["notes"] == ["b"]
        assert await one.data(READ) == {"customer": {"notes": []}}


@pytest.mark.parametrize(
    ("tags", "status", "seen"),
    [
        (TAGS, 500, 1),
        *((ALWAYS, status, 2) for status in (500, 409)),
        *((ALWAYS, status, 1) for status in (401, 403)),
    ],
)
async def test_a_mutation_that_fails_invalidates_nothing_unless_always(
    tmp_path: Path, tags: str, status: int, seen: int
) -> None:
    """A 500 may have been done all the same: `on: always` asks anew after it.

    Not after a 403: else whoever may not write could end what others have kept.
    """
    async with notes() as upstream, asker(tmp_path, upstream, invalidates=tags) as one:
        await one.data(READ)
        upstream.statuses = [status]
        await one.data('mutation { addNote(id: "7", text: "b") { added } }')
        await one.data(READ)
        assert upstream.count("GET") == seen


async def test_no_gateway_on_a_redis_gives_what_another_made_untrue(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    """Neither from Redis nor from what it has at hand."""
    url = redis_server.url
    async with (
        notes() as upstream,
        asker(tmp_path / "a", upstream, redis=url, invalidates=TAGS) as writer,
        asker(tmp_path / "b", upstream, redis=url, invalidates=TAGS) as reader,
    ):
        for _ in range(3):
            assert await reader.data(READ) == {"customer": {"notes": []}}
        assert upstream.count("GET") == 1
        await writer.data('mutation { addNote(id: "7", text: "b") { added } }')
        assert await reader.data(READ) == {"customer": {"notes": ["b"]}}
        assert upstream.count("GET") == 2


async def test_a_redis_that_is_gone_fails_no_mutation_and_we_are_told(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    """What was written is written."""
    url = redis_server.url
    async with (
        notes() as upstream,
        asker(tmp_path, upstream, redis=url, invalidates=TAGS) as one,
    ):
        redis_server.kill()
        assert (await one.data(ADD))["addNote"]["added"]["n"] == 1
        (told,) = [e for e in one.events if isinstance(e, InvalidationFailed)]
        assert told.step == "addNote.added"
