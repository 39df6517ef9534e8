"""The link in every letter with which a person changes their letters without signing in.

It says who, and on which day it was made: after a year it opens nothing any more. Whoever finds
one can change letters, and sees no more of an address than its owner recognises.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from advocacy import moment, tokens
from advocacy.errors import NotFound
from advocacy.members.models import Person
from advocacy.render.i18n import gettext as _

PURPOSE = "preferences"
LIFE = timedelta(days=365)
# Two persons merged, and merged again, end in one; no chain is longer than people have patience.
_CHAIN = 5


@dataclass(frozen=True)
class Holder:
    """The person whom a link belongs to, and whether it is fresh enough to change anything."""

    person: Person
    is_fresh: bool


def preferences_path(person_id: int, *, since: date | None = None) -> str:
    """The path of a person's preferences; the year counts from `since`, or from today."""
    day = since or moment.now().date()
    return f"/preferences/{tokens.sign(PURPOSE, person_id, day.toordinal())}"


async def holder_of(token: str) -> Holder:
    """Whose link it is. Raises NotFound for a forged one and for somebody who was erased."""
    values = tokens.read(PURPOSE, token)
    person = None
    if values is not None and len(values) == 2:
        person = await living(int(values[0]))
    if person is None or values is None:
        raise NotFound(_("This link is not complete. Open it again from the letter."))
    age = moment.now().date().toordinal() - int(values[1])
    return Holder(person, age <= LIFE.days)


async def living(person_id: int) -> Person | None:
    """The person of an id, or the one it was merged into; None when there is nobody any more."""
    person = await Person.get_or_none(id=person_id)
    for _turn in range(_CHAIN):
        if person is None or person.merged_into_id is None:
            break
        person = await Person.get_or_none(id=person.merged_into_id)
    if person is None or person.erased_at is not None or person.merged_into_id is not None:
        return None
    return person
