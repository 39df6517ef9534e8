"""What each reader's first page shows: what needs attention, what is live, how many we are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from tortoise.functions import Count

from advocacy import moment
from advocacy.chapters.models import Chapter
from advocacy.identity.permissions import Reader
from advocacy.members.models import Membership
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from campaigns.mailings.models import Mailing
from campaigns.workbench.showing import Shown

MONTH = timedelta(days=30)
NEAR = 0.9


@dataclass(frozen=True)
class Notice:
    """Something to look at today, and the path where it is done."""

    text: str
    button: str
    path: str


@dataclass(frozen=True)
class Growth:
    """Members now, and how many of them joined in the last thirty days."""

    members: int
    joined: int


async def growth(chapter: Chapter | None = None) -> Growth:
    """The members of a chapter, or of all of them; a person in two chapters counts in each."""
    wanted = Membership.filter(state="current")
    if chapter is not None:
        wanted = wanted.filter(chapter_id=chapter.id)
    since = (moment.now() - MONTH).date()
    return Growth(await wanted.count(), await wanted.filter(joined_on__gt=since).count())


async def next_mailing(chapter: Chapter) -> Mailing | None:
    """The mailing that is going out now, or the next scheduled one."""
    sending = await Mailing.filter(chapter_id=chapter.id, state="sending").first()
    scheduled = Mailing.filter(chapter_id=chapter.id, state="scheduled").order_by("send_at", "id")
    return sending or await scheduled.first()


async def notices(chapter: Chapter, campaigns: Iterable[Shown], reader: Reader) -> list[Notice]:
    """What needs this reader's attention in the chapter, the most urgent first."""
    found: list[Notice] = []
    base = f"/console/{chapter.slug}"
    if reader.may("mailings.send", chapter):
        for mailing in await Mailing.filter(chapter_id=chapter.id, state="stopped").limit(3):
            text = _("“%(name)s” is stopped halfway.", name=mailing.name)
            found.append(Notice(text, _("Open the mailing"), f"{base}/mailings/{mailing.id}"))
    if reader.may("campaigns.edit", chapter):
        for each in campaigns:
            found += _about(each, f"{base}/campaigns/{each.campaign.slug}")
    return found[:6]


def _about(shown: Shown, path: str) -> list[Notice]:
    campaign, name = shown.campaign, shown.campaign.name
    if shown.closes_soon and campaign.ends_at is not None:
        day = i18n.day(campaign.ends_at)
        text = _("“%(name)s” closes on %(day)s.", name=name, day=day)
        return [Notice(text, _("Open the campaign"), path)]
    if campaign.is_open and NEAR <= shown.share < 1:
        left = campaign.goal - shown.count
        text = i18n.ngettext(
            "“%(name)s” is %(num)s signature short of its goal.",
            "“%(name)s” is %(num)s signatures short of its goal.",
            left,
            name=name,
        )
        return [Notice(text, _("Share it today"), path)]
    if campaign.is_open and shown.share >= 1:
        text = _("“%(name)s” has passed its goal.", name=name)
        return [Notice(text, _("Set a new goal"), f"{path}/edit")]
    if campaign.state == "draft":
        text = _("“%(name)s” is a draft that nobody sees yet.", name=name)
        return [Notice(text, _("Finish the draft"), path)]
    if campaign.state == "ended" and not campaign.outcome:
        text = _("“%(name)s” has ended. People want to know what came of it.", name=name)
        return [Notice(text, _("Tell the outcome"), f"{path}/steps/conclude")]
    return []


async def chapters_of(reader: Reader) -> list[Chapter]:
    """The chapters that a reader may enter, headquarters first, then by name."""
    every = await Chapter.all().order_by("-is_headquarters", "name")
    return [each for each in every if reader.may("console.enter", each)]


async def members_by_chapter() -> dict[int, int]:
    """Current members of each chapter, by its id."""
    rows = (
        await Membership.filter(state="current")
        .annotate(total=Count("id"))
        .group_by("chapter_id")
        .values_list("chapter_id", "total")
    )
    return {int(key): int(total) for key, total in rows}


async def by_region() -> list[tuple[str, list[tuple[Chapter, int]], int]]:
    """Each region with its chapters and their members, and the sum of them."""
    members = await members_by_chapter()
    regions: dict[str, list[tuple[Chapter, int]]] = {}
    for chapter in await Chapter.filter(is_headquarters=False).order_by("region", "name"):
        regions.setdefault(chapter.region, []).append((chapter, members.get(chapter.id, 0)))
    return [(name, entries, sum(n for _c, n in entries)) for name, entries in regions.items()]
