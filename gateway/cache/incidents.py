"""The rolls of incidents in a Redis, for all processes that share it.

In charge of one step in Redis for each question, by its clock. Alarms are hashed: they
name operations and sources. Must never decide who is told of an incident.
"""

from __future__ import annotations

from typing import Final

from gateway.cache.redis_wire import RedisWire
from gateway.cache.rolls import LEASE, MEMORY, Joined, Left
from gateway.values import digest

_JOIN: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local first = redis.call('HSETNX', KEYS[1], 'id', ARGV[2])
local fresh = redis.call('HSET', KEYS[1], 'at:' .. ARGV[1], now + ARGV[3])
if fresh == 1 then redis.call('HDEL', KEYS[1], 'well') end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
local well = redis.call('HGET', KEYS[1], 'well')
return {redis.call('HGET', KEYS[1], 'id'), first, well and now - well or -1}
"""
"""KEYS: a roll. ARGV: who, an id, and in milliseconds the lease and the memory.

Who joins has seen failures, so what was said of answers before holds no longer.
"""
_LEAVE: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local id = redis.call('HGET', KEYS[1], 'id')
if not id then return {} end
redis.call('HDEL', KEYS[1], 'at:' .. ARGV[1])
local hurt = redis.call('HINCRBY', KEYS[1], 'hurt', ARGV[2])
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if string.sub(all[i], 1, 3) == 'at:' and tonumber(all[i + 1]) > now then
    if ARGV[3] == '1' then redis.call('HSET', KEYS[1], 'well', now) end
    return {id, 0, hurt}
  end
end
redis.call('DEL', KEYS[1])
return {id, 1, hurt}
"""
"""KEYS: a roll. ARGV: who, how many were hurt, 1 where the step answers again."""


class SharedIncidents:
    """The rolls of one Redis, by URL. Connects at the first question."""

    def __init__(self, url: str) -> None:
        self._wire = RedisWire(url)

    async def join(self, alarm: str, who: str, incident: str) -> Joined:
        """As the contract says; raises `TimeoutError`, and what redis-py raises."""
        lives = (round(LEASE * 1000), round(MEMORY * 1000))
        told = await self._wire.told(_JOIN, (_name(alarm),), (who, incident, *lives))
        answers = told[2] / 1000 if told[2] >= 0 else None
        return Joined(told[0].decode(), bool(told[1]), answers)

    async def leave(
        self, alarm: str, who: str, hurt: int, *, answered: bool
    ) -> Left | None:
        """As the contract says; raises `TimeoutError`, and what redis-py raises."""
        given = (who, hurt, int(answered))
        told = await self._wire.told(_LEAVE, (_name(alarm),), given)
        return Left(told[0].decode(), bool(told[1]), told[2]) if told else None

    async def close(self) -> None:
        """Close every connection."""
        await self._wire.close()


def _name(alarm: str) -> str:
    return f"incident:{digest(alarm)}"
