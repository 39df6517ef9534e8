"""Every page of the demo, in English and Arabic, at 360 and 1280 px: axe finds nothing wrong,
nothing sticks out sideways, nothing is fetched from elsewhere, public pages need no script."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page

from tests.browser.conftest import Demo

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SIZES = {"phone": (360, 740), "desktop": (1280, 900)}
# Readers of the demo, where each begins, and which of the pages found from there count.
READERS = {
    "nobody": "/",
    "HQ director": "/console/hq",
    "HQ analyst": "/console/hq",
    "Chapter lead, Senegal (French)": "/console/senegal",
    "Member, Kenya": "/me",
}
MOST = 45


def pattern(path: str) -> str:
    """Pages that differ only in which row they show count as one kind."""
    return re.sub(
        r"/(?!hq)[^/]*[0-9-][^/]*", "/*", re.sub(r"/(chapters|a|console)/[^/]+", r"/\1/*", path)
    )


def crawl(page: Page, demo: Demo, start: str) -> list[str]:
    """The pages that links lead to from a start: two of each public kind, one of each other."""
    waiting, seen, kinds = [start], [], {}
    while waiting and len(seen) < MOST:
        path = waiting.pop(0)
        kind = pattern(urlsplit(path).path)
        most = 1 if start.startswith("/console") else 2
        if path in seen or kinds.get(kind, 0) >= most:
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        try:
            answer = page.goto(f"{demo.base}/en{path}")
        except Error as failure:
            # A file that is saved and not shown is no page.
            assert "Download is starting" in str(failure), path
            continue
        assert answer is not None
        assert answer.status < 400, f"{path} answered {answer.status}"
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        seen.append(path)
        hrefs = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        for href in hrefs:
            parts = urlsplit(href)
            inner = re.sub(r"^/(en|fr|es|ar)(?=/|$)", "", parts.path) or "/"
            is_page = href.startswith(demo.base) and not inner.endswith((".csv", "/html"))
            if is_page and not inner.startswith(("/static", "/k/", "/u/", "/join", "/sign-in/")):
                waiting.append(inner)
    return seen


FOUND: dict[str, list[str]] = {}


@pytest.fixture
def paths(browser: Browser, demo: Demo, reader: str) -> list[str]:
    """The pages of a reader, crawled once."""
    if reader not in FOUND:
        context = demo.context(browser, reader, bypass_csp=True)
        FOUND[reader] = crawl(context.new_page(), demo, READERS[reader])
        context.close()
    return FOUND[reader]


@pytest.fixture
def opened(
    browser: Browser, demo: Demo, reader: str, size: str
) -> Iterator[tuple[Page, list[str]]]:
    """A page of the wanted size, and the addresses it asked for outside of us."""
    context = demo.context(browser, reader, bypass_csp=True)
    page = context.new_page()
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    outside: list[str] = []
    page.on(
        "request",
        lambda r: (
            outside.append(r.url)
            if not r.url.startswith((demo.base, "data:", "about:", "blob:"))
            else None
        ),
    )
    yield page, outside
    context.close()


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("reader", list(READERS))
def test_every_page_is_accessible_and_fits(
    demo: Demo,
    paths: list[str],
    opened: tuple[Page, list[str]],
    reader: str,
    size: str,
    language: str,
) -> None:
    page, outside = opened
    wrong = []
    for path in paths:
        page.goto(f"{demo.base}/{language}{path}")
        found = Axe().run(page, options=RULES).response["violations"]
        wrong += [
            f"{path}: {each['id']}: {each['help']} ({each['nodes'][0]['html'][:160]})"
            for each in found
        ]
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > SIZES[size][0]:
            wrong.append(f"{path}: {width} px wide on {SIZES[size][0]}")
        lang, direction = page.evaluate("[document.documentElement.lang, document.dir]")
        if (lang, direction) != (language, "rtl" if language == "ar" else "ltr"):
            wrong.append(f"{path}: speaks {lang} {direction}")
    assert not wrong, "\n".join(wrong)
    assert not outside, f"fetched from elsewhere: {outside[:3]}"


@pytest.mark.parametrize("reader", ["nobody"])
@pytest.mark.parametrize("size", ["phone"])
def test_public_pages_carry_no_script(
    demo: Demo, paths: list[str], opened: tuple[Page, list[str]], reader: str, size: str
) -> None:
    page, _outside = opened
    for path in paths:
        page.goto(f"{demo.base}/en{path}")
        assert page.eval_on_selector_all("script", "all => all.length") == 0, path
