"""A visitor becomes a member: sign-up, confirmation by a button, consent with its wording."""

import re
from datetime import timedelta

from advocacy import moment
from advocacy.chapters import importing
from advocacy.members.consent import rebuilt_subscriptions
from advocacy.members.models import Consent, Membership, Person, SignUp, Subscription
from tests import factories
from tests.conftest import Site
from tests.postbox import links_in, text_of

FORM = {
    "given_name": "Aïcha",
    "family_name": "Sow",
    "email": "Aicha.Sow+news@example.org",
    "language": "fr",
    "letters": "y",
}


async def _asked(site: Site, **changes: str) -> str:
    await importing.import_chapters()
    answer = await site.http.post(
        "/en/chapters/senegal/join", data=factories.stamped(**{**FORM, **changes})
    )
    assert answer.status_code == 200
    await site.idle()
    return answer.text


async def _link(site: Site) -> str:
    (letter,) = site.post.to("example.org")
    (link,) = [each for each in links_in(letter) if "/join/" in each]
    return link.removeprefix("http://testserver")


async def test_a_visitor_signs_up_confirms_and_is_a_member_with_a_dated_consent(site: Site) -> None:
    page = await _asked(site)
    assert "Aicha.Sow+news@example.org" in page
    assert await Person.all().count() == 0, "nothing is known before the confirmation"
    link = await _link(site)
    opened = await site.http.get(link)
    assert opened.status_code == 200
    assert await Membership.all().count() == 0, "a scanner's GET must confirm nothing"
    assert (await site.http.head(link)).status_code in (200, 405)
    assert await Membership.all().count() == 0

    done = await site.http.post(link)
    assert done.status_code == 200
    person = await Person.get(canonical="aicha.sow@example.org")
    assert (person.given_name, person.language) == ("Aïcha", "fr")
    assert person.confirmed_at is not None
    membership = await Membership.get(person=person).select_related("chapter")
    assert (membership.chapter.slug, membership.state) == ("senegal", "current")
    entry = await Consent.get(person=person).select_related("wording")
    assert entry.granted
    assert (entry.basis, entry.page) == ("confirmed", "/chapters/senegal")
    assert entry.wording is not None
    assert (entry.wording.key, entry.wording.version, entry.wording.language) == (
        "letters",
        1,
        "en",
    )
    assert entry.origin == "127.0.0.0", "the address of origin is kept truncated"
    assert (
        entry.wording.text.split("%")[0].strip()
        in (await site.http.get("/en/chapters/senegal")).text
    ), "what was agreed to is what the page shows"


async def test_confirming_twice_changes_nothing(site: Site) -> None:
    await _asked(site)
    link = await _link(site)
    await site.http.post(link)
    again = await site.http.post(link)
    assert again.status_code == 200
    assert await Membership.all().count() == 1
    assert await Consent.all().count() == 1
    assert await rebuilt_subscriptions() == 0


async def test_without_the_tick_there_is_no_consent(site: Site) -> None:
    await _asked(site, letters="")
    form = {key: value for key, value in FORM.items() if key != "letters"}
    await site.http.post(
        "/chapters/kenya/join", data=factories.stamped(**{**form, "email": "quiet@example.org"})
    )
    await site.idle()
    letter = site.post.to("quiet@example.org")[0]
    link = next(each for each in links_in(letter) if "/join/" in each)
    await site.http.post(link.removeprefix("http://testserver"))
    person = await Person.get(canonical="quiet@example.org")
    assert await Membership.filter(person=person).count() == 1
    assert await Subscription.filter(person=person).count() == 0


async def test_a_second_wish_within_the_hour_sends_no_second_letter(site: Site) -> None:
    first = await _asked(site)
    second = await _asked(site)
    assert re.sub(r"\s+", " ", first) == re.sub(r"\s+", " ", second), "the page is no oracle"
    assert len(site.post.letters()) == 1
    assert await SignUp.all().count() == 1


async def test_a_member_who_signs_up_again_is_told_by_letter_only(site: Site) -> None:
    first = await _asked(site)
    await site.http.post(await _link(site))
    with moment.shifted(timedelta(hours=1, minutes=1)):
        second = await _asked(site)
    assert first == second
    letters = site.post.letters()
    assert len(letters) == 2
    assert "/join/" not in text_of(letters[1])


async def test_a_forged_or_cut_link_is_refused_kindly(site: Site) -> None:
    for token in ("x", "1.2.3", "7.AAAA.BBBB"):
        answer = await site.http.get(f"/join/{token}")
        assert answer.status_code == 404
        assert "Sign up again" in answer.text


async def test_a_wrong_form_keeps_what_was_typed_and_says_how_to_mend_it(site: Site) -> None:
    await importing.import_chapters()
    answer = await site.http.post(
        "/en/chapters/kenya/join",
        data={**FORM, "email": "not an address", "given_name": "www.buy.example"},
    )
    assert answer.status_code == 422
    assert "not an address" in answer.text
    assert "without a web address" in answer.text
    assert await SignUp.all().count() == 0


async def test_robots_that_fill_the_bait_are_answered_and_forgotten(site: Site) -> None:
    await _asked(site, website="http://spam.example")
    assert await SignUp.all().count() == 0
    assert site.post.letters() == []


async def test_the_directory_finds_chapters_without_accents_and_lists_all_130(site: Site) -> None:
    await importing.import_chapters()
    everything = (await site.http.get("/en/chapters")).text
    assert len(set(re.findall(r'href="/en/chapters/([a-z-]+)"', everything))) == 130
    assert "<svg" in everything
    found = (await site.http.get("/en/chapters", params={"q": "cote d'ivoire"})).text
    assert re.findall(r'href="/en/chapters/([a-z-]+)"', found) == ["cote-divoire"]
    nothing = (await site.http.get("/en/chapters", params={"q": "atlantis"})).text
    assert "No chapter matches" in nothing


async def test_importing_the_chapters_again_changes_nothing(site: Site) -> None:
    first = (await importing.import_chapters()).as_dict()
    second = (await importing.import_chapters()).as_dict()
    assert first["created"] == 130
    assert (second["created"], second["changed"], second["unchanged"]) == (0, 0, 130)


async def test_a_chapter_speaks_its_own_language_unless_the_reader_chose(site: Site) -> None:
    await importing.import_chapters()
    plain = await site.http.get("/chapters/senegal", headers={"accept-language": "en"})
    assert '<html lang="fr"' in plain.text
    chosen = await site.http.get("/ar/chapters/senegal")
    assert '<html lang="ar" dir="rtl"' in chosen.text


async def test_a_name_of_several_lines_becomes_one_and_no_header(site: Site) -> None:
    await _asked(site, given_name="Amina\r\nBcc: somebody")
    (letter,) = site.post.to("example.org")
    assert letter["bcc"] is None
    assert "Amina Bcc: somebody Sow" in str(letter["to"])
