"""Passkeys in a real Chromium with an authenticator of its own, under http://localhost."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import ROOT, _wait, free_port

FOUNDING = """
import asyncio
from advocacy import schema, settings
from advocacy.identity import granting, signing_in
from campaigns import process

async def found():
    user = await granting.enrol("director@example.org", "director@example.org", name="Leila")
    await granting.grant(user, "hq_director")
    for _n in range(3):
        print("http:" + signing_in.path_of(await signing_in.issue(user)))

asyncio.run(schema.migrate(settings.current().database_url))
asyncio.run(process.with_database(found, mail=False))
"""


@dataclass
class Office:
    """A site without a demo, at a name that browsers call secure; links sign its director in."""

    base: str
    links: list[str]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    port, folder = free_port(), tmp_path_factory.mktemp("office")
    clean = {k: v for k, v in os.environ.items() if not k.endswith("_URL")}
    base = f"http://localhost:{port}"
    environment = {**clean, "VAR": str(folder), "BASE_URL": base}
    founded = subprocess.run(
        [sys.executable, "-c", FOUNDING], cwd=ROOT, env=environment, check=True, capture_output=True
    )
    links = re.findall(r"http:(/sign-in/\S+)", founded.stdout.decode())
    log = Path(folder) / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "campaigns", "web", "--port", str(port)],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environment,
        )
    try:
        _wait(f"http://127.0.0.1:{port}/readyz", process, log)
        yield Office(base, links)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def with_authenticator(page: Page, *, verified: bool = True) -> Any:
    """Gives a page's browser a phone-like authenticator, and returns the way to talk to it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": verified,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session, made["authenticatorId"]


def moved(held: Any, to: Page) -> Any:
    """Carries the one passkey of an authenticator to another browser, with its count."""
    session, device = held
    kept = session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    other, there = with_authenticator(to)
    other.send("WebAuthn.addCredential", {"authenticatorId": there, "credential": kept[0]})
    return other, there


def signed_in(browser: Browser, office: Office) -> BrowserContext:
    context = browser.new_context()
    page = context.new_page()
    page.goto(office.base + office.links.pop())
    page.click("main form button")
    page.close()
    return context


def test_a_passkey_is_added_then_opens_the_door_and_proves_again(
    browser: Browser, office: Office
) -> None:
    context = signed_in(browser, office)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    held = with_authenticator(page)
    page.goto(f"{office.base}/en/me/security")
    expect(page.locator("[data-no-passkey]")).to_be_hidden()
    page.fill("#passkey-name", "My phone")
    page.click("button:has-text('Add a passkey')")
    expect(page.locator("h1")).to_have_text("Keep these recovery codes")
    expect(page.locator("main ol code")).to_have_count(10)
    page.click("text=I have kept them")
    expect(page.locator("main .list h3")).to_have_text("My phone")
    assert not complaints

    visitor = browser.new_context()
    door = visitor.new_page()
    held = moved(held, door)
    door.goto(f"{office.base}/en/sign-in?next=/me/sessions")
    door.click("text=Sign in with a passkey")
    expect(door.locator("h1")).to_have_text("Where you are signed in")
    expect(door.locator("main .list > li")).to_have_count(2)

    linked = browser.new_context()
    half = linked.new_page()
    half.goto(f"{office.base}/en{office.links.pop()}")
    half.click("main form button")
    expect(half.locator("h1")).to_have_text("Show that it is you")
    half.goto(f"{office.base}/en/me/sessions")
    expect(half.locator("h1")).to_have_text("Show that it is you")
    moved(held, half)
    half.click("text=Use a passkey")
    expect(half.locator("h1")).to_have_text("Where you are signed in")
    for each in (context, visitor, linked):
        each.close()


def test_an_authenticator_that_does_not_know_its_user_is_refused(
    browser: Browser, office: Office
) -> None:
    context = browser.new_context()
    page = context.new_page()
    with_authenticator(page, verified=False)
    page.goto(f"{office.base}/en/sign-in")
    page.click("text=Sign in with a passkey")
    expect(page.locator("form [role=alert]")).to_contain_text("The passkey was not used")
    expect(page.locator("text=Sign in with a passkey")).to_be_enabled()
    context.close()


def test_without_script_the_pages_say_what_to_do(browser: Browser, office: Office) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{office.base}/en/sign-in")
    expect(page.locator("text=Sign in with a passkey")).to_be_hidden()
    expect(page.locator("[data-no-passkey]")).to_contain_text("ask for a link")
    context.close()
