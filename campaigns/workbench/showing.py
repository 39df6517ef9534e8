"""Campaigns with their counts, as lists and overviews show them; reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from tortoise.functions import Sum

from advocacy import moment
from advocacy.chapters.models import Chapter
from campaigns.actions.models import Action, ActionPage, Tally
from campaigns.models import Campaign
from campaigns.workbench import launching

ORDER = ("live", "scheduled", "paused", "draft", "in_review", "approved", "ended", "archived")
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Shown:
    """A campaign, what was done on its pages in all and in the last seven days, and its page."""

    campaign: Campaign
    count: int
    recent: int
    page_slug: str

    @property
    def share(self) -> float:
        """How far to the goal, from 0 on; over 1 when it is passed."""
        return self.count / self.campaign.goal

    @property
    def public_path(self) -> str:
        """The path of its first page."""
        return f"/a/{self.page_slug}"

    @property
    def closes_soon(self) -> bool:
        """True in the last seven days before the deadline."""
        ends = self.campaign.ends_at
        return self.campaign.is_open and ends is not None and ends - moment.now() < WEEK


async def of_chapter(chapter: Chapter, *, archived: bool = False) -> list[Shown]:
    """The campaigns of a chapter, live ones first, then by age."""
    wanted = Campaign.filter(chapter_id=chapter.id)
    if not archived:
        wanted = wanted.exclude(state="archived")
    return await shown(await wanted.order_by("-created_at", "-id"))


async def everywhere() -> list[Shown]:
    """Every campaign that is not archived, with its chapter, live ones first."""
    found = await Campaign.exclude(state="archived").select_related("chapter")
    return await shown(sorted(found, key=lambda each: -each.id))


async def one(chapter: Chapter, slug: str) -> Shown:
    """One campaign of a chapter. Raises NotFound."""
    return (await shown([await launching.held(chapter, slug)]))[0]


async def shown(campaigns: Iterable[Campaign]) -> list[Shown]:
    """The campaigns given, with their counts, ordered by state."""
    listed = list(campaigns)
    if not listed:
        return []
    ids = [each.id for each in listed]
    totals, pages = await _totals(ids), await _pages(listed)
    recent = await _totals(ids, (moment.now() - WEEK).date())
    made = [
        Shown(each, totals.get(each.id, 0), recent.get(each.id, 0), pages.get(each.id, ""))
        for each in listed
    ]
    return sorted(made, key=lambda each: ORDER.index(each.campaign.state))


async def waiting(campaign: Campaign) -> int:
    """Actions that still wait for their confirmation by e-mail."""
    return await Action.filter(campaign_id=campaign.id, state="waiting").count()


async def _totals(ids: list[int], since: date | None = None) -> dict[int, int]:
    wanted = Tally.filter(page__edition__campaign_id__in=ids)
    if since is not None:
        wanted = wanted.filter(day__gt=since)
    rows = (
        await wanted.annotate(total=Sum("count"))
        .group_by("page__edition__campaign_id")
        .values_list("page__edition__campaign_id", "total")
    )
    return {int(key): int(total or 0) for key, total in rows}


async def _pages(campaigns: list[Campaign]) -> dict[int, str]:
    """The first page of each campaign's own edition, by the campaign's id."""
    homes = {each.id: each.chapter_id for each in campaigns}
    rows = (
        await ActionPage.filter(edition__campaign_id__in=list(homes))
        .order_by("-id")
        .values_list("edition__campaign_id", "edition__chapter_id", "slug")
    )
    return {int(key): str(slug) for key, home, slug in rows if homes[int(key)] == home}
