"""A campaign's report: the figures of `measuring`, gathered for the page, the CSV and the JSON."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from advocacy import moment
from advocacy.chapters.models import Chapter
from advocacy.errors import NotFound
from campaigns.models import Campaign
from campaigns.reach import measuring
from campaigns.reach.measuring import DEFINITIONS, Place

KEYS = ("reached", "engaged", "acted", "new")


@dataclass(frozen=True)
class Line:
    """One row of a table: a chapter, region or country and its four figures."""

    key: str
    name: str
    reached: int
    engaged: int
    acted: int
    new: int


@dataclass(frozen=True)
class Day:
    """People who first acted on a day, and the new among them."""

    day: str
    acted: int
    new: int

    @property
    def at(self) -> date:
        """The day itself."""
        return date.fromisoformat(self.day)


@dataclass(frozen=True)
class Report:
    """Everything a campaign reached, as of `cut_off`; of one chapter where `chapter` names it."""

    title: str
    slug: str
    chapter: str
    cut_off: datetime
    totals: dict[str, int]
    chapters: list[Line]
    regions: list[Line]
    countries: list[Line]
    days: list[Day]
    mailings: list[dict[str, Any]]
    submissions: dict[str, int]

    def headline(self) -> list[tuple[str, int]]:
        """The four figures with their labels in the reader's language."""
        return [(str(each.label), self.totals[each.key]) for each in DEFINITIONS]

    def as_dict(self) -> dict[str, Any]:
        """Plain data with the definitions beside the figures."""
        plain = asdict(self)
        plain["cut_off"] = self.cut_off.isoformat()
        for mailing in plain["mailings"]:
            started = mailing["started_at"]
            mailing["started_at"] = started.isoformat() if hasattr(started, "hour") else started
        plain["definitions"] = {
            each.key: {"version": each.version, "sentence": each.sentence.message}
            for each in DEFINITIONS
        }
        return plain


async def by_slug(slug: str) -> Report:
    """The report of a campaign. Raises NotFound."""
    campaign = await Campaign.get_or_none(slug=slug)
    if campaign is None:
        raise NotFound(f"There is no campaign {slug}")
    return await of(campaign)


async def totals_of(campaign: Campaign, *, chapter: Chapter | None = None) -> dict[str, int]:
    """The four figures alone, for lists of campaigns."""
    return _totals(await _places(campaign, chapter))


async def _places(campaign: Campaign, chapter: Chapter | None) -> list[Place]:
    found = await measuring.places(campaign.id)
    return [each for each in found if chapter is None or each.chapter_id == chapter.id]


def _totals(places: list[Place]) -> dict[str, int]:
    return {key: sum(getattr(place, key) for place in places) for key in KEYS}


async def of(campaign: Campaign, *, chapter: Chapter | None = None) -> Report:
    """The report of a campaign, or of one chapter's part in it."""
    chapters = {each.id: each for each in await Chapter.all()}
    only = chapter.id if chapter is not None else None
    places = await _places(campaign, chapter)
    by_day = await measuring.days(campaign.id, ZoneInfo(campaign.timezone), chapter_id=only)

    def region_of(place: Place) -> str:
        home = chapters.get(place.chapter_id)
        return home.region if home else ""

    return Report(
        title=campaign.name,
        slug=campaign.slug,
        chapter=chapter.slug if chapter else "",
        cut_off=moment.now(),
        totals=_totals(places),
        chapters=_lines(
            places,
            lambda place: chapters[place.chapter_id].slug if place.chapter_id else "",
            {each.slug: each.name for each in chapters.values()},
        ),
        regions=_lines(places, region_of, {}),
        countries=_lines(places, lambda place: place.country_code, {}),
        days=[Day(day, *counts) for day, counts in sorted(by_day.items())],
        mailings=[] if only is not None else await measuring.mailings(campaign.id),
        submissions=await measuring.submissions(campaign.id, chapter_id=only),
    )


def _lines(
    places: Iterable[Place], key_of: Callable[[Place], str], names: dict[str, str]
) -> list[Line]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for place in places:
        total = sums[key_of(place)]
        for position, key in enumerate(KEYS):
            total[position] += getattr(place, key)
    lines = [Line(key, names.get(key, key), *total) for key, total in sums.items()]
    return sorted(lines, key=lambda line: (-line.acted, -line.reached, line.key))
