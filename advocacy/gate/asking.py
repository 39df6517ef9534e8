"""Asking an address to confirm something: once an hour at most, however many forms ask for it.

Whoever types other people's addresses into our forms must not be able to fill their inboxes. Links
to sign in have their own limit: people wait for them.
"""

from datetime import datetime, timedelta

from advocacy import db, moment

QUIET = timedelta(hours=1)
LEASE = timedelta(minutes=2)
KEPT = timedelta(days=1)

_LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_TAKE = """INSERT INTO advocacy_asked (address_hash, at) VALUES ($1, $2)
ON CONFLICT (address_hash) DO UPDATE SET at = excluded.at WHERE advocacy_asked.at <= $3"""


async def take(address_hash: str) -> datetime | None:
    """Takes the hour for one letter: None when it is ours, else the moment to try again.

    Close it with `done`, or with `give_back` when no letter went out. Of two at the same moment one
    gets it. Whoever dies over the letter holds it for two minutes.
    """
    now = moment.now()
    taken = await db.execute(_TAKE, address_hash, now - QUIET + LEASE, now - QUIET)
    if taken:
        return None
    last = await db.value("SELECT at FROM advocacy_asked WHERE address_hash = $1", address_hash)
    since = datetime.fromisoformat(last) if isinstance(last, str) else last or now
    return since + QUIET


async def done(address_hash: str) -> None:
    """The letter is out: the quiet hour begins."""
    await db.execute(
        "UPDATE advocacy_asked SET at = $2 WHERE address_hash = $1", address_hash, moment.now()
    )


async def give_back(address_hash: str) -> None:
    """No letter went out: the next one may."""
    await db.execute(
        "UPDATE advocacy_asked SET at = $2 WHERE address_hash = $1", address_hash, _LONG_AGO
    )


async def forget() -> int:
    """Removes what is older than a day; returns how many."""
    return await db.execute("DELETE FROM advocacy_asked WHERE at < $1", moment.now() - KEPT)
