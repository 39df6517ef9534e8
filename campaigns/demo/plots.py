"""The demo's campaigns: one of headquarters with editions in many chapters, four of chapters."""

from dataclasses import dataclass
from datetime import timedelta

from advocacy import moment
from advocacy.chapters.models import HEADQUARTERS, Chapter
from campaigns import lifecycle, slugs
from campaigns.actions.models import ActionPage
from campaigns.actions.opening import open_page
from campaigns.editions import writing
from campaigns.models import Campaign
from campaigns.starters import choosing


@dataclass(frozen=True)
class Plot:
    """One campaign of the demo: `age` is in days, `part` the share of the members who act."""

    chapter: str
    starter: str
    state: str
    goal: int
    age: int = 42
    part: float = 0.0
    editions: tuple[str, ...] = ()
    outcome: str = ""


PLOTS = (
    Plot(
        HEADQUARTERS, "no-shutdowns", "live", 2000, part=0.22,
        editions=(
            "kenya", "senegal", "egypt", "mexico", "nigeria", "france", "india-delhi", "ecuador",
            "tunisia", "ghana", "argentina", "uganda", "bangladesh-dhaka", "morocco", "canada",
            "philippines", "germany", "togo", "peru", "lebanon",
        ),
    ),
    Plot("senegal", "community-networks", "live", 250, part=0.42),
    Plot("egypt", "internet-exchange", "live", 200, age=20, part=0.28),
    Plot(
        "kenya", "universal-service", "ended", 150, part=0.5,
        outcome=(
            "The regulator has opened a consultation on the fund and invited the chapter to its "
            "first hearing. The signatures were handed over in the second week."
        ),
    ),
    Plot("mexico", "spectrum", "draft", 300),
)  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """A campaign that stands, with its pages: people act on them."""

    plot: Plot
    campaign: Campaign
    pages: tuple[tuple[ActionPage, Chapter], ...]


async def stage(plot: Plot) -> Stage:
    """Makes one campaign with its editions and pages, in the state that the plot wants."""
    starter = choosing.find(plot.starter)
    owner = await Chapter.get(slug=plot.chapter)
    language = owner.main_language if plot.chapter != HEADQUARTERS else "en"
    title = starter.text(language).title
    campaign = await lifecycle.create(owner, title, topic=starter.topic, goal=plot.goal)
    chapters = [owner]
    for slug in plot.editions:
        other = await Chapter.get_or_none(slug=slug)
        if other is not None:
            chapters.append(other)
    pages = [(await _edition(campaign, chapter, starter, plot), chapter) for chapter in chapters]
    await _age(campaign, plot)
    return Stage(plot, await Campaign.get(id=campaign.id), tuple(pages))


async def _edition(
    campaign: Campaign, chapter: Chapter, starter: choosing.Starter, plot: Plot
) -> ActionPage:
    main = chapter.main_language
    spoken = main if main.split("-")[0] in starter.texts else "en"
    edition = await writing.open_edition(chapter, campaign, spoken)
    others = [each for each in chapter.language_codes if each in starter.texts]
    for language in dict.fromkeys([spoken, *others, "en"]):
        text = choosing.fitted(starter, language, chapter)
        words = writing.Words(
            title=text.title, case=text.case, ask=text.ask, summary=text.summary, thanks=text.thanks
        )
        await writing.write(chapter, edition.id, language, words)
    name = slugs.from_title(starter.text("en").title, otherwise=plot.starter)
    own = name if chapter.id == campaign.chapter_id else f"{name}-{chapter.slug}"
    goal = plot.goal if chapter.id == campaign.chapter_id else max(20, plot.goal // 20)
    return await open_page(edition, "signature", slug=own, goal=goal)


async def _age(campaign: Campaign, plot: Plot) -> None:
    """Sets the dates as if the campaign had been launched weeks ago."""
    if plot.state == "draft":
        return
    now = moment.now()
    begun = now - timedelta(days=plot.age)
    ended = now - timedelta(days=6) if plot.state == "ended" else None
    await Campaign.filter(id=campaign.id).update(
        state=plot.state,
        created_at=begun - timedelta(days=4),
        starts_at=begun,
        launched_at=begun,
        ends_at=ended or now + timedelta(days=30),
        ended_at=ended,
        outcome=plot.outcome,
        version=2,
    )
