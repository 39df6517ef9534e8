"""The check against robots in a real browser: solved by itself with script, left out without."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Demo


def fill_in_haste(page: Page, demo: Demo, language: str, email: str) -> None:
    """Fills the form in faster than people do."""
    page.goto(f"{demo.base}/{language}/chapters/kenya")
    page.fill("#given_name", "Wangari")
    page.fill("#email", email)
    page.click("#join button")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_browser_solves_the_check_and_sends_the_form_on(
    browser: Browser, demo: Demo, language: str
) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    fill_in_haste(page, demo, language, f"hasty-{language}@example.org")
    page.wait_for_url("**/asked")
    expect(page.locator("main")).to_contain_text(f"hasty-{language}@example.org")
    assert wrong == []


def test_without_script_a_button_does_without_the_check(browser: Browser, demo: Demo) -> None:
    page = browser.new_page(java_script_enabled=False)
    fill_in_haste(page, demo, "en", "unscripted@example.org")
    expect(page.locator("h1")).to_contain_text("check against robots")
    page.click("text=Send it without the check")
    page.wait_for_url("**/asked-later")
    expect(page.locator("main")).to_contain_text("within 40 minutes")
