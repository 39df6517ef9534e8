"""What the preference centre shows of one person; reads only, and nothing that names them."""

from dataclasses import dataclass
from datetime import datetime

from advocacy.chapters.models import Chapter
from advocacy.mail.addresses import masked
from advocacy.members import belonging, consent, topics, wordings
from advocacy.members.belonging import Belonging
from advocacy.members.models import Person, Suppression
from advocacy.preferences.languages import offered
from advocacy.render import i18n

MOST = 30


@dataclass(frozen=True)
class Sender:
    """A chapter of the person; `wording` is what they agree to by allowing its letters.

    `topics` are asked for this chapter alone; None of them where one answer for all suffices.
    """

    belonging: Belonging
    wording: str
    topics: list[tuple[str, str, bool]]


@dataclass(frozen=True)
class Shown:
    """Everything on the page."""

    masked: str
    senders: list[Sender]
    topics: list[tuple[str, str, bool]]
    languages: list[str]
    main: str
    also: list[str]
    frequency: str
    paused_until: datetime | None
    blocked: str

    @property
    def gets_any(self) -> bool:
        """True where at least one sender may write."""
        return any(each.belonging.gets_letters for each in self.senders)


async def shown_to(person: Person) -> Shown:
    """The page of one person. `blocked` says why nobody writes: a reason of a suppression."""
    known = (await belonging.known_to(person.id))[:MOST]
    refused = await consent.refused_topics(person.id)
    headquarters = await Chapter.get(is_headquarters=True)
    from_all = refused.get(headquarters.id, set())
    wording = await wordings.current_wording(wordings.LETTERS, i18n.current())
    several = sum(each.gets_letters for each in known) > 1
    senders = [
        Sender(
            each,
            wording.text.replace("%(chapter)s", each.name),
            _choices(refused.get(each.chapter_id, set()), leaving_out=from_all)
            if several and each.gets_letters and each.chapter_id != headquarters.id
            else [],
        )
        for each in known
    ]
    suppression = await Suppression.get_or_none(address_hash=person.address_hash)
    return Shown(
        masked=masked(person.email),
        senders=senders,
        topics=_choices(from_all),
        languages=await offered(person),
        main=person.language,
        also=person.also_reads.split(),
        frequency=person.frequency,
        paused_until=person.paused_until if person.is_paused else None,
        blocked=suppression.reason if suppression else "",
    )


def _choices(
    refused: set[str], *, leaving_out: set[str] | None = None
) -> list[tuple[str, str, bool]]:
    """Topics with their names, and whether the person likes to hear of them."""
    return [
        (topic, topics.name_of(topic), topic not in refused)
        for topic in topics.NAMES
        if topic not in (leaving_out or set())
    ]


async def joinable(person: Person) -> list[Chapter]:
    """The chapters that a person is no member of, by name."""
    mine = [each.chapter_id for each in await belonging.known_to(person.id) if each.is_member]
    wanted = Chapter.filter(is_headquarters=False)
    return await (wanted.exclude(id__in=mine) if mine else wanted).order_by("name")
