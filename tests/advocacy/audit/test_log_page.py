"""The audit log over HTTP: who may read it, the filters, the file, and the check of the chain."""

import asyncio
import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from advocacy import db, moment
from advocacy.audit import checking, reading
from advocacy.audit.models import AuditCheck, AuditEntry
from advocacy.audit.recording import SYSTEM, Actor, note
from advocacy.identity import signing_in
from advocacy.settings import Settings
from campaigns.mailings import sending
from tests import factories, story
from tests.campaigns.visitors import visitor
from tests.conftest import Site

ADA = Actor(71, "ada@example.org", "192.0.2.0")
BOB = Actor(72, "bob@example.org", "198.51.100.0")


async def _some_entries() -> None:
    await note("grant.given", actor=ADA, record="grant:501", chapter="kenya", role="chapter_lead")
    await note("grant.withdrawn", actor=BOB, record="grant:501", chapter="kenya")
    await note("grant.given", actor=BOB, record="grant:502", chapter="senegal")
    await note("=cmd|thing", actor=Actor(73, "=2+3@example.org"), record="+thing:1")


async def test_only_the_director_and_the_officer_read_the_log(site: Site) -> None:
    kenya = await factories.chapter("kenya")
    for role in ("hq_director", "data_protection_officer", "hq_analyst", "chapter_lead", ""):
        browser = await visitor(site, role, of=kenya if role == "chapter_lead" else None)
        status = 200 if role in ("hq_director", "data_protection_officer") else 403
        for place in ("hq", "kenya"):
            for path, method in (("", "GET"), ("/export", "POST")):
                answer = await browser.request(method, f"/console/{place}/audit{path}")
                assert answer.status_code == status, f"{role} {place}{path}"


async def test_a_chapters_log_holds_its_own_entries_only(site: Site) -> None:
    await factories.chapter("kenya")
    await _some_entries()
    officer = await visitor(site, "data_protection_officer")
    shown = (await officer.get("/console/kenya/audit")).text
    assert "grant:501" in shown
    assert "grant:502" not in shown
    forced = (await officer.get("/console/kenya/audit?of=senegal")).text
    assert "grant:502" not in forced
    assert (await officer.post("/console/kenya/audit/check")).status_code == 404
    everything = (await officer.get("/console/hq/audit")).text
    assert "grant:501" in everything
    assert "grant:502" in everything
    taken = await officer.post("/console/kenya/audit/export", data={"of": "senegal"})
    assert "grant:502" not in taken.text


async def test_who_signs_in_and_out_to_work_is_noted_and_a_member_is_not(site: Site) -> None:
    world = await story.tell()
    member = await signing_in.user_of("amina@example.org")
    assert member is not None
    for user in (world.users["lead"], member):
        async with site.browser() as browser:
            await browser.post(signing_in.path_of(await signing_in.issue(user)))
            await browser.post("/sign-out")
    noted = (
        await AuditEntry.filter(act__startswith="session.")
        .order_by("id")
        .values_list("act", "actor")
    )
    assert noted == [("session.opened", "lead@example.org"), ("session.left", "lead@example.org")]


FILTERS: dict[str, set[str]] = {
    "who=ada@example.org": {"grant:501"},
    "act=grant.given": {"grant:501", "grant:502"},
    "act=grant.given&who=bob@example.org": {"grant:502"},
    "record=grant:501": {"grant:501"},
    "of=senegal": {"grant:502"},
    "who=nobody@example.org": set(),
    "since=2020-01-01&of=kenya": {"grant:501"},
    "until=2020-01-01": set(),
    "since=2999-01-01": set(),
}


async def test_the_filters_narrow_the_log(site: Site) -> None:
    await factories.chapter("kenya")
    await factories.chapter("senegal")
    officer = await visitor(site, "data_protection_officer")
    await _some_entries()
    for query, wanted in FILTERS.items():
        answer = await officer.get(f"/console/hq/audit?{query}")
        assert answer.status_code == 200
        body = answer.text.split("<tbody>")[1] if "<tbody>" in answer.text else ""
        found = {each for each in ("grant:501", "grant:502") if f">{each}<" in body}
        assert found == wanted, query


async def test_days_bound_the_log_exactly(database: Settings) -> None:
    start = moment.now()
    for day in range(6):
        with moment.shifted(timedelta(days=day)):
            await note("thing.done", actor=SYSTEM, day=day)
    since, until = start + timedelta(days=1.5), start + timedelta(days=3.5)
    page = await reading.read(reading.Wanted(since=since, until=until))
    assert [entry.details for entry in page.entries] == ['{"day":3}', '{"day":2}']
    page = await reading.read(reading.Wanted(since=start + timedelta(days=9)))
    assert page.entries == []


async def test_pages_follow_each_other_without_gap(database: Settings) -> None:
    for number in range(reading.SHOWN * 2 + 7):
        await note("thing.done", actor=SYSTEM, number=number)
    seen: list[int] = []
    before = None
    for _page in range(3):
        page = await reading.read(reading.Wanted(), before=before)
        seen += [entry.id for entry in page.entries]
        before = page.next_key
    assert before is None
    assert len(seen) == len(set(seen)) == reading.SHOWN * 2 + 7
    assert seen == sorted(seen, reverse=True)


async def test_the_file_is_whole_harmless_and_noted(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advocacy.audit.reading.PAGE", 2)
    officer = await visitor(site, "data_protection_officer")
    await _some_entries()
    answer = await officer.post("/console/hq/audit/export", data={})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == await AuditEntry.all().count()
    assert rows[-1]["act"] == "audit.export"
    risky = [row for row in rows if row["record"] == "'+thing:1"]
    assert [(row["act"], row["actor"]) for row in risky] == [("'=cmd|thing", "'=2+3@example.org")]


async def test_the_log_is_checked_at_the_press_of_a_button(site: Site) -> None:
    officer = await visitor(site, "data_protection_officer")
    shown = await officer.get("/console/hq/audit")
    assert "has not been checked yet" in shown.text
    await officer.post("/console/hq/audit/check")
    await site.idle()
    shown = await officer.get("/console/hq/audit")
    assert "The log is whole." in shown.text
    first = await AuditEntry.all().order_by("id").first()
    assert first is not None
    if db.dialect() == "sqlite":
        await db.execute("DROP TRIGGER advocacy_audit_entry_no_update")
    else:
        await db.execute("ALTER TABLE advocacy_audit_entry DISABLE TRIGGER USER")
    await db.execute("UPDATE advocacy_audit_entry SET act = 'x' WHERE id = $1", first.id)
    await officer.post("/console/hq/audit/check")
    await site.idle()
    shown = await officer.get("/console/hq/audit")
    assert "The log is broken." in shown.text
    assert f"Entry {first.id} was changed" in shown.text


async def test_two_checks_at_once_are_one_and_a_dead_one_is_found(database: Settings) -> None:
    await note("thing.done", actor=SYSTEM)
    assert await checking.ask(ADA)
    assert not await checking.ask(BOB)
    check = await AuditCheck.get()
    assert moment.now() - check.created_at < timedelta(hours=1)
    ended = await asyncio.gather(checking.run(check.id), checking.run(check.id))
    assert sorted(ended) == [False, True]
    await AuditCheck.filter(id=check.id).update(
        state="running", claimed_at=moment.now() - timedelta(minutes=5)
    )
    assert await checking.run(check.id)
    latest = await checking.latest()
    assert latest is not None
    assert checking.verdict_of(latest).broken is None
    assert latest.entries == 2


async def test_steps_of_campaigns_and_mailings_are_in_the_log(site: Site) -> None:
    world = await story.tell()
    lead = await visitor(site, "chapter_lead", of=world.kenya)
    pause = "/console/kenya/campaigns/keep-it-on/steps/pause"
    version = {"version": str(world.petition.campaign.version)}
    assert (await lead.post(pause, data=version)).status_code == 200
    assert (await lead.post(pause, data=version)).status_code == 409
    await sending.schedule(world.kenya, world.mailing.id, version=1, actor=ADA)
    acts = (
        await AuditEntry.filter(act__in=["campaign.pause", "mailing.send"])
        .order_by("id")
        .values_list("act", "record", "chapter", "actor_id")
    )
    assert [row[:3] for row in acts] == [
        ("campaign.pause", f"campaign:{world.petition.campaign.id}", "kenya"),
        ("mailing.send", f"mailing:{world.mailing.id}", "kenya"),
    ]
    assert acts[0][3] is not None
    assert acts[1][3] == 71


GARBAGE = st.one_of(
    st.text(max_size=400),
    st.sampled_from(["9999-12-31", "0001-01-01", "-1", "99999999999999999999", "%", "' OR 1=1 --"]),
)


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    query=st.dictionaries(
        st.sampled_from(["who", "act", "record", "of", "since", "until", "before"]), GARBAGE
    )
)
async def test_garbage_in_the_filter_is_no_failure(site: Site, query: dict[str, Any]) -> None:
    if not hasattr(site, "officer"):
        site.officer = await visitor(site, "data_protection_officer")  # type: ignore[attr-defined]
    browser = site.officer  # type: ignore[attr-defined]
    shown = await browser.get("/console/hq/audit", params=query)
    assert shown.status_code in (200, 400, 422)
    taken = await browser.post("/console/hq/audit/export", data=query)
    assert taken.status_code in (200, 400)
