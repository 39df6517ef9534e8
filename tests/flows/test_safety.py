"""Safety profiles at the front door: names, clicks, origins, subjects; the stricter one wins."""

import html
import re
from itertools import pairwise
from typing import Any

import pytest

from advocacy import moment
from advocacy.audit.models import AuditEntry
from advocacy.chapters import safety
from advocacy.chapters.models import Chapter
from advocacy.members import consent
from advocacy.members.models import Consent, Membership, SignUp
from campaigns.actions import recognising
from campaigns.actions.models import Action
from campaigns.mailings import sending
from campaigns.mailings.models import Click, Delivery, Link, Mailing, MailingText
from tests import factories
from tests.campaigns.visitors import visitor
from tests.conftest import Site
from tests.postbox import links_in, text_of

NEUTRAL = "A letter for you"


async def sign_named(site: Site, petition: factories.Petition, person: Any) -> None:
    data = {"p": recognising.token_for(person.id), "is_named": "y"}
    await site.browser().post(petition.path, data=data)


async def send(site: Site, petition: factories.Petition) -> Mailing:
    now = moment.now()
    mailing = await Mailing.create(
        chapter=petition.chapter,
        campaign=petition.campaign,
        page=petition.page,
        name="Please sign",
        created_at=now,
    )
    await MailingText.create(
        mailing=mailing,
        language="en",
        subject="Shutdowns: sign now, {first_name}",
        preheader="The regulator decides",
        body="Dear {first_name}, [sign]({link}) or [read](https://example.org/why)",
    )
    await sending.schedule(petition.chapter, mailing.id, version=mailing.version)
    await site.idle()
    return mailing


@pytest.mark.parametrize("name", ["open", "careful", "strict", "unheard of"])
async def test_a_page_names_people_only_where_its_chapter_allows_it(site: Site, name: str) -> None:
    home = await factories.chapter("home", safety=name[:10])
    petition = await factories.campaign_with_page(home)
    await sign_named(site, petition, await factories.person(given_name="Wanjiru"))
    page = (await site.http.get(petition.path)).text
    assert ("Wanjiru" in page) == (name == "open")
    assert ('name="is_named"' in page) == (name == "open")
    assert (await Action.get()).is_named == (name == "open")


async def test_a_member_of_a_strict_chapter_is_named_nowhere(site: Site) -> None:
    petition = await factories.campaign_with_page(await factories.chapter("kenya"))
    strict = await factories.chapter("strict", safety="strict")
    amina = await factories.member(strict, given_name="Amina")
    await sign_named(site, petition, amina)
    await sign_named(site, petition, await factories.person(given_name="Wanjiru"))
    page = (await site.http.get(petition.path)).text
    assert "Wanjiru" in page and "Amina" not in page
    await Membership.filter(person=amina).update(state="left")
    assert "Amina" in (await site.http.get(petition.path)).text


@pytest.mark.parametrize(
    ("name", "kept"), [("open", "127.0.0.0"), ("careful", "127.0.0.0"), ("strict", "")]
)
async def test_a_sign_up_keeps_as_much_of_its_origin_as_the_profile_allows(
    site: Site, name: str, kept: str
) -> None:
    await factories.chapter("home", safety=name)
    data = factories.stamped(
        given_name="Rosa", email="rosa@example.org", language="en", letters="y"
    )
    await site.http.post("/en/chapters/home/join", data=data)
    assert (await SignUp.get()).origin == kept
    await site.idle()
    (letter,) = site.post.to("rosa@example.org")
    link = next(each for each in links_in(letter) if "/join/" in each)
    await site.http.post(link.removeprefix("http://testserver"))
    assert (await Consent.get()).origin == kept
    assert (letter["subject"] == NEUTRAL) == (name == "strict")


async def test_the_stricter_chapter_of_a_person_decides_what_is_kept_of_an_origin(
    site: Site,
) -> None:
    kenya = await factories.chapter("kenya")
    strict = await factories.chapter("strict", safety="strict")
    amina = await factories.member(strict, "amina@example.org", letters=False)
    await consent.record(amina.id, kenya.id, granted=True, basis="page", origin="198.51.100.0")
    assert (await Consent.get()).origin == ""
    data = factories.stamped(given_name="Amina", email="Amina+x@example.org", language="en")
    await site.http.post("/en/chapters/kenya/join", data=data)
    assert (await SignUp.get()).origin == ""


async def test_a_letter_in_a_strict_chapter_is_neutral_and_follows_nobody(site: Site) -> None:
    strict = await factories.chapter("strict", safety="strict")
    petition = await factories.campaign_with_page(strict, slug="keep-it-on")
    await factories.member(strict, "amina@example.org")
    mailing = await send(site, petition)
    (letter,) = site.post.to("amina@example.org")
    assert letter["subject"] == NEUTRAL
    assert str(letter["from"]) == str(letter["from"].addresses[0].addr_spec)
    body = letter.get_body(("html",))
    assert body is not None
    preview = re.search(r"<div style=\"display:none[^>]*>(.*?)</div>", body.get_content(), re.S)
    assert preview is not None and "regulator" not in html.unescape(preview.group(1))
    links = links_in(letter)
    assert "https://example.org/why" in links
    assert "http://testserver/a/keep-it-on" in " ".join(links)
    assert not [each for each in links if "/k/" in each or "p=" in each]
    lead = await visitor(site, "chapter_lead", of=strict)
    page = (await lead.get(f"/console/strict/mailings/{mailing.id}")).text
    assert "Clicks are not counted here" in page and "Followed a link" not in page
    reach = (await lead.get("/console/strict/campaigns/keep-it-on/reach")).text
    assert "not counted" in reach


async def test_in_an_open_chapter_s_letter_only_the_strict_member_s_copy_is_neutral(
    site: Site,
) -> None:
    kenya = await factories.chapter("kenya")
    strict = await factories.chapter("strict", safety="strict")
    petition = await factories.campaign_with_page(kenya)
    amina = await factories.member(kenya, "amina@example.org", given_name="Amina")
    await factories.member(kenya, "otieno@example.org", given_name="Otieno")
    await Membership.create(person=amina, chapter=strict, state="current", created_at=moment.now())
    await send(site, petition)
    (hers,), (his,) = site.post.to("amina@example.org"), site.post.to("otieno@example.org")
    assert hers["subject"] == NEUTRAL and "/k/" not in text_of(hers)
    assert "Dear Amina" in text_of(hers), "the letter itself is the same"
    assert his["subject"] == "Shutdowns: sign now, Otieno" and "/k/" in text_of(his)
    assert "Kenya" in str(his["from"])


async def test_an_old_link_leads_on_but_is_noted_no_more(site: Site) -> None:
    kenya = await factories.chapter("kenya")
    petition = await factories.campaign_with_page(kenya)
    await factories.member(kenya, "otieno@example.org")
    await send(site, petition)
    (letter,) = site.post.to("otieno@example.org")
    link = next(each for each in links_in(letter) if "/k/" in each)
    path = link.removeprefix("http://testserver")
    browser = site.browser()
    browser.follow_redirects = False
    agent = {"user-agent": "Mozilla/5.0"}
    first = await browser.get(path, headers=agent)
    assert await Click.all().count() == 1 and "p=" in first.headers["location"]
    await Chapter.filter(id=kenya.id).update(safety="strict")
    second = await browser.get(path, headers=agent)
    assert second.status_code == 303 and "p=" not in second.headers["location"]
    assert await Click.all().count() == 1


async def test_letters_to_sign_in_are_discreet_for_members_of_strict_chapters(
    site: Site,
) -> None:
    strict = await factories.chapter("strict", safety="strict")
    await factories.member(strict, "amina@example.org")
    await factories.member(await factories.chapter("kenya"), "otieno@example.org")
    for email in ("amina@example.org", "otieno@example.org"):
        await site.http.post("/en/sign-in", data={"email": email})
    await site.idle()
    (hers,), (his,) = site.post.to("amina@example.org"), site.post.to("otieno@example.org")
    assert hers["subject"] == NEUTRAL
    assert "sign-in" in str(his["subject"]).lower()


async def test_choosing_a_stricter_profile_removes_what_it_forbids_to_keep(site: Site) -> None:
    kenya, senegal = await factories.chapter("kenya"), await factories.chapter("senegal")
    petition = await factories.campaign_with_page(kenya)
    amina = await factories.member(kenya, "amina@example.org")
    other = await factories.member(senegal, "fatou@example.org", letters=False)
    for person, chapter in ((amina, kenya), (amina, senegal), (other, senegal)):
        await consent.record(
            person.id, chapter.id, granted=True, basis="page", origin="198.51.100.0"
        )
    mailing = await send(site, petition)
    delivery, link = await Delivery.get(mailing=mailing), await Link.filter(mailing=mailing).first()
    await Click.create(delivery=delivery, link=link, at=moment.now())
    lead = await visitor(site, "chapter_lead", of=kenya)
    page = (await lead.get("/console/kenya/settings")).text
    assert "(in force)" in page and "Left as they are" in page
    form = {"safety": "strict", "was": "open"}
    done = await lead.post("/console/kenya/settings", data=form)
    assert "2 addresses of origin were removed" in done.text and "1 click" in done.text
    assert (await Chapter.get(id=kenya.id)).safety == "strict"
    kept = await Consent.filter(origin="198.51.100.0").values_list("person_id", flat=True)
    assert kept == [other.id]
    assert await Click.all().count() == 0
    entry = await AuditEntry.get(act="chapter.safety")
    assert entry.chapter == "kenya" and "198.51" not in entry.details
    late = await lead.post("/console/kenya/settings", data={"safety": "careful", "was": "open"})
    assert late.status_code == 409 and "just changed" in late.text
    wrong = await lead.post("/console/kenya/settings", data={"safety": "lax", "was": "strict"})
    assert wrong.status_code == 422
    assert (await Chapter.get(id=kenya.id)).safety == "strict"


async def test_the_composer_shows_the_subject_that_goes_out(site: Site) -> None:
    strict = await factories.chapter("strict", safety="strict")
    petition = await factories.campaign_with_page(strict)
    await factories.member(strict, "amina@example.org")
    mailing = await send(site, petition)
    lead = await visitor(site, "chapter_lead", of=strict)
    assert NEUTRAL in (await lead.get("/console/strict/mailings/new")).text
    preview = (await lead.get(f"/console/strict/mailings/{mailing.id}/preview")).text
    assert NEUTRAL in preview and "our address alone" in preview


def test_profiles_keep_less_the_stricter_they_are() -> None:
    profiles = list(safety.PROFILES.values())
    for milder, stricter in pairwise(profiles):
        assert stricter.rank > milder.rank
        assert stricter.names_public <= milder.names_public
        assert stricter.clicks_tracked <= milder.clicks_tracked
        assert stricter.neutral_subjects >= milder.neutral_subjects
        assert all(
            less <= more
            for less, more in zip(stricter.retention_days, milder.retention_days, strict=True)
        )
    assert safety.strictest([]) is safety.OPEN
    assert safety.strictest(["open", "nonsense"]) is safety.STRICT


@pytest.mark.parametrize(
    ("address", "network", "wide"),
    [
        ("203.0.113.77", "203.0.113.0", "203.0.0.0"),
        ("2001:db8:aaaa:bbbb::1", "2001:db8:aaaa::", "2001:db8::"),
        ("testclient", "", ""),
        ("", "", ""),
    ],
)
def test_an_origin_is_cut_as_the_profile_says(address: str, network: str, wide: str) -> None:
    assert safety.OPEN.kept_origin(address) == network
    assert safety.CAREFUL.kept_origin(address) == wide
    assert safety.STRICT.kept_origin(address) == ""
