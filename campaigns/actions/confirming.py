"""Confirming an action: by the button behind an e-mailed link, or by a person we know."""

from datetime import timedelta

from advocacy import db, moment, tokens
from advocacy.errors import Conflict, NotFound
from advocacy.members import consent, knowing
from advocacy.members.models import Membership
from advocacy.render.i18n import gettext as _
from campaigns.actions import tallying
from campaigns.actions.models import Action

PURPOSE = "act"
LIFE = timedelta(days=7)
# Who acted in the last hours of a campaign can still open the letter.
GRACE = timedelta(days=1)


def path_of(action_id: int) -> str:
    """The path of a fresh confirming link."""
    return f"/act/{tokens.sign(PURPOSE, action_id, dated=True)}"


async def find(token: str) -> Action:
    """The action behind a link, with its campaign. Raises NotFound if forged or over seven days."""
    values = tokens.read(PURPOSE, token, max_age=int(LIFE.total_seconds()))
    action = None
    if values is not None:
        action = await Action.get_or_none(id=int(values[0])).select_related("campaign", "person")
    if action is None:
        raise NotFound(_("This link is too old or not complete. Sign again to get a new one."))
    return action


async def confirm(token: str, *, page: str = "", origin: str = "") -> Action:
    """The address is theirs: person and action are confirmed, with the consent they gave.

    Repeating it changes nothing. Raises NotFound as `find` does, Conflict a day after the end.
    """
    action = await find(token)
    campaign = action.campaign
    ended = campaign.ended_at or moment.now()
    late = campaign.state == "ended" and ended < moment.now() - GRACE
    if action.state == "waiting" and (late or not campaign.is_public):
        raise Conflict(_("This campaign has ended; nothing can be added to it any more."))
    await settle(action.id, basis="confirmed", page=page, origin=origin)
    return action


async def settle(action_id: int, *, basis: str, page: str = "", origin: str = "") -> bool:
    """Confirms a waiting action and its person, and records the consent; True the first time."""
    async with db.transaction():
        row = await db.row(
            "UPDATE campaigns_action SET state = 'confirmed', confirmed_at = $1"
            " WHERE id = $2 AND state = 'waiting'"
            " RETURNING page_id, person_id, chapter_id, wants_letters, wording_id, language",
            moment.now(),
            action_id,
        )
        if row is None:
            return False
        await _first_known(action_id, row["person_id"])
        if row["wants_letters"]:
            await allow(
                row["person_id"],
                row["chapter_id"],
                basis=basis,
                wording_id=row["wording_id"],
                language=row["language"],
                page=page,
                origin=origin,
            )
        await tallying.ring(row["page_id"])
    return True


async def _first_known(action_id: int, person_id: int) -> None:
    """A person is new when nothing but this action ever confirmed them and no roll holds them."""
    first = await knowing.confirm(person_id)
    if first and not await Membership.exists(person_id=person_id):
        await Action.filter(id=action_id).update(is_new_person=True)


async def allow(
    person_id: int,
    chapter_id: int,
    *,
    basis: str,
    wording_id: int | None,
    language: str,
    page: str,
    origin: str,
) -> None:
    """Records that the person wants the chapter's letters; an own unsubscribe is lifted."""
    await consent.record(
        person_id,
        chapter_id,
        granted=True,
        basis=basis,
        wording_id=wording_id,
        language=language,
        page=page,
        origin=origin,
    )
    digest = await db.value("SELECT address_hash FROM advocacy_person WHERE id = $1", person_id)
    await consent.lift(digest)
