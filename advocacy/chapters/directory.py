"""The public directory: chapters by region, found by name, country, city or language."""

import time
import unicodedata
from dataclasses import dataclass

from advocacy import settings
from advocacy.chapters.models import Chapter
from advocacy.errors import NotFound
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _

REGIONS = (
    "Africa",
    "Asia-Pacific",
    "Europe",
    "Latin America & Caribbean",
    "Middle East",
    "North America",
)
LATELY = 1.0
MOST_LATELY = 1_000
_lately: dict[tuple[str, str], tuple[float, Chapter | None]] = {}


@dataclass(frozen=True)
class Entry:
    """One line of the directory."""

    slug: str
    name: str
    country_code: str
    country: str
    place: str
    region: str


async def all_chapters() -> list[Chapter]:
    """Every chapter but headquarters, by name."""
    return await Chapter.filter(is_headquarters=False).order_by("name")


async def by_slug(slug: str) -> Chapter:
    """One chapter. Raises NotFound for an unknown slug and for headquarters."""
    chapter = await Chapter.get_or_none(slug=slug, is_headquarters=False)
    if chapter is None:
        raise NotFound(_("There is no chapter at this address."))
    return chapter


async def by_slug_lately(slug: str) -> Chapter:
    """As `by_slug`, up to a second old: for forms of which very many come in."""
    key, now = (settings.current().database_url, slug), time.monotonic()
    seen, chapter = _lately.get(key, (0.0, None))
    if chapter is None or now - seen > LATELY:
        chapter = await by_slug(slug)
        if len(_lately) > MOST_LATELY:
            _lately.clear()
        _lately[key] = (now, chapter)
    return chapter


async def search(wanted: str = "", region: str = "") -> list[Entry]:
    """The chapters that match every word of the query, in the reader's or their own spelling."""
    words = folded(wanted).split()
    entries = []
    for chapter in await all_chapters():
        if region and chapter.region != region:
            continue
        entry = _entry(chapter)
        hay = folded(
            " ".join(
                [entry.name, entry.country, entry.place, chapter.slug, region_name(entry.region)]
                + [i18n.language(tag) for tag in chapter.language_codes]
            )
        )
        if all(word in hay for word in words):
            entries.append(entry)
    return entries


def _entry(chapter: Chapter) -> Entry:
    country = i18n.country(chapter.country_code)
    return Entry(
        slug=chapter.slug,
        name=short_name(chapter.name),
        country_code=chapter.country_code,
        country=country,
        place=chapter.city,
        region=chapter.region,
    )


def grouped(entries: list[Entry]) -> list[tuple[str, str, list[Entry]]]:
    """(region, its name for the reader, its chapters), without empty regions."""
    groups = []
    for region in REGIONS:
        mine = [entry for entry in entries if entry.region == region]
        if mine:
            groups.append((region, region_name(region), mine))
    return groups


def short_name(name: str) -> str:
    """A chapter's name without the organisation's words around it, for lists."""
    return name.removeprefix("Internet Society").removesuffix("Chapter").strip() or name


def region_name(region: str) -> str:
    """A region in the reader's language."""
    names = {
        "Africa": _("Africa"),
        "Asia-Pacific": _("Asia-Pacific"),
        "Europe": _("Europe"),
        "Latin America & Caribbean": _("Latin America & Caribbean"),
        "Middle East": _("Middle East"),
        "North America": _("North America"),
        "Headquarters": _("Headquarters"),
    }
    return names.get(region, region)


def folded(text: str) -> str:
    """Lower case without accents, so that Sao finds São."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
