"""Signing in through a provider that really runs, and every way of lying about it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as hypothesis_settings
from joserfc.jwk import RSAKey

from advocacy import moment, settings
from advocacy.audit.models import AuditEntry
from advocacy.errors import Misconfigured
from advocacy.identity.models import Grant, Session, User
from advocacy.openid import arriving, provider
from advocacy.openid.models import Account, Departure
from tests.advocacy.factors import staff
from tests.advocacy.openid import visits
from tests.advocacy.openid.standin import Provider
from tests.conftest import Site


async def test_a_director_signs_in_with_the_organisation_s_account(
    site: Site, idp: Provider
) -> None:
    user = await visits.director()
    assert "Sign in with Example ID" in (await site.http.get("/sign-in")).text
    page = await visits.whole_way(site.http, next="/me/sessions")
    assert page.url.path == "/me/sessions"
    assert (await site.http.get("/console/hq")).status_code == 200
    account = await Account.get()
    assert (account.issuer, account.subject, account.user_id) == (idp.issuer, "subject-1", user.id)
    idp.claims = {"email": "new-name@example.org", "email_verified": False}
    async with site.browser() as other:
        await visits.whole_way(other)
        assert (await other.get("/me/sessions")).url.path == "/me/sessions", "known by subject"
    assert await User.all().count() == 1
    noted = AuditEntry.filter(actor_id=user.id).order_by("id")
    assert await noted.values_list("act", flat=True) == [
        "account.linked",
        "session.opened",
        "session.opened",
    ]


async def test_each_departure_has_secrets_of_its_own(site: Site, idp: Provider) -> None:
    asked = [parse_qs(urlsplit(await visits.away(site.http)).query) for _n in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]
        assert len(asked[0][name][0]) >= 43
    kept = await Departure.all().values()
    assert asked[0]["state"][0] not in str(kept)


async def test_keys_that_changed_are_read_again(
    site: Site, idp: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await visits.director()
    before, idp.key = idp.key, RSAKey.generate_key(2048, {"kid": "next"})
    idp.header = {"kid": "next"}
    now_key, idp.key = idp.key, before
    address = await visits.away(site.http)
    idp.key = now_key
    held = provider._described
    assert held is not None
    monkeypatch.setattr(provider, "_described", replace(held, read_at=held.read_at - 120))
    page = await site.http.get(await visits.consented(address))
    idp.key = before
    assert page.status_code == 200
    assert await Session.all().count() == 1


async def test_another_browser_s_way_back_opens_nothing(site: Site, idp: Provider) -> None:
    await visits.director()
    back = await visits.consented(await visits.away(site.http))
    async with site.browser() as victim:
        assert (await victim.get(back)).status_code == 403
        await visits.away(victim)
        assert (await victim.get(back)).status_code == 403
    assert await visits.nobody_came()
    assert (await site.http.get(back)).status_code == 200, "the right browser may still"


async def test_a_way_back_works_once_and_for_ten_minutes(site: Site, idp: Provider) -> None:
    await visits.director()
    back = await visits.consented(await visits.away(site.http))
    late = await visits.consented(await visits.away(site.http))
    with moment.shifted(timedelta(minutes=11)):
        assert (await site.http.get(late)).status_code == 403
    assert (await site.http.get(back)).status_code == 200
    assert (await site.http.get(back)).status_code == 403
    assert await Session.all().count() == 1
    with moment.shifted(timedelta(hours=1)):
        assert await arriving.forget_old() == 2


async def test_one_way_back_taken_many_times_at_once_opens_one_session(
    site: Site, idp: Provider
) -> None:
    await visits.director()
    back = await visits.consented(await visits.away(site.http))
    await asyncio.gather(*(site.http.get(back, follow_redirects=False) for _n in range(5)))
    assert await Session.all().count() == 1


@pytest.mark.parametrize("change", ["state", "code", "iss"])
async def test_a_way_back_with_another_value_opens_nothing(
    site: Site, idp: Provider, change: str
) -> None:
    await visits.director()
    back = urlsplit(await visits.consented(await visits.away(site.http)))
    values = {name: found[0] for name, found in parse_qs(back.query).items()}
    for value in ("", "another", "é" * 300):
        page = await site.http.get(back.path, params={**values, change: value})
        assert page.status_code in ((200, 403) if change == "iss" and not value else (403,))
    assert await Session.all().count() == (1 if change == "iss" else 0)


async def test_a_code_of_another_sign_in_fails_by_its_verifier(site: Site, idp: Provider) -> None:
    await visits.director()
    stolen = parse_qs(urlsplit(await visits.consented(await visits.away(site.browser()))).query)[
        "code"
    ][0]
    mine = parse_qs(urlsplit(await visits.consented(await visits.away(site.http))).query)["state"][
        0
    ]
    answer = await site.http.get(provider.CALLBACK, params={"state": mine, "code": stolen})
    assert answer.status_code == 403
    assert idp.redeemed == [] and await visits.nobody_came()


async def test_a_refusal_by_the_provider_is_a_clear_page(site: Site, idp: Provider) -> None:
    back = urlsplit(await visits.consented(await visits.away(site.http)))
    state = parse_qs(back.query)["state"][0]
    refusal = {"error": "access_denied", "error_description": "<b>no</b>", "state": state}
    page = await site.http.get(back.path, params=refusal)
    assert page.status_code == 403 and "did not let you through" in page.text
    assert "<b>no" not in page.text


@pytest.mark.parametrize("broken", ["discovery", "issuer", "token"])
async def test_a_provider_that_is_ill_is_a_clear_page(
    site: Site, idp: Provider, broken: str
) -> None:
    await visits.director()
    idp.broken = broken
    if broken == "token":
        page = await visits.whole_way(site.http)
    else:
        page = await site.http.post("/sign-in/openid")
    assert page.status_code in (403, 503) and "You are not signed in" in page.text
    assert await visits.nobody_came()


async def test_a_second_factor_is_owed_unless_the_provider_saw_one(
    site: Site, idp: Provider
) -> None:
    user = await visits.director()
    await staff.with_codes(user)
    assert (await visits.whole_way(site.http)).url.path == "/me/prove"
    for said in ({"amr": ["pwd"]}, {"amr": "mfa"}, {"amr": [["mfa"]]}, {"acr": ["mfa"]}):
        idp.claims = said
        async with site.browser() as other:
            assert (await visits.whole_way(other)).url.path == "/me/prove", said
    for said in ({"amr": ["pwd", "mfa"]}, {"acr": "mfa"}):
        idp.claims = said
        async with site.browser() as other:
            await visits.whole_way(other)
            assert (await other.get("/me/sessions")).url.path == "/me/sessions", said


async def test_an_account_leads_nowhere_once_the_role_is_gone(site: Site, idp: Provider) -> None:
    user = await visits.director()
    await visits.whole_way(site.http)
    await Grant.filter(user_id=user.id).update(revoked_at=moment.now())
    async with site.browser() as other:
        assert (await visits.whole_way(other)).status_code == 403
    assert await Session.all().count() == 1


async def test_an_address_that_went_to_somebody_else_takes_no_account_over(
    site: Site, idp: Provider
) -> None:
    await visits.director()
    await visits.whole_way(site.http)
    idp.claims = {"sub": "subject-2"}
    async with site.browser() as other:
        page = await visits.whole_way(other)
        assert page.status_code == 403
    assert await Account.all().count() == 1


async def test_without_a_provider_there_is_no_such_way(site: Site) -> None:
    assert (await site.http.post("/sign-in/openid")).status_code == 404
    assert (await site.http.get("/sign-in/openid/back")).status_code == 404
    assert "Sign in with" not in (await site.http.get("/en/sign-in")).text


def test_half_a_provider_is_refused_at_the_start() -> None:
    with pytest.raises(Misconfigured, match="OIDC_CLIENT_SECRET is not set"):
        settings.load({"OIDC_ISSUER": "https://id.example.org", "OIDC_CLIENT_ID": "x"})
    with pytest.raises(Misconfigured, match="https"):
        settings.load(
            {
                "OIDC_ISSUER": "http://id.example.org",
                "OIDC_CLIENT_ID": "x",
                "OIDC_CLIENT_SECRET": "y",
            }
        )


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    strategies.dictionaries(
        strategies.sampled_from(["state", "code", "error", "iss"]), strategies.text(max_size=60)
    )
)
async def test_garbage_on_the_way_back_is_a_clear_page(
    site: Site, idp: Provider, values: dict[str, str]
) -> None:
    answer = await site.http.get(provider.CALLBACK, params=values)
    assert answer.status_code in (400, 403)
    assert await visits.nobody_came()
