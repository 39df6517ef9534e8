"""Nobody's inbox is filled by our forms, and no form tells whether we know an address."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from advocacy import moment
from advocacy.members import joining
from advocacy.members.models import SignUp
from campaigns.actions import letters
from tests import factories
from tests.conftest import Site
from tests.flows.gatehouse import SIGN, wish


async def test_one_address_gets_one_letter_an_hour_from_all_forms_together(site: Site) -> None:
    kenya, petition = await factories.chapter("kenya"), await factories.campaign_with_page()
    await factories.chapter("senegal")
    victim = "victim@example.org"
    requests = [
        *(("/en/chapters/kenya/join", wish(victim)) for _each in range(3)),
        *(("/en/chapters/senegal/join", wish(victim)) for _each in range(3)),
        *((petition.path, factories.stamped(**{**SIGN, "email": victim})) for _each in range(3)),
    ]
    browsers = [site.browser() for _each in requests]
    await asyncio.gather(
        *(
            browser.post(path, data=data)
            for browser, (path, data) in zip(browsers, requests, strict=True)
        )
    )
    await site.idle()
    assert len(site.post.to(victim)) == 1
    assert await SignUp.filter(chapter=kenya).count() == 1, "two at the same moment are one"
    for hour in (1, 2, 3):
        with moment.shifted(timedelta(hours=hour, minutes=5 * hour)):
            await joining.ring_unasked()
            await letters.ring_unasked()
            await site.idle()
            await joining.ring_unasked()
            await letters.ring_unasked()
            await site.idle()
        assert len(site.post.to(victim)) == min(hour + 1, 3), "each form is asked about in the end"


async def test_an_address_that_never_answers_is_asked_about_five_chapters_a_day(
    site: Site,
) -> None:
    for number in range(8):
        await factories.chapter(f"chapter-of-{number}")
        answer = await site.http.post(
            f"/en/chapters/chapter-of-{number}/join", data=wish("victim@example.org")
        )
        assert answer.status_code == 200, "the page says nothing of it"
    assert await SignUp.all().count() == joining.MOST_A_DAY


async def test_the_page_does_the_same_whoever_has_the_address(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    kenya = await factories.chapter("kenya", safety="strict")
    await factories.member(kenya, "member@example.org")
    await site.http.post("/en/chapters/kenya/join", data=wish("warm@example.org", letters="y"))
    await site.idle()
    heard: list[str] = []
    statements = _statements(monkeypatch, heard)
    pages, kinds = [], []
    for email in ("member@example.org", "strange@example.org"):
        statements.clear()
        answer = await site.http.post("/en/chapters/kenya/join", data=wish(email, letters="y"))
        kinds.append([each for each in statements if "INSERT INTO advocacy_sign_up" in each])
        pages.append((answer.status_code, answer.text.replace(email, "X")))
        await site.idle()
    assert pages[0] == pages[1]
    assert kinds[0] == kinds[1] and len(kinds[0]) == 1, "one statement, the same for both"
    assert [each["subject"] for each in site.post.to("member@example.org")] == ["A letter for you"]


def _statements(monkeypatch: pytest.MonkeyPatch, heard: list[str]) -> list[str]:
    """Every statement of our own SQL that begins from now on, as it was written."""
    from advocacy import db

    for name in ("rows", "execute"):
        real = getattr(db, name)

        async def spy(sql: str, *values: Any, _real: Any = real) -> Any:
            heard.append(sql)
            return await _real(sql, *values)

        monkeypatch.setattr(db, name, spy)
    return heard
