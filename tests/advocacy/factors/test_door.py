"""The second factor at the door, and the proof again before grave things, over HTTP."""

import re
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as hypothesis_settings

from advocacy import moment
from advocacy.audit.models import AuditEntry
from advocacy.factors.models import CodeSecret, RecoveryCode
from advocacy.identity.models import Session, SignInLink, User
from advocacy.web import limits
from tests.advocacy.factors import staff
from tests.conftest import Site


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
    wrong = await staff.give(site.http, "123", next="/me/sessions")
    assert wrong.status_code == 422 and "not right" in wrong.text
    done = await staff.give(site.http, await staff.code_of(user), **staff.hidden(page.text))
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
        late = await staff.give(site.http, await staff.code_of(user))
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
    await staff.give(site.http, shown[3])
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
    await staff.give(site.http, await staff.code_of(user))
    assert (await site.http.get("/me/security")).status_code == 200


async def test_wrong_codes_lock_this_user_alone_and_say_how_long(site: Site, user: User) -> None:
    other = await staff.lead("other@example.org")
    await staff.with_codes(other)
    await staff.enter(site.http, user)
    for _n in range(5):
        assert (await staff.give(site.http, "000")).status_code == 422
    locked = await staff.give(site.http, await staff.code_of(user))
    assert locked.status_code == 429 and "Too many wrong codes" in locked.text
    assert 0 < int(locked.headers["retry-after"]) <= 900
    async with site.browser() as browser:
        await staff.enter(browser, other)
        await staff.give(browser, await staff.code_of(other))
        assert (await browser.get("/me/sessions")).url.path == "/me/sessions"


@pytest.mark.parametrize("path", ["codes", "codes/remove", "recovery", "passkeys"])
async def test_factors_are_changed_by_a_fresh_proof_only(site: Site, user: User, path: str) -> None:
    await staff.enter(site.http, user)
    await staff.give(site.http, await staff.code_of(user))
    await staff.late()
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
