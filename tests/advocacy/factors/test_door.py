"""The second factor at the door, and the proof again before grave things, over HTTP."""

import html
import random
import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as hypothesis_settings
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from advocacy import moment, tokens
from advocacy.audit.models import AuditEntry
from advocacy.factors.models import CodeSecret, RecoveryCode
from advocacy.identity.models import Session, SignInLink, User
from advocacy.web import limits
from advocacy.web.access import requires
from tests.advocacy.factors import staff
from tests.conftest import Site
from tests.postbox import links_in


async def code(browser: Any, text: str, **more: str) -> Any:
    return await browser.post("/me/prove/code", data={"code": text, **more})


@pytest.fixture
async def user(site: Site) -> User:
    """A lead whose sign-in owes a code."""
    site.http.headers["accept-language"] = "en"
    found = await staff.lead()
    await staff.with_codes(found)
    return found


async def test_after_the_link_a_code_is_due_and_until_then_nothing_opens(
    site: Site, user: User
) -> None:
    page = await staff.enter(site.http, user, next_path="/console")
    assert page.url.path == "/me/prove" and "One more step" in page.text
    for path in ("/me", "/me/sessions", "/me/security", "/console", "/console/chapter-1"):
        away = await site.http.get(path)
        assert away.url.path in ("/me/prove", "/sign-in"), path
        assert "Sign out" not in away.text
    for path in ("/me/sessions/others/revoke", "/me/security/codes/remove", "/me/prove/letter"):
        await site.http.post(path)
    assert await CodeSecret.filter(confirmed_at__isnull=False).count() == 1
    assert await SignInLink.filter(proves_id__isnull=False).count() == 0
    home = await site.http.get("/chapters")
    assert "/sign-in" in home.text and "My page" not in home.text
    assert await AuditEntry.filter(act="session.opened").count() == 0


async def test_the_right_code_opens_all_under_a_new_cookie_and_leads_on(
    site: Site, user: User
) -> None:
    page = await staff.enter(site.http, user, next_path="/me/sessions")
    half = site.http.cookies["session"]
    wrong = await code(site.http, "123", next="/me/sessions")
    assert wrong.status_code == 422 and "not right" in wrong.text
    done = await code(site.http, await staff.code_of(user), **staff.hidden(page.text))
    assert done.url.path == "/me/sessions"
    assert site.http.cookies["session"] != half
    async with site.browser() as thief:
        thief.cookies.set("session", half)
        assert (await thief.get("/me/sessions")).url.path == "/sign-in"
    (entry,) = await AuditEntry.filter(act="session.opened")
    assert (entry.actor_id, entry.details) == (user.id, '{"way":"code"}')


async def test_half_a_sign_in_dies_after_a_quarter_of_an_hour(site: Site, user: User) -> None:
    await staff.enter(site.http, user)
    with moment.shifted(timedelta(minutes=16)):
        assert (await site.http.get("/me/prove")).url.path == "/sign-in"
        late = await code(site.http, await staff.code_of(user))
        assert late.url.path == "/sign-in"
    assert await Session.filter(factor_due=False).count() == 0


async def test_half_a_sign_in_can_be_given_up(site: Site, user: User) -> None:
    await staff.enter(site.http, user)
    await site.http.post("/sign-out")
    assert await Session.filter(revoked_at__isnull=True).count() == 0
    assert (await site.http.get("/me/prove")).url.path == "/sign-in"


async def test_a_recovery_code_opens_and_members_owe_nothing(site: Site) -> None:
    user = await staff.lead()
    shown = await staff.with_codes(user)
    await staff.enter(site.http, user)
    await code(site.http, shown[3])
    assert (await site.http.get("/me/sessions")).url.path == "/me/sessions"
    assert await RecoveryCode.filter(used_at__isnull=False).count() == 1
    async with site.browser() as other:
        member = await User.create(email="m@example.org", canonical="m@example.org")
        page = await staff.enter(other, member)
        assert "/me/prove" not in str(page.url)
        assert (await other.get("/me/security")).status_code == 404
        assert (await other.post("/me/security/codes")).status_code == 404


async def test_whoever_loses_the_last_role_still_owes_the_second_factor(
    site: Site, user: User
) -> None:
    from advocacy.identity.models import Grant

    await Grant.filter(user_id=user.id).update(revoked_at=moment.now())
    await staff.enter(site.http, user)
    assert (await site.http.get("/me/prove")).status_code == 200
    await code(site.http, await staff.code_of(user))
    assert (await site.http.get("/me/security")).status_code == 200


async def test_wrong_codes_lock_this_user_alone_and_say_how_long(site: Site, user: User) -> None:
    other = await staff.lead("other@example.org")
    await staff.with_codes(other)
    await staff.enter(site.http, user)
    for _n in range(5):
        assert (await code(site.http, "000")).status_code == 422
    locked = await code(site.http, await staff.code_of(user))
    assert locked.status_code == 429 and "Too many wrong codes" in locked.text
    assert 0 < int(locked.headers["retry-after"]) <= 900
    async with site.browser() as browser:
        await staff.enter(browser, other)
        await code(browser, await staff.code_of(other))
        assert (await browser.get("/me/sessions")).url.path == "/me/sessions"


# Step-up, on a route of its own: what others guard with their verbs is theirs to test.


@requires("grants.manage")
async def _grave(request: Request) -> Response:
    return PlainTextResponse("done")


@pytest.fixture
def grave(site: Site) -> str:
    """A page of the lead's chapter that needs a fresh proof."""
    path = "/console/{chapter}/grave"
    site.app.app.router.routes.insert(0, Route(path, _grave, methods=["GET", "POST"]))
    return "/console/chapter/grave"


async def _late(browser: Any) -> None:
    await Session.all().update(proved_at=moment.now() - timedelta(minutes=16))


async def test_grave_things_need_a_fresh_proof_by_a_code(site: Site, grave: str) -> None:
    from tests import factories

    chapter = await factories.chapter("chapter")
    user = await factories.user("lead@example.org", role="chapter_lead", of=chapter)
    await staff.enter(site.http, user)
    assert (await site.http.get(grave)).text == "done", "a sign-in is a proof"
    await staff.with_codes(user)
    await _late(site.http)
    page = await site.http.get(f"{grave}?page=2")
    assert page.url.path == "/me/prove"
    fields = staff.hidden(page.text)
    assert fields["next"] == f"{grave}?page=2"
    done = await code(site.http, await staff.code_of(user), **fields)
    assert done.text == "done" and done.url.query == b"page=2"
    assert await AuditEntry.filter(act="session.proved", actor_id=user.id).count() == 1


async def test_a_form_sent_too_late_does_nothing_and_leads_back_to_its_page(
    site: Site, grave: str
) -> None:
    from tests import factories

    chapter = await factories.chapter("chapter")
    user = await factories.user("lead@example.org", role="chapter_lead", of=chapter)
    site.http.headers["accept-language"] = "en"
    await staff.enter(site.http, user)
    await _late(site.http)
    here = {"referer": f"http://testserver{grave}?form=1"}
    page = await site.http.post(grave, headers=here)
    assert page.url.path == "/me/prove" and "Nothing was done yet" in page.text
    assert staff.hidden(page.text)["next"] == f"{grave}?form=1"
    evil = await site.http.post(grave, headers={"referer": "https://evil.example/x"})
    assert "evil" not in evil.text and evil.url.path == "/me/prove"


async def test_a_small_form_waits_and_is_sent_by_one_press_after_the_proof(
    site: Site, grave: str
) -> None:
    from tests import factories

    chapter = await factories.chapter("chapter")
    user = await factories.user("lead@example.org", role="chapter_lead", of=chapter)
    await staff.with_codes(user)
    await staff.enter(site.http, user)
    await code(site.http, await staff.code_of(user))
    await CodeSecret.all().update(last_step=0)
    await _late(site.http)
    form = {"email": "new@example.org", "why": '<b>"ünïcode"</b> ' * 20, "tag": ["a", "b"]}
    page = await site.http.post(grave, data=form)
    assert page.url.path == "/me/prove" and "then go on" in page.text
    page = await code(site.http, await staff.code_of(user), **staff.hidden(page.text))
    assert f'action="{grave}"' in page.text and "<b>" not in page.text.partition("<main")[2]
    kept = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    kept = [(name, html.unescape(text)) for name, text in kept if name != "csrf_token"]
    assert kept == [("email", form["email"]), ("why", form["why"]), ("tag", "a"), ("tag", "b")]
    assert (await site.http.post(grave, data=form)).text == "done"
    await CodeSecret.all().update(last_step=0)
    page = await code(site.http, await staff.code_of(user), next="/me/sessions")
    assert page.url.path == "/me/sessions", "it waits for one proof only"


async def test_a_form_that_waits_is_of_its_session_and_small(site: Site, grave: str) -> None:
    from tests import factories

    chapter = await factories.chapter("chapter")
    user = await factories.user("lead@example.org", role="chapter_lead", of=chapter)
    await staff.with_codes(user)
    await staff.enter(site.http, user)
    await code(site.http, await staff.code_of(user))
    for waits in ("", "forged", tokens.sign("kept", "1"), tokens.sign("kept", "999", "AAAA")):
        await CodeSecret.all().update(last_step=0)
        site.http.cookies.set("kept", waits)
        page = await code(site.http, await staff.code_of(user), next="/me/sessions")
        assert page.url.path == "/me/sessions", waits
    site.http.cookies.delete("kept")
    await _late(site.http)
    noise = "".join(str(random.random()) for _n in range(1000))
    page = await site.http.post(grave, data={"why": noise})
    assert "press the button again" in page.text and "kept" not in site.http.cookies


async def test_without_a_factor_a_letter_proves_this_session_and_no_other(
    site: Site, grave: str
) -> None:
    from tests import factories

    chapter = await factories.chapter("chapter")
    user = await factories.user("lead@example.org", role="chapter_lead", of=chapter)
    await staff.enter(site.http, user)
    async with site.browser() as other:
        await staff.enter(other, user)
        await _late(site.http)
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


async def test_a_letter_proves_nothing_for_whoever_holds_a_factor(site: Site, user: User) -> None:
    await staff.enter(site.http, user)
    await code(site.http, await staff.code_of(user))
    page = await site.http.post("/me/prove/letter", data={"next": "/me"})
    assert page.url.path == "/me/prove"
    assert await SignInLink.filter(proves_id__isnull=False).count() == 0


@pytest.mark.parametrize("path", ["codes", "codes/remove", "recovery", "passkeys"])
async def test_factors_are_changed_by_a_fresh_proof_only(site: Site, user: User, path: str) -> None:
    await staff.enter(site.http, user)
    await code(site.http, await staff.code_of(user))
    await _late(site.http)
    before = await RecoveryCode.all().order_by("id").values_list("code_hash", flat=True)
    page = await site.http.post(f"/me/security/{path}")
    assert page.url.path == "/me/prove"
    assert await CodeSecret.all().count() == 1
    assert await RecoveryCode.all().order_by("id").values_list("code_hash", flat=True) == before


async def test_codes_are_set_up_with_a_square_and_end_in_recovery_codes(site: Site) -> None:
    user = await staff.lead()
    site.http.headers["accept-language"] = "en"
    await staff.enter(site.http, user)
    assert "no second proof yet" in (await site.http.get("/me/security")).text
    page = await site.http.post("/me/security/codes")
    assert "<svg" in page.text and "otpauth://totp/" in page.text and "style=" not in page.text
    wrong = await site.http.post("/me/security/codes/confirm", data={"code": "1"})
    assert wrong.status_code == 422 and "<svg" in wrong.text
    form = {"code": await staff.code_of(user)}
    done = await site.http.post("/me/security/codes/confirm", data=form)
    shown = re.findall(r"<code dir=\"ltr\">([^<]+)</code>", done.text)
    assert len(shown) == 10
    assert shown[0] not in (await site.http.get("/me/security")).text
    off = await site.http.post("/me/security/codes/remove")
    assert off.status_code == 200
    assert await CodeSecret.all().count() == 0


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    strategies.text(max_size=80),
    strategies.text(max_size=80),
    strategies.sampled_from(["code", "passkey"]),
)
async def test_garbage_at_the_door_opens_nothing(
    site: Site, text: str, next_path: str, way: str
) -> None:
    user = await User.get_or_none(email="lead@example.org")
    if user is None:
        user = await staff.lead()
        await staff.with_codes(user)
    await staff.enter(site.http, user)
    form = {"code": text, "credential": text, "next": next_path}
    answer = await site.http.post(f"/me/prove/{way}", data=form)
    assert answer.status_code in (400, 422, 429)
    entry = await site.http.post("/sign-in/passkey", data=form)
    assert entry.status_code in (400, 422)
    assert await Session.filter(factor_due=False).count() == 0


async def test_limits_at_the_door_are_counted(site: Site) -> None:
    limits.open_limits("")
    answers = [(await site.http.post("/sign-in/passkey/challenge")).status_code for _n in range(61)]
    assert answers[0] == 200 and answers[-1] == 429
