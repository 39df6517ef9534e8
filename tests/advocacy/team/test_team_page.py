"""The team over HTTP: roles given, prolonged and taken, with letters, by those who may."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from advocacy import moment
from advocacy.audit.models import AuditEntry
from advocacy.identity import granting, signing_in
from advocacy.identity.models import Grant, User
from advocacy.team import expiring, looking
from advocacy.team.models import TeamLetter
from tests import factories, story
from tests.conftest import Site
from tests.postbox import links_in

NEW = "njeri@example.org"


async def enter(site: Site, user: User, browser: Any = None) -> Any:
    """A browser in which a user has just signed in."""
    browser = browser or site.browser()
    answer = await browser.post(signing_in.path_of(await signing_in.issue(user)))
    assert answer.status_code == 200, answer.text
    return browser


def wish(**changes: str) -> dict[str, str]:
    """A filled form that gives a role."""
    return {"email": NEW, "role": "chapter_organiser", "term": "year", **changes}


async def test_a_lead_gives_a_role_and_the_letter_leads_in(site: Site) -> None:
    world = await story.tell()
    lead = await enter(site, world.users["lead"])
    shown = await lead.get("/console/kenya/team")
    assert "lead@example.org" in shown.text
    answer = await lead.post("/console/kenya/team", data=wish())
    assert answer.status_code == 200
    assert NEW in answer.text
    await site.idle()
    (letter,) = site.post.to(NEW)
    assert "Chapter organiser" in letter["subject"]
    assert "lead@example.org gave it to you" in letter.get_body(("plain",)).get_content()
    assert any(link.endswith("/console/kenya") for link in links_in(letter))
    made = await Grant.get(user__canonical=NEW)
    assert made.granted_by == "lead@example.org"
    assert made.expires_at is not None
    assert timedelta(364) < made.expires_at - moment.now() < timedelta(367)
    entry = await AuditEntry.get(act="grant.given", record=f"grant:{made.id}")
    assert (entry.actor, entry.chapter) == ("lead@example.org", "kenya")
    njeri = await enter(site, await User.get(canonical=NEW))
    assert (await njeri.get("/console/kenya")).status_code == 200
    assert (await njeri.get("/console/kenya/team")).status_code == 403
    assert (await njeri.get("/console/senegal")).status_code == 403


async def test_the_letter_speaks_the_language_of_its_reader(site: Site) -> None:
    world = await story.tell()
    director = await enter(site, world.users["director"])
    await director.post("/console/senegal/team", data=wish(role="chapter_lead", term="open"))
    await site.idle()
    (letter,) = site.post.to(NEW)
    assert letter["content-language"] == "fr"


GIFTS = (
    ("lead", "kenya", "campaign_helper", 200),
    ("lead", "kenya", "chapter_lead", 200),
    ("lead", "kenya", "hq_director", 422),
    ("lead", "kenya", "regional_manager", 422),
    ("lead", "senegal", "campaign_helper", 403),
    ("lead", "hq", "hq_director", 403),
    ("helper", "kenya", "campaign_helper", 403),
    ("africa", "kenya", "campaign_helper", 403),
    ("director", "senegal", "chapter_lead", 200),
    ("director", "senegal", "hq_analyst", 422),
    ("director", "hq", "hq_analyst", 200),
    ("director", "hq", "regional_manager", 200),
    ("director", "hq", "chapter_lead", 422),
)


async def test_each_gives_only_what_is_theirs_to_give(site: Site) -> None:
    world = await story.tell()
    browsers: dict[str, Any] = {}
    for number, (who, where, role, status) in enumerate(GIFTS):
        browser = browsers.get(who) or await enter(site, world.users[who])
        browsers[who] = browser
        before = await Grant.all().count()
        form = wish(email=f"new{number}@example.org", role=role, region="Europe")
        answer = await browser.post(f"/console/{where}/team", data=form)
        assert answer.status_code == status, (who, where, role)
        assert await Grant.all().count() == before + (status == 200)
    await site.idle()


async def test_nobody_raises_or_prolongs_themselves(site: Site) -> None:
    world = await story.tell()
    lead = await enter(site, world.users["lead"])
    own = await Grant.get(user=world.users["lead"])
    answer = await lead.post("/console/kenya/team", data=wish(email="Lead@example.org"))
    assert answer.status_code == 422
    form = {"term": "year", "seen": ""}
    assert (await lead.post(f"/console/kenya/team/{own.id}/prolong", data=form)).status_code == 403
    assert await Grant.filter(user=world.users["lead"]).count() == 1


async def test_a_known_address_is_answered_like_an_unknown_one(site: Site) -> None:
    world = await story.tell()
    fatou = await enter(
        site, (await signing_in.user_of("fatou@example.org")) or world.users["lead"]
    )
    await fatou.get("/me")
    lead = await enter(site, world.users["lead"])
    texts = []
    for address in ("fatou@example.org", "stranger@example.org"):
        answer = await lead.post("/console/kenya/team", data=wish(email=address))
        assert answer.status_code == 200
        start = answer.text.index("<tbody>")
        row = answer.text[start:].split(address)
        texts.append(row[1].split("</tr>")[0])
        grant = await Grant.get(user__canonical=address)
        texts[-1] = texts[-1].replace(str(grant.id), "N")
    assert texts[0] == texts[1]
    assert "Okello" not in answer.text, "a name that only another chapter knows"


async def test_a_role_is_prolonged_and_the_second_who_tries_is_told(site: Site) -> None:
    world = await story.tell()
    held = await Grant.get(user=world.users["helper"])
    lead = await enter(site, world.users["lead"])
    director = await enter(site, world.users["director"])
    path = f"/console/kenya/team/{held.id}/prolong"
    assert (await lead.post(path, data={"term": "quarter", "seen": ""})).status_code == 200
    assert (await director.post(path, data={"term": "year", "seen": ""})).status_code == 409
    kept = await Grant.get(id=held.id)
    assert kept.expires_at is not None
    assert kept.expires_at - moment.now() < timedelta(days=93)
    form = {"term": "open", "seen": kept.expires_at.isoformat()}
    assert (await director.post(path, data=form)).status_code == 200
    assert (await Grant.get(id=held.id)).expires_at is None


async def test_a_role_is_withdrawn_at_once_and_its_holder_told(site: Site) -> None:
    world = await story.tell()
    held = await Grant.get(user=world.users["helper"])
    helper = await enter(site, world.users["helper"])
    lead = await enter(site, world.users["lead"])
    path = f"/console/kenya/team/{held.id}/withdraw"
    assert (await lead.post(path)).status_code == 200
    assert (await helper.get("/console/kenya")).status_code == 403
    assert (await lead.post(path)).status_code == 404
    await site.idle()
    (letter,) = site.post.to("helper@example.org")
    assert "no longer" in letter["subject"]


async def test_a_lead_takes_no_role_from_another_lead(site: Site) -> None:
    world = await story.tell()
    other = await factories.user("second@example.org", of=world.kenya)
    held = await Grant.get(user=other)
    lead = await enter(site, world.users["lead"])
    path = f"/console/kenya/team/{held.id}/withdraw"
    assert (await lead.post(path)).status_code == 403
    director = await enter(site, world.users["director"])
    assert (await director.post(path)).status_code == 200


async def test_a_lead_ends_no_other_leads_role_by_a_sooner_day(site: Site) -> None:
    world = await story.tell()
    other = await factories.user("second@example.org", of=world.kenya)
    held = await Grant.get(user=other)
    lead = await enter(site, world.users["lead"])
    path = f"/console/kenya/team/{held.id}/prolong"
    sooner = {"term": "quarter", "seen": ""}
    assert (await lead.post(path, data=sooner)).status_code == 403
    assert (await Grant.get(id=held.id)).expires_at is None
    director = await enter(site, world.users["director"])
    assert (await director.post(path, data=sooner)).status_code == 200
    ends = (await Grant.get(id=held.id)).expires_at
    assert ends is not None
    later = {"term": "year", "seen": ends.isoformat()}
    assert (await lead.post(path, data=later)).status_code == 200
    assert (await Grant.get(id=held.id)).expires_at > ends


async def test_roles_of_another_chapter_are_reached_under_no_name(site: Site) -> None:
    world = await story.tell()
    theirs = await Grant.get(user=world.users["other lead"])
    of_hq = await Grant.get(user=world.users["director"])
    lead = await enter(site, world.users["lead"])
    for held in (theirs, of_hq):
        for act in ("withdraw", "prolong"):
            path = f"/console/kenya/team/{held.id}/{act}"
            assert (await lead.post(path, data={"term": "open"})).status_code == 404
    await site.idle()


async def test_the_last_director_stays_also_when_two_go_at_once(site: Site) -> None:
    world = await story.tell()
    mine = await Grant.get(user=world.users["director"])
    director = await enter(site, world.users["director"])
    path = f"/console/hq/team/{mine.id}/withdraw"
    assert (await director.post(path)).status_code == 403
    second = await factories.user("second@example.org", role="hq_director")
    hers = await Grant.get(user=second)
    results = []
    for held in (mine, hers):
        try:
            await granting.withdraw(held)
            results.append("gone")
        except granting.Forbidden:
            results.append("stays")
    assert results == ["gone", "stays"]


async def test_an_end_in_sight_is_told_once_to_holder_and_leads(site: Site) -> None:
    world = await story.tell()
    held = await Grant.get(user=world.users["helper"])
    await Grant.filter(id=held.id).update(expires_at=moment.now() + timedelta(days=10))
    for _day in range(2):
        await expiring.warn()
        await site.idle()
    for address in ("helper@example.org", "lead@example.org"):
        (letter,) = site.post.to(address)
        assert "ends on" in letter["subject"]
    assert not site.post.to("other@example.org")
    assert await TeamLetter.filter(due_at__isnull=False).count() == 0


async def test_a_chapter_whose_lead_was_not_seen_for_a_month_is_listed(site: Site) -> None:
    world = await story.tell()
    assert {each.slug for each in await looking.unled()} == {"kenya", "senegal", "france"}
    await enter(site, world.users["lead"])
    assert {each.slug for each in await looking.unled()} == {"senegal", "france"}
    with moment.shifted(timedelta(days=31)):
        assert await looking.unled_count() == 3
    await Grant.filter(user=world.users["lead"]).update(
        expires_at=moment.now() - timedelta(minutes=1)
    )
    assert await looking.unled_count() == 3
    director = await enter(site, world.users["director"])
    shown = await director.get("/console/hq/team")
    assert "/console/senegal/team" in shown.text


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    form=st.dictionaries(
        st.sampled_from(["email", "name", "role", "term", "day", "region", "seen", "to", "after"]),
        st.one_of(
            st.text(max_size=300),
            st.sampled_from(
                ["chapter_lead", "day", "open", "9999-12-31", "0001-01-01", "x@example.org"]
            ),
        ),
    )
)
async def test_garbage_gives_no_role_and_no_failure(site: Site, form: dict[str, str]) -> None:
    if not await Grant.exists():
        await story.tell()
    lead = await enter(site, await User.get(canonical="lead@example.org"), site.http)
    held = await Grant.get(user__canonical="helper@example.org")
    before = await Grant.all().count()
    for path in ("", "/offer", f"/{held.id}/prolong"):
        answer = await lead.post(f"/console/kenya/team{path}", data=form)
        assert answer.status_code in (200, 400, 403, 409, 422)
    made = await Grant.all().count() - before
    is_right = form.get("role") == "chapter_lead" and form.get("email") == "x@example.org"
    assert made <= int(is_right)
