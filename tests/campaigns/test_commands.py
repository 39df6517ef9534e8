"""The command line: help with a line each, a doctor, and the same figures as the pages."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from advocacy.audit.models import AuditEntry
from advocacy.chapters import importing
from advocacy.factors import holding
from advocacy.identity import sessions
from advocacy.identity.models import Session
from advocacy.settings import ROOT, Settings
from campaigns.reach import reports
from tests import story
from tests.advocacy.factors import staff


def run(config: Settings, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """One command against the database of the test."""
    environment = {
        **os.environ,
        "VAR": config.var,
        "DATABASE_URL": config.database_url,
        "REDIS_URL": config.redis_url,
        "SMTP_URL": config.smtp_url,
        "SECRET_KEY": config.secret_key,
        "COLUMNS": "200",
    }
    return subprocess.run(
        [sys.executable, "-m", "campaigns", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=90,
    )  # fmt: skip


def test_help_lists_every_command_with_one_line(config: Settings) -> None:
    shown = run(config, "--help").stdout
    for name in ("run", "migrate", "web", "worker", "clock", "inbound", "import", "demo", "reach",
                 "doctor", "grant", "sign-in-link", "reset-sign-in"):  # fmt: skip
        lines = [each.strip(" │") for each in shown.splitlines()]
        line = next(each for each in lines if each.startswith(f"{name} "))
        assert len(line.removeprefix(name).strip()) > 15, name


async def test_reach_prints_what_the_page_shows(database: Settings) -> None:
    world = await story.tell()
    done = run(database, "reach", world.petition.campaign.slug, "--json")
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout)
    shown = (await reports.by_slug(world.petition.campaign.slug)).as_dict()
    for part in ("totals", "chapters", "regions", "countries", "days", "submissions"):
        assert printed[part] == json.loads(json.dumps(shown[part])), part
    assert printed["totals"]["acted"] == 1


async def test_an_unknown_campaign_is_one_clear_line(database: Settings) -> None:
    done = run(database, "reach", "nothing")
    assert done.returncode == 2
    assert "There is no campaign nothing" in done.stdout
    assert "Traceback" not in done.stderr


async def test_a_grant_and_a_link_from_the_command_line(database: Settings) -> None:
    await story.tell()
    given = run(database, "grant", "new@example.org", "chapter_lead", "--chapter", "kenya")
    assert given.returncode == 0, given.stdout + given.stderr
    link = run(database, "sign-in-link", "new@example.org").stdout.strip()
    assert link.startswith("http")
    assert "/sign-in/" in link
    assert (
        run(database, "grant", "x@example.org", "chapter_lead", "--chapter", "no").returncode == 2
    )


async def test_whoever_lost_every_factor_begins_anew(database: Settings) -> None:
    user = await staff.lead()
    await staff.with_codes(user)
    await sessions.open_session(user.id, sessions.Seat(), way="link")
    done = run(database, "reset-sign-in", user.email)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not await holding.holds(user.id)
    assert await Session.filter(revoked_at__isnull=True).count() == 0
    assert await AuditEntry.filter(act="factor.reset", actor="command line").count() == 1
    assert run(database, "reset-sign-in", "nobody@example.org").returncode == 2


async def test_the_doctor_names_what_runs_and_what_is_missing(database: Settings) -> None:
    done = run(database, "doctor")
    assert done.returncode == 0, done.stdout
    assert database.secret_key not in done.stdout
    assert "Missing for production" in done.stdout
    broken = {
        **os.environ, "VAR": database.var, "SMTP_URL": "smtp://127.0.0.1:9?starttls=no",
        "OIDC_ISSUER": "http://127.0.0.1:9", "OIDC_CLIENT_ID": "x", "OIDC_CLIENT_SECRET": "hush",
    }  # fmt: skip
    seen = subprocess.run(
        [sys.executable, "-m", "campaigns", "doctor"],
        cwd=ROOT, env=broken, capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    assert seen.returncode == 1
    assert seen.stdout.count("NOT REACHED") == 2
    assert "hush" not in seen.stdout


def test_chapters_are_loaded_from_a_file_that_is_named(config: Settings, tmp_path: Path) -> None:
    shipped = importing.SHIPPED.read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "two.csv").write_text("".join(shipped[:3]), encoding="utf-8")
    done = run(config, "import", "chapters", str(tmp_path / "two.csv"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout[done.stdout.index("{") :])["rows"] == 2
    missing = run(config, "import", "chapters", str(tmp_path / "none.csv"))
    assert missing.returncode == 2
