"""Requests that no browser sends get an answer, never a crash."""

from typing import Any

import pytest
from starlette.requests import Request

from advocacy.web import limits, pages


@pytest.mark.parametrize("path", ["/a/%00", "/chapters/x%00y", "/campaigns?language=%00"])
async def test_a_nul_in_an_address_is_refused(site: Any, path: str) -> None:
    assert (await site.http.get(path)).status_code == 400


async def test_a_nul_in_a_form_is_refused(site: Any) -> None:
    answer = await site.http.post("/sign-in", data={"email": "a\0b@example.org"})
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/me/sessions/%s/revoke", "/console/kenya/mailings/%s"])
@pytest.mark.parametrize("number", ["9" * 19, "9" * 5000])
async def test_a_number_beyond_any_row_is_no_page(site: Any, path: str, number: str) -> None:
    assert (await site.http.post(path % number)).status_code in (404, 405)


async def test_a_name_longer_than_any_of_ours_is_refused(site: Any) -> None:
    assert (await site.http.get(f"/chapters/{'x' * 900}")).status_code == 400


@pytest.mark.parametrize("charset", ["utf-7", "punycode", "undefined", "nonsense"])
@pytest.mark.parametrize("modern", [True, False])
async def test_a_part_in_a_charset_that_is_none_is_no_crash(
    site: Any, charset: str, modern: bool
) -> None:
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    part = b'--x\r\ncontent-disposition: form-data; name="email"\r\n\r\n+2AA-\r\n--x--\r\n'
    if not modern:
        del site.http.headers["sec-fetch-site"]
    answer = await site.http.post("/sign-in", content=part, headers={"content-type": kind})
    assert answer.status_code < 500


@pytest.mark.parametrize(
    "path", ["//[x", "//\u2100", "/\\evil.example.org", "https:/x", "/a\tb", " //x", "x", "////x"]
)
def test_a_way_on_leads_nowhere_else(path: str) -> None:
    assert pages.safe_path(path) == "/"


async def test_a_file_where_a_text_belongs_is_refused(site: Any) -> None:
    answer = await site.http.post("/sign-in", files={"email": ("a.txt", b"a@example.org")})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("address", "seat"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::"),
        ("203.0.113.9", "203.0.113.9"),
        ("testclient", "testclient"),
    ],
)
def test_limits_count_a_household_once(address: str, seat: str) -> None:
    scope = {"type": "http", "client": (address, 1), "headers": []}
    assert limits.client_address(Request(scope)) == seat


async def test_limits_that_cannot_be_counted_hold_nobody_up() -> None:
    limits.open_limits("redis://127.0.0.1:1/0")
    await limits.limit("sign-in", "1/hour", "203.0.113.9")
