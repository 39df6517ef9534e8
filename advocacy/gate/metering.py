"""Metering: how often something came lately, many keys in one round trip.

Counts in Redis where there is one, else in this process. Every hit counts, also one too many, so
that a flood stays a flood. Keys are hashed: they hold addresses of origin.
"""

import hashlib
import time
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from advocacy import settings

PATIENCE = 0.5
MOST_KEYS = 50_000
log = structlog.get_logger("advocacy.gate")

# A sliding window of two halves: what came in the window before counts for the part of it that is
# still within the length of one window.
_SCRIPT = """
local over = {}
local now = tonumber(ARGV[1])
for i, key in ipairs(KEYS) do
  local window, limit = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local index = math.floor(now / window)
  local here = redis.call('INCR', key .. ':' .. index)
  if here == 1 then redis.call('EXPIRE', key .. ':' .. index, window * 2) end
  local before = tonumber(redis.call('GET', key .. ':' .. (index - 1)) or '0')
  if here + before * (1 - (now % window) / window) > limit then over[#over + 1] = i - 1 end
end
return over
"""


class Check(NamedTuple):
    """At most `limit` hits on a key within `window` seconds."""

    key: str
    window: int
    limit: int


class Meter(Protocol):
    """Counts one hit for each check and says which are over."""

    async def over(self, checks: Sequence[Check], now: float) -> list[int]: ...

    async def close(self) -> None: ...


class _Here:
    """In the memory of this process."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, int], int] = {}

    async def over(self, checks: Sequence[Check], now: float) -> list[int]:
        if len(self.counts) > MOST_KEYS:
            self.counts.clear()
        found = []
        for number, (key, window, limit) in enumerate(checks):
            index = int(now // window)
            here = self.counts[key, index] = self.counts.get((key, index), 0) + 1
            before = self.counts.get((key, index - 1), 0)
            if here + before * (1 - now % window / window) > limit:
                found.append(number)
        return found

    async def close(self) -> None:
        self.counts.clear()


class _Shared:
    """In Redis, for all processes together."""

    def __init__(self, url: str) -> None:
        self.redis: Redis = Redis.from_url(
            url,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
        )
        self.script: Any = self.redis.register_script(_SCRIPT)

    async def over(self, checks: Sequence[Check], now: float) -> list[int]:
        numbers: list[float] = [now]
        for check in checks:
            numbers += [check.window, check.limit]
        found = await self.script(keys=[check.key for check in checks], args=numbers)
        return [int(each) for each in found]

    async def close(self) -> None:
        await self.redis.aclose()


_meter: Meter | None = None


def open_meter(redis_url: str) -> None:
    """Counts in Redis where there is one, else in this process."""
    global _meter
    _meter = _Shared(redis_url) if redis_url.startswith("redis") else _Here()


async def close_meter() -> None:
    """Counts no more."""
    global _meter
    meter, _meter = _meter, None
    if meter is not None:
        await meter.close()


async def over(checks: Sequence[Check]) -> list[int]:
    """Counts a hit for each check; the places of those that are exceeded now.

    While Redis is out of reach nothing is counted and nothing is exceeded.
    """
    if _meter is None or not checks:
        return []
    try:
        return await _meter.over(checks, time.time())
    except (RedisError, OSError) as failure:
        log.warning("meter unreachable", kind=type(failure).__name__)
        return []


def key_of(*parts: str) -> str:
    """The key of a form, an address and the like, which nobody can read it from."""
    secret = settings.current().secret_key.encode()[:64]
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return "gate:" + hashlib.blake2b(text, digest_size=12, key=secret).hexdigest()
