"""A store in a Redis: objects are values, a log is a list, and who listens is told.

An entry is appended by a script that compares the length first, so that of two at once
one wins and the other is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotConnectedError
from redis.exceptions import RedisError
from redis.retry import Retry

from gateway.release.model import StoreError
from gateway.release.stores.base import FETCHED, FRESH, LARGEST_NOTE, PATIENCE, Note

T = TypeVar("T")
NAMESPACE = "headwater:releases:1"
_APPEND = """
local length = redis.call('LLEN', KEYS[1])
if length ~= tonumber(ARGV[1]) - 1 then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[2])
redis.call('PUBLISH', KEYS[1], ARGV[1])
return 1
"""
# KEYS: the notes of a topic. ARGV: how long they count, and a note where there is one.
_NOTES = """
local now = tonumber(redis.call('TIME')[1])
if #ARGV > 1 then
  redis.call('HSET', KEYS[1], ARGV[2], now .. ' ' .. ARGV[3])
  redis.call('EXPIRE', KEYS[1], 2 * ARGV[1])
end
local found = {}
local all = redis.call('HGETALL', KEYS[1])
for place = 1, #all, 2 do
  local since, content = string.match(all[place + 1], '^(%d+) (.*)$')
  if since and now - tonumber(since) <= tonumber(ARGV[1]) then
    table.insert(found, all[place])
    table.insert(found, content)
  elseif #ARGV > 1 then
    redis.call('HDEL', KEYS[1], all[place])
  end
end
return found
"""
_OBJECT = f"{NAMESPACE}:object:"


def log_key(log: str) -> str:
    """The key of a log, and the channel on which its new entries are told."""
    return f"{NAMESPACE}:log:{log}"


class RedisStore:
    """One Redis by URL. Connects when it is asked, and again whenever it has to."""

    watched: tuple[Path, ...] = ()

    def __init__(self, url: str) -> None:
        named = urlsplit(url)
        port = f":{named.port}" if named.port else ""
        self.place = f"{named.scheme}://{named.hostname}{port}{named.path}"
        self._redis: Any = Redis.from_url(  # its answers depend on options: untyped
            url,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            # A kept connection may have died of old age: once more then. What was not
            # answered in time is not: it would take twice as long as is promised.
            retry=Retry(NoBackoff(), 1, (NotConnectedError,)),
        )

    def put(self, name: str, content: bytes) -> None:
        self._asked(lambda: self._redis.set(_OBJECT + name, content))

    def get(self, name: str) -> bytes | None:
        found: bytes | None = self._asked(lambda: self._redis.get(_OBJECT + name))
        return found

    def names(self) -> Sequence[str]:
        keys = self._asked(lambda: list(self._redis.scan_iter(f"{_OBJECT}*", 1_000)))
        named = {bytes(key).decode(errors="replace") for key in keys}
        return sorted(name.removeprefix(_OBJECT) for name in named)

    def drop(self, name: str) -> None:
        self._asked(lambda: self._redis.delete(_OBJECT + name))

    def logs(self) -> Sequence[str]:
        keys = self._asked(lambda: list(self._redis.scan_iter(log_key("*"), 1_000)))
        named = {bytes(key).decode(errors="replace") for key in keys}
        return sorted(name.removeprefix(log_key("")) for name in named)

    def append(self, log: str, entry: bytes, *, number: int) -> bool:
        key = log_key(log)
        made = self._asked(lambda: self._redis.eval(_APPEND, 1, key, number, entry))
        return bool(made == 1)

    def entries(self, log: str, most: int = FETCHED) -> tuple[int, Sequence[bytes]]:
        key = log_key(log)

        def ask() -> tuple[int, list[bytes]]:
            with self._redis.pipeline(transaction=True) as both:
                length, found = both.llen(key).lrange(key, -most, -1).execute()
            return int(length), [bytes(one) for one in found]

        return self._asked(ask)

    def notes(self, topic: str, mine: Note | None = None) -> Mapping[str, bytes]:
        given = (int(FRESH), *(mine or ()))
        key = f"{NAMESPACE}:notes:{topic}"
        said = self._asked(lambda: list(self._redis.eval(_NOTES, 1, key, *given)))
        names, contents = said[::2], said[1::2]
        return {
            bytes(name).decode(errors="replace"): bytes(content)
            for name, content in zip(names, contents, strict=True)
            if len(content) <= LARGEST_NOTE
        }

    def close(self) -> None:
        self._redis.close()

    def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except RedisError as error:
            # What redis-py says may name users and passwords; the kind is enough.
            told = type(error).__name__.removesuffix("Error")
            raise StoreError(
                f"the store {self.place} cannot be asked: {told}"
            ) from error
