"""Who gets a mailing and who does not: counts, reasons, samples and the frozen rows agree."""

from datetime import date, timedelta
from itertools import product

import pytest

from advocacy import db, moment
from advocacy.chapters.models import HEADQUARTERS, Chapter
from advocacy.errors import Conflict, Invalid
from advocacy.members import consent
from advocacy.members.models import Membership, Person
from advocacy.settings import Settings
from campaigns.actions.models import Action
from campaigns.mailings import audience, composing, sending
from campaigns.mailings.composing import Segment, Text
from campaigns.mailings.models import Delivery, Mailing
from tests import factories

TEXTS = {"fr": Text("Sujet", "Corps"), "en": Text("Subject", "Body"), "pt-BR": Text("Ó", "Oi")}


async def act(petition: factories.Petition, person: Person) -> None:
    now = moment.now()
    await Action.create(
        page=petition.page,
        campaign=petition.campaign,
        chapter=petition.chapter,
        person=person,
        kind="signature",
        state="confirmed",
        created_at=now,
        confirmed_at=now,
    )


async def town() -> tuple[factories.Petition, Mailing]:
    """A chapter with people of every fate, and strangers who must never appear."""
    home = await factories.chapter("home", languages="fr en")
    petition = await factories.campaign_with_page(home, languages=("fr", "en"))
    for number, (language, old, acts) in enumerate(
        product(("fr", "fr-CA", "en", "pt", "sw"), (True, False), (True, False))
    ):
        person = await factories.member(home, f"m{number}@example.org", language=language)
        if old:
            await Membership.filter(person=person).update(joined_on=date(2020, 1, 1))
        if acts:
            await act(petition, person)
    await factories.member(home, "silent@example.org", letters=False)
    left = await factories.member(home, "left@example.org")
    await consent.withdraw(left.id, home.id, basis="page")
    gone = await factories.member(home, "gone@example.org")
    await Person.filter(id=gone.id).update(deliverability="bounced")
    never = await factories.member(home, "never@example.org")
    await consent.suppress(never.address_hash, "request")
    await factories.member(home, "fresh@example.org", confirmed=False)
    other = await factories.chapter("elsewhere")
    await factories.member(other, "stranger@example.org")
    mailing = await composing.draft(home, "To all", TEXTS, page_id=petition.page.id)
    return petition, mailing


async def test_everybody_is_counted_once_with_a_reason(database: Settings) -> None:
    petition, mailing = await town()
    answer = await audience.answer(mailing)
    assert answer.count == 20 == await audience.count(mailing)
    assert answer.excluded == {
        "no_consent": 1,
        "unsubscribed": 1,
        "suppressed": 1,
        "bounced": 1,
        "unconfirmed": 1,
    }
    members = await Membership.filter(chapter=petition.chapter, state="current").count()
    assert answer.count + sum(answer.excluded.values()) == members
    assert answer.by_language == {"fr": 12, "en": 4, "pt-BR": 4}
    assert len(await audience.sample(mailing)) == 20


@pytest.mark.parametrize(
    ("segment", "count"),
    [
        (Segment(languages=("fr",)), 8),
        (Segment(languages=("fr", "en")), 12),
        (Segment(joined_since=date(2021, 1, 1)), 10),
        (Segment(acted="yes"), 10),
        (Segment(acted="no"), 10),
        (Segment(languages=("fr",), joined_since=date(2021, 1, 1), acted="no"), 2),
    ],
)
async def test_a_segment_narrows_and_the_frozen_rows_are_what_was_counted(
    database: Settings, segment: Segment, count: int
) -> None:
    petition, mailing = await town()
    page = petition.page.id if segment.acted else None
    wanted = Segment(segment.languages, segment.joined_since, segment.acted, page)
    mailing = await composing.set_segment(
        petition.chapter, mailing.id, wanted, version=mailing.version
    )
    answer = await audience.answer(mailing)
    assert answer.count == count
    assert answer.excluded["segment"] == 20 - count
    verdicts = {
        person.id: await audience.would_get(mailing, person.email) for person in await Person.all()
    }
    chosen = {key for key, each in verdicts.items() if each is not None and not each.reason}
    await sending.schedule(petition.chapter, mailing.id, version=mailing.version)
    await sending.start(mailing.id)
    rows = await Delivery.filter(mailing_id=mailing.id)
    assert {each.person_id for each in rows} == chosen
    assert len(rows) == count
    for each in rows:
        verdict = verdicts[each.person_id]
        assert verdict is not None
        assert verdict.language == each.text_language


async def test_a_stranger_is_nobody_to_this_chapter(database: Settings) -> None:
    _petition, mailing = await town()
    assert await audience.would_get(mailing, "stranger@example.org") is None
    assert await audience.would_get(mailing, "nobody@example.org") is None
    verdict = await audience.would_get(mailing, "Silent+tag@example.org")
    assert verdict is not None
    assert verdict.reason == "no_consent"


async def test_headquarters_writes_to_those_who_agreed_to_its_letters(database: Settings) -> None:
    hq = await Chapter.get(slug=HEADQUARTERS)
    home = await factories.chapter()
    first = await factories.member(home, "first@example.org")
    await factories.member(home, "second@example.org")
    await consent.record(first.id, hq.id, granted=True, basis="confirmed")
    mailing = await composing.draft(hq, "From all of us", {"en": Text("Hello", "Words")})
    answer = await audience.answer(mailing)
    assert (answer.count, answer.excluded) == (1, {"no_consent": 1})


async def test_what_cannot_be_sent_cannot_be_scheduled(database: Settings) -> None:
    home = await factories.chapter()
    mailing = await composing.draft(home, "To nobody", {"en": Text("Hello", "Words")})
    with pytest.raises(Invalid, match="Nobody would get this"):
        await sending.schedule(home, mailing.id, version=mailing.version)
    await factories.member(home)
    with pytest.raises(Invalid, match="still to come"):
        await sending.schedule(
            home, mailing.id, version=mailing.version, at=moment.now() - timedelta(minutes=1)
        )
    with pytest.raises(Conflict):
        await sending.schedule(home, mailing.id, version=mailing.version + 1)
    later = moment.now() + timedelta(days=1)
    await sending.schedule(home, mailing.id, version=mailing.version, at=later)
    await sending.unschedule(home, mailing.id)
    draft = await Mailing.get(id=mailing.id)
    assert (draft.state, draft.send_at) == ("draft", None)
    assert await db.value("SELECT COUNT(*) AS n FROM campaigns_delivery") == 0
