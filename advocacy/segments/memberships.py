"""Facets of belonging: membership, joining, letters, and for headquarters chapter and region."""

from datetime import date, timedelta

from advocacy.chapters import directory
from advocacy.chapters.models import Chapter
from advocacy.render.i18n import lazy_gettext, ngettext
from advocacy.segments.facets import Facet, Operator
from advocacy.segments.people import IS, IS_NOT
from advocacy.segments.statement import Statement

BELONGING = lazy_gettext("Belonging")


async def facets(chapter: Chapter) -> list[Facet]:
    """What a chapter may ask about belonging to it; headquarters asks about every chapter."""
    own = [_member(), _joined(), _letters()]
    return [*own, *await _bodies()] if chapter.is_headquarters else own


def _membership(asked: Statement, more: str = "") -> str:
    here = "" if asked.chapter.is_headquarters else " AND fm.chapter_id = $1"
    source = f"FROM advocacy_membership fm WHERE fm.state = 'current'{here}{more}"
    return asked.among("fm.person_id", source)


def _is_member(asked: Statement, _value: object = None) -> str:
    return _membership(asked)


def _is_no_member(asked: Statement, _value: object = None) -> str:
    return f"NOT {_membership(asked)}"


def _member() -> Facet:
    is_member = lazy_gettext("is a member")
    is_no_member = lazy_gettext("is no member")
    return Facet(
        "member",
        lazy_gettext("Membership"),
        BELONGING,
        (
            Operator("yes", is_member, _is_member, lazy_gettext("who are members")),
            Operator(
                "no",
                is_no_member,
                _is_no_member,
                lazy_gettext("who are not members"),
            ),
        ),
    )


def _joined_since(asked: Statement, day: str) -> str:
    return _membership(asked, f" AND fm.joined_on >= {asked.bind(date.fromisoformat(day))}")


def _joined_before(asked: Statement, day: str) -> str:
    return _membership(asked, f" AND fm.joined_on < {asked.bind(date.fromisoformat(day))}")


def _joined_within(asked: Statement, days: int) -> str:
    day = asked.today() - timedelta(days=days)
    return _membership(asked, f" AND fm.joined_on > {asked.bind(day)}")


def _joined_lately(days: int) -> str:
    return ngettext("who joined in the last day", "who joined in the last %(num)s days", days)


def _joined() -> Facet:
    since = lazy_gettext("who joined on %(value)s or later")
    before = lazy_gettext("who joined before %(value)s")
    return Facet(
        "joined",
        lazy_gettext("Joined"),
        BELONGING,
        (
            Operator(
                "within",
                lazy_gettext("in the last"),
                _joined_within,
                _joined_lately,
                "days",
            ),
            Operator("since", lazy_gettext("on this day or later"), _joined_since, since, "date"),
            Operator("before", lazy_gettext("before this day"), _joined_before, before, "date"),
        ),
    )


def _allowed(asked: Statement, more: str = "") -> str:
    return asked.among(
        "fs.person_id",
        "FROM advocacy_subscription fs WHERE fs.chapter_id = $1 AND fs.granted"
        f" AND fs.purpose = 'mailings' AND fs.channel = 'email'{more}",
    )


def _allow(asked: Statement, _value: object = None) -> str:
    return _allowed(asked)


def _allow_not(asked: Statement, _value: object = None) -> str:
    return f"NOT {_allowed(asked)}"


def _allow_since(asked: Statement, day: str) -> str:
    return _allowed(asked, f" AND fs.changed_at >= {asked.bind(asked.morning(day))}")


def _letters() -> Facet:
    since = lazy_gettext("who have allowed our letters since %(value)s or later")
    return Facet(
        "letters",
        lazy_gettext("Our letters"),
        BELONGING,
        (
            Operator("allowed", lazy_gettext("allowed"), _allow, lazy_gettext("who allow letters")),
            Operator(
                "not_allowed",
                lazy_gettext("not allowed"),
                _allow_not,
                lazy_gettext("who do not allow letters"),
            ),
            Operator(
                "since", lazy_gettext("allowed on this day or later"), _allow_since, since, "date"
            ),
        ),
    )


def _in_chapter(asked: Statement, chapter_id: str) -> str:
    return _membership(asked, f" AND fm.chapter_id = {asked.bind(int(chapter_id))}")


def _not_in_chapter(asked: Statement, chapter_id: str) -> str:
    return f"NOT {_in_chapter(asked, chapter_id)}"


def _in_region(asked: Statement, region: str) -> str:
    chapters = f"SELECT fc.id FROM advocacy_chapter fc WHERE fc.region = {asked.bind(region)}"
    return _membership(asked, f" AND fm.chapter_id IN ({chapters})")


def _not_in_region(asked: Statement, region: str) -> str:
    return f"NOT {_in_region(asked, region)}"


async def _bodies() -> list[Facet]:
    chapters = [
        (str(each.id), directory.short_name(each.name)) for each in await directory.all_chapters()
    ]
    regions = [(each, directory.region_name(each)) for each in directory.REGIONS]
    belongs = lazy_gettext("who are members in %(value)s")
    belongs_not = lazy_gettext("who are not members in %(value)s")
    return [
        Facet(
            "chapter",
            lazy_gettext("Chapter"),
            BELONGING,
            (
                Operator("is", IS, _in_chapter, belongs, "choice", chapters),
                Operator("is_not", IS_NOT, _not_in_chapter, belongs_not, "choice", chapters),
            ),
        ),
        Facet(
            "region",
            lazy_gettext("Region"),
            BELONGING,
            (
                Operator("is", IS, _in_region, belongs, "choice", regions),
                Operator("is_not", IS_NOT, _not_in_region, belongs_not, "choice", regions),
            ),
        ),
    ]
