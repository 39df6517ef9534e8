"""The starters on offer, and one of them fitted to a chapter: its country, its regulator."""

import csv
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from advocacy.chapters.models import Chapter
from advocacy.errors import NotFound
from advocacy.render import i18n

FOLDER = Path(__file__).parent
BLANK = "blank"
ANY_REGULATOR = {
    "en": "national telecommunications regulator",
    "fr": "le régulateur national des télécommunications",
    "es": "el regulador nacional de telecomunicaciones",
    "ar": "الهيئة الوطنية لتنظيم الاتصالات",
}


@dataclass(frozen=True)
class StarterText:
    """What a starter says in one language; `case` and `thanks` are Markdown."""

    title: str
    summary: str
    case: str
    ask: str
    thanks: str


@dataclass(frozen=True)
class Starter:
    """A petition to begin from. `{country}` and `{regulator}` stand open in its texts."""

    slug: str
    order: int
    topic: str
    texts: dict[str, StarterText]

    @property
    def is_blank(self) -> bool:
        """True for the one that only asks the right questions."""
        return self.slug == BLANK

    def text(self, language: str) -> StarterText:
        """The text in a language, or in English where there is none."""
        return self.texts[spoken(self, language)]


@lru_cache(maxsize=1)
def starters() -> dict[str, Starter]:
    """Every starter by its slug, the blank one last."""
    found = [_read(path) for path in FOLDER.glob("*.toml")]
    return {each.slug: each for each in sorted(found, key=lambda each: each.order)}


def find(slug: str) -> Starter:
    """One starter. Raises NotFound."""
    starter = starters().get(slug)
    if starter is None:
        raise NotFound()
    return starter


def spoken(starter: Starter, language: str) -> str:
    """The language that a starter will speak when asked for one: that, or English."""
    main = language.split("-")[0]
    return main if main in starter.texts else "en"


def fitted(starter: Starter, language: str, chapter: Chapter) -> StarterText:
    """The starter's text in a language, addressed to the regulator of the chapter's country.

    A chapter without a country (headquarters) addresses regulators in general. The country is not
    said again where the regulator's name says it.
    """
    text = starter.text(language)
    tongue = spoken(starter, language)
    with i18n.use(tongue):
        place = i18n.country(chapter.country_code)
    name = regulators().get(chapter.country_code) or ANY_REGULATOR[tongue]
    says_where = bool(place) and place not in name
    ask = text.ask if says_where else text.ask.replace(" ({country})", "")
    ask = ask.replace("{regulator}", name).replace("{country}", place)
    return StarterText(text.title, text.summary, text.case, ask, text.thanks)


@lru_cache(maxsize=1)
def regulators() -> dict[str, str]:
    """The name of the telecommunications regulator of each country, by ISO code."""
    with (FOLDER / "regulators.csv").open(encoding="utf-8", newline="") as file:
        return {row["country_code"]: row["regulator_name"] for row in csv.DictReader(file)}


def languages_of(chapters_languages: Iterable[str]) -> list[str]:
    """The languages to offer for a first text: the chapter's own, then those of the starters."""
    return list(dict.fromkeys([*chapters_languages, *i18n.LOCALES]))


def _read(path: Path) -> Starter:
    with path.open("rb") as file:
        raw = tomllib.load(file)
    texts = {
        language: StarterText(**{key: words.strip() for key, words in raw[language].items()})
        for language in i18n.LOCALES
    }
    return Starter(path.stem, raw["order"], raw["topic"], texts)
