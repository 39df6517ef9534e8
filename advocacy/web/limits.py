"""Rate limits by `limits`, and the address a request comes from, truncated."""

from ipaddress import ip_address, ip_network

import structlog
from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError
from starlette.requests import Request

from advocacy import settings
from advocacy.errors import TooMany
from advocacy.render.i18n import gettext as _

log = structlog.get_logger("advocacy.web")
_limiter: MovingWindowRateLimiter | None = None


def open_limits(redis_url: str) -> None:
    """Counts in Redis where there is one, else in this process."""
    global _limiter
    storage: Storage = (
        RedisStorage(f"async+{redis_url}", implementation="redispy")
        if redis_url.startswith("redis")
        else MemoryStorage()
    )
    _limiter = MovingWindowRateLimiter(storage)


async def limit(name: str, rate: str, *keys: str) -> None:
    """Counts one hit, such as `limit("join", "5/minute", origin)`. Raises TooMany when exceeded.

    While Redis is out of reach nothing is counted and everybody passes.
    """
    if _limiter is None:
        return
    item = parse(rate)
    try:
        is_free = await _limiter.hit(item, name, *keys)
    except (RedisError, OSError) as failure:
        log.warning("limits unreachable", kind=type(failure).__name__)
        return
    if not is_free:
        window = item.get_expiry()
        raise TooMany(
            _("Too many attempts. Wait a few minutes, then try again."), retry_after=window
        )


def client_address(request: Request) -> str:
    """The address of the reader; X-Forwarded-For counts only from TRUSTED_PROXIES.

    Of an IPv6 address it is the network of 64 bits, which one household holds as a whole.
    """
    peer = request.client.host if request.client else ""
    trusted = {each.strip() for each in settings.current().trusted_proxies.split(",") if each}
    if peer in trusted:
        chain = [each.strip() for each in request.headers.get("x-forwarded-for", "").split(",")]
        for address in reversed([each for each in chain if each]):
            if address not in trusted:
                return _seat(address)
    return _seat(peer)


def _seat(address: str) -> str:
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if known.version == 4:
        return address
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ip_network(f"{known}/64", strict=False).network_address)


def origin(request: Request) -> str:
    """The network of the reader (/24 or /48), which is what we keep beside a consent."""
    try:
        address = ip_address(client_address(request))
    except ValueError:
        return ""
    prefix = 24 if address.version == 4 else 48
    return str(ip_network(f"{address}/{prefix}", strict=False).network_address)
