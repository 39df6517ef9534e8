"""The proof again before grave things, on a route of its own; forms that wait for it."""

import html
import random
import re

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from advocacy import tokens
from advocacy.audit.models import AuditEntry
from advocacy.factors.models import CodeSecret
from advocacy.identity.models import SignInLink
from advocacy.identity.permissions import FRESH, VERBS
from advocacy.web.access import requires
from tests import factories, story
from tests.advocacy.factors import staff
from tests.conftest import Site
from tests.flows import test_access
from tests.postbox import links_in


@requires("grants.manage")
async def _grave(request: Request) -> Response:
    return PlainTextResponse("done")


@pytest.fixture
def grave(site: Site) -> str:
    """A page of the lead's chapter that needs a fresh proof."""
    path = "/console/{chapter}/grave"
    site.app.app.router.routes.insert(0, Route(path, _grave, methods=["GET", "POST"]))
    return "/console/chapter/grave"


async def test_grave_things_need_a_fresh_proof_by_a_code(site: Site, grave: str) -> None:
    chapter = await factories.chapter("chapter")
    user = await factories.user("lead@example.org", role="chapter_lead", of=chapter)
    await staff.enter(site.http, user)
    assert (await site.http.get(grave)).text == "done", "a sign-in is a proof"
    await staff.with_codes(user)
    await staff.late()
    page = await site.http.get(f"{grave}?page=2")
    assert page.url.path == "/me/prove"
    fields = staff.hidden(page.text)
    assert fields["next"] == f"{grave}?page=2"
    done = await staff.give(site.http, await staff.code_of(user), **fields)
    assert done.text == "done" and done.url.query == b"page=2"
    assert await AuditEntry.filter(act="session.proved", actor_id=user.id).count() == 1


async def test_a_form_sent_too_late_does_nothing_and_leads_back_to_its_page(
    site: Site, grave: str
) -> None:
    chapter = await factories.chapter("chapter")
    user = await factories.user("lead@example.org", role="chapter_lead", of=chapter)
    site.http.headers["accept-language"] = "en"
    await staff.enter(site.http, user)
    await staff.late()
    here = {"referer": f"http://testserver{grave}?form=1"}
    page = await site.http.post(grave, headers=here)
    assert page.url.path == "/me/prove" and "Nothing was done yet" in page.text
    assert staff.hidden(page.text)["next"] == f"{grave}?form=1"
    evil = await site.http.post(grave, headers={"referer": "https://evil.example/x"})
    assert "evil" not in evil.text and evil.url.path == "/me/prove"


async def test_a_small_form_waits_and_is_sent_by_one_press_after_the_proof(
    site: Site, grave: str
) -> None:
    chapter = await factories.chapter("chapter")
    user = await factories.user("lead@example.org", role="chapter_lead", of=chapter)
    await staff.with_codes(user)
    await staff.enter(site.http, user)
    await staff.give(site.http, await staff.code_of(user))
    await CodeSecret.all().update(last_step=0)
    await staff.late()
    form = {"email": "new@example.org", "why": '<b>"ünïcode"</b> ' * 20, "tag": ["a", "b"]}
    page = await site.http.post(grave, data=form)
    assert page.url.path == "/me/prove" and "then go on" in page.text
    page = await staff.give(site.http, await staff.code_of(user), **staff.hidden(page.text))
    assert f'action="{grave}"' in page.text and "<b>" not in page.text.partition("<main")[2]
    kept = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    kept = [(name, html.unescape(text)) for name, text in kept if name != "csrf_token"]
    assert kept == [("email", form["email"]), ("why", form["why"]), ("tag", "a"), ("tag", "b")]
    assert (await site.http.post(grave, data=form)).text == "done"
    await CodeSecret.all().update(last_step=0)
    page = await staff.give(site.http, await staff.code_of(user), next="/me/sessions")
    assert page.url.path == "/me/sessions", "it waits for one proof only"


async def test_a_form_that_waits_is_of_its_session_and_small(site: Site, grave: str) -> None:
    chapter = await factories.chapter("chapter")
    user = await factories.user("lead@example.org", role="chapter_lead", of=chapter)
    await staff.with_codes(user)
    await staff.enter(site.http, user)
    await staff.give(site.http, await staff.code_of(user))
    for waits in ("", "forged", tokens.sign("kept", "1"), tokens.sign("kept", "999", "AAAA")):
        await CodeSecret.all().update(last_step=0)
        site.http.cookies.set("kept", waits)
        page = await staff.give(site.http, await staff.code_of(user), next="/me/sessions")
        assert page.url.path == "/me/sessions", waits
    site.http.cookies.delete("kept")
    await staff.late()
    noise = "".join(str(random.random()) for _n in range(1000))
    page = await site.http.post(grave, data={"why": noise})
    assert "press the button again" in page.text and "kept" not in site.http.cookies


async def test_without_a_factor_a_letter_proves_this_session_and_no_other(
    site: Site, grave: str
) -> None:
    chapter = await factories.chapter("chapter")
    user = await factories.user("lead@example.org", role="chapter_lead", of=chapter)
    await staff.enter(site.http, user)
    async with site.browser() as other:
        await staff.enter(other, user)
        await staff.late()
        page = await site.http.get(grave)
        await site.http.post("/me/prove/letter", data=staff.hidden(page.text))
        await site.idle()
        letter = site.post.to("lead@example.org")[-1]
        (link,) = [each for each in links_in(letter) if "/sign-in/" in each]
        link = link.removeprefix("http://testserver")
        assert (await other.post(f"{link}/prove")).status_code == 409
        assert (await other.post(link)).status_code == 404, "it signs nobody in"
        seen = await other.get(f"/en{link}")
        assert "in the browser in which you asked" in seen.text
        assert (await other.get(grave)).url.path == "/me/prove"
        done = await site.http.post(f"{link}/prove")
        assert done.text == "done"
        assert (await site.http.post(f"{link}/prove")).status_code == 404, "once"
        assert (await other.get(grave)).url.path == "/me/prove"
    async with site.browser() as nobody:
        assert (await nobody.post(f"{link}/prove")).url.path == "/sign-in"


async def test_a_letter_proves_nothing_for_whoever_holds_a_factor(site: Site) -> None:
    user = await staff.lead()
    await staff.with_codes(user)
    await staff.enter(site.http, user)
    await staff.give(site.http, await staff.code_of(user))
    page = await site.http.post("/me/prove/letter", data={"next": "/me"})
    assert page.url.path == "/me/prove"
    assert await SignInLink.filter(proves_id__isnull=False).count() == 0


@pytest.mark.parametrize("role", ["hq_director", "data_protection_officer"])
async def test_every_grave_route_asks_for_a_proof_and_a_stop_does_not(
    site: Site, role: str
) -> None:
    world = await story.tell()
    user = await factories.user("grave@example.org", role=role)
    await staff.enter(site.http, user)
    await staff.late()
    site.http.follow_redirects = False
    tried = set()
    for route, method, verb in test_access.staff_routes():
        if verb not in FRESH or verb not in VERBS[role] or "{chapter}" not in route.path:
            continue
        for chapter in (world.kenya, world.hq):
            path = test_access.path_of(route, world, chapter)
            answer = await site.http.request(method, path)
            told = f"{method} {path}: {answer.status_code}"
            assert answer.status_code == 303, told
            assert answer.headers["location"].startswith("/me/prove?next="), told
        tried.add(verb)
    assert tried == FRESH & VERBS[role]
    if role == "hq_director":
        stop = await site.http.post(f"/console/kenya/mailings/{world.mailing.id}/steps/stop")
        assert "/me/prove" not in stop.headers["location"], "a wrong letter is stopped at once"
