"""Whatever is sent to whichever route by whomever gets an answer, and never a crash."""

import random
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from starlette.routing import Route

from advocacy.members import links
from advocacy.preferences import choosing
from advocacy.web import static
from campaigns import wiring
from campaigns.actions import recognising
from campaigns.mailings import tracking
from tests import story
from tests.conftest import Site
from tests.flows.test_access import sign_in

REQUESTS = 450
HUGE = "9" * 30
ODD = (
    "0", "-1", HUGE, "9223372036854775808", "9" * 5000, "1e9", "²", "٣", "%ff", "%ed%a0%80",
    "%F0%9F%92%A3", "..%2f..%2fetc", "%2e%2e", "en", "x" * 4000, "'", '"><i>', "{{7*7}}", "{a|b}",
    "%0d%0aX-Bad:1", "//%5B", "%5Cevil.example.org", "1~1.x", "hq", "%", "9999-99-99", "0001-01-01",
)  # fmt: skip
ANSWERS = (
    "", "0", "-1", HUGE, "9223372036854775808", "9" * 5000, "²", "true", "\ud800", "x" * 9000,
    "a@b", "=1+1", "A\r\nBcc: z@example.org", "{first_name|", "{", "{link}", "[x](http://[)",
    "[x](javascript:1)", "//[x", "\\\\evil.example.org", "9999-12-31", "0001-01-01", "2026-02-30",
    "23:59", "9999-12-31T23:59", "en", "xx", "petition", "1", "\u202e\u0007", "👩‍👩‍👧", "One-Click",
)  # fmt: skip
NAMES = ("q", "before", "p", "s", "t", "next", "language", "chapter", "person", "page",
    "was", "archived")  # fmt: skip
ALWAYS = ("version", "email", "given_name", "name", "goal", "page", "when")
FIELDS = (
    "p", "s", "next", "language", "languages", "add", "remove", "preview", "from", "letters",
    "family_name", "comment", "is_named", "starts_on", "ends_on", "send_at", "joined_since",
    "acted", "acted_page", "outcome", "en:title", "en:case", "en:ask", "en:summary", "en:thanks",
    "en:subject", "en:body", "en:preheader", "fr:title", "fr:body", "List-Unsubscribe",
    "csrf_token", "country_code", "q",
)  # fmt: skip
BODIES = (
    ("multipart/form-data; boundary=x; charset=utf-7", b"--x\r\ncontent-disposition: form-data;"
     b' name="email"\r\n\r\n+2AA-\r\n--x--\r\n'),
    ("multipart/form-data; boundary=x; charset=punycode", b"--x\r\ncontent-disposition: form-data;"
     b' name="email"\r\n\r\n\xff-\xff\r\n--x--\r\n'),
    ("multipart/form-data; boundary=x", b"--x\r\ncontent-disposition: form-data; name=\"email\";"
     b' filename="a"\r\n\r\n\0\r\n--x--\r\n'),
    ("multipart/form-data; boundary=x", b"--y\r\n\r\n"),
    ("multipart/form-data", b"--x"),
    ("application/json", b'{"email": ['),
    ("application/x-www-form-urlencoded", b"&&=&%&email=%ff%fe&email=2&version=1&version=\xff"),
    ("application/x-www-form-urlencoded", b"a=1&" * 300),
    ("\xff", b"\xff"),
)  # fmt: skip
HEADERS = (
    {b"accept-language": b"x" * 500 + b",*;q=nan,en;q=9e999"},
    {b"cookie": b"session=\xff; said=1.2; asked=\xff; language=xx"},
    {b"host": b"evil.example.org:99999999", b"x-forwarded-for": b"::g, 999.1.1.1"},
    {b"accept": b"application/json", b"if-none-match": b"\xff", b"range": b"bytes=9-1"},
    {b"sec-fetch-site": b"cross-site", b"origin": b"null"},
    {b"sec-fetch-site": b"\xff", b"x-csrf-token": b"\xff"},
)


@pytest.mark.parametrize(
    "who",
    [
        "nobody",
        "member",
        "helper",
        "organiser",
        "lead",
        "africa",
        "analyst",
        "protector",
        "director",
    ],
)
async def test_no_request_of_any_reader_crashes(site: Site, who: str) -> None:
    world = await story.tell()
    crashed = []
    async with site.browser() as browser:
        await sign_in(browser, world, who)
        for method, path, extra in _requests(world, random.Random(who)):
            answer = await browser.request(method, path, **extra)
            if answer.status_code >= 500 and answer.status_code != 501:
                crashed.append(f"{method} {path[:150]} {str(extra)[:200]} {answer.status_code}")
            location = urlsplit(answer.headers.get("location", ""))
            assert location.netloc in ("", "testserver"), path
            assert "x-bad" not in answer.headers, path
    await site.idle()
    assert not crashed, "\n".join(crashed)


def _requests(world: story.World, dice: random.Random) -> Iterator[tuple[str, str, dict[str, Any]]]:
    routes = [each for each in [*wiring.all_routes(), *static.routes] if isinstance(each, Route)]
    for number in range(REQUESTS):
        route = routes[number % len(routes)]
        methods = sorted(route.methods or {"GET"})
        method = dice.choice([*methods, *methods, *methods, "HEAD", "OPTIONS", "DELETE", "BREW"])
        path = dice.choice(["", "", "", "/en", "/ar", "/en/fr", "/"]) + _path(route, world, dice)
        if dice.random() < 0.5:
            path += "?" + "&".join(f"{name}={dice.choice(ODD)}" for name in dice.sample(NAMES, 4))
        extra = _body(dice) if method not in ("GET", "HEAD", "OPTIONS") else {"headers": {}}
        if dice.random() < 0.2:
            extra["headers"] |= dice.choice(HEADERS)
        yield method, path, extra


def _path(route: Route, world: story.World, dice: random.Random) -> str:
    def fill(part: "re.Match[str]") -> str:
        name, kind = part.groups()
        if kind == "int":
            return dice.choice([*[str(world.mailing.id)] * 3, HUGE, "0", "9" * 5000])
        if dice.random() < 0.25:
            return dice.choice(ODD).replace("/", "%2F")
        return dice.choice(_real(world)[name])

    return re.sub(r"\{(\w+)(?::(\w+))?\}", fill, route.path)


def _real(world: story.World) -> dict[str, list[str]]:
    amina = world.members[0].id
    return {
        "token": [
            recognising.token_for(amina),
            tracking.unsubscribe_path(amina)[3:],
            tracking.click_path(amina, 1)[3:],
            links.preferences_path(amina)[len("/preferences/") :],
            "test",
        ],
        "chapter": ["kenya", "kenya", "hq"],
        "campaign": ["keep-it-on"],
        "slug": ["keep-it-on", "kenya"],
        "version": ["x"],
        "name": ["site.css"],
        "table": ["days", "regions"],
        "language": ["en", "fr"],
        "starter": ["keep-it-on"],
        "step": ["pause", "resume", "end", "publish"],
        "what": [*choosing.ACTS, "fresh", "join"],
        "letter": ["20260101T000000000000-000000000000"],
    }


def _body(dice: random.Random) -> dict[str, Any]:
    if dice.random() < 0.25:
        kind, content = dice.choice(BODIES)
        return {"content": content, "headers": {b"content-type": kind.encode("latin-1")}}
    names = dice.sample(FIELDS, 7)
    pairs = [(name, dice.choice(ANSWERS)) for name in [*names, *names[:2], *ALWAYS]]
    content = "&".join(f"{name}={quote(value, errors='surrogatepass')}" for name, value in pairs)
    return {"content": content, "headers": {b"content-type": b"application/x-www-form-urlencoded"}}
