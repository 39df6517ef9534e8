"""The story of the demo, by hand in a browser: sign, confirm, launch, read the reach."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Demo

# Milliseconds: whoever fills in a form faster is checked as a robot.
PEOPLE_TAKE = 2100


def latest_link(page: Page, demo: Demo, part: str) -> str:
    """The link in the newest letter of the inbox that holds a part of a path."""
    for _ in range(40):
        page.goto(f"{demo.base}/en/inbox")
        page.click("main .list a >> nth=0")
        links = page.eval_on_selector_all("main a[href]", "all => all.map(a => a.href)")
        found = [link for link in links if part in link]
        if found:
            return str(found[0])
        page.wait_for_timeout(250)
    raise AssertionError(f"no letter with {part}")


def test_a_visitor_joins_a_chapter(browser: Browser, demo: Demo) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{demo.base}/en/chapters")
    page.fill("input[name=q]", "kenya")
    page.press("input[name=q]", "Enter")
    page.click("main a:has-text('Kenya')")
    page.fill("#given_name", "Wangari")
    page.fill("#email", "wangari@example.org")
    page.check("#letters")
    page.wait_for_timeout(PEOPLE_TAKE)
    page.click("main form[method=post] button")
    expect(page.locator("h1")).to_contain_text("inbox")
    page.goto(latest_link(page, demo, "/join/"))
    page.click("main form button")
    expect(page.locator("h1")).to_contain_text("Wangari")


def test_a_visitor_signs_a_petition_and_is_counted_once(browser: Browser, demo: Demo) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{demo.base}/en/campaigns")
    page.click("main a[href*='/a/'] >> nth=0")
    address = page.url
    before = counted(page)
    for _ in range(2):
        page.goto(address)
        page.fill("input[name=given_name]", "Tomás")
        page.fill("input[name=family_name]", "Quispe")
        page.fill("input[name=email]", "tomas@example.org")
        page.select_option("select", label="Bolivia")
        page.wait_for_timeout(PEOPLE_TAKE)
        page.click("main form[method=post] button")
        expect(page.locator("h1")).to_contain_text("inbox")
    page.goto(latest_link(page, demo, "/act/"))
    page.click("main form button")
    page.wait_for_timeout(2500)
    page.goto(address)
    assert counted(page) == before + 1


def counted(page: Page) -> int:
    """The number of signatures that the page shows."""
    value = page.locator("progress").first.get_attribute("value")
    assert value is not None
    return int(re.sub(r"\D", "", value))


def test_headquarters_reads_the_reach_and_the_analyst_sees_no_name(
    browser: Browser, demo: Demo
) -> None:
    page = demo.context(browser, "HQ analyst").new_page()
    page.goto(f"{demo.base}/en/console/hq/reach")
    page.click("main table a >> nth=0")
    expect(page.locator("dl.figures")).to_be_visible()
    assert page.locator("main svg").count() >= 2
    assert "@example" not in page.content()
    denied = page.goto(f"{demo.base}/en/console/senegal/members")
    assert denied is not None
    assert denied.status == 403
