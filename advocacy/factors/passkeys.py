"""Passkeys (WebAuthn): added, used to sign in or to prove, renamed, removed.

Origin and relying party come from BASE_URL alone, never from a request; the authenticator must
have verified its user, so that a passkey is both factors at once.
"""

import json
from typing import Any
from urllib.parse import urlsplit

from tortoise.exceptions import IntegrityError
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from advocacy import db, moment, settings
from advocacy.audit.recording import Actor, note
from advocacy.errors import Conflict, Invalid
from advocacy.factors import challenges, recovery
from advocacy.factors.challenges import Purpose
from advocacy.factors.models import Passkey
from advocacy.render.i18n import gettext as _

MOST = 20
LONGEST_ID = 300
MINUTE = 60_000
# What the library raises for answers that are not what they should be, from bad CBOR to bad keys.
WRONG = (WebAuthnException, ValueError, KeyError, TypeError, IndexError, AttributeError)


def origin() -> str:
    """The one origin that an answer may come from."""
    parts = urlsplit(settings.current().base_url)
    return f"{parts.scheme}://{parts.netloc}"


def relying_party() -> str:
    """The one name that a passkey may be made for."""
    return urlsplit(settings.current().base_url).hostname or ""


async def options_to_add(user_id: int, email: str, name: str, browser: str) -> dict[str, Any]:
    """What the browser needs to make a passkey. Raises Conflict for a user who has twenty."""
    held = await Passkey.filter(user_id=user_id).order_by("id")
    if len(held) >= MOST:
        raise Conflict(_("You have twenty passkeys. Remove one before you add another."))
    options = generate_registration_options(
        rp_id=relying_party(),
        rp_name=settings.current().organisation,
        user_id=f"user-{user_id}".encode(),
        user_name=email,
        user_display_name=name or email,
        challenge=await challenges.make("add", browser, user_id=user_id),
        timeout=5 * MINUTE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_descriptor(each) for each in held],
    )
    return _as_json(options)


async def options_to_use(
    purpose: Purpose, browser: str, *, user_id: int | None = None
) -> dict[str, Any]:
    """What the browser needs to use a passkey: anybody's without a user, so that nothing is told
    of who exists, and only the user's own with one."""
    held = await Passkey.filter(user_id=user_id).order_by("id") if user_id is not None else []
    options = generate_authentication_options(
        rp_id=relying_party(),
        challenge=await challenges.make(purpose, browser, user_id=user_id),
        timeout=5 * MINUTE,
        allow_credentials=[_descriptor(each) for each in held],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _as_json(options)


def _as_json(options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(options_to_json(options))
    return found


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    known = {each.value for each in AuthenticatorTransport}
    return PublicKeyCredentialDescriptor(
        id=base64url_to_bytes(passkey.credential_id),
        transports=[
            AuthenticatorTransport(each) for each in passkey.transports.split() if each in known
        ],
    )


async def add(user_id: int, answer: str, *, name: str, browser: str, actor: Actor) -> list[str]:
    """Keeps the passkey that a browser made; returns recovery codes if the user had none.

    Raises Invalid for an answer that is not to our challenge, from our origin, by a verified user.
    """
    credential = _read(answer)
    expected = await challenges.use_up(_challenge_in(credential), "add", browser, user_id=user_id)
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=expected,
            expected_rp_id=relying_party(),
            expected_origin=origin(),
            require_user_verification=True,
        )
    except WRONG:
        raise _refused() from None
    if len(made.credential_id) > LONGEST_ID:
        raise _refused()
    try:
        async with db.transaction():
            passkey = await Passkey.create(
                user_id=user_id,
                credential_id=bytes_to_base64url(made.credential_id),
                public_key=bytes_to_base64url(made.credential_public_key),
                sign_count=made.sign_count,
                transports=_transports_in(credential),
                name=" ".join(name.split())[:60] or _("My passkey"),
                created_at=moment.now(),
            )
            shown = await recovery.renew(user_id) if await recovery.left(user_id) == 0 else []
            await note("factor.added", actor=actor, record=f"passkey:{passkey.id}", kind="passkey")
    except IntegrityError:
        raise Conflict(_("That passkey is known already.")) from None
    return shown


async def accept(
    answer: str, *, purpose: Purpose, browser: str, user_id: int | None = None
) -> Passkey:
    """The passkey that signed our challenge; with a user, only one of theirs will do.

    Raises Invalid for anything else, always with the same words: whether a passkey is known is
    nobody's business.
    """
    credential = _read(answer)
    expected = await challenges.use_up(_challenge_in(credential), purpose, browser, user_id=user_id)
    passkey = await Passkey.get_or_none(credential_id=_text(credential.get("id")))
    if passkey is None or (user_id is not None and passkey.user_id != user_id):
        raise _refused()
    try:
        seen = verify_authentication_response(
            credential=credential,
            expected_challenge=expected,
            expected_rp_id=relying_party(),
            expected_origin=origin(),
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except WRONG:
        raise _refused() from None
    # Of two answers with one count only the first is kept: the other is a copy's.
    kept = await Passkey.filter(id=passkey.id, sign_count=passkey.sign_count).update(
        sign_count=seen.new_sign_count, used_at=moment.now()
    )
    if kept != 1:
        raise _refused()
    return passkey


def _read(answer: str) -> dict[str, Any]:
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        raise _refused() from None
    if not isinstance(found, dict) or not isinstance(found.get("response"), dict):
        raise _refused()
    return found


def _challenge_in(credential: dict[str, Any]) -> str:
    """The challenge that the browser says it was given; whether it was is for the row to say."""
    try:
        raw = base64url_to_bytes(_text(credential["response"].get("clientDataJSON")))
        data = json.loads(raw)
        return _text(data.get("challenge"))[:100]
    except (ValueError, AttributeError, RecursionError):
        raise _refused() from None


def _transports_in(credential: dict[str, Any]) -> str:
    given = credential["response"].get("transports")
    known = {each.value for each in AuthenticatorTransport}
    return " ".join(each for each in given if each in known)[:100] if _is_texts(given) else ""


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _text(value: object) -> str:
    return value if isinstance(value, str) and value.isascii() and len(value) < 50_000 else ""


def _refused() -> Invalid:
    return Invalid(_("That passkey could not be used here. Try again, or choose another way."))


async def rename(user_id: int, passkey_id: int, name: str) -> bool:
    """Gives a passkey of a user another name; False where there is none."""
    text = " ".join(name.split())[:60]
    if not text:
        raise Invalid(_("Give the passkey a name."), field="name")
    return await Passkey.filter(id=passkey_id, user_id=user_id).update(name=text) == 1


async def remove(user_id: int, passkey_id: int, actor: Actor) -> bool:
    """Takes a passkey of a user away; False where there is none. Recovery codes go with the last
    factor."""
    async with db.transaction():
        done = await Passkey.filter(id=passkey_id, user_id=user_id).delete()
        if done:
            await recovery.drop_if_last(user_id)
            record = f"passkey:{passkey_id}"
            await note("factor.removed", actor=actor, record=record, kind="passkey")
    return bool(done)
