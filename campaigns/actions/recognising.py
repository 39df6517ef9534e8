"""Recognising who acts: a person behind a signed link from a letter, or one who has signed in."""

from advocacy import tokens
from advocacy.identity.permissions import Reader
from advocacy.members.models import Person
from campaigns.actions.taking import Known

PURPOSE = "person"


def token_for(person_id: int) -> str:
    """The value of `?p=` in a letter to this person."""
    return tokens.sign(PURPOSE, person_id)


async def recognise(token: str, reader: Reader | None) -> Known | None:
    """The confirmed person who acts, or None for somebody who has to confirm an address."""
    values = tokens.read(PURPOSE, token) if token else None
    if values is not None:
        person = await Person.get_or_none(id=int(values[0]), confirmed_at__isnull=False)
        if person is not None:
            return Known(person, "confirmed")
    if reader is not None:
        person = await Person.get_or_none(canonical=reader.canonical, confirmed_at__isnull=False)
        if person is not None:
            return Known(person, "signed_in")
    return None
