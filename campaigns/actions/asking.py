"""What segments can ask about actions: who acted in a campaign, who acted of late, who never did.

A chapter learns of what was done on its own pages only; headquarters of all.
"""

from advocacy.chapters.models import Chapter
from advocacy.render.i18n import lazy_gettext, ngettext
from advocacy.segments import vocabulary
from advocacy.segments.facets import Facet, Operator
from advocacy.segments.statement import Statement
from campaigns.models import Campaign

ENGAGEMENT = lazy_gettext("Engagement")
WITHIN = lazy_gettext("in the last")
NOT_WITHIN = lazy_gettext("not in the last")


async def facets(chapter: Chapter) -> list[Facet]:
    """Actions in campaigns that the chapter has an edition of, and in any."""
    found = await Campaign.filter(editions__chapter_id=chapter.id).order_by("-id")
    options = [(str(each.id), each.name) for each in found]
    acted = lazy_gettext("who acted in “%(value)s”")
    not_acted = lazy_gettext("who have not acted in “%(value)s”")
    return [
        Facet(
            "acted",
            lazy_gettext("Acted"),
            ENGAGEMENT,
            (
                Operator("in", lazy_gettext("in"), _in, acted, "choice", options),
                Operator("not_in", lazy_gettext("not in"), _not_in, not_acted, "choice", options),
                Operator("within", WITHIN, within, _within_words, "days"),
                Operator("not_within", NOT_WITHIN, _not_within, _not_within_words, "days"),
                Operator("never", lazy_gettext("never"), _never, lazy_gettext("who never acted")),
            ),
        )
    ]


def acted(asked: Statement, more: str = "") -> str:
    """True for persons with a confirmed action on a page of this chapter; `fa` is the action."""
    here = "" if asked.chapter.is_headquarters else " AND fa.chapter_id = $1"
    source = f"FROM campaigns_action fa WHERE fa.state = 'confirmed'{here}{more}"
    return asked.among("fa.person_id", source)


def within(asked: Statement, days: int) -> str:
    """True for persons who acted in the last days."""
    return acted(asked, f" AND fa.confirmed_at >= {asked.bind(asked.days_ago(days))}")


def _in(asked: Statement, campaign_id: str) -> str:
    return acted(asked, f" AND fa.campaign_id = {asked.bind(int(campaign_id))}")


def _not_in(asked: Statement, campaign_id: str) -> str:
    return f"NOT {_in(asked, campaign_id)}"


def _not_within(asked: Statement, days: int) -> str:
    return f"NOT {within(asked, days)}"


def _never(asked: Statement, _value: object) -> str:
    return f"NOT {acted(asked)}"


def _within_words(days: int) -> str:
    return ngettext("who acted in the last day", "who acted in the last %(num)s days", days)


def _not_within_words(days: int) -> str:
    return ngettext(
        "who have not acted in the last day",
        "who have not acted in the last %(num)s days",
        days,
    )


vocabulary.sources.append(facets)
