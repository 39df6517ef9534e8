"""Uploads as their pages show them: words for states, columns and reasons, a sample file."""

import asyncio
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from advocacy.chapters.models import Chapter
from advocacy.errors import Invalid
from advocacy.members import columns, reading
from advocacy.members.refusals import mend
from advocacy.render.i18n import LazyText, lazy_gettext
from advocacy.render.i18n import gettext as _
from advocacy.rolls import bases, keeping
from advocacy.rolls.models import RollUpload

SHOWN = 50
STATES = {
    "uploaded": lazy_gettext("Name the columns"),
    "checking": lazy_gettext("Being checked"),
    "checked": lazy_gettext("Checked"),
    "importing": lazy_gettext("Being imported"),
    "done": lazy_gettext("Imported"),
    "cancelled": lazy_gettext("Cancelled"),
    "failed": lazy_gettext("Failed"),
}
FIELDS: dict[str, tuple[LazyText, LazyText]] = {
    "email": (lazy_gettext("E-mail address"), lazy_gettext("One address; every row needs it.")),
    "given_name": (
        lazy_gettext("Given name"),
        lazy_gettext("A row needs a given name or a family name."),
    ),
    "family_name": (lazy_gettext("Family name"), lazy_gettext("Up to 100 characters.")),
    "chapter_slug": (
        lazy_gettext("Chapter"),
        lazy_gettext("The chapter's short name; in your own file it may be missing."),
    ),
    "country_code": (
        lazy_gettext("Country"),
        lazy_gettext("Two letters such as KE; empty means the chapter's country."),
    ),
    "language": (
        lazy_gettext("Language"),
        lazy_gettext("A tag such as fr or pt-BR; empty means the chapter's main language."),
    ),
    "joined_on": (lazy_gettext("Joined on"), lazy_gettext("A date such as 2024-12-31.")),
    "email_status": (
        lazy_gettext("State of the address"),
        lazy_gettext("confirmed, unconfirmed, bounced, unsubscribed or complained."),
    ),
    "consent": (
        lazy_gettext("Agrees to letters"),
        lazy_gettext("yes or no; anything but a clear yes is a no."),
    ),
    "member_no": (lazy_gettext("Member number"), lazy_gettext("Yours, up to 40 characters.")),
}
REASONS = {
    "column_count": lazy_gettext("The row has more or fewer fields than the header"),
    "email_missing": lazy_gettext("No e-mail address"),
    "email_invalid": lazy_gettext("Not an e-mail address"),
    "chapter_unknown": lazy_gettext("No such chapter"),
    "chapter_other": lazy_gettext("Names another chapter"),
    "language_invalid": lazy_gettext("Not a language tag"),
    "date_invalid": lazy_gettext("Not a date, or one in the future"),
    "name_missing": lazy_gettext("No name"),
    "field_too_long": lazy_gettext("A name of more than 100 characters"),
    "control_character": lazy_gettext("An invisible character in a name"),
    "duplicate": lazy_gettext("The same person as in an earlier row"),
}


@dataclass(frozen=True)
class Field:
    """One of our columns, explained; `is_needed` where a file cannot do without it."""

    name: str
    label: str
    hint: str
    is_needed: bool


@dataclass(frozen=True)
class Reason:
    """Rows refused for one reason: how many, some of their lines, how to mend them."""

    label: str
    rows: int
    lines: list[int]
    mend: str


@dataclass(frozen=True)
class Shown:
    """An upload's counts as its page needs them; empty ones before there are any."""

    rows: int
    accepted: int
    refused: int
    repeated: int
    new: int
    known: int
    left: int
    erased: int
    letters: int
    reasons: list[Reason]
    seconds: float
    has_report: bool
    basis: str
    basis_words: str
    unread: list[str]


def state_mark(state: str) -> str:
    """The mark that goes with a state, out of those that mailings have."""
    return {"done": "sent", "checking": "calculating", "importing": "sending"}.get(state, state)


def state_label(state: str) -> str:
    """The state of an upload in words."""
    return str(STATES[state])


def field_label(name: str) -> str:
    """One of our columns in words."""
    return str(FIELDS[name][0])


def reason_label(reason: str) -> str:
    """Why a row was refused, in words."""
    return str(REASONS[reason])


def explained(chapter: Chapter) -> list[Field]:
    """Our columns as a chapter may fill them in, the needed ones first."""
    needed = {"email"} | ({"chapter_slug"} if chapter.is_headquarters else set())
    return [
        Field(name, str(label), str(hint), name in needed) for name, (label, hint) in FIELDS.items()
    ]


async def of_chapter(chapter_id: int) -> list[RollUpload]:
    """The newest uploads of a chapter."""
    return await RollUpload.filter(chapter_id=chapter_id).order_by("-id").limit(SHOWN)


def of(upload: RollUpload) -> Shown:
    """What the dry run or the import counted. New and known are meant within the chapter."""
    forecast: Any = upload.forecast or {}
    counts: Any = upload.counts or forecast
    standing, added = forecast.get("standing", {}), counts.get("new", {})
    rejected = counts.get("rejected", {}).get("by_reason", {})
    repeated = counts.get("duplicate", {}).get("total", 0)
    by_reason = {**rejected, **({"duplicate": repeated} if repeated else {})}
    lines = forecast.get("lines", {})
    reasons = [
        Reason(reason_label(name), rows, lines.get(name, []), mend(name))
        for name, rows in sorted(by_reason.items(), key=lambda each: -each[1])
    ]
    new = added.get("memberships", standing.get("new", 0))
    accepted = counts.get("accepted", 0)
    # Only an import tells: a check, which leaves no trace, would answer whoever is curious.
    erased = counts.get("suppressed", {}).get("erased", 0)
    return Shown(
        rows=counts.get("rows", 0),
        accepted=accepted,
        refused=sum(rejected.values()),
        repeated=repeated,
        new=new,
        known=accepted - new - standing.get("left", 0) - erased,
        left=standing.get("left", 0),
        erased=erased,
        letters=added.get("subscriptions", counts.get("accepted_by_consent", {}).get("yes", 0)),
        reasons=reasons,
        seconds=forecast.get("seconds", 0),
        has_report=keeping.report_of(upload.file).exists(),
        basis=_basis_label(upload.basis),
        basis_words=upload.basis.partition(":")[2].strip(),
        unread=_unread(upload),
    )


def _unread(upload: RollUpload) -> list[str]:
    """Headers of the file that are none of our columns, the first of them."""
    mapping: Any = upload.mapping
    read = set(mapping["places"].values())
    return [each.strip() for at, each in enumerate(mapping["headers"]) if at not in read][:20]


def _basis_label(basis: str) -> str:
    ground = bases.BASES.get(bases.key_of(basis))
    return str(ground.label) if ground else ""


async def first_rows(upload: RollUpload) -> list[list[str]]:
    """The first rows of a file whose columns are to be named; empty once it is gone."""
    if upload.state not in ("uploaded", "checked"):
        return []
    mapping: Any = upload.mapping
    try:
        _head, rows, _sheets = await asyncio.to_thread(
            reading.head, keeping.path_of(upload.file), mapping["sheet"]
        )
    except Invalid:
        return []
    return rows


def examples(rows: Sequence[Sequence[str]], at: int) -> str:
    """What stands in one column of the first rows, cut short."""
    found = [row[at].strip() for row in rows if at < len(row) and row[at].strip()]
    return ", ".join(cell if len(cell) <= 30 else cell[:29] + "…" for cell in found[:5])


def too_large(most: int) -> Invalid:
    """What to say of a file that is larger than the setting allows."""
    return Invalid(
        _("The file is too large: it may have %(most)d MB. Split it.", most=most), field="file"
    )


def sample(chapter: Chapter) -> str:
    """A file with a header and two made-up members, to be filled in."""
    text = io.StringIO(newline="")
    names = [name for name in columns.FIELDS if name != "chapter_slug" or chapter.is_headquarters]
    slug = "kenya" if chapter.is_headquarters else chapter.slug
    country, language = chapter.country_code or "KE", chapter.main_language
    rows: list[dict[str, str]] = [
        {
            "member_no": "1", "email": "amina@example.org", "given_name": "Amina",
            "family_name": "Okello", "chapter_slug": slug, "country_code": country,
            "language": language, "joined_on": "2021-03-15", "email_status": "confirmed",
            "consent": "yes",
        },
        {
            "member_no": "2", "email": "otieno@example.org", "given_name": "Otieno",
            "chapter_slug": slug, "email_status": "unconfirmed", "consent": "no",
        },
    ]  # fmt: skip
    writer = csv.DictWriter(text, names, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
