"""Merging two persons into one, and undoing it.

Everything that points to the one who is lost is moved to the one who is kept, except where both
have a row that may exist once: then the kept one's row stands. A refusal of either holds for the
merged person, and a consent is moved only where the kept one never said anything. What was moved
is written down row by row, so that undoing it touches nothing else.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from advocacy import db, moment
from advocacy.audit.recording import Actor, note
from advocacy.chapters.models import Chapter
from advocacy.duplicates import standing
from advocacy.duplicates.models import Distinct, Merge
from advocacy.errors import Conflict, Invalid, NotFound
from advocacy.members import ties
from advocacy.render.i18n import gettext as _

UNDO_LIFE = timedelta(days=30)
FILLED = ("given_name", "family_name", "country_code")
SPECIAL = {"advocacy_membership", "advocacy_consent", "advocacy_subscription"}
# What somebody asked for on the address that is lost holds for the one that is kept.
REFUSED = ("unsubscribed_all", "complaint", "request")
Moved = dict[str, Any]


@dataclass(frozen=True)
class Settler:
    """How another slice settles what collides: `settle(kept, lost)` tells what `restore` needs."""

    name: str
    settle: Callable[[int, int], Awaitable[Any]]
    restore: Callable[[Any], Awaitable[None]]


_settlers: dict[str, Settler] = {}


def settle_with(settler: Settler) -> None:
    """Adds a settler; a slice above does so when it is imported (see TIES in campaigns/wiring)."""
    _settlers[settler.name] = settler


async def merge(kept_id: int, lost_id: int, *, chapter: Chapter, actor: Actor) -> Merge:
    """Makes one person of two in one transaction; the caller has checked who may see them.

    Raises Conflict when somebody merged or erased one of them meanwhile.
    """
    if kept_id == lost_id:
        raise Invalid(_("Choose two different people."))
    async with db.transaction():
        await _hold(kept_id, lost_id)
        await db.execute(
            "UPDATE advocacy_person SET merged_into_id = $1 WHERE id = $2", kept_id, lost_id
        )
        moved: Moved = {"earlier": await _follow(kept_id, lost_id)}
        # Whatever collides is settled before anything moves, or it could not be told apart.
        moved["settled"] = {
            each.name: await each.settle(kept_id, lost_id) for each in _settlers.values()
        }
        moved["memberships"] = await standing.join_memberships(kept_id, lost_id)
        moved["consents"] = await standing.join_consents(kept_id, lost_id)
        moved["refusal"] = await _refuse(kept_id, lost_id)
        moved["rows"] = await _move(kept_id, lost_id)
        moved["filled"] = await _fill(kept_id, lost_id)
        await _stay_quiet(kept_id, lost_id)
        made = await Merge.create(
            chapter_id=chapter.id,
            kept_id=kept_id,
            lost_id=lost_id,
            moved=moved,
            by_id=actor.user_id,
            at=moment.now(),
        )
        await note(
            "person.merged",
            actor=actor,
            record=f"person:{kept_id}",
            chapter=chapter.slug,
            lost=lost_id,
            merge=made.id,
        )
    return made


async def undo(merge_id: int, *, chapter: Chapter, actor: Actor) -> Merge:
    """Makes two persons again of one, within thirty days; both get back what each had.

    What the merged person did since stays with the one who was kept. Raises NotFound for a merge
    of another chapter and Conflict when it is undone already, too old, or part of a later merge.
    """
    async with db.transaction():
        won = await Merge.filter(
            id=merge_id,
            chapter_id=chapter.id,
            undone_at__isnull=True,
            at__gt=moment.now() - UNDO_LIFE,
        ).update(undone_at=moment.now())
        made = await Merge.get_or_none(id=merge_id, chapter_id=chapter.id)
        if made is None:
            raise NotFound()
        if won != 1:
            raise Conflict(_("This merge has been undone already, or it is older than 30 days."))
        moved: Moved = made.moved
        await _still_whole(made)
        await _move_back(made.kept_id, made.lost_id, moved["rows"])
        await standing.part_memberships(moved["memberships"], made.lost_id)
        await standing.part_consents(moved["consents"], made.kept_id, made.lost_id)
        await _lift(made.kept_id, moved.get("refusal"))
        for each in _settlers.values():
            await each.restore(moved["settled"].get(each.name))
        await _empty(made.kept_id, moved["filled"])
        await db.execute(
            "UPDATE advocacy_person SET merged_into_id = NULL WHERE id = $1", made.lost_id
        )
        for earlier in moved["earlier"]:
            await db.execute(
                "UPDATE advocacy_person SET merged_into_id = $1 WHERE id = $2",
                made.lost_id,
                earlier,
            )
        await note(
            "person.parted",
            actor=actor,
            record=f"person:{made.kept_id}",
            chapter=chapter.slug,
            lost=made.lost_id,
            merge=made.id,
        )
    return made


async def tell_apart(one_id: int, other_id: int, *, chapter: Chapter, actor: Actor) -> None:
    """Two people after all: the pair is not offered to this chapter again."""
    first, second = sorted((one_id, other_id))
    async with db.transaction():
        await Distinct.get_or_create(
            chapter_id=chapter.id,
            one_id=first,
            other_id=second,
            defaults={"at": moment.now()},
        )
        await note(
            "person.told_apart",
            actor=actor,
            record=f"person:{first}",
            chapter=chapter.slug,
            other=second,
        )


async def _hold(kept_id: int, lost_id: int) -> None:
    """Locks both persons in one order, so that of two merges one waits and then is told."""
    held = 0
    for person_id in sorted((kept_id, lost_id)):
        held += await db.execute(
            "UPDATE advocacy_person SET frequency = frequency"
            " WHERE id = $1 AND merged_into_id IS NULL AND erased_at IS NULL",
            person_id,
        )
    if held != 2:
        raise Conflict(
            _("One of the two has been merged or erased by somebody else. Look at the list again.")
        )


async def _follow(kept_id: int, lost_id: int) -> list[int]:
    """Whoever was merged into the lost one before belongs to the kept one now."""
    rows = await db.rows(
        "UPDATE advocacy_person SET merged_into_id = $1 WHERE merged_into_id = $2 RETURNING id",
        kept_id,
        lost_id,
    )
    return [int(each["id"]) for each in rows]


async def _refuse(kept_id: int, lost_id: int) -> list[str]:
    """Nobody may write to the lost one's address: then nobody may to the kept one's either.

    Returns reason and moment of what that added.
    """
    added = await db.row(
        "INSERT INTO advocacy_suppression (address_hash, reason, at)"
        " SELECT k.address_hash, x.reason, $3 FROM advocacy_person k,"
        " advocacy_person l JOIN advocacy_suppression x ON x.address_hash = l.address_hash"
        f" WHERE k.id = $1 AND l.id = $2 AND x.reason IN ({db.marks(len(REFUSED), 4)})"
        " ON CONFLICT (address_hash) DO NOTHING RETURNING reason, at",
        kept_id,
        lost_id,
        moment.now(),
        *REFUSED,
    )
    return [added["reason"], str(added["at"])] if added else []


async def _lift(kept_id: int, told: list[str] | None) -> None:
    if told:
        await db.execute(
            "DELETE FROM advocacy_suppression WHERE reason = $2 AND at = $3 AND address_hash ="
            " (SELECT address_hash FROM advocacy_person WHERE id = $1)",
            kept_id,
            told[0],
            datetime.fromisoformat(told[1]),
        )


async def _move(kept_id: int, lost_id: int) -> dict[str, list[int]]:
    moved: dict[str, list[int]] = {}
    for each in ties.all_moves():
        if each.table in SPECIAL:
            continue
        same = "".join(f" AND k.{name} = {each.table}.{name}" for name in each.unique_with)
        free = (
            f" AND NOT EXISTS (SELECT 1 FROM {each.table} k WHERE k.{each.column} = $1{same})"
            if each.unique_with
            else ""
        )
        rows = await db.rows(
            f"UPDATE {each.table} SET {each.column} = $1 WHERE {each.column} = $2{free}"
            " RETURNING id",
            kept_id,
            lost_id,
        )
        if rows:
            moved[f"{each.table}.{each.column}"] = [int(row["id"]) for row in rows]
    return moved


async def _move_back(kept_id: int, lost_id: int, moved: dict[str, list[int]]) -> None:
    known = {f"{each.table}.{each.column}": each for each in ties.all_moves()}
    for key, ids in moved.items():
        table, column = known[key].table, known[key].column
        await db.execute(
            f"UPDATE {table} SET {column} = $1 WHERE {column} = $2"
            f" AND id IN ({db.marks(len(ids), 3)})",
            lost_id,
            kept_id,
            *ids,
        )


async def _fill(kept_id: int, lost_id: int) -> list[str]:
    """What the kept one lacks comes from the lost one; returns the columns that were filled."""
    filled = []
    for column in FILLED:
        done = await db.execute(
            f"UPDATE advocacy_person SET {column} ="
            f" (SELECT l.{column} FROM advocacy_person l WHERE l.id = $2)"
            f" WHERE id = $1 AND {column} = ''"
            f" AND EXISTS (SELECT 1 FROM advocacy_person l WHERE l.id = $2 AND l.{column} <> '')",
            kept_id,
            lost_id,
        )
        if done:
            filled.append(column)
    return filled


async def _stay_quiet(kept_id: int, lost_id: int) -> None:
    """The longer pause of the two holds; undoing the merge does not cut it short."""
    await db.execute(
        "UPDATE advocacy_person SET paused_until ="
        " (SELECT l.paused_until FROM advocacy_person l WHERE l.id = $2)"
        " WHERE id = $1 AND EXISTS (SELECT 1 FROM advocacy_person l WHERE l.id = $2"
        " AND l.paused_until > COALESCE(advocacy_person.paused_until, $3))",
        kept_id,
        lost_id,
        moment.now(),
    )


async def _empty(kept_id: int, filled: list[str]) -> None:
    for column in filled:
        if column in FILLED:
            await db.execute(f"UPDATE advocacy_person SET {column} = '' WHERE id = $1", kept_id)


async def _still_whole(made: Merge) -> None:
    """Nothing may have happened to either that an undo would contradict."""
    row = await db.row(
        "SELECT k.merged_into_id AS into_another, k.erased_at AS erased,"
        " l.merged_into_id AS belongs"
        " FROM advocacy_person k, advocacy_person l WHERE k.id = $1 AND l.id = $2",
        made.kept_id,
        made.lost_id,
    )
    if row is None or row["erased"] is not None:
        raise Conflict(_("This person has been erased, so that nothing can be parted any more."))
    if row["into_another"] is not None or row["belongs"] != made.kept_id:
        raise Conflict(_("This person was merged again later. Undo the later merge first."))
