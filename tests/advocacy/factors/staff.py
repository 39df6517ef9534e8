"""What tests of factors begin with: somebody who works here, and the codes of their app."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from advocacy import moment, settings
from advocacy.audit.recording import Actor
from advocacy.factors import codes, keys
from advocacy.factors.models import CodeSecret
from advocacy.identity import signing_in
from advocacy.identity.models import Session, User
from tests import factories

BASE = "http://advocacy.localhost"


def with_passkeys(config: Any) -> None:
    """Puts the site where browsers allow passkeys: under a name of this machine."""
    settings.use(replace(config, base_url=BASE))


async def lead(email: str = "lead@example.org") -> User:
    """A chapter lead."""
    return await factories.user(email, role="chapter_lead", of=await factories.chapter())


def actor(user: User) -> Actor:
    """The user as the audit log names them."""
    return Actor(user.id, user.email, "127.0.0.0")


async def code_of(user: User, shift: int = 0) -> str:
    """What the user's app shows now, or so many steps off."""
    held = await CodeSecret.get(user_id=user.id)
    secret = keys.unseal(user.id, held.secret)
    assert secret is not None
    at = (int(moment.now().timestamp()) // 30 + shift) * 30
    return TOTP(secret, 6, SHA1(), 30).generate(at).decode()  # noqa: S303


async def with_codes(user: User) -> list[str]:
    """Turns codes on and lets half a minute pass in the row, so that the current one is good."""
    await codes.begin(user.id)
    shown = await codes.confirm(user.id, await code_of(user), actor(user))
    await CodeSecret.filter(user_id=user.id).update(last_step=0)
    return shown


async def enter(browser: Any, user: User, *, next_path: str = "") -> Any:
    """Presses the button behind a fresh sign-in link."""
    link = await signing_in.issue(user, next_path=next_path)
    return await browser.post(signing_in.path_of(link))


async def give(browser: Any, code: str, **more: str) -> Any:
    """Gives a code at the door."""
    return await browser.post("/me/prove/code", data={"code": code, **more})


async def late() -> None:
    """Lets a quarter of an hour pass since everybody's last proof."""
    await Session.all().update(proved_at=moment.now() - timedelta(minutes=16))


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def without_tokens(page: str) -> str:
    """A page without what is its reader's own."""
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page)


SomeActor = Actor(None, "a test", "127.0.0.0")
