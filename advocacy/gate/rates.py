"""Rates: how often a form may come before we ask for more, changeable while everything runs."""

import time
from dataclasses import dataclass

from limits import parse

from advocacy import db, moment, settings
from advocacy.audit.recording import Actor, note
from advocacy.errors import Invalid
from advocacy.gate.models import Rate
from advocacy.render.i18n import LazyText, lazy_gettext
from advocacy.render.i18n import gettext as _

LATELY = 3.0
MOST = 1_000_000


@dataclass(frozen=True)
class Kind:
    """What a rate is about, and where it stands until somebody changes it."""

    label: LazyText
    hint: LazyText
    burst: str
    sustained: str


KINDS: dict[str, Kind] = {
    "address": Kind(
        lazy_gettext("From one address"),
        lazy_gettext("One connection. A school or a whole town can share one."),
        "10/minute",
        "60/hour",
    ),
    "network": Kind(
        lazy_gettext("From one network"),
        lazy_gettext("256 neighbouring addresses, or a site with its own IPv6 network."),
        "60/minute",
        "600/hour",
    ),
    "domain": Kind(
        lazy_gettext("To one mail domain"),
        lazy_gettext("Addresses behind the same @; the large mail providers have their own line."),
        "60/minute",
        "600/hour",
    ),
    "provider": Kind(
        lazy_gettext("To one large mail provider"),
        lazy_gettext("Where millions have their mailbox."),
        "2000/minute",
        "40000/hour",
    ),
    "chapter": Kind(
        lazy_gettext("To one chapter"),
        lazy_gettext("All its forms together. Raise it before a day on which many will come."),
        "3000/minute",
        "60000/hour",
    ),
    "proved": Kind(
        lazy_gettext("With a solved check, from one network"),
        lazy_gettext("Above it forms are taken, and their letters come later."),
        "60/minute",
        "900/hour",
    ),
    "slow": Kind(
        lazy_gettext("Without the check, from one network"),
        lazy_gettext("Forms that were sent without it; their letters come later."),
        "10/minute",
        "100/hour",
    ),
    "slow_all": Kind(
        lazy_gettext("Without the check, from everywhere"),
        lazy_gettext("All of them together."),
        "120/minute",
        "2000/hour",
    ),
}


@dataclass(frozen=True)
class Pace:
    """A rate in force: (hits, seconds) for a burst and for the long run."""

    burst: tuple[int, int]
    sustained: tuple[int, int]


_lately: dict[str, tuple[float, dict[str, Pace]]] = {}


async def current() -> dict[str, Pace]:
    """All rates, up to three seconds old."""
    key, now = settings.current().database_url, time.monotonic()
    read, found = _lately.get(key, (-LATELY, {}))
    if now - read > LATELY:
        found = {
            name: Pace(_pair(kind.burst), _pair(kind.sustained)) for name, kind in KINDS.items()
        }
        for row in await Rate.filter(name__in=list(KINDS)):
            found[row.name] = Pace(_pair(row.burst), _pair(row.sustained))
        _lately.clear()
        _lately[key] = (now, found)
    return found


async def texts() -> dict[str, tuple[str, str]]:
    """Every rate as it was typed: burst and sustained."""
    found = {name: (kind.burst, kind.sustained) for name, kind in KINDS.items()}
    for row in await Rate.filter(name__in=list(KINDS)):
        found[row.name] = (row.burst, row.sustained)
    return found


async def change(wanted: dict[str, tuple[str, str]], *, actor: Actor) -> int:
    """Sets the rates that differ; returns how many. Other processes follow within seconds.

    Raises Invalid on `{name}-burst` or `{name}-sustained` for what is no rate, and changes nothing.
    """
    for name, pair in wanted.items():
        for part, text in zip(("burst", "sustained"), pair, strict=True):
            _checked(text, f"{name}-{part}")
    known = await texts()
    changed = {name: pair for name, pair in wanted.items() if pair != known.get(name)}
    if not changed:
        return 0
    now = moment.now()
    async with db.transaction():
        for name, (burst, sustained) in sorted(changed.items()):
            await db.execute(
                "INSERT INTO advocacy_rate (name, burst, sustained, changed_at, changed_by)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO UPDATE SET"
                " burst = excluded.burst, sustained = excluded.sustained,"
                " changed_at = excluded.changed_at, changed_by = excluded.changed_by",
                name,
                burst,
                sustained,
                now,
                actor.name[:254],
            )
        for name, (burst, sustained) in sorted(changed.items()):
            await note(
                "rate.changed", actor=actor, record=f"rate:{name}", burst=burst, sustained=sustained
            )
    _lately.clear()
    return len(changed)


def _checked(text: str, field: str) -> None:
    try:
        amount, window = _pair(text)
    except ValueError:
        amount, window = 0, 0
    if len(text) > 30 or not 1 <= amount <= MOST or not 1 <= window <= 7 * 86400:
        raise Invalid(_("Write a rate such as 10/minute or 600/hour."), field=field)


def _pair(text: str) -> tuple[int, int]:
    item = parse(text)
    return item.amount, item.get_expiry()
