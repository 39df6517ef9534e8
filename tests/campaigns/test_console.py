"""The side list: only what the reader may open."""

from typing import Any

import pytest

from tests import factories
from tests.campaigns.visitors import visitor

CHAPTER = {"", "/campaigns", "/mailings", "/members", "/reach"}
SEEN = {
    "chapter_lead": CHAPTER,
    "chapter_organiser": CHAPTER,
    "campaign_helper": {"", "/campaigns"},
    "regional_manager": CHAPTER - {"/members"},
    "hq_director": CHAPTER,
    "hq_analyst": {"", "/campaigns", "/reach"},
}


@pytest.mark.parametrize("role", SEEN)
async def test_the_side_list_holds_what_the_role_may_open(site: Any, role: str) -> None:
    chapter = await factories.chapter()
    of = chapter if role.startswith(("chapter", "campaign")) else None
    region = chapter.region if role == "regional_manager" else ""
    browser = await visitor(site, role, of=of, region=region)
    page = (await browser.get(f"/console/{chapter.slug}")).text
    side = page.split('<nav class="side"')[1].split("</nav>")[0]
    base = f"/console/{chapter.slug}"
    assert {path for path in CHAPTER if f'href="{base}{path}"' in side} == SEEN[role]
    assert ('href="/console/hq"' in side) == role.startswith("hq")
    assert ('href="/console"' in side) == (role == "regional_manager")


async def test_the_side_list_keeps_the_language_of_the_address(site: Any) -> None:
    chapter = await factories.chapter()
    browser = await visitor(site, "chapter_lead", of=chapter)
    page = (await browser.get(f"/fr/console/{chapter.slug}")).text
    assert f'href="/fr/console/{chapter.slug}/campaigns"' in page
