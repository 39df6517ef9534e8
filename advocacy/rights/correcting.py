"""Correcting what we know of a person: name, language, country, and their address."""

from typing import Any

from advocacy import db, moment, settings
from advocacy.audit.recording import SYSTEM, note
from advocacy.identity.models import User
from advocacy.mail import addresses
from advocacy.members.models import Person
from advocacy.rights.models import RightsRequest

FIELDS = ("given_name", "family_name", "language", "country_code")
# What a person asked of the old address holds for the new one.
CARRIED = ("unsubscribed_all", "complaint", "request")


async def is_taken(email: str, person_id: int) -> bool:
    """True when an address belongs to another person, or to an account that is not theirs."""
    canonical = addresses.canonical(email)
    own = await Person.get(id=person_id)
    if canonical == own.canonical:
        return False
    return bool(await Person.exists(canonical=canonical) or await User.exists(canonical=canonical))


async def correct(request: RightsRequest, wanted: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Changes what was wanted, inside the caller's transaction; what to put into the receipt and
    which letter to send.

    An address that has come to belong to somebody else meanwhile is left as it is.
    """
    if "email" in wanted:
        return await _move(request, str(wanted["email"]))
    changes = {name: str(wanted[name]) for name in FIELDS if name in wanted}
    await Person.filter(id=request.person_id, erased_at__isnull=True).update(**changes)
    person = await Person.get(id=request.person_id)
    await User.filter(canonical=person.canonical).update(
        name=person.full_name, **({"language": person.language} if "language" in changes else {})
    )
    await note("person.corrected", actor=SYSTEM, record=f"request:{request.id}")
    return {"fields": sorted(changes), "counts": {"advocacy_person": 1}}, "rights_corrected"


async def _move(request: RightsRequest, email: str) -> tuple[dict[str, Any], str]:
    old = await Person.get(id=request.person_id)
    if await is_taken(email, old.id):
        return {"fields": [], "outcome": "not_changed", "counts": {}}, "rights_corrected"
    canonical = addresses.canonical(email)
    digest = addresses.address_hash(canonical, settings.current().secret_key)
    await Person.filter(id=old.id, erased_at__isnull=True).update(
        email=email, canonical=canonical, address_hash=digest, deliverability="ok"
    )
    user = await User.get_or_none(canonical=old.canonical)
    if user is not None:
        await User.filter(id=user.id).update(email=email, canonical=canonical)
        await db.execute(
            "UPDATE advocacy_sign_in_link SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL",
            user.id,
            moment.now(),
        )
    # What was found by the old address is theirs still: to be copied, and to be erased.
    await db.execute(
        "UPDATE advocacy_sign_up SET canonical = $2"
        " WHERE canonical = $1 AND confirmed_at IS NOT NULL",
        old.canonical,
        canonical,
    )
    await _carry(old.address_hash, digest)
    await note("person.address_changed", actor=SYSTEM, record=f"request:{request.id}")
    told = {"fields": ["email"], "counts": {"advocacy_person": 1}, "to": old.email}
    return told, "rights_address_moved"


async def _carry(old: str, new: str) -> None:
    """They have shown that the new address is theirs; what they refused on the old one stands."""
    if old == new:
        return
    await db.execute(
        "DELETE FROM advocacy_suppression WHERE address_hash = $1 AND reason = 'erased'", new
    )
    marks = db.marks(len(CARRIED), 3)
    await db.execute(
        "INSERT INTO advocacy_suppression (address_hash, reason, at)"
        f" SELECT CAST($2 AS VARCHAR), reason, at FROM advocacy_suppression"
        f" WHERE address_hash = $1 AND reason IN ({marks})"
        " ON CONFLICT (address_hash) DO NOTHING",
        old,
        new,
        *CARRIED,
    )
