"""The roll through the front door: searched, corrected, tagged, taken out; nothing of others."""

import csv
import io
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as some

from advocacy import db, moment
from advocacy.audit.models import AuditEntry
from advocacy.members.models import Membership, Person
from advocacy.roster import indexing
from advocacy.roster.models import CustomField, Tag, Tagging
from tests import factories, story
from tests.conftest import Site
from tests.flows.test_access import sign_in

HERE = "/console/kenya/members"


async def told() -> story.World:
    """The world with its members in the index, Otieno also in Senegal under another name."""
    world = await story.tell()
    await Person.filter(email="fatou@example.org").update(given_name="Fatou", family_name="Sow")
    await Person.filter(email="otieno@example.org").update(given_name="Otieno")
    await indexing.catch_up()
    return world


async def enter(browser: Any, world: story.World, who: str = "lead") -> None:
    """Signs in and follows redirects, as a browser does."""
    await sign_in(browser, world, who)
    browser.follow_redirects = True


async def test_typing_gives_the_list_alone_and_the_form_gives_the_page(site: Site) -> None:
    world = await told()
    async with site.browser() as browser:
        await enter(browser, world)
        page = await browser.get(f"{HERE}?q=AMI")
        assert "amina@example.org" in page.text and "otieno@example.org" not in page.text
        assert "<html" in page.text
        part = await browser.get(f"{HERE}?q=ami&letters=", headers={"hx-request": "true"})
        assert "<html" not in part.text and "amina@example.org" in part.text
        assert part.headers["hx-replace-url"] == f"{HERE}?q=ami"
        none = await browser.get(f"{HERE}?q=zzz", headers={"hx-request": "true"})
        assert "Nobody matches" in none.text
        for sort in ("name", "-name", "joined", "-joined", "best", "x"):
            assert "otieno@example.org" in (await browser.get(f"{HERE}?sort={sort}")).text
        unread = await browser.get(f"{HERE}?letters=no")
        assert "otieno@example.org" in unread.text and "amina@example.org" not in unread.text


async def test_a_lead_finds_nobody_of_another_chapter_in_any_way(site: Site) -> None:
    world = await told()
    fatou, nobody = world.members[2], 10**9
    async with site.browser() as browser:
        await enter(browser, world)
        unknown = (await browser.get(f"{HERE}?q=zzzz")).text
        assert "Nobody matches" in unknown
        for typed in ("fatou", "sow", "fatou@example.org", "fa so"):
            answer = (await browser.get(f"{HERE}?q={typed}")).text
            for each in (quote(typed), typed.replace(" ", "+"), quote(typed, safe=""), typed):
                answer = answer.replace(each, "zzzz")
            assert answer == unknown, "whom others know looks different from nobody"
        for query in ("sort=name", "language=fr", "letters=yes"):
            assert "fatou" not in (await browser.get(f"{HERE}?{query}")).text.lower()
        theirs = [
            await browser.get(f"{HERE}/{each}{more}")
            for more in ("", "/edit")
            for each in (fatou.id, nobody)
        ]
        assert {each.status_code for each in theirs} == {404}
        texts = {_bare(each.text, fatou.id, nobody) for each in theirs[:2]}
        assert len(texts) == 1, "an unknown person and another chapter's look different"
        posted = await browser.post(f"{HERE}/{fatou.id}/edit", data={"given_name": "X"})
        assert posted.status_code == 404
        for path in ("members", f"members/{fatou.id}", "members/tags", "members/export"):
            assert (await browser.get(f"/console/senegal/{path}")).status_code == 403


def _bare(text: str, *numbers: int) -> str:
    """A page without what differs between any two requests."""
    for each in numbers:
        text = text.replace(str(each), "")
    return text.partition("Number of this request")[0]


async def test_headquarters_searches_all_chapters_and_analysts_none(site: Site) -> None:
    world = await told()
    async with site.browser() as browser:
        await enter(browser, world, "director")
        for query in ("", "?letters=yes", "?sort=name"):
            empty = (await browser.get(f"/console/hq/members{query}")).text
            assert "Search in all chapters" in empty and "@example.org" not in empty
        found = await browser.get("/console/hq/members?q=fatou")
        assert "fatou@example.org" in found.text and "Senegal" in found.text
        assert f"/console/senegal/members/{world.members[2].id}" in found.text
        card = await browser.get(f"/console/senegal/members/{world.members[2].id}")
        assert card.status_code == 200
    async with site.browser() as browser:
        await enter(browser, world, "analyst")
        for path in ("/console/hq/members?q=fatou", HERE, f"{HERE}/{world.members[0].id}"):
            assert (await browser.get(path)).status_code == 403


async def test_a_member_is_read_and_corrected_and_found_by_the_new_name(site: Site) -> None:
    world = await told()
    here = f"{HERE}/{world.members[0].id}"
    async with site.browser() as browser:
        await enter(browser, world)
        await browser.post(f"{HERE}/fields", data={"label": "City", "kind": "text"})
        field = await CustomField.get()
        card = await browser.get(here)
        for said in ("amina@example.org", "Signed", "may write to me by e-mail", "Became a member"):
            assert said in card.text
        form = await browser.get(f"{here}/edit")
        data = {"seen": _value(form.text, "seen"), "language": "en", "given_name": "Wanjiru"}
        data |= {"family_name": "Otieno", "new_tag": "Speaker", f"field_{field.id}": "Kisumu"}
        saved = await browser.post(f"{here}/edit", data=data)
        assert "The member is corrected." in saved.text and "Kisumu" in saved.text
        await site.idle()
        assert "Wanjiru" in (await browser.get(f"{HERE}?q=wanj ot")).text
        late = await browser.post(f"{here}/edit", data={**data, "given_name": "Late"})
        assert late.status_code == 409
        assert "Somebody else has changed this member" in late.text
        assert "Late" in late.text and "Wanjiru" in late.text
        again = {**data, "given_name": "Late", "seen": _value(late.text, "seen")}
        assert (await browser.post(f"{here}/edit", data=again)).status_code == 200
        log = await AuditEntry.filter(act="person.corrected")
        assert len(log) == 2 and "Wanjiru" not in str([each.details for each in log])


def _value(page: str, name: str) -> str:
    """What a hidden field of a page holds."""
    tag = page.partition(f'name="{name}"')[2].partition(">")[0]
    return tag.partition('value="')[2].partition('"')[0]


async def test_all_found_are_tagged_and_the_tag_filters(site: Site) -> None:
    world = await told()
    async with site.browser() as browser:
        await enter(browser, world)
        data = {"q": "ami", "name": "Speaker", "what": "put"}
        said = await browser.post(f"{HERE}/tags", data=data)
        assert "1 member got the tag." in said.text
        tag = await Tag.get()
        page = await browser.get(f"{HERE}?tag={tag.id}")
        assert "amina@example.org" in page.text and "otieno@example.org" not in page.text
        lost = await browser.post(f"{HERE}/tags", data={**data, "q": "", "what": "take"})
        assert "1 member lost the tag." in lost.text
        wrong = await browser.post(f"{HERE}/tags", data={"name": "x" * 61, "what": "put"})
        assert wrong.status_code == 422
        await browser.post(f"{HERE}/tags/{tag.id}", data={"name": "Talker"})
        assert (await Tag.get()).name == "Talker"
        gone = await browser.post(f"{HERE}/tags/{tag.id}", data={"what": "remove"})
        assert "The tag is removed" in gone.text and not await Tag.all().count()
    async with site.browser() as browser:
        await enter(browser, world, "other lead")
        there = await browser.post(f"/console/senegal/members/tags/{tag.id}", data={"name": "x"})
        assert there.status_code == 404


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_an_export_is_logged_and_holds_what_was_found(site: Site, form: str) -> None:
    world = await told()
    async with site.browser() as browser:
        await enter(browser, world)
        page = await browser.get(f"{HERE}/export?q=ami")
        assert "Export 1 member" in page.text
        assert await AuditEntry.filter(act="members.exported").count() == 0
        sent = await browser.post(f"{HERE}/export", data={"q": "ami", "form": form})
        assert sent.headers["content-disposition"].startswith('attachment; filename="members-kenya')
        if form == "csv":
            rows = list(csv.reader(io.StringIO(sent.text.lstrip("\ufeff"))))
            assert [row[1] for row in rows] == ["email", "amina@example.org"]
        else:
            assert sent.content[:4] == b"PK\x03\x04"
        entry = await AuditEntry.get(act="members.exported")
        assert entry.chapter == "kenya" and '"rows":1' in entry.details
        wrong = await browser.post(f"{HERE}/export", data={"form": "exe"})
        assert wrong.status_code == 422


async def test_an_export_asks_who_it_is_again_after_a_while(site: Site) -> None:
    world = await told()
    async with site.browser() as browser:
        await sign_in(browser, world, "lead")
        with moment.shifted(timedelta(minutes=16)):
            for method in ("GET", "POST"):
                answer = await browser.request(method, f"{HERE}/export", data={"form": "csv"})
                assert answer.status_code == 303
                assert "/me/prove" in answer.headers["location"]
        assert await AuditEntry.filter(act="members.exported").count() == 0


async def test_somebody_who_joins_or_leaves_is_found_or_not_within_one_sweep(site: Site) -> None:
    world = await told()
    async with site.browser() as browser:
        await enter(browser, world)
        await factories.member(world.kenya, "new@example.org", given_name="Ngũgĩ")
        await indexing.ring_when_due()
        await site.idle()
        assert "new@example.org" in (await browser.get(f"{HERE}?q={quote('ngugi')}")).text
        await Membership.filter(person__email="new@example.org").update(state="left")
        await indexing.ring_when_due()
        await site.idle()
        assert "new@example.org" not in (await browser.get(f"{HERE}?q=ngugi")).text


WORDS = some.text(max_size=90) | some.sampled_from(
    ["=1+1", "'; DROP", "%", "\x00", "9" * 400, "\ud800", "-1", "1", "put", "remove", "choice"]
)
FORM = some.dictionaries(
    some.sampled_from(
        ["q", "letters", "language", "tag", "address", "sort", "after", "name", "what", "form",
         "label", "kind", "choices", "given_name", "family_name", "tags", "new_tag", "seen",
         "member_no", "field_1"]
    ),
    WORDS,
    max_size=8,
)  # fmt: skip


async def test_garbage_in_every_form_is_answered_and_changes_no_other_chapter(site: Site) -> None:
    world = await told()
    amina = world.members[0].id
    async with site.browser() as browser:
        await enter(browser, world)
        await browser.post(f"{HERE}/fields", data={"label": "City", "kind": "text"})
        await browser.post(f"{HERE}/tags", data={"name": "Speaker"})
        browser.follow_redirects = False
        answers: list[str] = []

        async def send(method: str, path: str, form: dict[str, str]) -> None:
            pairs = [f"{k}={quote(v, errors='surrogatepass')}" for k, v in form.items()]
            text = "&".join(pairs)
            kind = {"content-type": "application/x-www-form-urlencoded"}
            whole = {"content": text, "headers": kind} if method == "POST" else {}
            answer = await browser.request(method, path if whole else f"{path}?{text}", **whole)
            if answer.status_code >= 500:
                answers.append(f"{method} {path} {form!r} {answer.status_code}")

        drawn: list[dict[str, str]] = []

        @examples(
            max_examples=45,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(FORM)
        def draw(form: dict[str, str]) -> None:
            drawn.append(form)

        draw()
        paths = ("", "/export", "/tags", "/fields", "/tags/1", "/fields/1", f"/{amina}/edit")
        for number, form in enumerate(drawn):
            await send("GET", f"{HERE}{('', '/export')[number % 2]}", form)
            await send("POST", f"{HERE}{paths[1:][number % 6]}", form)
        assert not answers
    assert (
        await db.value("SELECT count(*) FROM advocacy_tag WHERE chapter_id <> $1", world.kenya.id)
        == 0
    )
    assert await Tagging.filter(person_id=world.members[2].id).count() == 0
    assert (await Person.get(id=world.members[2].id)).given_name == "Fatou"
