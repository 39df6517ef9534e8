"""The languages on offer to a person: ours, those of their chapters, and what they chose before."""

from advocacy.members import belonging
from advocacy.members.models import Person
from advocacy.render import i18n

MOST = 24


async def offered(person: Person) -> list[str]:
    """The tags a person may choose from, their own first; never more than a page can show."""
    tags = [person.language, *person.also_reads.split()]
    for each in await belonging.known_to(person.id):
        tags += each.languages.split()
    return list(dict.fromkeys([*tags, *i18n.LOCALES]))[:MOST]
