"""Knowing a person: one row for one canonical address, found or made."""

from typing import Any

from advocacy import db, moment, settings
from advocacy.errors import Invalid
from advocacy.mail import addresses
from advocacy.members.models import Person
from advocacy.render.i18n import gettext as _


def checked(email: str) -> tuple[str, str]:
    """The address as given and its canonical form. Raises Invalid on field `email`."""
    email = email.strip()
    if addresses.check(email) is not None:
        raise Invalid(_("Enter an e-mail address like name@example.org."), field="email")
    return email, addresses.canonical(email)


async def find(canonical: str) -> Person | None:
    """The person of a canonical address, if we know one; whom it was merged into, if it was."""
    found = await Person.get_or_none(canonical=canonical).select_related("merged_into")
    return (found.merged_into or found) if found else None


async def know(
    email: str,
    *,
    given_name: str = "",
    family_name: str = "",
    language: str = "en",
    country_code: str = "",
) -> tuple[Person, bool]:
    """The person of an address, made unconfirmed where there is none; True when it was made.

    What a stranger types never overwrites what we know. Safe under concurrent calls.
    Raises Invalid for an address that is none.
    """
    email, canonical = checked(email)
    row: dict[str, Any] = {
        "email": email,
        "canonical": canonical,
        "address_hash": addresses.address_hash(canonical, settings.current().secret_key),
        "given_name": given_name[:100],
        "family_name": family_name[:100],
        "language": language[:20],
        "country_code": country_code[:2],
        "created_at": moment.now(),
    }
    made = await db.value(
        f"INSERT INTO advocacy_person ({', '.join(row)}) VALUES ({db.marks(len(row))})"
        " ON CONFLICT (canonical) DO NOTHING RETURNING id",
        *row.values(),
    )
    if made is None:
        known = await find(canonical)
        assert known is not None  # noqa: S101  (the address was taken a moment ago)
        return known, False
    person = Person(id=int(made), **row)
    person._saved_in_db = True
    return person, True


async def confirm(person_id: int) -> bool:
    """The person has shown that the address is theirs; True the first time."""
    changed = await Person.filter(id=person_id, confirmed_at__isnull=True).update(
        confirmed_at=moment.now()
    )
    return changed == 1
