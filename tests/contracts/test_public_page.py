"""What the public page promises a slow network: little, at once, from nobody else, no script."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import uvicorn

from advocacy.members import consent, links
from advocacy.web.static import squeezed
from benchmarks import page as weighing
from campaigns.actions import confirming, looking, recognising
from campaigns.actions.models import Action
from campaigns.actions.taking import Deed, Known, take
from tests import factories, servers
from tests.conftest import Site

HOST = "127.0.0.1"
SMALL = 4_000


@pytest.fixture
async def port(site: Site) -> AsyncIterator[int]:
    """The site behind a real socket."""
    number = servers.free_port()
    config = uvicorn.Config(
        site.app, host=HOST, port=number, lifespan="off", log_level="error", server_header=False
    )
    server = uvicorn.Server(config)
    # `serve` would take the signals of the test run; what it wraps does not.
    running = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.02)
    yield number
    server.should_exit = True
    await running


async def _supported(petition: factories.Petition) -> Known:
    page = await looking.by_slug(petition.page.slug)
    for country in ("KE", "KE", "UG", "TZ", "FR", "IN"):
        person = await factories.person(country_code=country)
        await take(page, Deed(is_named=True), known=Known(person, "confirmed"))
    return Known(await factories.person(), "confirmed")


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
async def test_page_and_all_it_loads_fit_one_round_trip(
    site: Site, port: int, language: str
) -> None:
    petition = await weighing.real_petition(language)
    known = await _supported(petition)
    token = recognising.token_for(known.person.id)
    for path in (petition.path, f"{petition.path}?s=abc-def&p={token}"):
        for encoding in weighing.ENCODINGS:
            found = await weighing.weigh(HOST, port, path, encoding)
            assert found.total <= weighing.MOST, found.parts
            assert not found.foreign
            assert len(found.parts) == 3, "more than page, stylesheet and icon"


async def test_the_page_needs_no_script_and_carries_no_style(site: Site, port: int) -> None:
    petition = await weighing.real_petition("en")
    html = (await weighing.weigh(HOST, port, petition.path, "br")).html
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", html)


async def test_the_confirming_page_is_lighter_still(site: Site, port: int) -> None:
    petition = await weighing.real_petition("ar")
    page = await looking.by_slug(petition.page.slug)
    await take(page, Deed(email="rosa@example.org", given_name="Rosa", language="ar"))
    path = confirming.path_of((await Action.get()).id)
    for encoding in weighing.ENCODINGS:
        answer = await weighing.fetch(HOST, port, path, encoding)
        assert answer.wire <= SMALL


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_the_preference_centre_is_as_light_and_needs_no_script(
    site: Site, port: int, language: str
) -> None:
    homes = [await factories.chapter(f"chapter-of-{n}", languages="en fr sw") for n in range(6)]
    person = await factories.member(homes[0])
    for home in homes[1:]:
        await consent.record(person.id, home.id, granted=home != homes[1], basis="confirmed")
    path = f"/{language}{links.preferences_path(person.id)}"
    for encoding in weighing.ENCODINGS:
        found = await weighing.weigh(HOST, port, path, encoding)
        assert found.total <= weighing.MOST, found.parts
        assert not found.foreign
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", found.html)
    for field in re.findall(r'<(?:input|select)[^>]* id="([^"]+)"', found.html):
        assert f'for="{field}"' in found.html, field


async def test_headings_labels_and_landmarks_tell_the_story(site: Site) -> None:
    petition = await factories.campaign_with_page()
    html = (await site.http.get(petition.path)).text
    assert html.count("<h1") == 1 and html.count("<main") == 1
    for field in re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', html):
        assert f'for="{field}"' in html, field
    order = [html.index(part) for part in ("<h1", 'class="ask', 'id="sign"', "<h2")]
    assert order == sorted(order)


def test_squeezing_a_stylesheet_keeps_what_it_means() -> None:
    css = "/* a note */\nmain :is(h1, h2) > a:hover {\n  margin: calc(1rem + 2px) ;\n}\n"
    assert squeezed(css) == "main :is(h1,h2)>a:hover{margin:calc(1rem + 2px)}"
