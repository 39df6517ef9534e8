"""The two letters about an action: please confirm it, and thank you for it.

An address gets at most one request an hour, whatever the page or form and whoever typed it there;
what waits longer for that is asked again by the sweep. `Action.wrote_at` is the ledger of both;
while a request is in hand it lies before the action itself, and ends the quiet hour in two minutes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from advocacy import db, moment, queue
from advocacy.errors import NotFound
from advocacy.gate import asking
from advocacy.mail import posting
from advocacy.members import links
from advocacy.members.models import Person, Suppression
from campaigns.actions import confirming, looking, sources
from campaigns.actions.models import Action

QUIET = timedelta(hours=1)
MISSED = timedelta(minutes=2)
LEASE = timedelta(minutes=2)
MOST = 500

_OTHERS_ASKED = """EXISTS (SELECT 1 FROM campaigns_action o
  WHERE o.person_id = campaigns_action.person_id AND o.state = 'waiting' AND o.wrote_at > $1)"""


async def ask_confirmation(action_id: int) -> bool:
    """Posts the confirming letter, or "you have signed already"; False within the quiet hour.

    Whoever dies over a fresh action's letter is followed by the sweep.
    """
    action = await Action.get_or_none(id=action_id).select_related("person")
    if action is None or action.state == "invalidated":
        return False
    now = moment.now()
    hour_ago = now - QUIET
    claimed = await db.execute(
        "UPDATE campaigns_action SET wrote_at = $2 WHERE id = $3"
        f" AND (wrote_at IS NULL OR wrote_at <= $1) AND NOT {_OTHERS_ASKED}",
        hour_ago,
        hour_ago + LEASE,
        action_id,
    )
    if claimed != 1:
        return False
    later = await asking.take(action.person.address_hash)
    if later is not None:
        # As if it had been in hand since that other letter: the sweep tries when its hour is over.
        await _note(action_id, min(later - QUIET, action.created_at - LEASE))
        return False
    try:
        await _post(
            action, "act_confirm" if action.state == "waiting" else "act_thanks", again=True
        )
    except Exception:
        await asking.give_back(action.person.address_hash)
        raise
    # Never before the action, though the clocks of two machines differ.
    await _note(action_id, max(now, action.created_at))
    await asking.done(action.person.address_hash)
    return True


async def thank_all(action_ids: Sequence[int]) -> int:
    """Thanks for each action once; a repetition after a failure thanks those that are left."""
    return sum([await thank(each) for each in action_ids])


async def thank(action_id: int) -> bool:
    """Posts the letter of thanks, once for an action, never to a suppressed address."""
    action = await Action.get_or_none(id=action_id).select_related("person")
    if action is None or action.state != "confirmed":
        return False
    if await Suppression.exists(address_hash=action.person.address_hash):
        return False
    claimed = await db.execute(
        "UPDATE campaigns_action SET wrote_at = $1 WHERE id = $2"
        " AND (wrote_at IS NULL OR wrote_at < confirmed_at)",
        moment.now(),
        action_id,
    )
    if claimed != 1:
        return False
    await _post(action, "act_thanks", again=False)
    return True


def _preferences(person: Person) -> str:
    """The way to their own letters, for whom we know; a stranger's address is nobody's yet."""
    return links.preferences_path(person.id) if person.confirmed_at is not None else ""


async def _post(action: Action, letter: str, *, again: bool) -> None:
    """Posts, or gives the claim back so that the retry may post."""
    try:
        page = await looking.by_id(action.page_id)
    except NotFound:
        return
    text = looking.best_text(await looking.texts(page.edition_id), action.language, page.language)
    try:
        await posting.post_letter(
            letter,
            to=action.person.email,
            to_name=action.person.full_name,
            locale=action.language,
            discreet=page.profile.neutral_subjects,
            context={
                "name": action.person.given_name,
                "preferences": _preferences(action.person) if letter == "act_thanks" else "",
                "title": text.title,
                "chapter": page.chapter_name,
                "path": confirming.path_of(action.id) if letter == "act_confirm" else page.path,
                "share": f"{page.path}?s={sources.code_for(action.id)}",
                "days": confirming.LIFE.days,
                "again": again,
            },
        )
    except Exception:
        await _note(action.id, action.wrote_at)
        raise


async def _note(action_id: int, at: datetime | None) -> None:
    await db.execute("UPDATE campaigns_action SET wrote_at = $1 WHERE id = $2", at, action_id)


async def ring_unasked() -> int:
    """Rings for waiting actions whose address was never asked: a quiet hour, a message lost."""
    now = moment.now()
    rows = await db.rows(
        "SELECT MIN(id) AS id FROM campaigns_action WHERE state = 'waiting'"
        " AND (wrote_at IS NULL OR (wrote_at < created_at AND wrote_at <= $1))"
        f" AND created_at > $2 AND created_at < $3 AND NOT {_OTHERS_ASKED}"
        f" GROUP BY person_id ORDER BY 1 LIMIT {MOST}",
        now - QUIET,
        now - confirming.LIFE,
        now - MISSED,
    )
    for each in rows:
        await queue.ring_now("actions.ask_confirmation", each["id"])
    return len(rows)
