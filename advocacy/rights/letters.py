"""Letters about a person's rights: each is owed by a row until it is posted."""

from datetime import timedelta
from typing import Any

import structlog

from advocacy import db, moment, tokens
from advocacy.mail import posting
from advocacy.render import i18n
from advocacy.rights import asking, correcting
from advocacy.rights.models import RightsRequest

LEASE = timedelta(minutes=2)
# What is only for the letter and goes from the row with it.
PASSING = ("letter", "to")
log = structlog.get_logger("advocacy.rights")


async def tell(request_id: int) -> bool:
    """Posts the letter that a request owes; False when none is owed or another worker posts it."""
    now = moment.now()
    claimed = await db.execute(
        "UPDATE advocacy_rights_request SET claimed_at = $1 WHERE id = $2 AND state <> 'running'"
        " AND (claimed_at IS NULL OR claimed_at < $3)",
        now,
        request_id,
        now - LEASE,
    )
    if claimed != 1:
        return False
    request = await RightsRequest.get(id=request_id).select_related("person")
    receipt: dict[str, Any] = request.receipt or {}
    name = str(receipt.get("letter", ""))
    try:
        if name and request.person.erased_at is None:
            await _post(request, name, str(receipt.get("to") or request.person.email))
    except Exception:
        await _release(request, receipt)
        raise
    await _release(request, {key: receipt[key] for key in receipt if key not in PASSING})
    return bool(name)


async def _release(request: RightsRequest, receipt: dict[str, Any]) -> None:
    await RightsRequest.filter(id=request.id, claimed_at=request.claimed_at).update(
        claimed_at=None, receipt=receipt
    )


async def _post(request: RightsRequest, name: str, to: str) -> None:
    if name == "rights_address" and await correcting.is_taken(to, request.person_id):
        name = "rights_address_taken"
    await posting.post_letter(
        name,
        to=to,
        to_name=request.person.full_name,
        locale=i18n.best(request.language),
        context=_context(request),
    )


def _context(request: RightsRequest) -> dict[str, Any]:
    return {
        "name": request.person.given_name,
        "receipt": request.receipt or {},
        "at": request.not_before,
        "page_path": f"/me/data/{request.id}",
        "keep_path": f"/my-data/keep/{tokens.sign(asking.KEEP, request.id, dated=True)}",
        "receipt_path": receipt_path(request.id),
        "address_path": f"/my-data/address/{tokens.sign(asking.ADDRESS, request.id, dated=True)}",
        "days": asking.LINK_LIFE.days,
    }


def receipt_path(request_id: int) -> str:
    """Where the receipt of a request can be read without signing in; it names nobody."""
    return f"/my-data/receipt/{tokens.sign(asking.RECEIPT, request_id)}"


async def say_farewell(request: RightsRequest, *, to: str, name: str) -> None:
    """The last letter, to an address that we no longer have: posted from memory or not at all.

    The first letter about the erasure held the way to the receipt, which is the same.
    """
    try:
        await posting.post_letter(
            "rights_erased",
            to=to,
            to_name=name,
            locale=i18n.best(request.language),
            context={"receipt": request.receipt or {}, "receipt_path": receipt_path(request.id)},
        )
    except Exception as failure:
        log.warning("farewell not posted", request=request.id, kind=type(failure).__name__)
