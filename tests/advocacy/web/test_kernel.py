"""What every answer carries: headers, compression, tags, limits, and errors that help."""

import gzip
import re

import brotli
import pytest

from advocacy import db
from advocacy.web import limits
from tests.conftest import Site


async def test_every_answer_forbids_what_our_pages_never_do(site: Site) -> None:
    for path in ("/", "/sign-in", "/nope", "/healthz", "/console"):
        headers = (await site.http.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert re.fullmatch(r"[0-9a-f]{16}", headers["x-request-id"])


async def test_request_ids_differ(site: Site) -> None:
    ids = {(await site.http.get("/healthz")).headers["x-request-id"] for _ in range(5)}
    assert len(ids) == 5


async def test_pages_are_compressed_as_the_reader_can_take_it(site: Site) -> None:
    plain = await site.http.get("/en/privacy", headers={"accept-encoding": "identity"})
    for encoding, unpack in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        async with site.http.stream(
            "GET", "/en/privacy", headers={"accept-encoding": encoding}
        ) as answer:
            raw = b"".join([chunk async for chunk in answer.aiter_raw()])
        assert answer.headers["content-encoding"] == encoding
        assert unpack(raw).decode() == plain.text
        assert len(raw) < len(plain.content) / 2


async def test_a_public_page_unchanged_is_not_sent_twice(site: Site) -> None:
    first = await site.http.get("/en/privacy")
    tag = first.headers["etag"]
    again = await site.http.get("/en/privacy", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = await site.http.get("/fr/privacy", headers={"if-none-match": tag})
    assert other.status_code == 200


async def test_static_files_keep_for_ever_under_their_version(site: Site) -> None:
    page = (await site.http.get("/en/privacy")).text
    address = re.search(r'href="(/static/\w+/site\.css)"', page)
    assert address is not None
    sheet = await site.http.get(address.group(1))
    assert "max-age=31536000" in sheet.headers["cache-control"]
    assert (await site.http.get("/static/x/../settings.py")).status_code == 404
    assert (await site.http.get("/static/x/%2e%2e%2fapp.py")).status_code == 404


async def test_a_body_beyond_the_limit_is_refused_kindly(site: Site) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    body = b"email=" + b"x" * 3_000_000
    answer = await site.http.post("/sign-in", content=body, headers=form)
    assert answer.status_code == 413


async def test_too_many_attempts_are_told_when_to_come_back(site: Site) -> None:
    limits.open_limits(site.config.redis_url)
    form = {"List-Unsubscribe": "One-Click"}
    answers = [await site.http.post("/en/u/guess.x", data=form) for _ in range(62)]
    assert {answer.status_code for answer in answers} == {404, 429}
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "Wait" in answers[-1].text


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
async def test_an_error_is_a_page_in_the_reader_s_language(site: Site, language: str) -> None:
    answer = await site.http.get(f"/{language}/nowhere")
    assert answer.status_code == 404
    assert f'<html lang="{language}"' in answer.text
    assert answer.headers["x-request-id"] in answer.text


async def test_a_program_gets_problem_json(site: Site) -> None:
    answer = await site.http.get("/nowhere", headers={"accept": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404


async def test_health_readiness_and_metrics_answer(site: Site) -> None:
    assert (await site.http.get("/healthz")).text == "ok\n"
    assert (await site.http.get("/readyz")).text == "ready\n"
    metrics = (await site.http.get("/metrics")).text
    assert 'advocacy_http_requests_total{method="GET",route="/healthz",status="200"}' in metrics


async def test_the_browser_s_language_decides_where_nothing_else_does(site: Site) -> None:
    for wanted, spoken in (
        ("ar-EG,ar;q=0.9", "ar"),
        ("pt;q=0.9, es;q=0.8", "es"),
        ("xx", "en"),
        (";;q=,,", "en"),
    ):
        answer = await site.http.get("/privacy", headers={"accept-language": wanted})
        assert f'<html lang="{spoken}"' in answer.text


async def test_a_language_in_the_path_stays_in_the_links(site: Site) -> None:
    page = (await site.http.get("/ar/privacy")).text
    assert 'href="/ar/chapters"' in page
    assert 'href="/fr/privacy"' in page


async def test_the_log_names_patterns_never_tokens(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    from advocacy.web.observing import configure_logging

    configure_logging("info", as_json=True)
    try:
        await site.http.get("/sign-in/1~secret.token")
    finally:
        configure_logging("error", as_json=False)
    logged = capsys.readouterr().out
    assert "secret" not in logged


async def test_metrics_are_for_this_machine_and_name_no_strange_methods(site: Site) -> None:
    through_a_proxy = {"x-forwarded-for": "203.0.113.9"}
    assert (await site.http.get("/metrics", headers=through_a_proxy)).status_code == 403
    await site.http.request("BREW", "/healthz")
    metrics = (await site.http.get("/metrics")).text
    assert 'method="other"' in metrics
    assert "BREW" not in metrics


async def test_a_session_out_of_reach_is_a_page_that_says_sorry(site: Site) -> None:
    await db.execute("ALTER TABLE advocacy_session RENAME TO advocacy_session_away")
    site.http.cookies.set("session", "x" * 40)
    answer = await site.http.get("/en/privacy")
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert "Traceback" not in answer.text
