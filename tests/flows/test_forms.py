"""Every form on every page a role can reach, filled with garbage: no crash, nothing half done.

The pages are the schema: whatever links and forms a reader is shown is followed and sent, so that
a page added tomorrow is tried without a word here.
"""

import random
from collections import deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from starlette.routing import Route
from tortoise import Tortoise

from advocacy import db
from campaigns import wiring
from tests import story
from tests.conftest import Site
from tests.flows.test_access import sign_in

ROLES = ("nobody", "member", "helper", "organiser", "lead", "analyst", "protector", "director")
PAGES = 90
EACH = 2
TRIES = 3
GARBAGE = (
    "", " ", "0", "-1", "9" * 40, "²", "true", "x" * 6000, "a@b", "=1+1", "A\r\nBcc: z@example.org",
    "{first_name|", "{{7*7}}", "[x](javascript:1)", "\\\\evil.example.org", "9999-12-31",
    "0001-01-01", "2026-02-30", "23:59", "xx", "\u202e\u0007", "\ud800", "👩‍👩‍👧", "'; --", "[1,{",
    '{"all":[{"field":"x"}]}', "%", "../../etc", "10/fortnight", "nan", "1e400",
)  # fmt: skip
NEVER = ("/sign-out", "/sessions")
# What a refused form may leave behind: its own count, and that somebody asked.
COUNTERS = ("advocacy_gate", "advocacy_audit", "advocacy_sign_in", "advocacy_challenge")


@dataclass
class Filled:
    """A form as a page shows it: where it goes, and what a reader who changes nothing sends."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Collects links and forms."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Filled] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        got = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in got:
            self.links.append(got["href"])
        elif tag == "form":
            self.forms.append(Filled(got.get("action", ""), got.get("method", "get").lower()))
        elif tag in ("input", "textarea", "button") and got.get("name") and self.forms:
            self.forms[-1].values.append((got["name"], got.get("value", "")))
            self.forms[-1].choices.setdefault(got["name"], []).append(got.get("value", ""))
        elif tag == "select" and self.forms:
            self._select = got.get("name", "")
        elif tag == "option" and self._select and self.forms:
            if not self.forms[-1].choices.get(self._select):
                self.forms[-1].values.append((self._select, got.get("value", "")))
            self.forms[-1].choices.setdefault(self._select, []).append(got.get("value", ""))


def _patterns() -> list[tuple[str, Any]]:
    return [(each.path, each.path_regex) for each in wiring.all_routes() if isinstance(each, Route)]


def _pattern_of(path: str, known: list[tuple[str, Any]]) -> str:
    for prefix in ("/en", "/fr", "/es", "/ar"):
        if path.startswith(prefix + "/"):
            path = path[len(prefix) :]
    return next((name for name, regex in known if regex.match(path)), "")


async def _crawl(browser: Any, starts: list[str]) -> dict[str, Filled]:
    """The forms that send something, one for each route, found by following links."""
    known, seen, visits = _patterns(), set(starts), dict[str, int]()
    waiting, forms = deque(starts), dict[str, Filled]()
    while waiting and sum(visits.values()) < PAGES:
        path = waiting.popleft()
        pattern = _pattern_of(urlsplit(path).path, known)
        if not pattern or visits.get(pattern, 0) >= EACH:
            continue
        visits[pattern] = visits.get(pattern, 0) + 1
        answer = await browser.get(path)
        assert answer.status_code < 500, path
        if "html" not in answer.headers.get("content-type", ""):
            continue
        page = _Reader()
        page.feed(answer.text)
        for form in page.forms:
            form.action = urljoin(path, form.action or path)
            if form.method == "post" and not any(each in form.action for each in NEVER):
                forms.setdefault(_pattern_of(urlsplit(form.action).path, known), form)
        for link in page.links:
            target = urljoin(path, link)
            if target.startswith("/") and target not in seen and not target.startswith("//"):
                seen.add(target)
                waiting.append(target)
    return forms


def _sent(form: Filled, dice: random.Random, attempt: int) -> str:
    """A body: garbage everywhere at first, later garbage in one field of an honest form."""
    names = list(dict.fromkeys(name for name, _value in form.values))
    spoiled = set(names) if attempt == 0 else set(dice.sample(names, min(1, len(names))))
    pairs = []
    for name in names:
        honest = dice.choice(form.choices.get(name) or [""])
        keep = name == "csrf_token" or name not in spoiled
        pairs.append((name, honest if keep else dice.choice(GARBAGE)))
    return "&".join(
        f"{quote(name, errors='surrogatepass')}={quote(value, errors='surrogatepass')}"
        for name, value in pairs
    )


async def _counts() -> dict[str, int]:
    tables = [m._meta.db_table for models in Tortoise.apps.values() for m in models.values()]
    return {
        table: int(await db.value(f"SELECT COUNT(*) FROM {table}"))
        for table in tables
        if not table.startswith(COUNTERS)
    }


@pytest.mark.parametrize("who", ROLES)
async def test_a_form_filled_with_garbage_is_answered_and_leaves_nothing_half_done(
    site: Site, who: str
) -> None:
    world = await story.tell()
    dice, wrong = random.Random(who), []
    starts = ["/fr/", "/fr/chapters/kenya", "/fr/a/keep-it-on", "/fr/me", "/fr/sign-in"]
    starts += ["/fr/console/kenya", "/fr/console/hq"]
    async with site.browser() as browser:
        await sign_in(browser, world, who)
        browser.follow_redirects = True
        forms = await _crawl(browser, starts)
        assert forms, "no form found"
        browser.follow_redirects = False
        for pattern, form in sorted(forms.items()):
            for attempt in range(TRIES):
                before = await _counts()
                answer = await browser.post(
                    form.action,
                    content=_sent(form, dice, attempt),
                    headers={"content-type": "application/x-www-form-urlencoded"},
                )
                told = f"{pattern} ({attempt}) as {who}: {answer.status_code}"
                if answer.status_code >= 500:
                    wrong.append(told)
                elif answer.status_code >= 400:
                    if await _counts() != before:
                        wrong.append(f"{told} wrote something")
                    is_page = "html" in answer.headers.get("content-type", "")
                    if is_page and 'lang="fr"' not in answer.text[:200]:
                        wrong.append(f"{told} is not in French")
    await site.idle()
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", ["es", "ar"])
@pytest.mark.parametrize("who", ["nobody", "lead", "director"])
async def test_pages_open_in_every_language(site: Site, who: str, language: str) -> None:
    world = await story.tell()
    places = ("/", "/chapters/kenya", "/a/keep-it-on", "/console/kenya", "/console/hq")
    async with site.browser() as browser:
        await sign_in(browser, world, who)
        browser.follow_redirects = True
        assert await _crawl(browser, [f"/{language}{place}" for place in places])
