"""Loading the demo: chapters, members, users, campaigns, mailings and six weeks of actions."""

import random
from collections.abc import Callable
from datetime import timedelta

from rich.console import Console

from advocacy import db, moment, settings
from advocacy.chapters import importing
from advocacy.chapters.founding import found_headquarters
from advocacy.errors import Conflict
from advocacy.members import wordings
from campaigns.actions import tallying
from campaigns.demo import activity, cast, letters, people
from campaigns.demo.letters import Post
from campaigns.demo.plots import PLOTS, Plot, Stage, stage
from campaigns.models import Campaign

SEED = 20261124
Progress = Callable[[float, str], None]
POSTS: dict[str, tuple[Post, ...]] = {
    "hq": (Post("call", 1), Post("reminder", 21)),
    "senegal": (Post("call", 1), Post("reminder", 29)),
    "egypt": (Post("call", 2),),
    "kenya": (Post("call", 1), Post("reminder", 18)),
}
WAITING: dict[str, tuple[str, str]] = {
    "hq": ("outcome", "draft"),
    "senegal": ("outcome", "draft"),
    "egypt": ("reminder", "scheduled"),
    "mexico": ("call", "draft"),
}


async def load(members: int, progress: Progress) -> None:
    """Loads the demo into a database without campaigns. Raises Conflict when it holds some."""
    if await Campaign.exists():
        raise Conflict("This database holds campaigns already; the demo needs an empty one")
    dice = random.Random(SEED)  # noqa: S311
    config = settings.current()
    await found_headquarters(config)
    progress(0.01, "Chapters")
    await importing.import_chapters()
    await wordings.current_wording(wordings.LETTERS, "en")
    await people.enrol(
        members, config.var_path, SEED, lambda part: progress(0.02 + 0.4 * part, "Members")
    )
    await cast.assemble()
    for number, plot in enumerate(PLOTS):
        progress(0.45 + 0.1 * number, "Campaigns, letters and signatures")
        async with db.transaction():
            await _play(plot, dice)
    await tallying.fold_all()
    progress(1.0, "The demo is loaded")


async def _play(plot: Plot, dice: random.Random) -> None:
    standing = await stage(plot)
    visits: list[letters.Visit] = []
    for post in POSTS.get(plot.chapter, ()):
        visits += await letters.send(standing, post, dice)
    if plot.chapter in WAITING:
        kind, state = WAITING[plot.chapter]
        await letters.write(standing, Post(kind, 40), state=state)
    if plot.state != "draft":
        await activity.act(standing, visits, dice)
    if plot.state == "ended":
        await _tell_the_outcome(standing, dice)


async def _tell_the_outcome(standing: Stage, dice: random.Random) -> None:
    ended = standing.campaign.ended_at or moment.now()
    launched = standing.campaign.launched_at or ended
    day = (ended - launched + timedelta(days=1)).days
    await letters.send(standing, Post("outcome", day), dice)


async def load_once(console: Console) -> None:
    """Loads the small demo at the first start; later starts find it there."""
    if await Campaign.exists():
        return
    with console.status("Loading the demo: 130 chapters, 3,000 members, five campaigns"):
        await load(3000, lambda _part, _what: None)
