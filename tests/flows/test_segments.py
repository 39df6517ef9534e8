"""Making, sharing and using a segment through the front door, with and without a script."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as some

from advocacy.segments.models import Segment
from campaigns.mailings.models import Mailing
from tests import factories, story
from tests.conftest import Site
from tests.flows.test_access import sign_in

HERE = "/console/kenya/segments"
SIGNED = {
    "q.0.word": "all",
    "q.0.0.field": "acted",
    "q.0.0.is": "in",
    "name": "Has signed",
}


async def lead(browser: Any, world: story.World, who: str = "lead") -> None:
    """Signs in and follows redirects, as a browser does."""
    await sign_in(browser, world, who)
    browser.follow_redirects = True


def signed(world: story.World, **more: str) -> dict[str, str]:
    """The form of a segment of those who signed the world's petition."""
    return {**SIGNED, "q.0.0.value": str(world.petition.campaign.id), **more}


def chosen(page: str, field: str) -> str:
    """The option that a select of the page has selected."""
    select = re.search(rf'name="{re.escape(field)}".*?</select>', page, re.DOTALL)
    assert select is not None, field
    found = re.search(r"<option[^>]* selected[^>]*>", select.group())
    value = re.search(r'value="([^"]*)"', found.group()) if found else None
    return value.group(1) if value else ""


async def test_a_lead_builds_and_saves_a_segment_without_any_script(site: Site) -> None:
    world = await story.tell()
    async with site.browser() as browser:
        await lead(browser, world)
        empty = await browser.get(HERE)
        assert "No segment yet" in empty.text
        assert empty.text.count("?start=") == 3
        page = await browser.post(f"{HERE}/new", data={"q.0.word": "any", "do": "add:0"})
        assert chosen(page.text, "q.0.word") == "any"
        assert chosen(page.text, "q.0.0.field") == "language"
        form = {"q.0.word": "any", "q.0.0.field": "acted", "do": "count", "name": "Has signed"}
        page = await browser.post(f"{HERE}/new", data=form)
        assert chosen(page.text, "q.0.0.is") == "in"
        assert 'value="Has signed"' in page.text
        assert "1 line is not complete" in page.text
        page = await browser.post(f"{HERE}/new", data=signed(world, do="group:0"))
        assert 'name="q.0.1.word"' in page.text
        assert not await Segment.exists()
        page = await browser.post(f"{HERE}/new", data=signed(world, do="save"))
        assert page.status_code == 200
        assert "of 2 people" in page.text
        assert "am…@example.org" in page.text
        assert "amina@example.org" not in page.text
        segment = await Segment.get()
        assert str(page.url).endswith(f"{HERE}/{segment.id}")
        listed = await browser.get(HERE)
        assert "People who acted in “Keep it on”" in listed.text
        assert "Leila Haddad" in listed.text


async def test_a_script_gets_only_the_parts_that_change(site: Site) -> None:
    world = await story.tell()
    async with site.browser() as browser:
        await lead(browser, world)
        for part in ("builder", "answer"):
            page = await browser.post(
                f"{HERE}/new", data=signed(world, do="add:0"), headers={"hx-target": part}
            )
            assert page.status_code == 200
            assert "<html" not in page.text
            assert f'id="{part}"' in page.text
            assert "of 2 people" in page.text
        odd = await browser.post(
            f"{HERE}/new", data=signed(world), headers={"hx-target": "../console/base"}
        )
        assert "<html" in odd.text


async def test_what_is_not_complete_is_not_saved_and_its_place_is_named(site: Site) -> None:
    world = await story.tell()
    async with site.browser() as browser:
        await lead(browser, world)
        form = {**signed(world, do="save"), "q.0.1.field": "joined", "q.0.1.is": "since",
                "q.0.1.value": "yesterday"}  # fmt: skip
        page = await browser.post(f"{HERE}/new", data=form)
        assert page.status_code == 422
        assert 'href="#line-0-1"' in page.text
        assert 'id="line-0-1"' in page.text
        assert 'value="yesterday"' in page.text
        page = await browser.post(f"{HERE}/new", data=signed(world, do="save", name=" "))
        assert page.status_code == 422
        assert 'href="#name"' in page.text
    assert not await Segment.exists()


async def test_of_two_who_save_the_second_is_told_and_sees_both(site: Site) -> None:
    world = await story.tell()
    await factories.user("organiser@example.org", role="chapter_organiser", of=world.kenya)
    async with site.browser() as first, site.browser() as second:
        await lead(first, world)
        await lead(second, world)
        await first.post(f"{HERE}/new", data=signed(world, do="save"))
        segment = await Segment.get()
        one = f"{HERE}/{segment.id}"
        mine = {"q.0.word": "none", "q.0.0.field": "member", "q.0.0.is": "no", "version": "1"}
        page = await first.post(one, data={**mine, "name": "First", "do": "save"})
        assert page.status_code == 200
        late = signed(world, version="1", name="Second", do="save")
        page = await second.post(one, data=late)
        assert page.status_code == 409
        assert "Somebody else has saved this segment" in page.text
        assert "who are not members" in page.text, "theirs is told in words"
        assert chosen(page.text, "q.0.0.field") == "acted", "mine is still in the form"
        assert 'value="Second"' in page.text
        version = re.search(r'name="version" value="(\d+)"', page.text)
        assert version is not None
        again = await second.post(one, data={**late, "version": version.group(1)})
        assert again.status_code == 200
    assert ((await Segment.get()).name, (await Segment.get()).version) == ("Second", 3)


async def test_a_segment_is_chosen_for_a_mailing_and_cannot_go_while_that_waits(
    site: Site,
) -> None:
    world = await story.tell()
    async with site.browser() as browser:
        await lead(browser, world)
        await browser.post(f"{HERE}/new", data=signed(world, do="save"))
        segment = await Segment.get()
        letter = f"/console/kenya/mailings/{world.mailing.id}"
        form = {"name": "Please sign", "page": str(world.petition.page.id), "version": "1",
                "languages": "en", "en-subject": "Hello", "en-body": "Words",
                "segment": str(segment.id)}  # fmt: skip
        page = await browser.post(f"{letter}/edit", data=form)
        assert page.status_code == 200
        assert "People who acted in “Keep it on”" in page.text
        assert (await Mailing.get(id=world.mailing.id)).segment_id == segment.id
        page = await browser.get(f"{letter}/audience")
        assert chosen(page.text, "segment") == str(segment.id)
        page = await browser.get(f"{HERE}/{segment.id}")
        assert "Please sign" in page.text
        await browser.post(
            f"{letter}/schedule",
            data={"version": "2", "when": "at", "send_at": "2099-01-01T10:00"},
        )
        page = await browser.post(f"{HERE}/{segment.id}/remove", data={"version": "1"})
        assert "waits to be sent to this segment" in page.text
        change = {"q.0.word": "all", "version": "1", "name": "Has signed", "do": "save"}
        await browser.post(f"{HERE}/{segment.id}", data=change)
        page = await browser.get(letter)
        assert "as it stood then" in page.text
        assert "People who acted in “Keep it on”" in page.text
        page = await browser.post(f"{HERE}/{segment.id}/duplicate")
        assert "Copy of Has signed" in page.text


async def test_removing_can_be_undone(site: Site) -> None:
    world = await story.tell()
    async with site.browser() as browser:
        await lead(browser, world)
        await browser.post(f"{HERE}/new", data=signed(world, do="save"))
        one = f"{HERE}/{(await Segment.get()).id}"
        page = await browser.post(f"{one}/remove", data={"version": "1"})
        assert "Put it back" in page.text
        assert (await browser.get(one)).status_code == 404
        page = await browser.post(f"{one}/restore")
        assert (await browser.get(one)).status_code == 200


async def test_who_may_read_members_reads_segments_and_only_writers_write(site: Site) -> None:
    world = await story.tell()
    world.users["officer"] = await factories.user(
        "officer@example.org", role="data_protection_officer"
    )
    async with site.browser() as browser:
        await lead(browser, world)
        await browser.post(f"{HERE}/new", data=signed(world, do="save"))
    one = f"{HERE}/{(await Segment.get()).id}"
    for who in ("analyst", "africa", "helper", "other lead"):
        async with site.browser() as browser:
            await lead(browser, world, who)
            for path in (HERE, one, f"{HERE}/new"):
                assert (await browser.get(path)).status_code == 403, (who, path)
    async with site.browser() as browser:
        await lead(browser, world, "officer")
        page = await browser.get(one)
        assert "of 2 people" in page.text
        assert "q.0.word" not in page.text
        assert (await browser.post(one, data=signed(world, do="save"))).status_code == 403
    async with site.browser() as browser:
        await lead(browser, world, "other lead")
        theirs = one.replace("kenya", "senegal")
        for method, path in (
            ("GET", theirs), ("POST", theirs), ("POST", f"{theirs}/duplicate"),
            ("POST", f"{theirs}/remove"), ("POST", f"{theirs}/restore"),
        ):  # fmt: skip
            answer = await browser.request(method, path, data={"version": "1"})
            assert answer.status_code == 404, (method, path)


PLACES = some.sampled_from(["0", "0.0", "0.1", "0.0.0", "0.0.0.0.0.0", "1", "0.999", "0.x", ""])
NAMES = some.one_of(
    some.tuples(PLACES, some.sampled_from(["word", "field", "is", "value", "to", "x"])).map(
        lambda pair: f"q.{pair[0]}.{pair[1]}"
    ),
    some.sampled_from(["name", "version", "do", "q"]),
)
TEXTS = some.one_of(
    some.sampled_from(
        ["all", "none", "language", "joined", "within", "acted", "is", "custom:1", "save", "add:0",
         "group:0", "group:0.0", "drop:0", "drop:0.0", "fr", "9" * 40, "-1", "²", "nan", "1e400"]
    ),
    some.text(some.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
)  # fmt: skip


@pytest.fixture
async def office(site: Site) -> AsyncIterator[Any]:
    """The browser of Kenya's lead."""
    world = await story.tell()
    async with site.browser() as browser:
        await lead(browser, world)
        yield browser


@examples(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(form=some.dictionaries(NAMES, TEXTS, max_size=12), saves=some.booleans())
async def test_any_form_gets_an_answer_and_nothing_odd_is_kept(
    office: Any, form: dict[str, str], saves: bool
) -> None:
    page = await office.post(f"{HERE}/new", data={**form, "do": "save"} if saves else form)
    assert page.status_code in (200, 422)
    listed = await office.get(HERE)
    assert listed.status_code == 200
    assert "Cannot be asked" not in listed.text
