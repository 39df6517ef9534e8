"""A provider of OpenID Connect on loopback that can be told to lie: codes, PKCE, keys, tokens."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests import servers

CLIENT, SECRET = "advocacy", "a shared secret of thirty-two letters"


@dataclass
class Provider:
    """`claims` go into the next id tokens; `lie` may change a token's claims and header."""

    port: int
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    shown: RSAKey | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    redeemed: list[str] = field(default_factory=list)
    broken: str = ""

    @property
    def issuer(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def forget(self) -> None:
        """As new, with the same key."""
        self.claims, self.header, self.shown, self.broken = {}, {}, None, ""
        self.codes.clear()
        self.redeemed.clear()

    async def discovery(self, request: Request) -> Response:
        if self.broken == "discovery":
            return Response("<html>busy", 500)
        here = "https://elsewhere.example" if self.broken == "issuer" else self.issuer
        return JSONResponse(
            {
                "issuer": here,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        )

    async def keys(self, request: Request) -> Response:
        shown = self.shown or self.key
        return JSONResponse({"keys": [shown.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT and "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.issuer}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    async def token(self, request: Request) -> Response:
        form = await request.form()
        if self.broken == "token":
            return Response("busy", 500)
        kept = self.codes.pop(str(form.get("code")), None)
        given = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        proof = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        if (
            kept is None
            or request.headers.get("authorization") != f"Basic {given}"
            or kept["code_challenge"] != challenge
            or kept["redirect_uri"] != form.get("redirect_uri")
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        self.redeemed.append(str(form["code"]))
        return JSONResponse(
            {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(kept["nonce"])}
        )

    def id_token(self, nonce: str) -> str:
        """A signed token; unsigned or signed by a shared secret where the header says so."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "subject-1",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "email": "director@example.org",
            "email_verified": True,
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": "one", **self.header}
        if header["alg"] == "none":
            return f"{_part(header)}.{_part(claims)}."
        if header["alg"] == "HS256":
            # The old trick: the public key, as text, for a shared secret.
            text = f"{_part(header)}.{_part(claims)}"
            mac = hmac.new(self.key.as_pem(private=False), text.encode(), hashlib.sha256).digest()
            return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        return jwt.encode(header, claims, self.key)


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def start() -> tuple[Provider, Any]:
    """A running provider, and what stops it."""
    provider = Provider(servers.free_port())
    routes = [
        Route("/.well-known/openid-configuration", provider.discovery),
        Route("/keys", provider.keys),
        Route("/authorize", provider.authorize),
        Route("/token", provider.token, methods=["POST"]),
    ]
    config = uvicorn.Config(
        Starlette(routes=routes), host="127.0.0.1", port=provider.port, log_level="error"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)

    def stop() -> None:
        server.should_exit = True
        thread.join(10)

    return provider, stop
