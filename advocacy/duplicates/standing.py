"""Memberships and consents of two persons who become one, and how they part again."""

from typing import Any

from advocacy import moment
from advocacy.members import consent
from advocacy.members.models import Consent, Membership, Subscription

STAFF = "staff"
PAGE = "duplicates"


async def join_memberships(kept_id: int, lost_id: int) -> list[dict[str, Any]]:
    """One membership for each chapter: moved, or where both have one, the kept one's goes on.

    It takes the earlier day of joining and a number it lacks. Returns what parting them needs.
    """
    told: list[dict[str, Any]] = []
    for theirs in await Membership.filter(person_id=lost_id):
        ours = await Membership.get_or_none(person_id=kept_id, chapter_id=theirs.chapter_id)
        if ours is None:
            await Membership.filter(id=theirs.id).update(person_id=kept_id)
            told.append({"moved": theirs.id})
            continue
        told.append({"kept": _told(ours), "lost": _told(theirs)})
        days = [day for day in (ours.joined_on, theirs.joined_on) if day is not None]
        is_current = "current" in (ours.state, theirs.state)
        await Membership.filter(id=ours.id).update(
            joined_on=min(days, default=None),
            member_no=ours.member_no or theirs.member_no,
            state="current" if is_current else ours.state,
            left_on=None if is_current else ours.left_on,
            is_veiled=ours.is_veiled and theirs.is_veiled,
        )
        if theirs.state != "left":
            today = moment.now().date()
            await Membership.filter(id=theirs.id).update(state="left", left_on=today)
    return told


def _told(membership: Membership) -> dict[str, Any]:
    return {
        "id": membership.id,
        "state": membership.state,
        "member_no": membership.member_no,
        "joined_on": membership.joined_on.isoformat() if membership.joined_on else None,
        "left_on": membership.left_on.isoformat() if membership.left_on else None,
        "is_veiled": membership.is_veiled,
    }


async def part_memberships(told: list[dict[str, Any]], lost_id: int) -> None:
    """Gives each their own membership back; one that was left since stays left."""
    for each in told:
        if "moved" in each:
            await Membership.filter(id=each["moved"]).update(person_id=lost_id)
            continue
        for before in (each["kept"], each["lost"]):
            values = {k: v for k, v in before.items() if k not in ("id", "is_veiled")}
            wanted = Membership.filter(id=before["id"])
            # A veil that the person lifted since has nothing under it: it stays lifted.
            await wanted.exclude(language="").update(is_veiled=before.get("is_veiled", False))
            if before is each["kept"] and before["state"] == "current":
                await wanted.filter(state="current").update(**values)
            else:
                await wanted.update(**values)


async def join_consents(kept_id: int, lost_id: int) -> dict[str, list[Any]]:
    """Where the kept one never said anything the lost one's word holds, with its ledger.

    Where both did, the kept one's holds, unless the lost one refused: a refusal always holds.
    """
    moved: list[list[Any]] = []
    refused: list[list[Any]] = []
    for theirs in await Subscription.filter(person_id=lost_id):
        key: dict[str, Any] = {
            "chapter_id": theirs.chapter_id,
            "purpose": theirs.purpose,
            "channel": theirs.channel,
        }
        ours = await Subscription.get_or_none(person_id=kept_id, **key)
        if ours is None:
            await Subscription.filter(id=theirs.id).update(person_id=kept_id)
            last = await Consent.filter(person_id=lost_id, **key).order_by("-id").first()
            await Consent.filter(person_id=lost_id, **key).update(person_id=kept_id)
            moved.append([theirs.id, last.id if last else 0, *key.values()])
        elif ours.granted and not theirs.granted:
            entry = await consent.record(
                kept_id,
                theirs.chapter_id,
                granted=False,
                basis=STAFF,
                purpose=theirs.purpose,
                page=PAGE,
            )
            refused.append([entry.id, theirs.chapter_id, theirs.purpose])
    return {"moved": moved, "refused": refused}


async def part_consents(told: dict[str, list[Any]], kept_id: int, lost_id: int) -> None:
    """Gives the lost one their words back, and lifts a refusal that only the merge had made.

    Whatever the person said themselves since the merge is left as it stands.
    """
    for subscription_id, last_id, chapter_id, purpose, channel in told["moved"]:
        key: dict[str, Any] = {"chapter_id": chapter_id, "purpose": purpose, "channel": channel}
        old = Consent.filter(person_id=kept_id, id__lte=last_id, **key)
        before = await old.order_by("-id").first()
        await old.update(person_id=lost_id)
        wanted = Subscription.filter(id=subscription_id)
        since = await Consent.filter(person_id=kept_id, **key).order_by("-id").first()
        if since is None:
            await wanted.update(person_id=lost_id)
            continue
        # The kept one has spoken since: that stays theirs, and the other's word stands as it was.
        await Subscription.create(
            person_id=lost_id,
            granted=before.granted if before else False,
            changed_at=moment.now(),
            **key,
        )
    for entry_id, chapter_id, purpose in told["refused"]:
        last = (
            await Consent.filter(person_id=kept_id, chapter_id=chapter_id, purpose=purpose)
            .order_by("-id")
            .first()
        )
        if last is not None and last.id == entry_id:
            await consent.record(
                kept_id, chapter_id, granted=True, basis=STAFF, purpose=purpose, page=PAGE
            )
