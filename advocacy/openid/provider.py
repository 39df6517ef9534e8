"""The provider as it describes itself: where to send people, how to redeem codes, which keys sign.

Nothing that it says is believed unless its id token is signed by one of its keys, for us, in
answer to our nonce, and still in time.
"""

import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from advocacy import moment, settings
from advocacy.errors import DomainError, Forbidden
from advocacy.render.i18n import gettext as _

# Signatures by a key that only the provider has: never `none`, never one by a shared secret.
ALGORITHMS = ["RS256", "PS256", "ES256"]
SCOPE = "openid email profile"
CALLBACK = "/sign-in/openid/back"
SECONDS = 8.0
KEPT_FOR = 3600.0
LEEWAY = 60
LARGEST = 1_000_000


class Unreachable(DomainError):
    """The provider does not answer, or not as a provider does."""

    status = 503


@dataclass(frozen=True)
class Described:
    """What the discovery document says, and the keys, as of `read_at` (monotonic seconds)."""

    issuer: str
    authorize: str
    token: str
    keys: KeySet
    auth_method: str
    read_at: float


_described: Described | None = None


async def described(*, afresh: bool = False) -> Described:
    """The discovery document and the keys, read at most once an hour, or now when `afresh`.

    Raises Unreachable.
    """
    global _described
    issuer = settings.current().oidc_issuer
    held = _described
    is_known = held is not None and held.issuer == issuer and not afresh
    if held is not None and is_known and time.monotonic() - held.read_at < KEPT_FOR:
        return held
    _described = await _read(issuer)
    return _described


async def _read(issuer: str) -> Described:
    async with httpx2.AsyncClient(timeout=SECONDS, follow_redirects=False) as client:
        document = await _json(client, issuer.rstrip("/") + "/.well-known/openid-configuration")
        if document.get("issuer") != issuer:
            raise _unreachable()
        places = [document.get(name) for name in _PLACES]
        if not all(isinstance(each, str) and _is_safe(each, issuer) for each in places):
            raise _unreachable()
        authorize, token, keys = (str(each) for each in places)
        try:
            known = KeySet.import_key_set(await _json(client, keys))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError):
            raise _unreachable() from None
    methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    basic = "client_secret_basic" in methods
    method = "client_secret_basic" if basic else "client_secret_post"
    return Described(issuer, authorize, token, known, method, time.monotonic())


_PLACES = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def _is_safe(address: str, issuer: str) -> bool:
    """True for https, and for http where the issuer itself is on this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (
        parts.scheme == "http" and urlsplit(issuer).hostname == parts.hostname
    )


async def _json(client: httpx2.AsyncClient, address: str) -> dict[str, Any]:
    try:
        answer = await client.get(address, headers={"accept": "application/json"})
        found = answer.json() if len(answer.content) < LARGEST else None
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        raise _unreachable() from None
    if answer.status_code != 200 or not isinstance(found, dict):
        raise _unreachable()
    return found


def _unreachable() -> Unreachable:
    return Unreachable(
        _("The sign-in service of your organisation does not answer. Sign in by e-mail instead.")
    )


def _client(here: Described) -> Any:
    config = settings.current()
    return AsyncOAuth2Client(  # type: ignore[no-untyped-call]
        client_id=config.oidc_client_id,
        client_secret=config.oidc_client_secret,
        token_endpoint_auth_method=here.auth_method,
        code_challenge_method="S256",
        scope=SCOPE,
        redirect_uri=config.base_url + CALLBACK,
        timeout=SECONDS,
        follow_redirects=False,
    )


async def address_for(*, state: str, nonce: str, verifier: str) -> str:
    """Where to send a browser, with our state, nonce and the challenge of our verifier."""
    here = await described()
    async with _client(here) as client:
        made: tuple[str, str] = client.create_authorization_url(
            here.authorize, state=state, nonce=nonce, code_verifier=verifier
        )
    return made[0]


async def identify(code: str, *, nonce: str, verifier: str) -> dict[str, Any]:
    """The claims about whoever came back with a code.

    Raises Unreachable, or Forbidden for a code or token that is not good for this sign-in.
    """
    here = await described()
    async with _client(here) as client:
        try:
            tokens = await client.fetch_token(
                here.token, code=code, grant_type="authorization_code", code_verifier=verifier
            )
        except AuthlibBaseError:
            raise not_believed() from None
        except (httpx2.HTTPError, ValueError):
            raise _unreachable() from None
    token = tokens.get("id_token") if isinstance(tokens, dict) else None
    if not isinstance(token, str) or len(token) > 50_000:
        raise not_believed()
    return await _claims(token, nonce)


async def _claims(token: str, nonce: str) -> dict[str, Any]:
    here = await described()
    try:
        read = jwt.decode(token, here.keys, algorithms=ALGORITHMS)
    except (JoseError, ValueError):
        # The provider may have changed its keys since we read them: once more with fresh ones.
        if time.monotonic() - here.read_at < 60:
            raise not_believed() from None
        here = await described(afresh=True)
        try:
            read = jwt.decode(token, here.keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            raise not_believed() from None
    return _checked(read.claims, here.issuer, nonce)


def _checked(claims: dict[str, Any], issuer: str, nonce: str) -> dict[str, Any]:
    ours = settings.current().oidc_client_id
    rules = jwt.JWTClaimsRegistry(
        now=lambda: int(moment.now().timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": ours},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True},
    )
    try:
        rules.validate(claims)
    except (JoseError, ValueError, TypeError):
        raise not_believed() from None
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    party = claims.get("azp", None if several else ours)
    said = claims["nonce"]
    is_ours = isinstance(said, str) and secrets.compare_digest(said.encode(), nonce.encode())
    subject = claims["sub"]
    if party != ours or not is_ours or not isinstance(subject, str) or len(subject) > 200:
        raise not_believed()
    return claims


def not_believed() -> Forbidden:
    """What is said of any answer that is not good: why is for nobody who made it up."""
    return Forbidden(_("That sign-in is not good here. Begin again from the sign-in page."))


def has_second_factor(claims: dict[str, Any]) -> bool:
    """True where the provider says that it asked for a second factor (OIDC_MFA)."""
    meant = {each.strip() for each in settings.current().oidc_mfa.split(",") if each.strip()}
    methods = claims.get("amr")
    said = (
        {each for each in methods if isinstance(each, str)} if isinstance(methods, list) else set()
    )
    if isinstance(claims.get("acr"), str):
        said.add(claims["acr"])
    return bool(meant & said)
