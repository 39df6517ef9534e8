"""What the gate refuses, and how headquarters sets its rates and domains and sees what it did."""

import html
import json
import re

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from advocacy.audit.models import AuditEntry
from advocacy.gate import counting, domains
from advocacy.gate.models import DomainRule, GateCount, Rate
from advocacy.members.models import SignUp
from campaigns.actions.models import Action
from tests import factories
from tests.campaigns.visitors import visitor
from tests.conftest import Site
from tests.flows.gatehouse import JOIN, SIGN, wish


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
