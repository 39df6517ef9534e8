"""The way to the provider and back, as a browser goes it."""

from typing import Any

import httpx2

from advocacy.identity.models import Session, User
from advocacy.openid.models import Account
from tests import factories


async def director(email: str = "director@example.org") -> User:
    return await factories.user(email, role="hq_director")


async def away(browser: Any, **form: str) -> str:
    """The provider's address that the site sends a browser to."""
    page = await browser.post("/sign-in/openid", data=form)
    assert page.status_code == 200, page.text
    address = str(page.headers["refresh"]).partition("url=")[2]
    assert address.replace("&", "&amp;") in page.text, "a link for whoever is not sent on"
    return address


async def consented(address: str) -> str:
    """The path back to the site, as the provider sends its browser there."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.get(address)
    back = str(answer.headers["location"])
    assert back.startswith("http://testserver/sign-in/openid/back?")
    return back.removeprefix("http://testserver")


async def whole_way(browser: Any, **form: str) -> Any:
    return await browser.get(await consented(await away(browser, **form)))


async def nobody_came() -> bool:
    return await Session.all().count() == 0 and await Account.all().count() == 0
