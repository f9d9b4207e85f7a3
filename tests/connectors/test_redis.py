"""Redis as a source: commands that read, against a real server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.connectors.probing import Probed
from gateway.connectors.redis.options import RedisOptions
from gateway.connectors.redis.source import RedisSource
from gateway.connectors.redis.step import RedisStep, RedisTarget
from gateway.connectors.settings import RedisSettings
from gateway.deployment import load_deployment
from gateway.errors import ErrorClass, Problems, UpstreamError
from gateway.testing.contract import SourceContract, Subject, call_of
from gateway.testing.contract.subject import within
from tests.connectors.section import TestedSection
from tests.project import write
from tests.redis_server import RedisServer

PASSWORD = "hunter2"


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    """One server for all tests here, with data that nobody changes."""
    program = shutil.which("redis-server")
    if program is None:
        reason = "needs a Redis: apt-get install redis-server"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    server = RedisServer(program)
    server.start()
    server.ask("ACL", "SETUSER", "reader", "on", f">{PASSWORD}", "~*", "+@all")
    server.ask("MSET", "user:1", '{"name": "Ada"}', "user:2", "Bob", "count", "7")
    server.ask("HSET", "card:1", "kind", "debit", "limit", "500")
    server.ask("RPUSH", "log", "a", "b", "c")
    server.ask("ZADD", "top", "2", "x", "1", "y")
    yield server
    server.kill()


def _open(server: RedisServer, **more: int) -> RedisSource:
    url = server.url.replace("//", f"//reader:{PASSWORD}@")
    return RedisSource(RedisSettings(url, **more))


class TestRedis(SourceContract):
    """A key's value."""

    @pytest.fixture
    def subject(self, redis: RedisServer) -> Subject:
        away = f"redis://a:{PASSWORD}@127.0.0.1:9/0"
        return Subject(
            open=lambda: _open(redis, connections=4),
            call=call_of(RedisTarget("GET", ("user:2",))),
            body="Bob",
            other=call_of(RedisTarget("GET", ("user:1",))),
            refused=(
                call_of(RedisTarget("GET", ("log",))),
                call_of(RedisTarget("GET", ("user:2",), json=True)),
                call_of(RedisTarget("GET", ({"a": 1},))),
            ),
            slow=call_of(RedisTarget("BLPOP", ("nothing", "0"))),
            dead=lambda: RedisSource(RedisSettings(away)),
            secrets=(PASSWORD,),
        )


@pytest.mark.parametrize(
    ("command", "keys", "body"),
    [
        (["GET", "user:1"], {"decode": "json"}, {"name": "Ada"}),
        (["get", "user:9"], {}, None),
        (["EXISTS", "user:1", "user:9"], {}, 1),
        (["MGET", "user:2", "user:9"], {}, ["Bob", None]),
        (["MGET", ["user:2", "user:9"]], {"names": ["a", "b"]}, {"a": "Bob"}),
        (["HGETALL", "card:1"], {}, {"kind": "debit", "limit": "500"}),
        (["HGETALL", "card:9"], {}, None),
        (["HMGET", "card:1", "limit", "none"], {}, {"limit": "500"}),
        (["HMGET", "card:1", "limit"], {"decode": "json"}, {"limit": 500}),
        (["LRANGE", "log", 0, 1], {}, ["a", "b"]),
        (["ZRANGE", "top", 0, -1], {}, ["y", "x"]),
    ],
)
async def test_a_command_is_answered_in_plain_values(
    redis: RedisServer, command: list[object], keys: dict[str, object], body: object
) -> None:
    """Text, numbers, lists and maps; what is not there is null."""
    options = RedisOptions.model_validate({"command": command, **keys})
    section = TestedSection()
    target = RedisStep().compile(section, options)
    source = _open(redis)
    try:
        assert (await source.call(within(call_of(target)))).body == body
    finally:
        await source.close()
    assert section.problems == []


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        (RedisTarget("MGET", (["user:1"],), names=["a", "b"]), ErrorClass.REJECTED),
        (RedisTarget("MGET", ([],)), ErrorClass.REJECTED),
        (RedisTarget("LRANGE", ("user:1", 0, 1)), ErrorClass.QUERY),
    ],
)
async def test_what_cannot_be_answered_is_an_error_of_its_class(
    redis: RedisServer, target: RedisTarget, kind: ErrorClass
) -> None:
    """And nothing of a value is in it."""
    source = _open(redis)
    with pytest.raises(UpstreamError) as caught:
        await source.call(within(call_of(target)))
    await source.close()
    assert caught.value.kind is kind


async def test_an_answer_is_not_larger_than_the_limit(redis: RedisServer) -> None:
    """Counted in bytes of values."""
    source = _open(redis, response_limit=2)
    with pytest.raises(UpstreamError) as caught:
        await source.call(within(call_of(RedisTarget("GET", ("user:2",)))))
    await source.close()
    assert caught.value.message == "The source's answer is too large."


async def test_a_wrong_password_is_told_without_it(redis: RedisServer) -> None:
    """As a source that cannot be had."""
    url = redis.url.replace("//", "//reader:not-this@")
    source = RedisSource(RedisSettings(url))
    with pytest.raises(UpstreamError) as caught:
        await source.call(within(call_of(RedisTarget("GET", ("a",)))))
    await source.close()
    assert caught.value.kind is ErrorClass.CONNECT
    assert "not-this" not in f"{caught.value.message} {caught.value.detail}"


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (
            {"command": ["DEL", "a"]},
            "command.0: DEL is no command that only reads — use GET, MGET or HGETALL",
        ),
        (
            {"command": ["GETT", "a"]},
            "command.0: GETT is no command that only reads — did you mean 'GET'?",
        ),
        (
            {"command": ["GET", "a"], "names": ["a"]},
            "names: GET has no values to name — remove it",
        ),
    ],
)
def test_only_commands_that_read_are_let_by(
    keys: dict[str, object], problem: str
) -> None:
    """Told when the profile is loaded."""
    section = TestedSection()
    RedisStep().compile(section, RedisOptions.model_validate(keys))
    assert section.problems == [problem]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("redis://:hunter2@kv:x/0", "this is no URL of a Redis"),
        ("http://:hunter2@kv", "this is no URL of a Redis"),
        ("redis://:hunter2@kv/users", "a Redis's databases are numbers"),
    ],
)
def test_a_wrong_url_is_told_without_its_password(
    tmp_path: Path, url: str, why: str
) -> None:
    """By what is wrong, never by what was written."""
    text = f"sources: {{ kv: {{ type: redis, url: '{url}' }} }}"
    problems = Problems()
    assert (
        load_deployment([write(tmp_path, {"headwater.yaml": text})], {}, problems)
        is None
    )
    (found,) = map(str, problems.errors)
    assert (why in found, PASSWORD in found) == (True, False)


@pytest.mark.parametrize(
    ("rights", "said"),
    [("+@all", "answers PING"), ("+get", "logged in; PING is not allowed")],
)
async def test_it_can_be_tried(redis: RedisServer, rights: str, said: str) -> None:
    """A user who may not even ask whether it is there is logged in all the same."""
    redis.ask("ACL", "SETUSER", "trier", "reset", "on", f">{PASSWORD}", "~*", rights)
    source = RedisSource(RedisSettings(redis.url.replace("//", f"//trier:{PASSWORD}@")))
    probed = await source.probe({})
    await source.close()
    assert probed == Probed(said)


@pytest.mark.parametrize(
    ("where", "detail"),
    [("nobody:{}@127.0.0.1:{}", "AUTH failed"), ("a:{}@127.0.0.1:9", None)],
)
async def test_one_that_does_not_let_us_in_is_told(
    redis: RedisServer, where: str, detail: str | None
) -> None:
    """Wrong credentials, and nobody there; the password is in neither."""
    url = f"redis://{where.format(PASSWORD, redis.port)}/0"
    source = RedisSource(RedisSettings(url))
    with pytest.raises(UpstreamError) as caught:
        await source.probe({})
    await source.close()
    error = caught.value
    assert (error.kind, error.detail) == (ErrorClass.CONNECT, detail or error.detail)
    assert PASSWORD not in f"{error} {error.detail}"
