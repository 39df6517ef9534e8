"""The steps of a campaign's life as its chapter takes them: what each will do, and doing it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from advocacy import db, moment
from advocacy.audit.recording import SYSTEM, Actor, note
from advocacy.chapters.models import Chapter
from advocacy.errors import Invalid, NotFound
from advocacy.render import i18n
from advocacy.render.i18n import LazyText, lazy_gettext, ngettext
from advocacy.render.i18n import gettext as _
from campaigns import lifecycle
from campaigns.editions import writing
from campaigns.models import Campaign
from campaigns.starters import choosing
from campaigns.workbench import launching
from campaigns.workbench.showing import Shown


@dataclass(frozen=True)
class Step:
    """One step: its question, its button, what is said after it; `tells` asks for an outcome."""

    verb: Callable[..., Awaitable[Campaign]]
    question: LazyText
    button: LazyText
    done: LazyText
    is_danger: bool = False
    tells: bool = False


STEPS: dict[str, Step] = {
    "publish": Step(
        lifecycle.publish,
        lazy_gettext("Publish this campaign?"),
        lazy_gettext("Publish the campaign"),
        lazy_gettext("The campaign is published."),
    ),
    "withdraw": Step(
        lifecycle.withdraw,
        lazy_gettext("Take back the scheduled start?"),
        lazy_gettext("Make it a draft again"),
        lazy_gettext("The campaign is a draft again."),
    ),
    "pause": Step(
        lifecycle.pause,
        lazy_gettext("Pause this campaign?"),
        lazy_gettext("Pause the campaign"),
        lazy_gettext("The campaign is paused."),
        is_danger=True,
    ),
    "resume": Step(
        lifecycle.resume,
        lazy_gettext("Open this campaign again?"),
        lazy_gettext("Open the campaign again"),
        lazy_gettext("People can act again."),
    ),
    "end": Step(
        lifecycle.end,
        lazy_gettext("End this campaign?"),
        lazy_gettext("End the campaign"),
        lazy_gettext("The campaign has ended."),
        is_danger=True,
        tells=True,
    ),
    "conclude": Step(
        lifecycle.conclude,
        lazy_gettext("What came of it?"),
        lazy_gettext("Publish the outcome"),
        lazy_gettext("The outcome is on the public page."),
        tells=True,
    ),
    "archive": Step(
        lifecycle.archive,
        lazy_gettext("Archive this campaign?"),
        lazy_gettext("Archive the campaign"),
        lazy_gettext("The campaign is archived."),
        is_danger=True,
    ),
    "restore": Step(
        lifecycle.restore,
        lazy_gettext("Bring this campaign back?"),
        lazy_gettext("Bring the campaign back"),
        lazy_gettext("The campaign is back."),
    ),
}


def find(name: str) -> Step:
    """A step by its name. Raises NotFound."""
    if name not in STEPS:
        raise NotFound()
    return STEPS[name]


async def move(
    chapter: Chapter,
    slug: str,
    name: str,
    *,
    version: int,
    outcome: str = "",
    actor: Actor = SYSTEM,
) -> Campaign:
    """Takes the step. Raises NotFound, Invalid or Conflict as the life cycle does."""
    step = find(name)
    if name == "publish":
        await _check_written(chapter, slug)
    told = {"outcome": outcome} if step.tells else {}
    async with db.transaction():
        moved = await step.verb(chapter, slug, version=version, **told)
        record = f"campaign:{moved.id}"
        await note(f"campaign.{name}", actor=actor, record=record, chapter=chapter.slug)
    return moved


async def _check_written(chapter: Chapter, slug: str) -> None:
    campaign = await launching.held(chapter, slug)
    blank = choosing.find(choosing.BLANK)
    for each in await writing.texts(await launching.own_edition(campaign)):
        empty = blank.text(each.language)
        if each.case == empty.case or each.title == empty.title:
            name = i18n.language(each.language)
            raise Invalid(
                _("The text in %(language)s is still the empty one. Write it first.", language=name)
            )


def consequences(name: str, shown: Shown) -> list[str]:
    """What the step will do and to whom, one sentence each."""
    campaign = shown.campaign
    signed = ngettext(
        "%(num)s person has acted so far.", "%(num)s people have acted so far.", shown.count
    )
    told: dict[str, list[str]] = {
        "publish": _publishing(campaign, shown.public_path),
        "withdraw": [_("It will not start by itself. Nothing is lost.")],
        "pause": [
            _("The page stays readable, but nobody can act until you open it again."),
            signed,
        ],
        "resume": [_("The page takes actions again at once."), _closing(campaign)],
        "end": [
            _("The page stays readable with its count, but nobody can act any more."),
            signed,
            _("This cannot be undone."),
        ],
        "conclude": [_("Everyone who opens the page will read it.")],
        "archive": [
            _("The page leaves the public site; links to it find nothing."),
            _("Nothing is deleted, and you can bring the campaign back."),
        ],
        "restore": [_("It returns to the list as it was.")],
    }
    return [sentence for sentence in told[name] if sentence]


def _publishing(campaign: Campaign, path: str) -> list[str]:
    begins = campaign.starts_at
    if begins is not None and begins > moment.now():
        opening = _("The page opens by itself on %(day)s.", day=i18n.day(begins))
    else:
        opening = _("The page is public at once, at %(path)s.", path=path)
    return [
        opening,
        _closing(campaign),
        _("No letter is sent: writing to members is your next step."),
    ]


def _closing(campaign: Campaign) -> str:
    if campaign.ends_at is None:
        return _("It has no deadline and stays open until you end it.")
    return _("It closes by itself at the end of %(day)s.", day=i18n.day(campaign.ends_at))
