"""Addresses made from titles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import lifecycle, slugs
from tests import factories


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Keep the Internet on!", "keep-the-internet-on"),
        ("Là où l’on vit", "la-ou-l-on-vit"),
        ("Straße & Brücke", "strasse-brucke"),
        ("أبقوا الإنترنت موصولًا", "egypt-no-shutdowns"),
        ("インターネット", "egypt-no-shutdowns"),
        ("???", "egypt-no-shutdowns"),
    ],
)
def test_a_title_gives_a_latin_address_or_the_chapter_and_topic(title: str, slug: str) -> None:
    assert slugs.from_title(title, otherwise="egypt-no-shutdowns") == slug


@given(st.text(max_size=200))
def test_any_title_gives_an_address(title: str) -> None:
    slug = slugs.from_title(title, otherwise="kenya-petition")
    assert 0 < len(slug) <= slugs.MAX
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not slug.startswith("-") and not slug.endswith("-")


@pytest.mark.usefixtures("database")
async def test_a_taken_address_gets_the_chapter_then_a_number() -> None:
    kenya, ghana = await factories.chapter("kenya"), await factories.chapter("ghana")
    made = [(await lifecycle.create(home, "Stay on")).slug for home in (kenya, ghana, ghana, ghana)]
    assert made == ["stay-on", "stay-on-ghana", "stay-on-ghana-2", "stay-on-ghana-3"]


@pytest.mark.usefixtures("database")
async def test_no_campaign_takes_the_address_of_the_form_for_a_new_one() -> None:
    kenya = await factories.chapter("kenya")
    assert (await lifecycle.create(kenya, "New")).slug == "new-kenya"
