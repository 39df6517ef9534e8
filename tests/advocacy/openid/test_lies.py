"""Every way in which a provider's token may lie: none of them signs anybody in."""

import time
from typing import Any

from joserfc.jwk import RSAKey

from advocacy.identity.models import User
from tests import factories
from tests.advocacy.openid import visits
from tests.advocacy.openid.standin import Provider
from tests.conftest import Site

LIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a nonce of another sign-in": ({"nonce": "another"}, {}),
    "no nonce": ({"nonce": None}, {}),
    "a token for another site": ({"aud": "another"}, {}),
    "a token for several sites": ({"aud": ["advocacy", "another"]}, {}),
    "a token handed to another": ({"azp": "another"}, {}),
    "another issuer": ({"iss": "https://evil.example"}, {}),
    "run out": ({"exp": int(time.time()) - 3600}, {}),
    "not yet made": ({"nbf": int(time.time()) + 7200}, {}),
    "without an end": ({"exp": None}, {}),
    "an end that is no number": ({"exp": "soon"}, {}),
    "no subject": ({"sub": None}, {}),
    "a subject that is no text": ({"sub": 7}, {}),
    "an address nobody vouches for": ({"email_verified": False}, {}),
    "an address vouched for in words": ({"email_verified": "true"}, {}),
    "no address": ({"email": None}, {}),
    "an address that is no text": ({"email": ["director@example.org"]}, {}),
    "somebody we do not know": ({"email": "stranger@example.org"}, {}),
    "somebody of a chapter": ({"email": "lead@example.org"}, {}),
    "no signature": ({}, {"alg": "none"}),
    "a signature by the public key": ({}, {"alg": "HS256"}),
    "a key we do not know": ({}, {"kid": "two"}),
}


async def test_a_token_that_lies_signs_nobody_in(site: Site, idp: Provider) -> None:
    await visits.director()
    await factories.user("lead@example.org", role="chapter_lead", of=await factories.chapter())
    for count, (lie, (idp.claims, idp.header)) in enumerate(LIES.items(), 1):
        page = await visits.whole_way(site.http)
        assert page.status_code == 403, lie
        assert "You are not signed in" in page.text
        assert len(idp.redeemed) == count, "it came as far as the token"
        assert await visits.nobody_came(), lie
    assert await User.all().count() == 2


async def test_a_token_signed_by_another_key_signs_nobody_in(site: Site, idp: Provider) -> None:
    await visits.director()
    idp.shown = RSAKey.generate_key(2048, {"kid": "one"})
    assert (await visits.whole_way(site.http)).status_code == 403
    assert await visits.nobody_came()
