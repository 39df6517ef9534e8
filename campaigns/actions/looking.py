"""What the public sees of an action page: its facts and texts, its count, its recent support."""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from advocacy import db, settings
from advocacy.chapters.safety import Profile, named
from advocacy.errors import NotFound
from advocacy.members import wordings
from advocacy.members.models import EMAIL, MAILINGS, Subscription, Wording
from advocacy.members.safeguarding import hides_name
from advocacy.render import i18n
from campaigns.editions.models import EditionText

RECENT = 60
PUBLIC = ("live", "paused", "ended")
SHOWN = (*PUBLIC, "scheduled")
LATELY = 1.0
MOST_LATELY = 1_000
_lately: dict[tuple[str, str], "tuple[float, PublicPage | None]"] = {}
_wordings: dict[tuple[str, str], Wording] = {}

_FACTS = """SELECT p.id, p.slug, p.kind, p.goal, p.edition_id, e.language, e.chapter_id,
  e.campaign_id, c.slug AS campaign_slug, c.state, c.starts_at, c.launched_at, c.ends_at,
  c.ended_at, c.outcome,
  h.slug AS chapter_slug, h.name AS chapter_name, h.country_code, h.timezone, h.is_headquarters,
  h.safety
FROM campaigns_action_page p JOIN campaigns_edition e ON e.id = p.edition_id
JOIN campaigns_campaign c ON c.id = e.campaign_id JOIN advocacy_chapter h ON h.id = e.chapter_id
WHERE """


@dataclass(frozen=True)
class PublicPage:
    """An action page with what it hangs on: edition, campaign, chapter."""

    id: int
    slug: str
    kind: str
    goal: int
    edition_id: int
    language: str
    chapter_id: int
    campaign_id: int
    campaign_slug: str
    state: str
    starts_at: datetime | None
    launched_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None
    outcome: str
    chapter_slug: str
    chapter_name: str
    country_code: str
    timezone: str
    is_headquarters: bool
    safety: str

    @property
    def profile(self) -> Profile:
        """How carefully the chapter treats the people who act here."""
        return named(self.safety)

    @property
    def path(self) -> str:
        """Where it is."""
        return f"/a/{self.slug}"

    @property
    def is_open(self) -> bool:
        """True while people can act."""
        return self.state == "live"


async def by_slug(slug: str) -> PublicPage:
    """The page at `/a/{slug}`. Raises NotFound for drafts and what is archived."""
    return _public(await db.row(f"{_FACTS} p.slug = $1", slug))


async def by_slug_lately(slug: str) -> PublicPage:
    """As `by_slug`, up to a second old: for those who write, whose statement looks at the state."""
    key, now = (settings.current().database_url, slug), time.monotonic()
    seen, page = _lately.get(key, (0.0, None))
    if page is None or now - seen > LATELY:
        page = await by_slug(slug)
        if len(_lately) > MOST_LATELY:
            _lately.clear()
        _lately[key] = (now, page)
    return page


async def by_id(page_id: int) -> PublicPage:
    """The page of an action. Raises NotFound as `by_slug` does."""
    return _public(await db.row(f"{_FACTS} p.id = $1", page_id))


async def of_edition(edition_id: int) -> PublicPage:
    """The first page of an edition in whatever state, for those who may see drafts."""
    row = await db.row(f"{_FACTS} p.edition_id = $1 ORDER BY p.id LIMIT 1", edition_id)
    if row is None:
        raise NotFound()
    return _made(row)


def _public(row: Any) -> PublicPage:
    if row is None or row["state"] not in SHOWN:
        raise NotFound()
    return _made(row)


def _made(row: Any) -> PublicPage:
    facts = dict(row)
    for name in ("starts_at", "launched_at", "ends_at", "ended_at"):
        facts[name] = when(facts[name])
    facts["is_headquarters"] = bool(facts["is_headquarters"])
    return PublicPage(**facts)


def when(value: Any) -> datetime | None:
    """A moment as either engine hands it out: an object, or text in SQLite."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


async def texts(edition_id: int) -> list[EditionText]:
    """Everything an edition says, in all its languages."""
    return await EditionText.filter(edition_id=edition_id).order_by("language")


def best_text(found: list[EditionText], *wanted: str) -> EditionText:
    """The text in the first language wanted, by whole tag or by main language; else any.

    Raises NotFound when the edition says nothing yet.
    """
    for tag in wanted:
        main = tag.split("-")[0]
        for fits in (tag.lower(), main.lower()):
            for text in found:
                if fits in (text.language.lower(), text.language.split("-")[0].lower()):
                    return text
    if not found:
        raise NotFound()
    return found[0]


@dataclass(frozen=True)
class Support:
    """The newest confirmed actions: how many from which country, and who lets us name them."""

    sample: int
    countries: list[tuple[str, int]]
    names: list[tuple[str, str]]


async def recent_support(page: PublicPage) -> Support:
    """The newest confirmed actions of a page, by country; names only of those who allowed it.

    Nobody is named where the page's chapter or one of their own keeps names to itself.
    """
    is_named = f"is_named AND NOT {hides_name('a.person_id')}"
    rows = await db.rows(
        "SELECT country_code, display_name,"
        f" {is_named if page.profile.names_public else 'FALSE'} AS is_named"
        " FROM campaigns_action a"
        " WHERE page_id = $1 AND state = 'confirmed' ORDER BY confirmed_at DESC LIMIT $2",
        page.id,
        RECENT,
    )
    countries = Counter(each["country_code"] for each in rows if each["country_code"])
    names = [
        (each["display_name"], each["country_code"])
        for each in rows
        if each["is_named"] and each["display_name"]
    ]
    return Support(len(rows), countries.most_common(4), names[:3])


async def gets_letters(person_id: int, chapter_id: int) -> bool:
    """True for a person who allows this chapter's letters already."""
    return await Subscription.exists(
        person_id=person_id,
        chapter_id=chapter_id,
        purpose=MAILINGS,
        channel=EMAIL,
        granted=True,
    )


async def letters_wording(language: str) -> Wording:
    """The sentence that allows letters, in a language; it never changes once read."""
    key = (settings.current().database_url, i18n.best(language))
    if key not in _wordings:
        _wordings[key] = await wordings.current_wording(wordings.LETTERS, language)
    return _wordings[key]
