"""Passkeys over HTTP, made in software: who lies, replays or comes from elsewhere fails."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings

from advocacy import moment, settings
from advocacy.audit.models import AuditEntry
from advocacy.errors import Invalid
from advocacy.factors import passkeys
from advocacy.factors.models import Challenge, Passkey
from advocacy.identity.models import Session, User
from tests.advocacy.factors import staff
from tests.authenticator import PRESENT, Authenticator
from tests.conftest import Site

ADD = "/me/security/passkeys"


@pytest.fixture
async def reader(site: Site) -> AsyncIterator[Any]:
    """A lead's browser, signed in where passkeys may be used."""
    staff.with_passkeys(site.config)
    site.http.base_url = staff.BASE
    await staff.enter(site.http, await staff.lead())
    yield site.http


def device(**changes: Any) -> Authenticator:
    return Authenticator(**{"origin": staff.BASE, "rp_id": "advocacy.localhost", **changes})


async def asked(browser: Any, path: str) -> dict[str, Any]:
    answer = await browser.post(f"{path}/challenge", headers={"accept": "application/json"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def added(browser: Any, key: Authenticator, **lies: Any) -> Any:
    form = {"credential": key.create(await asked(browser, ADD), **lies), "name": "My phone"}
    return await browser.post(ADD, data=form)


async def signed_in(browser: Any, key: Authenticator, **lies: Any) -> Any:
    credential = key.get(await asked(browser, "/sign-in/passkey"), **lies)
    return await browser.post("/sign-in/passkey", data={"credential": credential})


def stranger(site: Site) -> Any:
    browser = site.browser()
    browser.base_url = staff.BASE
    browser.headers["accept-language"] = "en"
    return browser


async def test_a_passkey_is_added_and_signs_in_without_a_letter(site: Site, reader: Any) -> None:
    key = device()
    page = await added(reader, key)
    assert "Keep these recovery codes" in page.text
    kept = await Passkey.get()
    assert (kept.name, kept.transports) == ("My phone", "internal")
    assert "My phone" in (await reader.get("/me/security")).text
    async with stranger(site) as other:
        options = await asked(other, "/sign-in/passkey")
        assert options["userVerification"] == "required" and not options["allowCredentials"]
        home = await signed_in(other, key)
        assert home.status_code == 200 and "/sign-in" not in home.url.path
        assert (await other.get("/console")).status_code == 200
    session = await Session.all().order_by("-id").first()
    assert session is not None and not session.factor_due and session.proved_at is not None
    notes = AuditEntry.filter(act="session.opened").order_by("id")
    assert '"way":"passkey"' in str(await notes.values_list("details", flat=True))


LIES: list[dict[str, Any]] = [
    {"origin": "https://evil.example"},
    {"origin": "http://testserver"},
    {"type": "webauthn.get"},
    {"type": "webauthn.create"},
    {"challenge": "bm90IG91cnM"},
]
STRANGE: list[dict[str, Any]] = [{"rp_id": "evil.example"}, {"flags": PRESENT}, {"flags": 0}]


async def test_a_false_answer_adds_no_passkey(reader: Any) -> None:
    for lies in LIES[:3] + LIES[4:]:
        assert (await added(reader, device(), **lies)).status_code == 422, lies
    for changes in STRANGE:
        assert (await added(reader, device(**changes))).status_code == 422, changes
    assert await Passkey.all().count() == 0


async def test_a_false_answer_signs_nobody_in(site: Site, reader: Any) -> None:
    key = device()
    await added(reader, key)
    async with stranger(site) as other:
        for lies in LIES[:2] + LIES[3:]:
            assert (await signed_in(other, key, **lies)).status_code == 422, lies
        for changes in STRANGE:
            assert (await signed_in(other, replace(key, **changes))).status_code == 422, changes
        assert (await other.get("/me/sessions")).url.path == "/sign-in"
        assert (await signed_in(other, key)).status_code == 200


async def test_an_answer_to_another_browser_s_challenge_opens_nothing(
    site: Site, reader: Any
) -> None:
    key = device()
    await added(reader, key)
    async with stranger(site) as victim, stranger(site) as thief:
        credential = key.get(await asked(victim, "/sign-in/passkey"))
        stolen = await thief.post("/sign-in/passkey", data={"credential": credential})
        assert stolen.status_code == 422
        right = await victim.post("/sign-in/passkey", data={"credential": credential})
        assert right.status_code == 200, "the thief used nothing up"
        again = await victim.post("/sign-in/passkey", data={"credential": credential})
        assert again.status_code == 422, "good once"


async def test_a_challenge_dies_after_five_minutes_and_serves_one_purpose(
    site: Site, reader: Any
) -> None:
    key = device()
    await added(reader, key)
    async with stranger(site) as other:
        late = key.get(await asked(other, "/sign-in/passkey"))
        with moment.shifted(timedelta(minutes=6)):
            answer = await other.post("/sign-in/passkey", data={"credential": late})
            assert answer.status_code == 422
    proof = key.get(await asked(reader, "/me/prove/passkey"))
    crossed = await reader.post("/sign-in/passkey", data={"credential": proof})
    assert crossed.status_code == 422
    assert (await reader.post("/me/prove/passkey", data={"credential": proof})).status_code == 200
    with moment.shifted(timedelta(hours=1)):
        from advocacy.factors import challenges

        assert await challenges.forget_old() == await Challenge.all().count() + 3


async def test_a_copy_that_counts_behind_is_refused(site: Site, reader: Any) -> None:
    key = device()
    await added(reader, key)
    async with stranger(site) as other:
        copy = replace(key)
        assert (await signed_in(other, key)).status_code == 200
        assert (await signed_in(other, copy)).status_code == 422


async def test_one_answer_sent_many_times_at_once_opens_one_session(
    site: Site, reader: Any
) -> None:
    key = device()
    await added(reader, key)
    before = await Session.all().count()
    async with stranger(site) as other:
        credential = key.get(await asked(other, "/sign-in/passkey"))
        form = {"credential": credential}
        await asyncio.gather(*(other.post("/sign-in/passkey", data=form) for _n in range(5)))
    assert await Session.all().count() == before + 1


async def test_another_s_passkey_proves_nothing(site: Site, reader: Any) -> None:
    mine, theirs = device(), device()
    await added(reader, mine)
    async with stranger(site) as other:
        await staff.enter(other, await staff.lead("other@example.org"))
        await added(other, theirs)
    answer = theirs.get(await asked(reader, "/me/prove/passkey"))
    assert (await reader.post("/me/prove/passkey", data={"credential": answer})).status_code == 422
    kept = await Passkey.filter(user_id=(await User.get(email="other@example.org")).id).get()
    for act in ("rename", "remove"):
        answer = await reader.post(f"{ADD}/{kept.id}/{act}", data={"name": "Mine"})
        assert answer.status_code == 404
    assert (await Passkey.get(id=kept.id)).name == "My phone"


async def test_a_passkey_is_renamed_and_removed_and_no_longer_signs_in(
    site: Site, reader: Any
) -> None:
    key = device()
    await added(reader, key)
    kept = await Passkey.get()
    assert (await reader.post(f"{ADD}/{kept.id}/rename", data={"name": " "})).status_code == 422
    page = await reader.post(f"{ADD}/{kept.id}/rename", data={"name": "  Blue  key "})
    assert "Blue key" in page.text
    await reader.post(f"{ADD}/{kept.id}/remove")
    assert await Passkey.all().count() == 0
    async with stranger(site) as other:
        refused = await signed_in(other, key)
        unknown = await signed_in(other, device())
        assert refused.status_code == unknown.status_code == 422
        assert staff.without_tokens(refused.text) == staff.without_tokens(unknown.text)


async def test_where_browsers_allow_no_passkeys_the_page_says_so(site: Site) -> None:
    for base in ("http://127.0.0.1:8000", "http://testserver"):
        settings.use(replace(site.config, base_url=base))
        assert not settings.current().has_passkeys
        assert "passkeys.js" not in (await site.http.get("/sign-in")).text
    for base in ("https://example.org", "http://localhost:8000"):
        settings.use(replace(site.config, base_url=base))
        assert settings.current().has_passkeys
    await staff.enter(site.http, await staff.lead())


json_values = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.text(),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(
            strategies.sampled_from(
                [
                    "id",
                    "rawId",
                    "type",
                    "response",
                    "clientDataJSON",
                    "attestationObject",
                    "transports",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(strategies.text(max_size=100) | json_values.map(json.dumps))
@hypothesis_settings(max_examples=150, deadline=None)
def test_garbage_for_a_passkey_is_refused_in_words(answer: str) -> None:
    try:
        found = passkeys._challenge_in(passkeys._read(answer))
    except Invalid as wrong:
        assert wrong.message
    else:
        assert found == ""


async def test_a_mangled_answer_is_refused_and_changes_nothing(site: Site, reader: Any) -> None:
    key = device()
    await added(reader, key)
    made_at, used_at = (ADD, "attestationObject"), ("/me/prove/passkey", "signature")
    for path, part in (made_at, used_at, (ADD, "id"), (used_at[0], "authenticatorData")):
        for value in ("", "AAAA", "!", 7, None, {"a": 1}, "é", "A" * 60_000):
            options = await asked(reader, path)
            answer = device().create(options) if path == ADD else key.get(options)
            credential = json.loads(answer)
            (credential if part == "id" else credential["response"])[part] = value
            sent = await reader.post(path, data={"credential": json.dumps(credential)})
            assert sent.status_code == 422, f"{part} {value!r}"
    assert await Passkey.all().count() == 1
