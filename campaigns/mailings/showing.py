"""Mailings as lists, progress pages and reports show them; reads only."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from advocacy import db, moment
from advocacy.chapters import safety
from advocacy.chapters.models import Chapter
from advocacy.render.i18n import lazy_gettext
from campaigns.mailings.claiming import OPEN
from campaigns.mailings.models import STATUSES, Mailing

STATE_LABELS = {
    "draft": lazy_gettext("Draft"),
    "calculating": lazy_gettext("Counting the audience"),
    "scheduled": lazy_gettext("Scheduled"),
    "sending": lazy_gettext("Being sent"),
    "paused": lazy_gettext("Paused"),
    "stopped": lazy_gettext("Stopped"),
    "sent": lazy_gettext("Sent"),
}
STATUS_LABELS = {
    "queued": lazy_gettext("Waiting"),
    "claimed": lazy_gettext("On the way"),
    "sent": lazy_gettext("Delivered"),
    "deferred": lazy_gettext("To be tried again"),
    "failed": lazy_gettext("Refused"),
    "bounced": lazy_gettext("Came back"),
    "skipped": lazy_gettext("Left out"),
    "held": lazy_gettext("Held"),
    "unknown": lazy_gettext("Unclear"),
}
REASON_LABELS = {
    "no_consent": lazy_gettext("Never agreed to letters"),
    "unsubscribed": lazy_gettext("Unsubscribed"),
    "suppressed": lazy_gettext("Must not be written to"),
    "bounced": lazy_gettext("Letters came back"),
    "complained": lazy_gettext("Complained about a letter"),
    "unconfirmed": lazy_gettext("Address not confirmed"),
    "paused": lazy_gettext("Asked for a pause"),
    "topic": lazy_gettext("Wants nothing about this topic"),
    "segment": lazy_gettext("Outside the audience you chose"),
    "hard_bounce": lazy_gettext("The address does not exist"),
    "soft_bounce": lazy_gettext("The mailbox did not take it"),
    "other_bounce": lazy_gettext("The receiver's server refused it later"),
    "refused": lazy_gettext("The receiver's server refused it"),
    "refused_now": lazy_gettext("The receiver's server asked to wait"),
    "given_up": lazy_gettext("Tried several times in vain"),
    "relay_lost": lazy_gettext("Our mail relay was out of reach"),
    "no_answer": lazy_gettext("The connection broke before the answer"),
    "worker_lost": lazy_gettext("Our sending process ended at that moment"),
}
_ORDER = ("sending", "calculating", "scheduled", "draft", "stopped", "sent")


@dataclass(frozen=True)
class Figures:
    """A mailing's deliveries by status."""

    size: int
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """The sum of all statuses; equal to `size` once the audience is frozen."""
        return sum(self.counts.values())

    @property
    def waiting(self) -> int:
        """Those who have not got it and still may."""
        return sum(self.counts.get(status, 0) for status in OPEN)

    @property
    def done(self) -> int:
        """Those whose outcome is written."""
        return self.total - self.waiting

    @property
    def parts(self) -> list[tuple[str, int]]:
        """Status and count of every status that occurs, in their natural order."""
        return [(each, self.counts[each]) for each in STATUSES if self.counts.get(each)]


@dataclass(frozen=True)
class Shown:
    """A mailing with its figures."""

    mailing: Mailing
    figures: Figures

    @property
    def state(self) -> str:
        """Its state as people see it: a sending one may be paused."""
        return "paused" if self.mailing.is_paused else self.mailing.state

    @property
    def minutes_left(self) -> int | None:
        """At the pace so far, rounded up; None before there is one."""
        begun = self.mailing.started_at
        if begun is None or self.state != "sending" or not self.figures.done:
            return None
        seconds = (moment.now() - begun).total_seconds()
        return int(seconds / self.figures.done * self.figures.waiting / 60) + 1


@dataclass(frozen=True)
class Report:
    """What came of a mailing that has begun; `counts_clicks` is False where none is counted."""

    counts_clicks: bool
    clicked: int
    robots: int
    acted: int
    left: int
    links: list[dict[str, Any]]
    languages: list[dict[str, Any]]
    reasons: list[dict[str, Any]]


def state_label(state: str) -> str:
    """A state in the reader's language."""
    return str(STATE_LABELS[state])


def reason_label(reason: str) -> str:
    """A reason in the reader's language."""
    return str(REASON_LABELS.get(reason, reason))


async def of_chapter(chapter: Chapter) -> list[Shown]:
    """The chapter's mailings: what is under way first, then by age."""
    found = await Mailing.filter(chapter_id=chapter.id).order_by("-id").limit(200)
    figures = await _figures(found)
    shown = [Shown(each, figures[each.id]) for each in found]
    return sorted(shown, key=lambda each: _ORDER.index(each.mailing.state))


async def one(mailing: Mailing) -> Shown:
    """One mailing with its figures."""
    return Shown(mailing, (await _figures([mailing]))[mailing.id])


async def _figures(mailings: Iterable[Mailing]) -> dict[int, Figures]:
    made = {each.id: Figures(each.audience_size) for each in mailings}
    if made:
        found = await db.rows(
            "SELECT mailing_id, status, COUNT(*) AS n FROM campaigns_delivery"
            f" WHERE mailing_id IN ({db.marks(len(made))}) GROUP BY mailing_id, status",
            *made,
        )
        for each in found:
            made[int(each["mailing_id"])].counts[each["status"]] = int(each["n"])
    return made


async def report(mailing: Mailing) -> Report:
    """Clicks, actions, departures, and the deliveries by language and by reason."""
    clicks = await db.row(
        "SELECT COUNT(DISTINCT CASE WHEN NOT k.is_robot THEN d.person_id END) AS people,"
        " COUNT(CASE WHEN k.is_robot THEN 1 END) AS robots"
        " FROM campaigns_delivery d JOIN campaigns_click k ON k.delivery_id = d.id"
        " WHERE d.mailing_id = $1",
        mailing.id,
    )
    acted = await db.value(
        "SELECT COUNT(DISTINCT person_id) AS n FROM campaigns_action"
        " WHERE source_id = $1 AND state = 'confirmed'",
        mailing.source_id or 0,
    )
    chapter = await Chapter.get(id=mailing.chapter_id)
    return Report(
        counts_clicks=safety.of(chapter).clicks_tracked,
        clicked=int(clicks["people"] or 0) if clicks else 0,
        robots=int(clicks["robots"] or 0) if clicks else 0,
        acted=int(acted or 0),
        left=await _left(mailing),
        links=await _links(mailing),
        languages=await _languages(mailing),
        reasons=await _reasons(mailing),
    )


async def _left(mailing: Mailing) -> int:
    """People of this audience who unsubscribed from the sender after the sending began."""
    found = await db.value(
        "SELECT COUNT(DISTINCT c.person_id) AS n FROM campaigns_delivery d"
        " JOIN advocacy_consent c ON c.person_id = d.person_id AND c.chapter_id = $2"
        " WHERE d.mailing_id = $1 AND NOT c.granted AND c.at >= d.sent_at",
        mailing.id,
        mailing.chapter_id,
    )
    return int(found or 0)


async def _links(mailing: Mailing) -> list[dict[str, Any]]:
    return await db.rows(
        "SELECT l.url, COUNT(DISTINCT CASE WHEN NOT k.is_robot THEN k.delivery_id END) AS people,"
        " COUNT(CASE WHEN k.is_robot THEN 1 END) AS robots"
        " FROM campaigns_link l LEFT JOIN campaigns_click k ON k.link_id = l.id"
        " WHERE l.mailing_id = $1 GROUP BY l.id, l.url ORDER BY 2 DESC, l.id",
        mailing.id,
    )


async def _languages(mailing: Mailing) -> list[dict[str, Any]]:
    return await db.rows(
        "SELECT text_language AS language, COUNT(*) AS size,"
        " COUNT(CASE WHEN status = 'sent' THEN 1 END) AS sent"
        " FROM campaigns_delivery WHERE mailing_id = $1 GROUP BY text_language"
        " ORDER BY 2 DESC, 1",
        mailing.id,
    )


async def _reasons(mailing: Mailing) -> list[dict[str, Any]]:
    return await db.rows(
        "SELECT status, reason, COUNT(*) AS n FROM campaigns_delivery"
        " WHERE mailing_id = $1 AND reason <> '' GROUP BY status, reason ORDER BY 3 DESC, 1, 2",
        mailing.id,
    )
