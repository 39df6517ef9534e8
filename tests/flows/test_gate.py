"""The gate before public forms: people pass unseen, floods are asked for work, nobody is lost."""

import asyncio
import base64
import html
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from altcha import Challenge, Payload, solve_challenge
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from advocacy import moment
from advocacy.audit.models import AuditEntry
from advocacy.chapters.models import Chapter
from advocacy.gate import counting, domains, proving
from advocacy.gate.models import DomainRule, GateCount, Rate, SpentProof
from advocacy.members import joining
from advocacy.members.models import Person, SignUp
from advocacy.web import stamps
from campaigns.actions import letters
from campaigns.actions.models import Action
from tests import factories
from tests.campaigns.visitors import visitor
from tests.conftest import Site

JOIN = {"given_name": "Rosa", "family_name": "Diaz", "language": "en"}
SIGN = {"given_name": "Rosa", "family_name": "Diaz", "country": "Mexico"}


def wish(email: str, **more: str) -> dict[str, str]:
    return factories.stamped(**{**JOIN, "email": email, **more})


def hidden_in(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?>', page)
    return {name: html.unescape(value) for name, value in found}


def challenge_in(page: str) -> dict[str, Any]:
    match = re.search(r'data-challenge="([^"]*)"', page)
    assert match is not None
    found: dict[str, Any] = json.loads(html.unescape(match.group(1)))
    return found


def solved(challenge: dict[str, Any]) -> str:
    made = Challenge.from_dict(challenge)
    solution = solve_challenge(made)
    assert solution is not None
    return Payload(made, solution).to_base64()


async def slow_rates(**changes: str) -> None:
    now = moment.now()
    for name, rate in changes.items():
        await Rate.create(name=name, burst=rate, sustained=rate, changed_at=now)


@pytest.mark.parametrize("path", ["/en/chapters/kenya/join", "/en/a/keep-it-on"])
async def test_above_a_rate_a_solved_check_carries_the_form_on(site: Site, path: str) -> None:
    kenya = await factories.chapter("kenya")
    await factories.campaign_with_page(kenya, slug="keep-it-on")
    await slow_rates(domain="1/hour")
    form = JOIN if "join" in path else SIGN
    first = factories.stamped(**{**form, "email": "a@example.org"})
    assert (await site.http.post(path, data=first)).status_code == 200
    typed = factories.stamped(**{**form, "email": "b@example.org", "given_name": 'Z"oë <b>'})
    asked = await site.http.post(path, data=typed)
    assert asked.status_code == 429
    assert "proof.js" in asked.text and "Send it without the check" in asked.text
    carried = hidden_in(asked.text)
    assert carried["given_name"] == 'Z"oë <b>', "what was typed is kept"
    carried["altcha"] = solved(challenge_in(asked.text))
    taken = await site.http.post(path, data=carried)
    assert taken.status_code == 200 and "b@example.org" in taken.text
    await site.idle()
    assert len(site.post.to("b@example.org")) == 1, "the letter goes out at once"
    again = await site.http.post(path, data={**carried, "email": "b@example.org"})
    assert again.status_code == 429, "a proof counts once"
    assert await SpentProof.all().count() == 1


async def test_a_proof_is_worth_nothing_for_another_form_or_when_it_is_old(site: Site) -> None:
    await factories.chapter("kenya")
    await factories.chapter("senegal")
    await slow_rates(address="1/hour")
    await site.http.post("/en/chapters/kenya/join", data=wish("a@example.org"))
    asked = await site.http.post("/en/chapters/kenya/join", data=wish("b@example.org"))
    proof = solved(challenge_in(asked.text))
    for path, data in (
        ("/en/chapters/kenya/join", wish("c@example.org", altcha=proof)),
        ("/en/chapters/senegal/join", wish("b@example.org", altcha=proof)),
    ):
        assert (await site.http.post(path, data=data)).status_code == 429
    with moment.shifted(proving.LIFE + timedelta(minutes=1)):
        late = await site.http.post(
            "/en/chapters/kenya/join", data=wish("b@example.org", altcha=proof)
        )
        assert late.status_code == 429
    assert await SignUp.all().count() == 1
    forged = json.loads(base64.b64decode(proof))
    forged["challenge"]["parameters"]["keyPrefix"] = "00"
    cheap = base64.b64encode(json.dumps(forged).encode()).decode()
    data = wish("b@example.org", altcha=cheap)
    assert (await site.http.post("/en/chapters/kenya/join", data=data)).status_code == 429


async def test_without_script_the_form_is_taken_and_its_letter_comes_later(site: Site) -> None:
    kenya = await factories.chapter("kenya")
    petition = await factories.campaign_with_page(kenya, slug="keep-it-on")
    await slow_rates(address="1/hour")
    await site.http.post("/en/chapters/kenya/join", data=wish("a@example.org"))
    for path in ("/en/chapters/kenya/join", f"/en{petition.path}"):
        email = f"{'join' if 'join' in path else 'sign'}@example.org"
        form = JOIN if "join" in path else SIGN
        asked = await site.http.post(path, data=factories.stamped(**{**form, "email": email}))
        assert asked.status_code == 429
        taken = await site.http.post(path, data={**hidden_in(asked.text), "slowly": "y"})
        assert taken.status_code == 200 and "within 40 minutes" in taken.text
        await site.idle()
        assert site.post.to(email) == []
    for minutes, sent in ((5, 0), (45, 1)):
        with moment.shifted(timedelta(minutes=minutes)):
            await joining.ring_unasked()
            await letters.ring_unasked()
            await site.idle()
        assert len(site.post.to("join@example.org")) == sent
        assert len(site.post.to("sign@example.org")) == sent


async def test_the_way_without_script_has_its_own_limit_and_keeps_what_was_typed(
    site: Site,
) -> None:
    await factories.chapter("kenya")
    await slow_rates(slow="1/hour")
    path = "/en/chapters/kenya/join"
    await site.http.post(path, data=wish("a@example.org", slowly="y"))
    full = await site.http.post(path, data=wish("b@example.org", slowly="y"))
    assert full.status_code == 429 and "again in an hour" in full.text
    carried = hidden_in(full.text)
    assert carried["email"] == "b@example.org"
    carried["altcha"] = solved(challenge_in(full.text))
    assert (await site.http.post(path, data=carried)).status_code == 200


@pytest.mark.parametrize("made", ["", "forged.token", "now", "last month"])
async def test_forms_that_come_too_fast_too_late_or_from_nowhere_are_checked(
    site: Site, made: str
) -> None:
    await factories.chapter("kenya")
    data = {**JOIN, "email": "rosa@example.org", stamps.NAME: made}
    if made == "now":
        data[stamps.NAME] = stamps.stamp()
    elif made == "last month":
        with moment.shifted(-timedelta(days=30)):
            data[stamps.NAME] = stamps.stamp()
    asked = await site.http.post("/en/chapters/kenya/join", data=data)
    assert asked.status_code == 429 and "fast or late" in asked.text
    assert await SignUp.all().count() == 0
    taken = await site.http.post(
        "/en/chapters/kenya/join", data={**hidden_in(asked.text), "slowly": "y"}
    )
    assert taken.status_code == 200
    assert await SignUp.all().count() == 1


async def test_a_page_stays_the_same_for_caches_though_it_is_stamped(site: Site) -> None:
    await factories.chapter("kenya")
    first = await site.http.get("/en/chapters/kenya")
    assert "public" in first.headers["cache-control"]
    with moment.shifted(timedelta(minutes=1)):
        second = await site.http.get("/en/chapters/kenya")
        same = await site.http.get(
            "/en/chapters/kenya", headers={"if-none-match": first.headers["etag"]}
        )
    assert first.text != second.text
    assert first.headers["etag"] == second.headers["etag"]
    assert same.status_code == 304
    age = stamps.age(hidden_in(first.text)[stamps.NAME])
    assert age is not None and age < timedelta(minutes=1)


async def test_throw_away_addresses_are_refused_kindly_and_rules_change_it(site: Site) -> None:
    await factories.chapter("kenya")
    path = "/en/chapters/kenya/join"
    for email in ("a@mailinator.com", "a@sub.mailinator.com"):
        answer = await site.http.post(path, data=wish(email))
        assert answer.status_code == 422
        assert "throw-away" in answer.text and email in answer.text
    director = await visitor(site, "hq_director")
    gate = "/console/hq/gate/domains"
    await director.post(gate, data={"domain": "mailinator.com", "what": "allow"})
    await director.post(gate, data={"domain": "@Example.NET", "what": "refuse"})
    assert (await site.http.post(path, data=wish("a@mailinator.com"))).status_code == 200
    assert (await site.http.post(path, data=wish("a@mail.example.net"))).status_code == 422
    shown = (await director.get("/console/hq/gate")).text
    assert "example.net" in shown and "Remove the rule" in shown
    await director.post(gate, data={"domain": "example.net", "what": "forget"})
    assert (await site.http.post(path, data=wish("b@mail.example.net"))).status_code == 200
    gone = await director.post(gate, data={"domain": "example.net", "what": "forget"})
    assert gone.status_code == 409
    refused = await director.post(gate, data={"domain": "gmail.com", "what": "refuse"})
    assert refused.status_code == 422 and "cannot be refused" in refused.text
    assert await DomainRule.all().count() == 1
    noted = AuditEntry.filter(act__startswith="domain.").order_by("id")
    acts = await noted.values_list("act", flat=True)
    assert acts == ["domain.allowed", "domain.refused", "domain.forgotten"]


async def test_rates_are_changed_while_everything_runs(site: Site) -> None:
    await factories.chapter("kenya")
    director = await visitor(site, "hq_director")
    wrong = await director.post("/console/hq/gate/rates", data={"address-burst": "many"})
    assert wrong.status_code == 422 and 'value="many"' in wrong.text
    assert await Rate.all().count() == 0
    form = {"address-burst": "2/hour", "address-sustained": "2/hour"}
    done = await director.post("/console/hq/gate/rates", data=form)
    assert "1 rate was changed" in done.text and 'value="2/hour"' in done.text
    path = "/en/chapters/kenya/join"
    codes = [
        (await site.http.post(path, data=wish(f"{n}@example.org"))).status_code for n in range(4)
    ]
    assert codes == [200, 200, 429, 429]
    entry = await AuditEntry.get(act="rate.changed")
    assert (entry.record, json.loads(entry.details)["burst"]) == ("rate:address", "2/hour")


async def test_only_those_who_manage_the_gate_reach_it_and_only_at_headquarters(
    site: Site,
) -> None:
    kenya = await factories.chapter("kenya")
    lead = await visitor(site, "chapter_lead", of=kenya)
    assert (await lead.get("/console/hq/gate")).status_code == 403
    assert (await lead.get("/console/kenya/gate")).status_code == 403
    officer = await visitor(site, "data_protection_officer")
    assert (await officer.get("/console/hq/gate")).status_code == 200
    assert (await officer.get("/console/kenya/gate")).status_code == 404
    assert (await officer.post("/console/kenya/gate/rates", data={})).status_code == 404


async def test_what_was_judged_is_counted_by_reason(site: Site) -> None:
    await factories.chapter("kenya")
    path = "/en/chapters/kenya/join"
    await site.http.post(path, data=wish("a@example.org"))
    await site.http.post(path, data=wish("b@example.org", slowly="y"))
    await site.http.post(path, data=wish("c@example.org", website="x"))
    await site.http.post(path, data=wish("d@mailinator.com"))
    await site.http.post(path, data={**JOIN, "email": "e@example.org"})
    director = await visitor(site, "hq_director")
    page = (await director.get("/console/hq/gate")).text
    title = re.search(r"<figcaption>(.*?)</figcaption>", page)
    assert title is not None and html.unescape(title.group(1)).startswith("20")
    await counting.write_down()
    found = await GateCount.all().values_list("outcome", "reason", "count")
    assert sorted(found) == [
        ("asked", "untimed", 1),
        ("passed", "", 1),
        ("refused", "bait", 1),
        ("refused", "disposable", 1),
        ("slowed", "chosen", 1),
    ]
    assert "Filled in within two seconds" not in page and "A throw-away address" in page


@pytest.mark.parametrize(
    "name", ["http://buy.example", "buy.com", "t.me/x", "a@b.example", "Win www.x", "crypto.top !"]
)
async def test_names_that_are_links_are_refused(site: Site, name: str) -> None:
    kenya = await factories.chapter("kenya")
    petition = await factories.campaign_with_page(kenya)
    answer = await site.http.post(
        "/en/chapters/kenya/join", data=wish("a@example.org", family_name=name)
    )
    assert answer.status_code == 422 and "without a web address" in answer.text
    signed = factories.stamped(**{**SIGN, "email": "a@example.org", "given_name": name})
    answer = await site.http.post(f"/en{petition.path}", data=signed)
    assert answer.status_code == 422
    assert (await SignUp.all().count(), await Action.all().count()) == (0, 0)


@pytest.mark.parametrize("name", ["J.R. Smith", "St.John", "O’Neil", "Ана-Мария", "M.Ali", "李.明"])
async def test_names_with_dots_are_names(site: Site, name: str) -> None:
    await factories.chapter("kenya")
    answer = await site.http.post(
        "/en/chapters/kenya/join", data=wish("a@example.org", given_name=name)
    )
    assert answer.status_code == 200


async def test_one_address_gets_one_letter_an_hour_from_all_forms_together(site: Site) -> None:
    kenya, petition = await factories.chapter("kenya"), await factories.campaign_with_page()
    await factories.chapter("senegal")
    victim = "victim@example.org"
    requests = [
        *(("/en/chapters/kenya/join", wish(victim)) for _each in range(3)),
        *(("/en/chapters/senegal/join", wish(victim)) for _each in range(3)),
        *((petition.path, factories.stamped(**{**SIGN, "email": victim})) for _each in range(3)),
    ]
    browsers = [site.browser() for _each in requests]
    await asyncio.gather(
        *(
            browser.post(path, data=data)
            for browser, (path, data) in zip(browsers, requests, strict=True)
        )
    )
    await site.idle()
    assert len(site.post.to(victim)) == 1
    assert await SignUp.filter(chapter=kenya).count() == 1, "two at the same moment are one"
    for hour in (1, 2, 3):
        with moment.shifted(timedelta(hours=hour, minutes=5 * hour)):
            await joining.ring_unasked()
            await letters.ring_unasked()
            await site.idle()
            await joining.ring_unasked()
            await letters.ring_unasked()
            await site.idle()
        assert len(site.post.to(victim)) == min(hour + 1, 3), "each form is asked about in the end"


async def test_an_address_that_never_answers_is_asked_about_five_chapters_a_day(
    site: Site,
) -> None:
    for number in range(8):
        await factories.chapter(f"chapter-of-{number}")
        answer = await site.http.post(
            f"/en/chapters/chapter-of-{number}/join", data=wish("victim@example.org")
        )
        assert answer.status_code == 200, "the page says nothing of it"
    assert await SignUp.all().count() == joining.MOST_A_DAY


async def test_the_page_does_the_same_whoever_has_the_address(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    kenya = await factories.chapter("kenya", safety="strict")
    await factories.member(kenya, "member@example.org")
    await site.http.post("/en/chapters/kenya/join", data=wish("warm@example.org", letters="y"))
    await site.idle()
    heard: list[str] = []
    statements = _statements(monkeypatch, heard)
    pages, kinds = [], []
    for email in ("member@example.org", "strange@example.org"):
        statements.clear()
        answer = await site.http.post("/en/chapters/kenya/join", data=wish(email, letters="y"))
        kinds.append([each for each in statements if "asked" in each or "sign_up" in each])
        pages.append((answer.status_code, answer.text.replace(email, "X")))
        await site.idle()
    assert pages[0] == pages[1]
    assert kinds[0] == kinds[1] and len(kinds[0]) >= 2
    assert [each["subject"] for each in site.post.to("member@example.org")] == ["A letter for you"]


def _statements(monkeypatch: pytest.MonkeyPatch, heard: list[str]) -> list[str]:
    """Every statement of our own SQL that begins from now on, as it was written."""
    from advocacy import db

    for name in ("rows", "execute"):
        real = getattr(db, name)

        async def spy(sql: str, *values: Any, _real: Any = real) -> Any:
            heard.append(sql)
            return await _real(sql, *values)

        monkeypatch.setattr(db, name, spy)
    return heard


@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    made=st.text(max_size=80),
    proof=st.one_of(
        st.text(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            "challenge",
                            "solution",
                            "parameters",
                            "counter",
                            "signature",
                            "data",
                            "for",
                        ]
                    ),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=8,
        ).map(lambda value: base64.b64encode(json.dumps(value).encode()).decode()),
    ),
    email=st.sampled_from(["x@example.org", "x@xn--bcher-kva.example", "a@b", "@", "x@[1.2.3.4]"]),
    slowly=st.sampled_from(["", "y", "\ud800"]),
)
async def test_garbage_at_the_gate_is_never_a_crash(
    site: Site, made: str, proof: str, email: str, slowly: str
) -> None:
    if not await Chapter.exists(slug="kenya"):
        await factories.chapter("kenya")
    data = {**JOIN, "email": email, "made": made, "altcha": proof, "slowly": slowly}
    text = {key: value.encode("utf-8", "replace").decode() for key, value in data.items()}
    answer = await site.http.post("/en/chapters/kenya/join", data=text)
    assert answer.status_code in (200, 400, 422, 429)
    assert await Person.all().count() == 0


@hypothesis_settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rate=st.text(max_size=40), domain=st.text(max_size=200))
async def test_garbage_in_the_gate_s_own_forms_changes_nothing(
    site: Site, rate: str, domain: str
) -> None:
    director = await visitor(site, "hq_director")
    rate, domain = (each.encode("utf-8", "replace").decode() for each in (rate, domain))
    for path, data in (
        ("rates", {"network-burst": rate}),
        ("domains", {"domain": domain, "what": "refuse"}),
        ("domains", {"domain": domain, "what": "forget"}),
    ):
        answer = await director.post(f"/console/hq/gate/{path}", data=data)
        assert answer.status_code in (200, 400, 409, 422)
    for kept in await Rate.all():
        assert re.match(r"\s*\d+", kept.burst)
    assert not await domains.is_refused("gmail.com")
