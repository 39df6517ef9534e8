"""The public pages as their readers find them: in their language, from cache, in a list."""

import re

from campaigns.actions import recognising
from campaigns.actions.models import Action
from tests import factories
from tests.conftest import Site
from tests.flows.test_signing import VISITOR


async def test_the_page_speaks_the_language_of_path_person_and_chapter(site: Site) -> None:
    petition = await factories.campaign_with_page(languages=("ar", "fr"))
    own = await site.http.get(petition.path)
    assert 'lang="ar" dir="rtl"' in own.text and "أبقوا الإنترنت" in own.text
    asked = await site.http.get(f"/fr{petition.path}")
    assert 'lang="fr"' in asked.text and "Gardons Internet" in asked.text
    spanish = await site.http.get(f"/es{petition.path}")
    assert '<html lang="es"' in spanish.text and 'lang="ar" dir="rtl">أبقوا' in spanish.text
    reader = await factories.person(language="fr")
    known = await site.http.get(f"{petition.path}?p={recognising.token_for(reader.id)}")
    assert "Gardons Internet" in known.text
    await site.http.post(f"/fr{petition.path}", data=factories.stamped(**VISITOR))
    await site.idle()
    assert site.post.to("rosa@example.org")[-1]["content-language"] in (None, "fr")
    assert (await Action.get()).language == "fr"


async def test_an_unchanged_page_costs_nothing_to_ask_for_again(site: Site) -> None:
    petition = await factories.campaign_with_page()
    first = await site.http.get(petition.path)
    tag = first.headers["etag"]
    again = await site.http.get(petition.path, headers={"if-none-match": tag})
    assert again.status_code == 304
    amina = await factories.person()
    await site.browser().post(petition.path, data={"p": recognising.token_for(amina.id)})
    fresh = await site.http.get(petition.path, headers={"if-none-match": tag})
    assert fresh.status_code == 200 and fresh.headers["etag"] != tag


async def test_the_list_shows_what_is_open_and_what_is_over(site: Site) -> None:
    kenya = await factories.chapter("kenya")
    egypt = await factories.chapter("egypt", languages="ar")
    await factories.campaign_with_page(kenya, slug="open-one")
    await factories.campaign_with_page(kenya, slug="over-one", state="ended")
    await factories.campaign_with_page(egypt, slug="arabic-one", languages=("ar",))
    await factories.campaign_with_page(kenya, slug="draft-one", state="draft")
    everything = await site.http.get("/campaigns")
    found = set(re.findall(r"/a/([\w-]+)", everything.text))
    assert found == {"open-one", "over-one", "arabic-one"}
    for query, wanted in (
        ("chapter=kenya", {"open-one", "over-one"}),
        ("language=ar", {"arabic-one"}),
        ("chapter=kenya&language=ar", set()),
    ):
        page = await site.http.get(f"/campaigns?{query}")
        assert set(re.findall(r"/a/([\w-]+)", page.text)) == wanted


async def test_names_are_shown_only_of_those_who_allow_it(site: Site) -> None:
    petition = await factories.campaign_with_page()
    for name, shown in (("Wanjiru", "y"), ("Njoroge", "")):
        person = await factories.person(given_name=name, family_name="")
        data = {"p": recognising.token_for(person.id), **({"is_named": shown} if shown else {})}
        await site.browser().post(petition.path, data=data)
    page = (await site.http.get(petition.path)).text
    assert "Wanjiru" in page and "Njoroge" not in page
    assert "Kenya" in page
