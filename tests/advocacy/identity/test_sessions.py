"""Sessions listed and ended; who is told of a new browser; what asking for a link gives away."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from advocacy import moment, queue
from advocacy.audit.models import AuditEntry
from advocacy.identity import browsers, sessions, signing_in
from advocacy.identity.models import Session, SignInLink, SignInRequest, User
from advocacy.web import limits
from tests import factories
from tests.conftest import Site
from tests.postbox import links_in

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/142.0.0.0 Mobile Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


async def lead(email: str = "lead@example.org") -> User:
    return await factories.user(email, role="chapter_lead", of=await factories.chapter())


async def enter(browser: Any, user: User, agent: str = FIREFOX) -> None:
    browser.headers["user-agent"] = agent
    await browser.post(signing_in.path_of(await signing_in.issue(user)))


def test_browsers_are_named_as_people_know_them() -> None:
    named = [browsers.in_words(each) for each in (FIREFOX, PHONE, IPHONE, "curl/8", "")]
    assert named == ["Firefox · Linux", "Chrome · Android", "Safari · iPhone", "", ""]


async def test_the_list_says_where_and_ends_one_or_all_others(site: Site) -> None:
    user = await lead()
    site.http.headers["accept-language"] = "en"
    await enter(site.http, user)
    async with site.browser() as phone, site.browser() as tablet, site.browser() as other:
        await enter(phone, user, PHONE)
        await enter(tablet, user, IPHONE)
        await enter(other, await lead("other@example.org"))
        page = (await site.http.get("/me/sessions")).text
        for text in ("Firefox · Linux", "Chrome · Android", "127.0.0.0", "This browser"):
            assert text in page
        assert "127.0.0.1" not in page, "the network, not the address"
        theirs = await Session.get(user__email="other@example.org")
        answer = await site.http.post(f"/me/sessions/{theirs.id}/revoke")
        assert answer.status_code == 404
        gone = await Session.get(browser="Chrome · Android")
        await site.http.post(f"/me/sessions/{gone.id}/revoke")
        assert (await phone.get("/me/sessions")).url.path == "/sign-in"
        said = await site.http.post("/me/sessions/others/revoke")
        assert "1 other browser is signed out" in said.text
        assert (await tablet.get("/me/sessions")).url.path == "/sign-in"
        assert (await other.get("/me/sessions")).url.path == "/me/sessions"
        assert (await site.http.get("/me/sessions")).url.path == "/me/sessions"
    acts = await AuditEntry.all().order_by("id").values_list("act", flat=True)
    assert acts[-2:] == ["session.revoked", "session.others_revoked"]


async def test_staff_are_told_of_a_browser_that_is_new_and_of_no_other(site: Site) -> None:
    user = await lead()
    await enter(site.http, user)
    await enter(site.browser(), user)
    await site.idle()
    assert site.post.to("lead@example.org") == [], "the first, and one like it"
    await enter(site.browser(), user, PHONE)
    await site.idle()
    (letter,) = site.post.to("lead@example.org")
    assert "new browser" in str(letter["subject"])
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Chrome · Android" in text and "127.0.0.0" in text
    assert links_in(letter)[0] == "http://testserver/me/sessions"
    for number in range(8):
        await enter(site.browser(), user, f"{PHONE} OPR/{number} Windows"[number:])
    for agent in ("Firefox/1 Windows", "Edg/1 Windows", "OPR/1 Windows", "CriOS iPad"):
        await enter(site.browser(), user, agent)
    await site.idle()
    assert len(site.post.to("lead@example.org")) <= 5
    member = await factories.person("m@example.org")
    reader = await User.create(email=member.email, canonical=member.canonical)
    for agent in (FIREFOX, PHONE):
        await enter(site.browser(), reader, agent)
    await site.idle()
    assert site.post.to("m@example.org") == [], "members get no such letter"


async def test_the_letter_about_a_new_browser_survives_a_lost_message(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await lead()
    await enter(site.http, user)
    with monkeypatch.context() as lost:
        lost.setattr(queue, "_broker", None)
        await enter(site.browser(), user, PHONE)
    with moment.shifted(timedelta(minutes=2)):
        assert await signing_in.ring_unsent() == 1
        await site.idle()
        assert await signing_in.ring_unsent() == 0
    assert len(site.post.to("lead@example.org")) == 1


async def _statements(site: Site, caplog: pytest.LogCaptureFixture, email: str) -> list[str]:
    async with site.browser() as browser:
        caplog.clear()
        answer = await browser.post("/en/sign-in", data={"email": email})
        assert answer.status_code == 200
    said = [each.getMessage() for each in caplog.records if each.name == "tortoise.db_client"]
    return [each.partition(":")[0].partition("VALUES")[0] for each in said]


async def test_asking_for_a_link_does_the_same_work_whoever_is_asked_for(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lead()
    kenya = await factories.chapter()
    await factories.member(kenya, "member@example.org")
    # What the worker does afterwards is nobody's wait.
    monkeypatch.setattr(queue, "_broker", None)
    with caplog.at_level(logging.DEBUG, "tortoise.db_client"):
        done = [
            await _statements(site, caplog, email)
            for email in ("lead@example.org", "member@example.org", "nobody@example.org")
        ]
    assert done[0] == done[1] == done[2]
    assert len(done[0]) == 1 and "sign_in_request" in done[0][0]


async def test_nobody_can_use_up_another_s_letters(site: Site) -> None:
    await lead()
    limits.open_limits("")

    async def flood(times: int) -> None:
        for _n in range(times):
            await signing_in.ask("lead@example.org", browser="a stranger's")
            await site.idle()

    await flood(12)
    letters = len(site.post.to("lead@example.org"))
    assert letters == signing_in.LETTERS_AN_HOUR
    asked = await site.http.post("/sign-in", data={"email": "lead@example.org"})
    assert asked.status_code == 200, "a stranger's haste is not the owner's"
    await site.idle()
    last = site.post.to("lead@example.org")[-1]
    (link,) = [each for each in links_in(last) if "/sign-in/" in each]
    assert (await site.http.get(link.removeprefix("http://testserver"))).status_code == 200
    # An hour of asking: the newest letter always holds a link that is good, and they stay few.
    for minutes in range(1, 60):
        with moment.shifted(timedelta(minutes=minutes)):
            await flood(1)
            good = SignInLink.filter(
                used_at__isnull=True, expires_at__gt=moment.now() + timedelta(minutes=4)
            )
            assert await good.exists(), minutes
    assert len(site.post.to("lead@example.org")) <= letters + 6


async def test_whoever_used_the_last_link_gets_another(site: Site) -> None:
    await lead()
    for _n in range(7):
        await signing_in.ask("lead@example.org", browser="mine")
        await site.idle()
        link = links_in(site.post.to("lead@example.org")[-1])[0]
        page = await site.http.post(link.removeprefix("http://testserver"))
        assert page.status_code == 200
    assert len(site.post.to("lead@example.org")) == 7


async def test_one_origin_asks_so_often_and_no_more_for_one_address(site: Site) -> None:
    await lead()
    limits.open_limits("")
    codes = {}
    for email in ("lead@example.org", "nobody@example.org"):
        answers = [await site.http.post("/sign-in", data={"email": email}) for _n in range(7)]
        codes[email] = [each.status_code for each in answers]
    assert codes["lead@example.org"] == codes["nobody@example.org"] == [200] * 5 + [429] * 2


async def test_a_request_nobody_answered_is_answered_by_the_sweep_or_forgotten(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lead()
    with monkeypatch.context() as lost:
        lost.setattr(queue, "_broker", None)
        await signing_in.ask("lead@example.org", browser="mine")
        await signing_in.ask("nobody@example.org", browser="mine")
    with moment.shifted(timedelta(minutes=2)):
        await signing_in.ring_unsent()
        await site.idle()
    assert await SignInRequest.all().count() == 0, "of an unknown address nothing is kept"
    assert len(site.post.to("lead@example.org")) == 1
    with monkeypatch.context() as lost:
        lost.setattr(queue, "_broker", None)
        await signing_in.ask("nobody@example.org", browser="mine")
    with moment.shifted(timedelta(minutes=16)):
        await signing_in.ring_unsent()
    assert await SignInRequest.all().count() == 0


async def test_a_request_is_answered_once_however_often_it_is_rung(site: Site) -> None:
    await lead()
    await signing_in.ask("lead@example.org", browser="mine")
    for number in await SignInRequest.all().values_list("id", flat=True):
        for _n in range(3):
            await queue.ring_now("identity.answer_request", int(str(number)))
    await site.idle()
    assert await SignInLink.all().count() == 1
    assert len(site.post.to("lead@example.org")) == 1


async def test_a_browser_s_own_words_are_no_secret_of_ours(site: Site) -> None:
    for held in ("x", "é" * 20, '"a\\351b" ', "a" * 5000, "=;,"):
        answer = await site.http.post(
            "/sign-in",
            data={"email": "lead@example.org"},
            headers={"cookie": f"asked={held}; session={held}; kept={held}".encode("latin-1")},
        )
        assert answer.status_code == 200, held
        assert len(answer.cookies["asked"]) == 22


async def test_a_half_session_is_nobody_s(database: object) -> None:
    user = await lead()
    opened = await sessions.open_session(user.id, sessions.Seat(), way="link")
    assert await sessions.authenticate(opened.secret) is not None
    await Session.all().update(factor_due=True)
    assert await sessions.authenticate(opened.secret) is None
    assert await sessions.half(opened.secret) is not None
    assert await sessions.open_of(user.id) == []
