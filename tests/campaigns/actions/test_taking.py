"""Taking and confirming: one person, one page, one action; who is not known confirms by letter."""

import asyncio
import time
from datetime import timedelta

import pytest
from itsdangerous import TimestampSigner

from advocacy import moment, tokens
from advocacy.errors import Conflict, Invalid, NotFound
from advocacy.members import consent
from advocacy.members.models import Consent, Person, Subscription
from advocacy.queue import EmbeddedWorker
from advocacy.settings import Settings
from campaigns import lifecycle
from campaigns.actions import confirming, letters, looking, recognising, sources, tallying
from campaigns.actions.models import Action, SourceCode, Tally
from campaigns.actions.taking import Deed, Known, take
from tests import factories
from tests.factories import Petition

ROSA = Deed(
    email="rosa@example.org",
    given_name="Rosa",
    family_name="Diaz",
    country_code="MX",
    wants_letters=True,
)


async def _page(petition: Petition) -> looking.PublicPage:
    return await looking.by_slug(petition.page.slug)


async def _token(action: Action) -> str:
    return confirming.path_of(action.id).rpartition("/")[2]


async def test_a_known_person_counts_at_once(database: Settings) -> None:
    petition = await factories.campaign_with_page()
    amina = await factories.person()
    made = await take(await _page(petition), Deed(), known=Known(amina, "confirmed"))
    action = await Action.get(id=made)
    assert (action.state, action.display_name, action.country_code) == (
        "confirmed",
        "Amina Okello",
        "KE",
    )
    assert not action.is_new_person
    assert await tallying.count(petition.page.id) == 1


async def test_a_stranger_waits_and_allows_nothing_before_confirming(database: Settings) -> None:
    petition = await factories.campaign_with_page()
    assert await take(await _page(petition), ROSA) is None
    action = await Action.get()
    assert action.state == "waiting"
    assert (await Person.get()).confirmed_at is None
    assert await Consent.all().count() == 0
    assert await tallying.count(petition.page.id) == 0


async def test_confirming_settles_person_action_and_consent_once(database: Settings) -> None:
    petition = await factories.campaign_with_page()
    await take(await _page(petition), ROSA)
    token = await _token(await Action.get())
    for _press in range(2):
        await confirming.confirm(token, page=petition.path, origin="192.0.2.0")
    action, person, entry = await Action.get(), await Person.get(), await Consent.get()
    assert action.state == "confirmed" and action.is_new_person
    assert person.confirmed_at is not None
    assert (entry.granted, entry.basis, entry.page) == (True, "confirmed", petition.path)
    assert entry.wording_id is not None and entry.language == "en"
    assert (await Subscription.get()).chapter_id == petition.chapter.id
    assert await tallying.count(petition.page.id) == 1


async def test_who_ticks_nothing_gets_no_letters(database: Settings) -> None:
    petition = await factories.campaign_with_page()
    await take(await _page(petition), Deed(email="a@example.org", given_name="A"))
    await confirming.confirm(await _token(await Action.get()))
    assert await Consent.all().count() == 0


async def test_a_member_who_confirms_by_letter_is_not_new(database: Settings) -> None:
    petition = await factories.campaign_with_page()
    await factories.member(petition.chapter, "rosa@example.org")
    await take(await _page(petition), ROSA)
    await confirming.confirm(await _token(await Action.get()))
    assert not (await Action.get()).is_new_person


async def test_only_the_first_campaign_finds_a_new_person(database: Settings) -> None:
    first, second = await factories.campaign_with_page(), await factories.campaign_with_page()
    for petition in (first, second):
        await take(await _page(petition), ROSA)
    later, sooner = await Action.all().order_by("id")
    for action in (sooner, later):
        await confirming.confirm(await _token(action))
    assert (await Action.get(id=sooner.id)).is_new_person
    assert not (await Action.get(id=later.id)).is_new_person


async def test_pressing_twice_at_the_same_moment_makes_one_action(database: Settings) -> None:
    petition = await factories.campaign_with_page()
    page, amina = await _page(petition), await factories.person()
    known = Known(amina, "signed_in")
    deed = Deed(wants_letters=True)
    made = await asyncio.gather(*(take(page, deed, known=known) for _ in range(8)))
    assert len(set(made)) == 1
    await asyncio.gather(*(take(page, ROSA) for _ in range(8)))
    assert await Action.all().count() == 2
    assert await Person.all().count() == 2
    assert await Consent.all().count() == 1


async def test_a_known_person_settles_what_waited_for_a_letter(database: Settings) -> None:
    petition = await factories.campaign_with_page()
    amina = await factories.person("rosa@example.org")
    await take(await _page(petition), ROSA)
    made = await take(await _page(petition), Deed(), known=Known(amina, "signed_in"))
    assert (await Action.get(id=made)).state == "confirmed"
    assert (await Consent.get()).basis == "signed_in"


async def test_what_a_stranger_types_changes_nothing_about_a_person(database: Settings) -> None:
    petition = await factories.campaign_with_page()
    await factories.person("rosa@example.org", given_name="Rosalind")
    await take(await _page(petition), ROSA)
    assert (await Person.get()).given_name == "Rosalind"


@pytest.mark.parametrize("state", ["paused", "ended"])
async def test_nobody_acts_on_a_campaign_that_is_not_live(database: Settings, state: str) -> None:
    petition = await factories.campaign_with_page(state=state)
    with pytest.raises(Conflict):
        await take(await _page(petition), ROSA)
    assert await Person.all().count() == 0


async def test_a_campaign_that_ends_meanwhile_takes_nothing(database: Settings) -> None:
    petition = await factories.campaign_with_page()
    page, amina = await _page(petition), await factories.person()
    campaign = petition.campaign
    await lifecycle.end(petition.chapter, campaign.slug, version=campaign.version)
    with pytest.raises(Conflict):
        await take(page, Deed(), known=Known(amina, "confirmed"))
    with pytest.raises(Conflict):
        await take(page, ROSA)
    assert await Action.all().count() == 0
    assert await Person.all().count() == 1


async def test_a_draft_has_no_public_page(database: Settings) -> None:
    petition = await factories.campaign_with_page(state="draft")
    with pytest.raises(NotFound):
        await looking.by_slug(petition.page.slug)


async def test_a_confirmation_counts_a_day_after_the_end_and_not_later(database: Settings) -> None:
    petition = await factories.campaign_with_page()
    await take(await _page(petition), ROSA)
    campaign = petition.campaign
    await lifecycle.end(petition.chapter, campaign.slug, version=campaign.version)
    token = await _token(await Action.get())
    with moment.shifted(timedelta(days=2)), pytest.raises(Conflict):
        await confirming.confirm(token)
    await confirming.confirm(token)
    assert (await Action.get()).state == "confirmed"


async def test_forged_and_old_links_confirm_nothing(database: Settings) -> None:
    petition = await factories.campaign_with_page()
    await take(await _page(petition), ROSA)
    action = await Action.get()
    good = await _token(action)
    wrong = [
        good[:-5] + ("A" if good[-5] != "A" else "B") + good[-4:],
        tokens.sign("join", action.id, dated=True),
        tokens.sign("act", action.id),
        tokens.sign("act", action.id + 1, dated=True),
        "",
    ]
    for token in wrong:
        with pytest.raises(NotFound):
            await confirming.confirm(token)
    assert (await Action.get()).state == "waiting"


async def test_a_link_lives_seven_days(database: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    petition = await factories.campaign_with_page()
    await take(await _page(petition), ROSA)
    action, now = await Action.get(), int(time.time())
    for days, is_alive in ((8, False), (6, True)):
        signed = now - days * 86_400
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _self, at=signed: at)
        token = await _token(action)
        monkeypatch.undo()
        if is_alive:
            assert (await confirming.find(token)).id == action.id
        else:
            with pytest.raises(NotFound):
                await confirming.confirm(token)


async def test_a_broken_address_is_refused_beside_its_field(database: Settings) -> None:
    petition = await factories.campaign_with_page()
    with pytest.raises(Invalid) as refused:
        await take(await _page(petition), Deed(email="not an address"))
    assert refused.value.field == "email"


async def test_only_confirmed_persons_are_recognised(database: Settings) -> None:
    known, unknown = await factories.person(), await factories.person(confirmed=False)
    found = await recognising.recognise(recognising.token_for(known.id), None)
    assert found is not None and found.person.id == known.id
    assert await recognising.recognise(recognising.token_for(unknown.id), None) is None
    assert await recognising.recognise(recognising.token_for(known.id)[:-2] + "xx", None) is None
    assert await recognising.recognise("", None) is None


async def test_a_share_code_becomes_a_source_at_its_first_use(database: Settings) -> None:
    petition = await factories.campaign_with_page()
    page, amina, ben = await _page(petition), await factories.person(), await factories.person()
    first = await take(page, Deed(), known=Known(amina, "confirmed"))
    assert first is not None
    code = sources.code_for(first)
    assert await SourceCode.all().count() == 0
    second = await take(page, Deed(), known=Known(ben, "confirmed"), source=code)
    await take(page, ROSA, source=code)
    source = await SourceCode.get()
    assert (source.kind, source.person_id, source.campaign_id) == (
        "share",
        amina.id,
        petition.campaign.id,
    )
    assert (await Action.get(id=second)).source_id == source.id
    assert await Action.filter(source_id=source.id).count() == 2


@pytest.mark.parametrize("code", ["1-aaaaaa", "zzz-000000", "unknown", "", "x" * 400])
async def test_a_made_up_source_is_ignored(database: Settings, code: str) -> None:
    petition = await factories.campaign_with_page()
    amina = await factories.person()
    await take(await _page(petition), Deed(), known=Known(amina, "confirmed"), source=code)
    assert (await Action.get()).source_id is None
    assert await SourceCode.all().count() == 0


async def test_an_address_is_asked_once_an_hour_whatever_the_page(worker: EmbeddedWorker) -> None:
    first, second = await factories.campaign_with_page(), await factories.campaign_with_page()
    await take(await _page(first), ROSA)
    await worker.idle()
    await take(await _page(first), ROSA)
    await take(await _page(second), ROSA)
    await worker.idle()
    asked, waiting = await Action.all().order_by("id")
    assert asked.wrote_at is not None and waiting.wrote_at is None
    assert await letters.ring_unasked() == 0
    with moment.shifted(timedelta(minutes=61)):
        assert await letters.ring_unasked() == 1
        await worker.idle()
        assert (await Action.get(id=waiting.id)).wrote_at is not None


async def test_consent_is_recorded_once_and_the_ledger_agrees(database: Settings) -> None:
    petition = await factories.campaign_with_page()
    amina = await factories.person()
    for _press in range(3):
        await take(await _page(petition), Deed(wants_letters=True), known=Known(amina, "signed_in"))
    assert await Consent.all().count() == 1
    assert await consent.rebuilt_subscriptions() == 0
    assert await Tally.all().count() == 0
