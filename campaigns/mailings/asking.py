"""What segments can ask about letters: who got one, who followed a link in it, who shows no sign.

The letters are those of the chapter that asks. A robot's click is nobody's.
"""

from collections.abc import Sequence

from advocacy import db
from advocacy.chapters.models import Chapter
from advocacy.render.i18n import lazy_gettext, ngettext
from advocacy.segments import vocabulary
from advocacy.segments.facets import Facet, Operator
from advocacy.segments.statement import Statement
from advocacy.segments.uses import Use, tellers
from campaigns.actions import asking as actions
from campaigns.actions.asking import ENGAGEMENT, NOT_WITHIN, WITHIN
from campaigns.mailings.models import Mailing

WAITING = ("scheduled", "calculating")


async def facets(chapter: Chapter) -> list[Facet]:
    """Letters of the chapter that have begun to be sent, and engagement of any kind."""
    found = await Mailing.filter(
        chapter_id=chapter.id, state__in=("sending", "sent", "stopped")
    ).order_by("-id")
    options = [(str(each.id), each.name) for each in found]
    return [_clicked(options), _got(options), _engaged()]


def _clicked(options: Sequence[tuple[str, str]]) -> Facet:
    clicked = lazy_gettext("who followed a link in the letter “%(value)s”")
    not_clicked = lazy_gettext("who have not followed a link in the letter “%(value)s”")
    return Facet(
        "clicked",
        lazy_gettext("Followed a link"),
        ENGAGEMENT,
        (
            Operator("in", lazy_gettext("in the letter"), _in, clicked, "choice", options),
            Operator(
                "not_in", lazy_gettext("not in the letter"), _not_in, not_clicked, "choice", options
            ),
            Operator("within", WITHIN, within, _within_words, "days"),
            Operator("not_within", NOT_WITHIN, _not_within, _not_within_words, "days"),
        ),
    )


def _got(options: Sequence[tuple[str, str]]) -> Facet:
    got = lazy_gettext("who got the letter “%(value)s”")
    got_not = lazy_gettext("who did not get the letter “%(value)s”")
    return Facet(
        "got",
        lazy_gettext("Got a letter"),
        ENGAGEMENT,
        (
            Operator("in", lazy_gettext("the letter"), _delivered, got, "choice", options),
            Operator(
                "not_in",
                lazy_gettext("not the letter"),
                _not_delivered,
                got_not,
                "choice",
                options,
            ),
        ),
    )


def _engaged() -> Facet:
    return Facet(
        "engaged",
        lazy_gettext("Acted or followed a link"),
        ENGAGEMENT,
        (
            Operator("within", WITHIN, _lately, _lately_words, "days"),
            Operator("not_within", NOT_WITHIN, _not_lately, _not_lately_words, "days"),
            Operator(
                "never",
                lazy_gettext("never"),
                _never,
                lazy_gettext("who neither acted nor followed a link in a letter, ever"),
            ),
        ),
    )


def clicked(asked: Statement, more: str = "") -> str:
    """True for persons who followed a link in a letter of this chapter; `fk` is the click."""
    return asked.among(
        "fd.person_id",
        "FROM campaigns_mailing fl JOIN campaigns_link fn ON fn.mailing_id = fl.id"
        " JOIN campaigns_click fk ON fk.link_id = fn.id"
        # A link's letter is its delivery's too; saying so lets a planner come from either side.
        " JOIN campaigns_delivery fd ON fd.id = fk.delivery_id AND fd.mailing_id = fl.id"
        f" WHERE NOT fk.is_robot AND fl.chapter_id = $1{more}",
    )


def within(asked: Statement, days: int) -> str:
    """True for persons who followed a link in the last days."""
    return clicked(asked, f" AND fk.at >= {asked.bind(asked.days_ago(days))}")


def _in(asked: Statement, mailing_id: str) -> str:
    return clicked(asked, f" AND fl.id = {asked.bind(int(mailing_id))}")


def _not_in(asked: Statement, mailing_id: str) -> str:
    return f"NOT {_in(asked, mailing_id)}"


def _not_within(asked: Statement, days: int) -> str:
    return f"NOT {within(asked, days)}"


def _delivered(asked: Statement, mailing_id: str) -> str:
    return asked.among(
        "fd.person_id",
        "FROM campaigns_delivery fd JOIN campaigns_mailing fl ON fl.id = fd.mailing_id"
        f" WHERE fd.mailing_id = {asked.bind(int(mailing_id))} AND fl.chapter_id = $1"
        " AND fd.status = 'sent'",
    )


def _not_delivered(asked: Statement, mailing_id: str) -> str:
    return f"NOT {_delivered(asked, mailing_id)}"


def _lately(asked: Statement, days: int) -> str:
    return f"({actions.within(asked, days)} OR {within(asked, days)})"


def _not_lately(asked: Statement, days: int) -> str:
    return f"NOT {_lately(asked, days)}"


def _never(asked: Statement, _value: object) -> str:
    return f"NOT ({actions.acted(asked)} OR {clicked(asked)})"


def _within_words(days: int) -> str:
    return ngettext(
        "who followed a link in the last day",
        "who followed a link in the last %(num)s days",
        days,
    )


def _not_within_words(days: int) -> str:
    return ngettext(
        "who have not followed a link in the last day",
        "who have not followed a link in the last %(num)s days",
        days,
    )


def _lately_words(days: int) -> str:
    return ngettext(
        "who acted or followed a link in the last day",
        "who acted or followed a link in the last %(num)s days",
        days,
    )


def _not_lately_words(days: int) -> str:
    return ngettext(
        "who neither acted nor followed a link in the last day",
        "who neither acted nor followed a link in the last %(num)s days",
        days,
    )


async def uses(chapter: Chapter, segment_ids: Sequence[int]) -> list[Use]:
    """The mailings of the chapter that some segments are chosen for, the newest first."""
    found = await db.rows(
        "SELECT id, segment_id, name, state FROM campaigns_mailing WHERE chapter_id = $1"
        f" AND segment_id IN ({db.marks(len(segment_ids), 2)}) ORDER BY id DESC",
        chapter.id,
        *segment_ids,
    )
    return [
        Use(
            int(each["segment_id"]),
            each["name"],
            f"/console/{chapter.slug}/mailings/{each['id']}",
            each["state"] in WAITING,
        )
        for each in found
    ]


vocabulary.sources.append(facets)
tellers.append(uses)
