"""A town drawn by dice: people of every kind in two chapters and headquarters, and the plain truth
about them, to hold against what the database answers."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from advocacy import moment
from advocacy.chapters.models import HEADQUARTERS, Chapter
from advocacy.identity.models import Grant, User
from advocacy.members.models import Membership, Person, Subscription
from advocacy.roster.models import CustomField, CustomValue, Tag, Tagging
from campaigns.actions.models import Action
from campaigns.mailings.models import Click, Delivery, Link, Mailing
from tests import factories

LANGUAGES = ("fr", "fr-CA", "fra", "en", "EN", "pt-BR", "")
COUNTRIES = ("KE", "SN", "CA", "")
WORDS = ("Nairobi", "nairobi west", "ÉCOLE", "école", "50%", "a_b", "")
ROLES = ("chapter_lead", "chapter_organiser", "campaign_helper")


@dataclass
class Facts:
    """Everything about one person that a segment can ask for."""

    id: int
    language: str
    country: str
    gone: bool
    memberships: dict[int, tuple[str, date | None]] = field(default_factory=dict)
    letters: dict[int, tuple[bool, datetime]] = field(default_factory=dict)
    tags: set[int] = field(default_factory=set)
    values: dict[int, tuple[str, float | None]] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    clicks: list[tuple[int, int, datetime, bool]] = field(default_factory=list)
    got: list[tuple[int, int, str]] = field(default_factory=list)
    roles: list[tuple[str, int | None, bool]] = field(default_factory=list)


class Town:
    """The chapters, what they keep, and the facts of everybody."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.now = moment.now()
        self.days = [self.now.date() - timedelta(days=each) for each in range(0, 50, 7)]
        self.chapters: list[Chapter] = []
        self.people: list[Facts] = []
        self.tags: list[Tag] = []
        self.fields: list[CustomField] = []
        self.petitions: list[factories.Petition] = []
        self.mailings: list[Mailing] = []

    def some_day(self) -> date:
        """A day within the last fifty."""
        return self.now.date() - timedelta(days=self.dice.randrange(50))

    def some_moment(self) -> datetime:
        """A moment within the last fifty days, never on the edge of a whole number of them."""
        return self.now - timedelta(days=self.dice.randrange(50), hours=7)

    async def build(self, size: int) -> "Town":
        """Makes the rows and the facts together."""
        kenya = await factories.chapter("kenya", languages="en fr", country_code="KE")
        senegal = await factories.chapter("senegal", region="Europe", timezone="Africa/Dakar")
        hq = await Chapter.get(slug=HEADQUARTERS)
        self.chapters = [kenya, senegal, hq]
        for chapter in self.chapters:
            self.petitions += [await factories.campaign_with_page(chapter) for _ in range(2)]
            for name in ("board", "press"):
                self.tags.append(await Tag.create(chapter=chapter, name=name))
            for kind in ("text", "number", "date", "choice"):
                made = {"kind": kind, "label": kind, "choices": "red\nblue", "created_at": self.now}
                self.fields.append(await CustomField.create(chapter=chapter, **made))
            for name in ("First letter", "Second letter"):
                self.mailings.append(
                    await Mailing.create(
                        chapter=chapter, name=name, state="sent", created_at=self.now
                    )
                )
        self.people = [await self._person(number) for number in range(size)]
        return self

    async def _person(self, number: int) -> Facts:
        dice = self.dice
        person = await factories.person(
            f"p{number}@example.org",
            language=dice.choice(LANGUAGES),
            country_code=dice.choice(COUNTRIES),
        )
        gone = dice.random() < 0.1
        if gone:
            await Person.filter(id=person.id).update(erased_at=self.now)
        facts = Facts(person.id, person.language, person.country_code, gone)
        for chapter in self.chapters:
            await self._belong(facts, chapter)
            await self._note(facts, chapter)
        for petition in self.petitions:
            await self._act(facts, petition)
        for mailing in self.mailings:
            await self._write_to(facts, mailing)
        if dice.random() < 0.4:
            await self._serve(facts, person)
        return facts

    async def _belong(self, facts: Facts, chapter: Chapter) -> None:
        dice = self.dice
        if not chapter.is_headquarters and dice.random() < 0.6:
            state = dice.choice(("current", "current", "current", "left", "pending"))
            joined = self.some_day() if dice.random() < 0.9 else None
            facts.memberships[chapter.id] = (state, joined)
            await Membership.create(
                person_id=facts.id,
                chapter=chapter,
                state=state,
                joined_on=joined,
                created_at=self.now,
            )
        if dice.random() < 0.5:
            granted, changed = dice.random() < 0.7, self.some_moment()
            facts.letters[chapter.id] = (granted, changed)
            await Subscription.create(
                person_id=facts.id, chapter=chapter, granted=granted, changed_at=changed
            )

    async def _note(self, facts: Facts, chapter: Chapter) -> None:
        dice = self.dice
        for tag in self.tags:
            if tag.chapter_id == chapter.id and dice.random() < 0.3:
                facts.tags.add(tag.id)
                await Tagging.create(tag=tag, person_id=facts.id, at=self.now)
        for each in self.fields:
            if each.chapter_id == chapter.id and dice.random() < 0.6:
                number = float(dice.randrange(-2, 5)) / 2 if each.kind == "number" else None
                value = {
                    "text": dice.choice(WORDS),
                    "number": str(number),
                    "date": self.some_day().isoformat(),
                    "choice": dice.choice(("red", "blue", "gone")),
                }[each.kind]
                facts.values[each.id] = (value, number)
                await CustomValue.create(field=each, person_id=facts.id, value=value, number=number)

    async def _act(self, facts: Facts, petition: factories.Petition) -> None:
        if self.dice.random() < 0.3:
            state = self.dice.choice(("confirmed", "confirmed", "waiting", "invalidated"))
            facts.actions.append(
                await Action.create(
                    page=petition.page,
                    campaign=petition.campaign,
                    chapter=petition.chapter,
                    person_id=facts.id,
                    kind="signature",
                    state=state,
                    created_at=self.now,
                    confirmed_at=self.some_moment() if state == "confirmed" else None,
                )
            )

    async def _write_to(self, facts: Facts, mailing: Mailing) -> None:
        dice = self.dice
        if dice.random() < 0.4:
            return
        status = dice.choice(("sent", "sent", "queued", "bounced"))
        delivery = await Delivery.create(
            mailing=mailing,
            person_id=facts.id,
            text_language="en",
            status=status,
            sent_at=self.now if status in ("sent", "bounced") else None,
        )
        facts.got.append((mailing.id, mailing.chapter_id, status))
        if dice.random() < 0.5:
            link, _new = await Link.get_or_create(mailing=mailing, url="/")
            at, robot = self.some_moment(), dice.random() < 0.4
            await Click.create(delivery=delivery, link=link, at=at, is_robot=robot)
            facts.clicks.append((mailing.id, mailing.chapter_id, at, robot))

    async def _serve(self, facts: Facts, person: Person) -> None:
        dice = self.dice
        user = await User.create(email=person.email, canonical=person.canonical)
        role, chapter = dice.choice(ROLES), dice.choice(self.chapters[:2])
        ended = self.now - timedelta(days=1)
        when = dice.choice(({}, {}, {"revoked_at": ended}, {"expires_at": ended}))
        await Grant.create(user=user, role=role, chapter=chapter, **when)
        facts.roles.append((role, chapter.id, not when))

    def within(self, chapter: Chapter) -> list[Facts]:
        """Whom a chapter may ask about."""
        return [
            each
            for each in self.people
            if not each.gone
            and (
                chapter.is_headquarters
                or each.letters.get(chapter.id, (False, None))[0]
                or days_joined(each, chapter) is not None
            )
        ]


def days_joined(facts: Facts, chapter: Chapter) -> list[date | None] | None:
    """When the person joined: one day for each current membership that counts; None without."""
    dates = [
        joined
        for chapter_id, (state, joined) in facts.memberships.items()
        if state == "current" and (chapter.is_headquarters or chapter_id == chapter.id)
    ]
    return dates or None
