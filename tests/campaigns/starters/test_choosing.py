"""The starters: whole in each language, and fitted to a chapter."""

import re

import pytest

from advocacy.chapters.models import Chapter
from advocacy.errors import NotFound
from advocacy.render import i18n
from campaigns.editions.writing import LIMITS
from campaigns.starters import choosing

WRITTEN = [each for each in choosing.starters().values() if not each.is_blank]


def _chapter(country: str = "SN") -> Chapter:
    return Chapter(slug="x", name="X", country_code=country, languages="fr")


def test_there_are_six_petitions_and_a_blank_one_at_the_end() -> None:
    assert len(WRITTEN) == 6
    assert list(choosing.starters())[-1] == choosing.BLANK


@pytest.mark.parametrize("starter", choosing.starters().values(), ids=lambda each: each.slug)
@pytest.mark.parametrize("language", i18n.LOCALES)
def test_a_starter_speaks_every_language_within_the_limits(
    starter: choosing.Starter, language: str
) -> None:
    text = starter.texts[language]
    for name, limit in LIMITS.items():
        assert len(getattr(text, name)) <= limit
    assert text.title and text.case and text.ask and text.thanks
    assert "{regulator} ({country})" in text.ask
    assert starter.is_blank or text.summary


@pytest.mark.parametrize("starter", WRITTEN, ids=lambda each: each.slug)
@pytest.mark.parametrize("language", i18n.LOCALES)
def test_a_case_is_as_long_as_people_read(starter: choosing.Starter, language: str) -> None:
    assert 120 <= len(starter.texts[language].case.split()) <= 200


@pytest.mark.parametrize("language", i18n.LOCALES)
def test_a_fitted_starter_names_the_regulator_and_the_country(language: str) -> None:
    text = choosing.fitted(WRITTEN[0], language, _chapter())
    with i18n.use(language):
        assert i18n.country("SN") in text.ask
    assert "Autorité de Régulation des Télécommunications et des Postes" in text.ask
    assert not re.search(r"[{}]", "".join((text.title, text.case, text.ask, text.thanks)))


@pytest.mark.parametrize("language", i18n.LOCALES)
def test_headquarters_addresses_regulators_in_general(language: str) -> None:
    text = choosing.fitted(WRITTEN[0], language, _chapter(""))
    assert choosing.ANY_REGULATOR[language] in text.ask
    assert "()" not in text.ask and "{" not in text.ask


def test_a_language_without_a_starter_gets_english() -> None:
    assert choosing.fitted(WRITTEN[0], "sw", _chapter()).title == WRITTEN[0].texts["en"].title
    assert choosing.fitted(WRITTEN[0], "fr-CA", _chapter()).title == WRITTEN[0].texts["fr"].title


def test_an_unknown_starter_is_not_found() -> None:
    with pytest.raises(NotFound):
        choosing.find("../secrets")
