"""Writing editions: one for a chapter, a text for a language, checked and held by the chapter."""

from dataclasses import replace

import pytest

from advocacy.errors import Conflict, Invalid, NotFound
from campaigns import lifecycle
from campaigns.editions import writing
from campaigns.editions.models import Edition, EditionText
from campaigns.editions.writing import Words
from tests import factories

pytestmark = pytest.mark.usefixtures("database")
WORDS = Words(title=" Stay on ", case="Because.", ask="We ask.", summary="Short.")


async def _edition(language: str = "en") -> Edition:
    chapter = await factories.chapter()
    campaign = await lifecycle.create(chapter, "Stay on")
    return await writing.open_edition(chapter, campaign, language)


async def test_a_text_is_written_then_replaced() -> None:
    edition = await _edition()
    chapter = await edition.chapter
    await writing.write(chapter, edition.id, "en", WORDS)
    await writing.write(chapter, edition.id, "en", replace(WORDS, title="Keep on"))
    texts = await writing.texts(edition)
    assert [(each.language, each.title, each.summary) for each in texts] == [
        ("en", "Keep on", "Short.")
    ]


async def test_the_main_language_comes_first() -> None:
    edition = await _edition("sw")
    chapter = await edition.chapter
    for language in ("ar", "sw", "en"):
        await writing.write(chapter, edition.id, language, WORDS)
    assert [each.language for each in await writing.texts(edition)] == ["sw", "ar", "en"]


async def test_a_chapter_has_one_edition_of_a_campaign() -> None:
    edition = await _edition()
    with pytest.raises(Conflict):
        await writing.open_edition(await edition.chapter, await edition.campaign, "fr")


async def test_no_chapter_writes_or_drops_the_text_of_another() -> None:
    edition = await _edition()
    stranger = await factories.chapter()
    with pytest.raises(NotFound):
        await writing.write(stranger, edition.id, "en", WORDS)
    with pytest.raises(NotFound):
        await writing.drop(stranger, edition.id, "fr")
    assert await EditionText.all().count() == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"case": ""}, "case"),
        ({"ask": "\n"}, "ask"),
        ({"title": "x" * 161}, "title"),
        ({"summary": "x" * 301}, "summary"),
    ],
)
async def test_a_wrong_text_is_refused_by_its_field(changes: dict[str, str], field: str) -> None:
    edition = await _edition()
    with pytest.raises(Invalid) as refused:
        await writing.write(await edition.chapter, edition.id, "en", replace(WORDS, **changes))
    assert refused.value.field == field


@pytest.mark.parametrize("language", ["ay", "zh-Hant", "pt-BR", "sm"])
async def test_any_language_of_a_chapter_can_be_written(language: str) -> None:
    assert (await _edition(language)).language == language


@pytest.mark.parametrize("language", ["xx-none", "", "<b>", "en'; DROP", "fr_FR"])
async def test_an_unknown_language_is_refused(language: str) -> None:
    edition = await _edition()
    with pytest.raises(Invalid):
        await writing.write(await edition.chapter, edition.id, language, WORDS)


async def test_a_language_goes_but_never_the_main_one() -> None:
    edition = await _edition()
    chapter = await edition.chapter
    await writing.write(chapter, edition.id, "en", WORDS)
    await writing.write(chapter, edition.id, "fr", WORDS)
    await writing.drop(chapter, edition.id, "fr")
    with pytest.raises(Conflict):
        await writing.drop(chapter, edition.id, "en")
    assert [each.language for each in await writing.texts(edition)] == ["en"]
