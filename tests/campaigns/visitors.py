"""Browsers that are signed in, each with one role, for tests of the console."""

from datetime import timedelta
from typing import Any

from advocacy import moment
from advocacy.chapters.models import Chapter
from advocacy.identity import granting, sessions
from advocacy.identity.models import Session
from tests import factories


async def visitor(site: Any, role: str = "", *, of: Chapter | None = None, region: str = "") -> Any:
    """A browser whose user holds the role; with no role, a member's who works nowhere."""
    browser = site.browser()
    browser.headers["accept-language"] = "en"
    if role:
        user = await factories.user(role=role, of=of, region=region)
    else:
        user = await granting.enrol("nobody@example.org", "nobody@example.org")
    secret, now = f"secret-of-{user.id}", moment.now()
    await Session.create(
        user=user,
        token_hash=sessions.digest(secret),
        created_at=now,
        seen_at=now,
        proved_at=now,
        expires_at=now + timedelta(hours=1),
    )
    browser.cookies.set("session", secret)
    return browser
