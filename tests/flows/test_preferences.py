"""A person changes their letters by the link of a letter or signed in, and can take it back."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from advocacy import moment
from advocacy.identity import signing_in
from advocacy.members import consent, links
from advocacy.members.models import Consent, Membership, Person, SignUp, Subscription
from tests import story
from tests.conftest import Site
from tests.postbox import links_in


async def _sign_in(browser: Any, email: str) -> None:
    user = await signing_in.user_of(email)
    assert user is not None
    await browser.post(signing_in.path_of(await signing_in.issue(user)))


async def _gets(person: Person, chapter: Any, *, topic: str = "") -> bool:
    return bool(await consent.still_mailable(chapter.id, [person.id], topic=topic))


async def _everything() -> list[tuple[Any, ...]]:
    people = (
        await Person.all()
        .order_by("id")
        .values_list("id", "language", "also_reads", "frequency", "paused_until")
    )
    return [
        *people,
        *await Consent.all().order_by("id").values_list("id", "page"),
        *await Subscription.all().order_by("id").values_list("id", "granted"),
        *await Membership.all().order_by("id").values_list("id", "state", "left_on"),
        *await SignUp.all().order_by("id").values_list("id", "canonical"),
    ]


def _undo(page: str) -> tuple[str, dict[str, list[str]]]:
    """The undo form of a page: where it goes and what it carries."""
    told = page[page.index('id="told"') :]
    form = told[: told.index("</form>")]
    action = re.search(r'action="([^"]+)"', form)
    assert action is not None
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form):
        fields.setdefault(name, []).append(unescape(value))
    return unescape(action.group(1)), fields


async def _post(site: Site, path: str, **fields: Any) -> Any:
    return await site.http.post(path, data=fields)


async def _take_back(site: Site, page: str) -> str:
    """Presses Undo and returns the page after it."""
    action, fields = _undo(page)
    return str((await site.http.post(action, data=fields)).text)


async def test_opening_the_link_changes_nothing_and_shows_no_name_and_no_address(
    site: Site,
) -> None:
    world = await story.tell()
    amina = world.members[0]
    before = await _everything()
    path = links.preferences_path(amina.id)
    for method in ("GET", "HEAD"):
        answer = await site.http.request(method, path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["x-robots-tag"] == "noindex"
    page = (await site.http.get(path)).text
    assert "am…@example.org" in page
    assert amina.email not in page and amina.given_name not in page
    assert amina.family_name not in page
    assert world.kenya.name in page
    assert world.senegal.name not in page
    assert "<script" not in page
    assert (await site.http.get(f"{path}/letters")).status_code in (404, 405)
    assert await _everything() == before


@pytest.mark.parametrize("by_link", [True, False])
async def test_letters_are_stopped_and_allowed_again_in_the_words_of_the_page(
    site: Site, by_link: bool
) -> None:
    world = await story.tell()
    amina, kenya = world.members[0], world.kenya
    base = links.preferences_path(amina.id) if by_link else "/me/preferences"
    if not by_link:
        await _sign_in(site.http, amina.email)
    page = (await _post(site, f"/en{base}/letters", chapter="kenya", wanted="off")).text
    assert f"You get no more letters from {kenya.name}." in page
    assert f"Yes, {kenya.name} may write to me" in page, "what the button beside it says"
    assert not await _gets(amina, kenya)
    page = await _take_back(site, page)
    assert f"You get letters from {kenya.name}." in page
    assert await _gets(amina, kenya)
    off, on = (await Consent.filter(person=amina).order_by("id"))[-2:]
    stopped, allowed = ("page", "confirmed") if by_link else ("signed_in", "signed_in")
    assert (off.granted, off.basis, off.wording_id) == (False, stopped, None)
    assert (on.granted, on.basis, on.origin) == (True, allowed, "127.0.0.0")
    assert on.wording_id is not None
    assert await consent.rebuilt_subscriptions() == 0


async def test_a_pause_ends_by_itself_or_by_a_button_which_can_be_taken_back(site: Site) -> None:
    world = await story.tell()
    amina, kenya = world.members[0], world.kenya
    base = links.preferences_path(amina.id)
    await _post(site, f"{base}/pause", days="30")
    assert not await _gets(amina, kenya)
    with moment.shifted(timedelta(days=29)):
        assert not await _gets(amina, kenya)
    with moment.shifted(timedelta(days=30, minutes=2)):
        assert await _gets(amina, kenya), "paused people resume by themselves"
    page = (await _post(site, f"/en{base}/pause", days="0")).text
    assert "letters come again" in page
    assert await _gets(amina, kenya)
    assert "No letters until" in await _take_back(site, page)
    assert not await _gets(amina, kenya)


async def test_languages_and_how_often_are_kept_and_can_be_taken_back(site: Site) -> None:
    world = await story.tell()
    amina = world.members[0]
    base = links.preferences_path(amina.id)
    page = (await _post(site, f"{base}/languages", main="fr", also=["sw", "ar", "fr"])).text
    known = await Person.get(id=amina.id)
    assert (known.language, known.also_reads) == ("fr", "ar sw")
    await _take_back(site, page)
    known = await Person.get(id=amina.id)
    assert (known.language, known.also_reads) == ("en", "")
    await _post(site, f"{base}/frequency", frequency="important")
    page = (await _post(site, f"{base}/frequency", frequency="weekly")).text
    assert (await Person.get(id=amina.id)).frequency == "weekly"
    await _take_back(site, page)
    assert (await Person.get(id=amina.id)).frequency == "important"


async def test_stopping_everything_and_leaving_can_be_taken_back_whole(site: Site) -> None:
    world = await story.tell()
    amina, kenya = world.members[0], world.kenya
    base = links.preferences_path(amina.id)
    page = (await _post(site, f"/en{base}/everything")).text
    assert "You get no more letters from any of us." in page
    assert not await _gets(amina, kenya)
    await _take_back(site, page)
    assert await _gets(amina, kenya), "an own unsubscribe is lifted with it"

    joined = (await Membership.get(person=amina)).joined_on
    page = (await _post(site, f"/en{base}/leave", chapter="kenya")).text
    assert f"You have left {kenya.name}" in page
    left = await Membership.get(person=amina)
    assert (left.state, left.left_on) == ("left", moment.now().date())
    assert not await _gets(amina, kenya)
    await _take_back(site, page)
    back = await Membership.get(person=amina)
    assert (back.state, back.left_on, back.joined_on) == ("current", None, joined)
    assert await _gets(amina, kenya)
    await _post(site, f"{base}/leave", chapter="kenya")
    with moment.shifted(timedelta(days=3)):
        late = await _post(site, f"{base}/stay", chapter="kenya", letters="on")
    assert late.status_code == 404
    assert (await Membership.get(person=amina)).state == "left"
    assert await consent.rebuilt_subscriptions() == 0


async def test_topics_are_refused_from_one_chapter_or_from_everybody(site: Site) -> None:
    world = await story.tell()
    amina, kenya, senegal = world.members[0], world.kenya, world.senegal
    await consent.record(amina.id, senegal.id, granted=True, basis="confirmed")
    base = links.preferences_path(amina.id)
    rest = ["no-shutdowns", "internet-exchange", "community-networks", "spectrum"]

    page = (
        await site.http.post(
            f"{base}/topics", data={"chapter": "kenya", "wanted": [*rest, "universal-service"]}
        )
    ).text
    assert "Your topics are saved." in page
    assert not await _gets(amina, kenya, topic="encryption")
    assert await _gets(amina, senegal, topic="encryption")
    assert await _gets(amina, kenya, topic="spectrum") and await _gets(amina, kenya)
    action, fields = _undo(page)
    await site.http.post(action, data=fields)
    assert await _gets(amina, kenya, topic="encryption")

    await site.http.post(f"{base}/topics", data={"chapter": "", "wanted": rest})
    for home in (kenya, senegal):
        assert not await _gets(amina, home, topic="encryption")
        assert not await _gets(amina, home, topic="universal-service")
        assert await _gets(amina, home, topic="no-shutdowns") and await _gets(amina, home)
    lines = await Consent.filter(person=amina, purpose__startswith="topic:").order_by("id")
    assert {each.purpose for each in lines} == {"topic:encryption", "topic:universal"}
    again = await site.http.post(f"{base}/topics", data={"chapter": "", "wanted": rest})
    assert "Undo" not in again.text
    assert await Consent.filter(person=amina).count() == 2 + len(lines), "repeating adds nothing"
    assert await consent.rebuilt_subscriptions() == 0


async def test_an_old_link_changes_nothing_and_offers_a_fresh_letter(site: Site) -> None:
    world = await story.tell()
    amina = world.members[0]
    day = moment.now().date() - timedelta(days=366)
    base = links.preferences_path(amina.id, since=day)
    before = await _everything()
    for answer in (
        await site.http.get(base),
        await site.http.post(f"{base}/everything"),
        await site.http.post(f"{base}/join", data={"chapter": "senegal"}),
    ):
        assert answer.status_code == 410
        assert "am…@example.org" in answer.text and world.kenya.name not in answer.text
    assert await _everything() == before
    await site.http.post(f"{base}/fresh")
    await site.idle()
    (letter,) = site.post.to(amina.email)
    (link,) = [each for each in links_in(letter) if "/sign-in/" in each]
    page = await site.http.post(link.removeprefix("http://testserver"))
    assert page.url.path.endswith("/me/preferences")
    assert "am…@example.org" in page.text


async def test_a_forged_link_and_one_of_somebody_erased_open_nothing(site: Site) -> None:
    world = await story.tell()
    amina, other = world.members[:2]
    path = links.preferences_path(amina.id)
    forged = path.replace(f"/{amina.id}~", f"/{other.id}~")
    for wrong in (forged, path[:-2], "/preferences/x", f"/preferences/{'9' * 40}~1.x"):
        assert (await site.http.get(wrong)).status_code == 404
        assert (await site.http.post(f"{wrong}/everything")).status_code == 404
    await Person.filter(id=amina.id).update(erased_at=moment.now())
    assert (await site.http.get(path)).status_code == 404
    await Person.filter(id=amina.id).update(erased_at=None, merged_into_id=world.members[2].id)
    assert "fa…@example.org" in (await site.http.get(path)).text


async def test_a_note_of_what_was_done_says_nothing_to_anybody_else(site: Site) -> None:
    world = await story.tell()
    amina, otieno = world.members[:2]
    done = await site.http.post(
        f"{links.preferences_path(amina.id)}/frequency", data={"frequency": "weekly"}
    )
    note = done.url.query.decode()
    assert "At most one letter a week" in done.text
    other = (await site.http.get(f"{links.preferences_path(otieno.id)}?{note}")).text
    assert 'id="told"' not in other
    wrong = (await site.http.get(f"{links.preferences_path(amina.id)}?told=1.2.3")).text
    assert 'id="told"' not in wrong


async def test_another_chapter_s_letters_cannot_be_switched_on_by_a_link(site: Site) -> None:
    world = await story.tell()
    amina = world.members[0]
    base = links.preferences_path(amina.id)
    before = await _everything()
    for what, data in (
        ("letters", {"chapter": "senegal", "wanted": "on"}),
        ("again", {"chapter": ["senegal", "hq"]}),
        ("stay", {"chapter": "senegal", "letters": "on"}),
        ("leave", {"chapter": "senegal"}),
        ("topics", {"chapter": "senegal"}),
        ("join", {"chapter": "hq", "letters": "y"}),
        ("join", {"chapter": "kenya", "letters": "y"}),
        ("drop", {}),
    ):
        answer = await site.http.post(f"{base}/{what}", data=data)
        assert answer.status_code in (200, 404), what
    assert await _everything() == before
