"""Taking an action: one person, one page, one row, however often the button is pressed."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tortoise.exceptions import IntegrityError

from advocacy import db, moment, queue
from advocacy.errors import Conflict
from advocacy.gate import asking
from advocacy.members import knowing
from advocacy.members.models import Person
from advocacy.render.i18n import gettext as _
from campaigns.actions import confirming, sources, tallying
from campaigns.actions.looking import PublicPage, letters_wording

# A campaign that ends between the reading and the writing leaves NULL, which its column refuses.
_INSERT = """INSERT INTO campaigns_action (page_id, campaign_id, chapter_id, person_id, kind, state,
  display_name, is_named, country_code, language, comment, source_id, wants_letters, wording_id,
  created_at, confirmed_at, wrote_at)
VALUES ($1, (SELECT id FROM campaigns_campaign WHERE id = $2 AND state = 'live'), $3, $4, $5, $6,
  $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT (page_id, person_id) DO NOTHING RETURNING id"""


@dataclass(frozen=True, kw_only=True)
class Deed:
    """What somebody typed into an action page; `language` is the one the page spoke."""

    email: str = ""
    given_name: str = ""
    family_name: str = ""
    country_code: str = ""
    language: str = "en"
    comment: str = ""
    is_named: bool = False
    wants_letters: bool = False


@dataclass(frozen=True)
class Known:
    """A person who has shown who they are: by a signed link in a letter, or by signing in."""

    person: Person
    basis: str


async def take(
    page: PublicPage,
    deed: Deed,
    *,
    known: Known | None = None,
    source: str = "",
    origin: str = "",
    delay: timedelta = timedelta(),
) -> int | None:
    """Keeps the action. For a known person it counts at once and its id is returned.

    For anybody else it waits for the address to confirm it: a letter is asked for, after a delay of
    less than an hour where one is given, and None is returned, whether we knew the address, whether
    it has acted already, or not. Repeating it changes nothing, also at the same moment. Raises
    Conflict when the campaign is not live, Invalid on `email`.
    """
    if not page.is_open:
        raise Conflict(closed(page.state))
    wording = None
    if deed.wants_letters:
        wording = (await letters_wording(deed.language)).id
    source_id = await sources.taken(source) if source else None
    try:
        if known is None:
            await _ask(page, deed, source_id, wording, delay)
            return None
        return await _keep(page, deed, known, source_id, wording, origin)
    except IntegrityError as refused:
        state = await db.value(
            "SELECT state FROM campaigns_campaign WHERE id = $1", page.campaign_id
        )
        if state == "live":
            raise
        raise Conflict(closed(state)) from refused


async def _ask(
    page: PublicPage, deed: Deed, source_id: int | None, wording: int | None, delay: timedelta
) -> None:
    """Somebody whose address has to confirm it."""
    async with db.transaction():
        person = await _find_or_make(deed)
        made = await _insert(page, deed, person, "waiting", source_id, wording, delay)
        if made is not None and delay:
            # The sweep finds it when the delay is over.
            return
        action_id = made or await _held(page.id, person.id)
        await queue.after_commit("actions.ask_confirmation", action_id)


async def _keep(
    page: PublicPage,
    deed: Deed,
    known: Known,
    source_id: int | None,
    wording: int | None,
    origin: str,
) -> int:
    """Somebody we know."""
    made = None
    if deed.wants_letters:
        async with db.transaction():
            made = await _insert(page, deed, known.person, "confirmed", source_id, wording)
            if made is not None:
                await confirming.allow(
                    known.person.id,
                    page.chapter_id,
                    basis=known.basis,
                    wording_id=wording,
                    language=deed.language,
                    page=page.path,
                    origin=origin,
                )
    else:
        # One statement is a transaction of its own.
        made = await _insert(page, deed, known.person, "confirmed", source_id, None)
    if made is None:
        return await _repeat(page, known.person, known.basis, origin)
    await tallying.ring(page.id)
    return made


async def _find_or_make(deed: Deed) -> Person:
    person, _made = await knowing.know(
        deed.email,
        given_name=deed.given_name,
        family_name=deed.family_name,
        language=deed.language,
        country_code=deed.country_code,
    )
    return person


async def _insert(
    page: PublicPage,
    deed: Deed,
    person: Person,
    state: str,
    source_id: int | None,
    wording_id: int | None,
    delay: timedelta = timedelta(),
) -> int | None:
    now, is_known = moment.now(), state == "confirmed"
    typed = f"{deed.given_name} {deed.family_name}".strip()
    values: tuple[Any, ...] = (
        page.id,
        page.campaign_id,
        page.chapter_id,
        person.id,
        page.kind,
        state,
        (person.full_name if is_known else typed)[:201],
        deed.is_named and page.profile.names_public,
        (deed.country_code or person.country_code)[:2],
        deed.language[:20],
        deed.comment[:500],
        source_id,
        deed.wants_letters,
        wording_id,
        now,
        now if is_known else None,
        now - asking.QUIET + delay if delay else None,
    )
    made = await db.value(_INSERT, *values)
    return None if made is None else int(made)


async def _held(page_id: int, person_id: int) -> int:
    """The action that this person has on the page already."""
    return int(
        await db.value(
            "SELECT id FROM campaigns_action WHERE page_id = $1 AND person_id = $2",
            page_id,
            person_id,
        )
    )


async def _repeat(page: PublicPage, person: Person, basis: str, origin: str) -> int:
    """A known person acts again: what waited for a letter needs none any more."""
    action_id = await _held(page.id, person.id)
    await confirming.settle(action_id, basis=basis, page=page.path, origin=origin)
    return action_id


async def held(page_id: int, person_id: int) -> int | None:
    """The id of the person's confirmed action on the page, if there is one."""
    found = await db.value(
        "SELECT id FROM campaigns_action"
        " WHERE page_id = $1 AND person_id = $2 AND state = 'confirmed'",
        page_id,
        person_id,
    )
    return None if found is None else int(found)


def closed(state: str) -> str:
    """Why nobody can act at the moment."""
    if state == "scheduled":
        return _("This campaign has not begun yet.")
    if state != "paused":
        return _("This campaign has ended.")
    return _("This campaign is taking a break. Come back in a few days.")
