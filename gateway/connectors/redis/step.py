"""`type: redis` at load time: which command, and where its values come from.

In charge of letting only commands by that read. Must never do I/O.
"""

from __future__ import annotations

from typing import ClassVar, cast

from gateway.connectors.base import ReplyRules, Section
from gateway.connectors.redis.options import RedisOptions
from gateway.errors import did_you_mean
from gateway.record import Model
from gateway.shape import FieldShape

READING = frozenset(
    {"EXISTS", "GET", "GETRANGE", "HEXISTS", "HGET", "HGETALL", "HKEYS", "HLEN"}
    | {"HMGET", "HVALS", "LINDEX", "LLEN", "LRANGE", "MGET", "SCARD", "SISMEMBER"}
    | {"SMEMBERS", "SMISMEMBER", "STRLEN", "TTL", "TYPE", "ZCARD", "ZCOUNT", "ZRANGE"}
    | {"ZRANK", "ZREVRANGE", "ZREVRANK", "ZSCORE"}
)
"""Commands that change nothing and end by themselves."""
_NAMED = frozenset({"MGET", "HMGET"})


class RedisTarget(Model, frozen=True):
    """One command. ``arguments`` and ``names`` are constants and slots."""

    command: str
    arguments: tuple[object, ...]
    json: bool = False
    names: object = None


class RedisStep:
    """Load time of ``type: redis``."""

    names: ClassVar[tuple[str, ...]] = ("redis",)
    options: ClassVar[type[RedisOptions]] = RedisOptions
    sources: ClassVar[frozenset[str]] = frozenset({"redis"})
    default_source: ClassVar[str | None] = "redis"

    def compile(self, section: Section, options: object) -> RedisTarget:
        asked = cast("RedisOptions", options)
        command = str(asked.command[0]).upper()
        if command not in READING:
            section.problem(
                ("command", 0),
                f"{asked.command[0]} is no command that only reads",
                hint=did_you_mean(command, READING) or "use GET, MGET or HGETALL",
            )
        if asked.names is not None and command not in _NAMED:
            section.problem(
                ("names",), f"{command} has no values to name", hint="remove it"
            )
        places = list(enumerate(asked.command))[1:]
        arguments = tuple(section.value(("command", n), each) for n, each in places)
        names = None if asked.names is None else section.value(("names",), asked.names)
        if command == "HMGET" and names is None:
            names = arguments[1:]
        return RedisTarget(command, arguments, asked.decode == "json", names)

    def shape(self, options: object) -> tuple[FieldShape, ...] | None:  # noqa: ARG002
        return None

    def rules(self, options: object) -> ReplyRules:  # noqa: ARG002
        return ReplyRules(reads=True)

    def idempotent(self, options: object) -> bool:  # noqa: ARG002
        return True
