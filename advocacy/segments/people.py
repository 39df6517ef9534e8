"""Facets of a person: language, country, and a role held in the chapter."""

import re

from babel import Locale

from advocacy import db, moment
from advocacy.chapters.models import Chapter
from advocacy.identity.models import ROLES
from advocacy.members.veiling import seen_by
from advocacy.render import i18n
from advocacy.render.i18n import lazy_gettext
from advocacy.segments.facets import Facet, Operator
from advocacy.segments.statement import Statement

PERSON = lazy_gettext("Person")
IS = lazy_gettext("is")
IS_NOT = lazy_gettext("is not")
ROLE_LABELS = {
    "hq_director": lazy_gettext("director at headquarters"),
    "hq_analyst": lazy_gettext("analyst at headquarters"),
    "data_protection_officer": lazy_gettext("data protection officer"),
    "regional_manager": lazy_gettext("regional manager"),
    "chapter_lead": lazy_gettext("chapter lead"),
    "chapter_organiser": lazy_gettext("chapter organiser"),
    "campaign_helper": lazy_gettext("campaign helper"),
}
ANY_ROLE = "any"
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
# Not the groups of countries and the codes for none, which Babel names beside the countries.
_COUNTRY = re.compile(r"(?!EU|EZ|UN|ZZ|XA|XB|QO)[A-Z]{2}")


async def facets(chapter: Chapter) -> list[Facet]:
    """What any chapter may ask about a person of its own."""
    return [await _language(), _country(), _role(chapter)]


async def _language() -> Facet:
    rows = await db.rows("SELECT DISTINCT languages FROM advocacy_chapter")
    tags = {tag for row in rows for tag in str(row["languages"]).split()} | set(i18n.LOCALES)
    offered = {tag: i18n.language(tag) for tag in tags | {tag.split("-")[0] for tag in tags}}
    options = sorted(offered.items(), key=lambda pair: pair[1])
    reads = lazy_gettext("who read %(value)s")
    reads_not = lazy_gettext("who do not read %(value)s")
    return Facet(
        "language",
        lazy_gettext("Language"),
        PERSON,
        (
            Operator("is", IS, _reads, reads, "choice", options, _language_name),
            Operator("is_not", IS_NOT, _reads_not, reads_not, "choice", options, _language_name),
        ),
    )


def _language_name(tag: str) -> str:
    return i18n.language(tag) if len(tag) <= 20 and _TAG.fullmatch(tag) else ""


def _reads(asked: Statement, tag: str) -> str:
    start = f"{tag}-"
    language = seen_by("language")
    begins = f"substr({language}, 1, {len(start)}) = {asked.bind(start)}"
    return f"({language} = {asked.bind(tag)} OR {begins})"


def _reads_not(asked: Statement, tag: str) -> str:
    return f"NOT {_reads(asked, tag)}"


def _country() -> Facet:
    named = (
        (str(code), str(name)) for code, name in Locale.parse(i18n.current()).territories.items()
    )
    options = sorted((pair for pair in named if _COUNTRY.fullmatch(pair[0])), key=lambda p: p[1])
    lives = lazy_gettext("who live in %(value)s")
    lives_not = lazy_gettext("who do not live in %(value)s")
    return Facet(
        "country",
        lazy_gettext("Country"),
        PERSON,
        (
            Operator("is", IS, _lives, lives, "choice", options),
            Operator("is_not", IS_NOT, _lives_not, lives_not, "choice", options),
        ),
    )


def _lives(asked: Statement, code: str) -> str:
    return f"{seen_by('country_code')} = {asked.bind(code)}"


def _lives_not(asked: Statement, code: str) -> str:
    return f"{seen_by('country_code')} <> {asked.bind(code)}"


def _role(chapter: Chapter) -> Facet:
    offered = [
        each
        for each in ROLES
        if chapter.is_headquarters or each.startswith(("chapter_", "campaign_"))
    ]
    options = [(ANY_ROLE, str(lazy_gettext("any role")))]
    options += [(each, str(ROLE_LABELS[each])) for each in offered]
    holds = lazy_gettext("who hold this role: %(value)s")
    holds_not = lazy_gettext("who do not hold this role: %(value)s")
    return Facet(
        "role",
        lazy_gettext("Role"),
        PERSON,
        (
            Operator("is", IS, _holds, holds, "choice", options),
            Operator("is_not", IS_NOT, _holds_not, holds_not, "choice", options),
        ),
    )


def _holds(asked: Statement, role: str) -> str:
    where = "" if asked.chapter.is_headquarters else " AND fg.chapter_id = $1"
    if role != ANY_ROLE:
        where += f" AND fg.role = {asked.bind(role)}"
    return asked.among(
        "fu.canonical",
        "FROM advocacy_grant fg JOIN advocacy_user fu ON fu.id = fg.user_id"
        f" WHERE fg.revoked_at IS NULL{where}"
        f" AND (fg.expires_at IS NULL OR fg.expires_at > {asked.bind(moment.now())})",
        of="p.canonical",
    )


def _holds_not(asked: Statement, role: str) -> str:
    return f"NOT {_holds(asked, role)}"
