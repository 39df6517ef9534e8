"""Signing in by an e-mailed link; sessions; who may open what."""

from dataclasses import replace
from datetime import timedelta

import pytest

from advocacy import moment, settings
from advocacy.chapters import importing
from advocacy.chapters.models import Chapter
from advocacy.identity import granting, signing_in
from advocacy.identity.models import Session, SignInLink, User
from tests.conftest import Site
from tests.postbox import links_in


async def _lead(site: Site) -> None:
    await importing.import_chapters()
    user = await granting.enrol("lead@example.org", "lead@example.org", name="Fatou", language="en")
    await granting.grant(user, "chapter_lead", chapter=await Chapter.get(slug="senegal"))


async def _link(site: Site, email: str = "lead@example.org") -> str:
    answer = await site.http.post("/sign-in", data={"email": email, "next": "/console"})
    assert answer.status_code == 200
    await site.idle()
    letter = site.post.to(email)[-1]
    (link,) = [each for each in links_in(letter) if "/sign-in/" in each]
    return link.removeprefix("http://testserver")


async def test_a_lead_signs_in_with_the_button_and_only_with_the_button(site: Site) -> None:
    await _lead(site)
    link = await _link(site)
    assert (await site.http.get(link)).status_code == 200
    assert await Session.all().count() == 0, "opening the link signs nobody in"
    entered = await site.http.post(link)
    assert entered.status_code == 200
    assert await Session.all().count() == 1
    assert (await site.http.get("/console/senegal")).status_code == 200
    assert (await site.http.get("/console/kenya")).status_code == 403


async def test_a_link_works_once(site: Site) -> None:
    await _lead(site)
    link = await _link(site)
    await site.http.post(link)
    async with site.browser() as other:
        assert (await other.post(link)).status_code == 404
        assert (await other.get(link)).status_code == 404
    assert await Session.all().count() == 1


async def test_a_link_dies_after_fifteen_minutes(site: Site) -> None:
    await _lead(site)
    link = await _link(site)
    with moment.shifted(timedelta(minutes=16)):
        assert (await site.http.post(link)).status_code == 404
    assert await Session.all().count() == 0


async def test_another_browser_is_warned_before_it_may_enter(site: Site) -> None:
    await _lead(site)
    link = await _link(site)
    async with site.browser() as other:
        page = await other.get("/en" + link)
        assert "another browser" in page.text
    assert "another browser" not in (await site.http.get("/en" + link)).text


async def test_an_unknown_address_gets_the_same_answer_and_no_letter(site: Site) -> None:
    await _lead(site)
    known = await site.http.post("/en/sign-in", data={"email": "lead@example.org"})
    unknown = await site.http.post("/en/sign-in", data={"email": "nobody@example.org"})
    assert known.status_code == unknown.status_code == 200
    assert known.text.replace("lead@", "nobody@") == unknown.text
    await site.idle()
    assert site.post.to("nobody@example.org") == []


async def test_a_session_can_be_revoked_from_another_browser(site: Site) -> None:
    await _lead(site)
    await site.http.post(await _link(site))
    async with site.browser() as other:
        await other.post(await _link(site))
        mine = await Session.all().order_by("id").first()
        assert mine is not None
        await other.post(f"/me/sessions/{mine.id}/revoke")
        again = await site.http.get("/console/senegal")
        assert "/sign-in" in str(again.url)
        assert (await other.get("/console/senegal")).status_code == 200


async def test_a_revoked_grant_counts_at_once(site: Site) -> None:
    await _lead(site)
    await site.http.post(await _link(site))
    assert (await site.http.get("/console/senegal")).status_code == 200
    from advocacy.identity.models import Grant

    await granting.withdraw(await Grant.get())
    assert (await site.http.get("/console/senegal")).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "", "origin": "https://evil.example"},
        {"sec-fetch-site": "", "origin": "null"},
    ],
)
async def test_other_sites_cannot_post_for_a_reader(site: Site, headers: dict[str, str]) -> None:
    await _lead(site)
    answer = await site.http.post("/sign-in", data={"email": "lead@example.org"}, headers=headers)
    assert answer.status_code == 403
    assert await SignInLink.all().count() == 0


async def test_an_old_browser_passes_with_the_token_of_the_form(site: Site) -> None:
    import re

    await _lead(site)
    old = site.browser()
    del old.headers["sec-fetch-site"]
    async with old:
        page = await old.get("/sign-in")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token is not None
        form = {"email": "lead@example.org", "csrf_token": token.group(1)}
        assert (await old.post("/sign-in", data={"email": "lead@example.org"})).status_code == 403
        assert (await old.post("/sign-in", data=form)).status_code == 200


async def test_links_lead_only_to_our_own_pages(site: Site) -> None:
    await _lead(site)
    for evil in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"):
        await site.http.post("/sign-in", data={"email": "lead@example.org", "next": evil})
    stored = await SignInLink.all().values_list("next_path", flat=True)
    assert not any("evil" in path or "javascript" in path for path in stored)


async def test_a_way_on_that_names_a_language_keeps_it(site: Site) -> None:
    await _lead(site)
    link = await signing_in.issue(await User.get(), next_path="/en/me/sessions")
    answer = await site.http.post(f"/fr{signing_in.path_of(link)}", follow_redirects=False)
    assert answer.headers["location"] == "/en/me/sessions"


async def test_no_page_holds_a_part_of_the_session_s_secret(site: Site) -> None:
    await _lead(site)
    await site.http.post(await _link(site))
    secret = site.http.cookies["session"]
    page = (await site.http.get("/me/sessions")).text
    assert "csrf_token" in page
    assert secret[:8] not in page


async def test_signing_out_over_https_takes_the_cookie_away(site: Site) -> None:
    settings.use(replace(site.config, base_url="https://testserver"))
    answer = await site.http.post("/sign-out", follow_redirects=False)
    (line,) = [each for each in answer.headers.get_list("set-cookie") if "session" in each]
    assert line.startswith('__Host-session=""')
    assert "Max-Age=0" in line
    assert "Secure" in line
