"""Until when a role is given: a few usual terms, a day, or no end; always a choice."""

from datetime import UTC, date, datetime, time, timedelta

from advocacy import moment
from advocacy.chapters.models import Chapter
from advocacy.errors import Invalid
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext

TERMS = (
    ("quarter", lazy_gettext("3 months")),
    ("year", lazy_gettext("1 year")),
    ("day", lazy_gettext("Until a day")),
    ("open", lazy_gettext("No end")),
)
MONTHS = {"quarter": 3, "year": 12}
FARTHEST = timedelta(days=3660)


def end_of(term: str, day: date | None, chapter: Chapter) -> datetime | None:
    """The last second of the last day on the chapter's clocks; None for no end.

    Raises Invalid for a day that is missing, past, or more than ten years away.
    """
    today = chapter.local(moment.now()).date()
    if term == "open":
        return None
    if term in MONTHS:
        day = _months_on(today, MONTHS[term])
    if day is None:
        raise Invalid(_("Enter the last day of the role."), field="day")
    if not today <= day <= today + FARTHEST:
        raise Invalid(_("Choose a day from today on, within ten years."), field="day")
    return datetime.combine(day, time(23, 59, 59), chapter.zone).astimezone(UTC)


def _months_on(start: date, months: int) -> date:
    years, month = divmod(start.month - 1 + months, 12)
    first = start.replace(year=start.year + years, month=month + 1, day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return min(first + timedelta(days=start.day - 1), following - timedelta(days=1))
