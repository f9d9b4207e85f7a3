"""What the shared store does in one step of Redis's own, as Lua.

Each answers with Redis's time first, so that every answer tells how its clock stands.
Times are microseconds, lengths milliseconds. In charge of the texts alone.
"""

from __future__ import annotations

PUT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ttl, stamps = tonumber(ARGV[2]), tonumber(ARGV[4])
for i = 3, 2 + stamps do
  local stamp = redis.call('GET', KEYS[i])
  local late = stamp and tonumber(stamp) >= tonumber(ARGV[3])
  if late then return {time[1], time[2], 0} end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ttl)
if redis.call('PTTL', KEYS[2]) < ttl then redis.call('SET', KEYS[2], '1', 'PX', ttl) end
for i = 3 + stamps, #KEYS do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
  redis.call('ZADD', KEYS[i], now + ttl, KEYS[1])
  if redis.call('PTTL', KEYS[i]) < ttl then redis.call('PEXPIRE', KEYS[i], ttl) end
end
return {time[1], time[2], 1}
"""
"""KEYS: entry, horizon, stamps, indexes. ARGV: entry, its ttl, since, stamps' number.

The horizon lives as long as the entry that lives longest. An index holds the entries
of one tag by when they end, and lets go of those that have.
"""

STAMP = """
local time = redis.call('TIME')
local ttl = math.max(redis.call('PTTL', KEYS[1]), tonumber(ARGV[1]))
local now = string.format('%.0f', time[1] * 1000000 + time[2])
for i = 2, #KEYS do redis.call('SET', KEYS[i], now, 'PX', ttl) end
return {time[1], time[2], #KEYS - 1}
"""
"""KEYS: horizon, stamps. ARGV: how long a stamp lives at least.

A stamp outlives every entry that is older than it.
"""

TAKE = """
local time = redis.call('TIME')
local popped = redis.call('ZPOPMIN', KEYS[1], tonumber(ARGV[1]))
local gone = 0
for i = 1, #popped, 2 do gone = gone + redis.call('UNLINK', popped[i]) end
return {time[1], time[2], gone, #popped / 2}
"""
"""KEYS: an index. ARGV: how many entries to take at most.

Gives how many were still there, and how many the index held.
"""

BEGIN_DEED = """
local there = redis.call('GET', KEYS[1])
if there then return there end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false
"""
"""KEYS: deed. ARGV: the own one, its ttl. Answers with the one that was there."""

FINISH_DEED = """
local there = redis.call('GET', KEYS[1])
if there and there ~= ARGV[1] then return false end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return false
"""
"""KEYS: deed. ARGV: as it was begun, as it is done, its ttl."""

FORGET_DEED = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return false
"""
"""KEYS: deed. ARGV: as it was begun."""

SPEND = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local told = {time[1], time[2]}
for i = 1, #KEYS do
  local n, each, span = unpack(ARGV, 3 * i - 2, 3 * i)
  local full = math.max(tonumber(redis.call('GET', KEYS[i]) or '0'), now)
  full = math.min(full, now + 2 * span) + n * each
  local life = math.ceil((full - now) / 1000)
  redis.call('SET', KEYS[i], string.format('%.0f', full), 'PX', life)
  told[i + 2] = full - now
end
return told
"""
"""KEYS: buckets. ARGV for each: how many are taken, and in microseconds how long one
takes to come back, and all.

A bucket is when it will be full, and is gone when it is. What is owed is bounded, also
where Redis's clock was set back.
"""
