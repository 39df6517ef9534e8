"""Asking: what a person, or staff for one who wrote to us, may want done with their data.

A request is a row; a task does it. One copy and one erasure of a person are open at a time.
"""

from datetime import timedelta
from typing import Any

from advocacy import db, moment, queue
from advocacy.audit.recording import Actor, note
from advocacy.errors import Conflict, NotFound
from advocacy.members import knowing
from advocacy.members.models import Person
from advocacy.render.i18n import gettext as _
from advocacy.rights.family import is_staff
from advocacy.rights.models import RightsRequest

# An erasure can be taken back until it begins.
GRACE = timedelta(hours=24)
# The law gives us a month from the day the request came.
ANSWER_WITHIN = timedelta(days=30)
LINK_LIFE = timedelta(days=7)
OPEN = ("waiting", "running")
KEEP, RECEIPT, ADDRESS = "rights-keep", "rights-receipt", "rights-address"


async def ask_copy(
    person_id: int, *, language: str, actor: Actor, by: int | None = None
) -> RightsRequest:
    """A copy of everything we hold. Raises Conflict while one is being made, NotFound for nobody.

    `by` is the user of staff who asks in the name of somebody who wrote to us.
    """
    return await _ask(person_id, "access", language, actor, by)


async def ask_erasure(
    person_id: int, *, language: str, actor: Actor, by: int | None = None
) -> RightsRequest:
    """Erasure a day from now. Raises Conflict for one who is about to go or still holds a role."""
    if await is_staff(person_id):
        raise Conflict(
            _("Whoever holds a role cannot be erased. Hand the role over, then ask again.")
        )
    return await _ask(
        person_id, "erasure", language, actor, by, after=GRACE, receipt={"letter": "rights_erasing"}
    )


async def ask_correction(
    person_id: int, wanted: dict[str, str], *, language: str, actor: Actor, by: int | None = None
) -> RightsRequest:
    """Another name, language or country: done at once."""
    return await _ask(person_id, "correction", language, actor, by, receipt={"wanted": wanted})


async def ask_address(
    person_id: int, email: str, *, language: str, actor: Actor, by: int | None = None
) -> RightsRequest:
    """Another address, once a letter to it was answered; an earlier such wish falls.

    The answer is the same whether the address belongs to somebody or not: only its letter tells.
    Raises Invalid on `email` for what is no address.
    """
    given, _canonical = knowing.checked(email)
    receipt = {"wanted": {"email": given}, "letter": "rights_address", "to": given}
    return await _ask(
        person_id, "correction", language, actor, by, after=LINK_LIFE, receipt=receipt
    )


async def _ask(
    person_id: int,
    kind: str,
    language: str,
    actor: Actor,
    by: int | None,
    *,
    after: timedelta = timedelta(),
    receipt: dict[str, Any] | None = None,
) -> RightsRequest:
    now = moment.now()
    async with db.transaction():
        # Whoever holds the person's row asks alone.
        held = await db.execute(
            "UPDATE advocacy_person SET language = language"
            " WHERE id = $1 AND erased_at IS NULL AND merged_into_id IS NULL",
            person_id,
        )
        if held != 1:
            raise NotFound(_("There is nobody to do this for."))
        await _make_room(person_id, kind, is_address="to" in (receipt or {}))
        made = await RightsRequest.create(
            person_id=person_id,
            kind=kind,
            asked_by_id=by,
            receipt=receipt,
            language=language[:20],
            created_at=now,
            not_before=now + after,
        )
        if after:
            await queue.after_commit("rights.tell", made.id)
        else:
            await queue.after_commit("rights.work", made.id)
        await note(f"rights.{kind}_asked", actor=actor, record=f"request:{made.id}")
    return made


async def _make_room(person_id: int, kind: str, *, is_address: bool) -> None:
    waiting = RightsRequest.filter(person_id=person_id, kind=kind, state__in=OPEN)
    if kind != "correction":
        if await waiting.exists():
            raise Conflict(
                _("A copy of these data is being made already.")
                if kind == "access"
                else _("This person is about to be erased already.")
            )
    elif is_address:
        for each in await waiting.filter(state="waiting"):
            if "email" in (each.receipt or {}).get("wanted", {}):
                await close(each, "cancelled", {"reason": "replaced"})


async def close(
    request: RightsRequest, state: str, receipt: dict[str, Any], *, claimed: bool = False
) -> bool:
    """Ends a request that is still `waiting` (or `running` where it is claimed); False if gone."""
    before = "running" if claimed else "waiting"
    changed = await RightsRequest.filter(id=request.id, state=before).update(
        state=state, receipt=receipt, claimed_at=None, finished_at=moment.now()
    )
    return changed == 1


async def take_back(request: RightsRequest, *, actor: Actor) -> None:
    """The person stays after all. Raises Conflict once the erasure has begun or was taken back."""
    async with db.transaction():
        if not await close(request, "cancelled", {"reason": "taken_back"}):
            raise Conflict(_("It is too late to take this back, or it was taken back before."))
        await note("rights.taken_back", actor=actor, record=f"request:{request.id}")


async def refuse(request: RightsRequest, reason: str, *, actor: Actor) -> None:
    """Staff cannot do what was asked and say why; the person gets the reason by letter.

    Raises Conflict when the request is under way or ended meanwhile.
    """
    async with db.transaction():
        told = {"refused": reason[:500], "letter": "rights_refused"}
        if not await close(request, "cancelled", told):
            raise Conflict(_("This request is under way or ended. Read it again."))
        await queue.after_commit("rights.tell", request.id)
        await note("rights.refused", actor=actor, record=f"request:{request.id}")


async def try_again(request: RightsRequest, *, actor: Actor) -> None:
    """A request that failed is done again from where it stood. Raises Conflict if it has not."""
    async with db.transaction():
        changed = await RightsRequest.filter(id=request.id, state="failed").update(
            state="waiting",
            not_before=moment.now(),
            finished_at=None,
            receipt={**(request.receipt or {}), "tries": 0},
        )
        if changed != 1:
            raise Conflict(_("This request is under way or ended. Read it again."))
        await queue.after_commit("rights.work", request.id)
        await note("rights.tried_again", actor=actor, record=f"request:{request.id}")


async def confirm_address(request: RightsRequest, *, actor: Actor) -> None:
    """The new address is theirs: the change may be made. Raises Conflict when it was answered."""
    wanted = (request.receipt or {}).get("wanted", {})
    async with db.transaction():
        changed = await RightsRequest.filter(id=request.id, state="waiting").update(
            not_before=moment.now(), receipt={"wanted": {**wanted, "is_confirmed": True}}
        )
        if changed != 1:
            raise Conflict(_("This link was used already."))
        await queue.after_commit("rights.work", request.id)
        await note("rights.address_confirmed", actor=actor, record=f"request:{request.id}")


async def person_at(email: str) -> Person:
    """The person of an address, for staff who hold a letter of theirs. Raises Invalid, NotFound."""
    _given, canonical = knowing.checked(email)
    person = await Person.get_or_none(canonical=canonical, erased_at__isnull=True)
    if person is None:
        raise NotFound(_("We know nobody with this address."))
    return person
