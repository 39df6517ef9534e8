"""Recognising who acts: a person behind a signed link from a letter, or one who has signed in."""

from advocacy import db, tokens
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
    if values is not None and (person := await _confirmed("id", int(values[0]))):
        return Known(person, "confirmed")
    if reader is not None and (person := await _confirmed("canonical", reader.canonical)):
        return Known(person, "signed_in")
    return None


async def _confirmed(column: str, value: int | str) -> Person | None:
    row = await db.row(
        "SELECT id, email, canonical, given_name, family_name, language, country_code"
        f" FROM advocacy_person WHERE {column} = $1 AND confirmed_at IS NOT NULL",
        value,
    )
    return Person(**row) if row is not None else None
