"""The command imports by the same verbs as the wizard: columns, chapter, ground, dry run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from advocacy import db
from advocacy.audit.models import AuditEntry
from advocacy.errors import Invalid, NotFound
from advocacy.members.models import Consent, Membership, Person, RollImport
from advocacy.rolls import commanding
from advocacy.rolls.commanding import Order
from advocacy.settings import ROOT, Settings
from tests import factories

LIST = "Adresse;Nom complet;Accord\nawa@example.org;Awa Sow;oui\nli@example.org;Li Wei;non\n"
COLUMNS = {"email": "Adresse", "family_name": "nom complet", "consent": "Accord"}


@pytest.fixture
async def path(database: Settings, tmp_path: Path) -> Path:
    await factories.chapter("benin", languages="fr")
    path = tmp_path / "list.csv"
    path.write_text(LIST)
    return path


async def ordered(path: Path, **order: Any) -> dict[str, Any]:
    return await commanding.import_file(
        path, Order(**order), report_path=path.with_suffix(".refused"), progress=lambda *_: None
    )


def run(config: Settings, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {
        "VAR": config.var, "DATABASE_URL": config.database_url, "REDIS_URL": config.redis_url,
        "SECRET_KEY": config.secret_key, "COLUMNS": "200",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "campaigns", "import", "members", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=90,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


async def test_the_command_takes_columns_a_chapter_and_a_ground(path: Path) -> None:
    counts = await ordered(
        path, columns=COLUMNS, chapter="benin", ground="form", words="on paper, 2019"
    )
    assert counts["new"] == {"persons": 2, "memberships": 2, "subscriptions": 2}
    agreed = await Consent.get(granted=True)
    assert agreed.page == "list.csv, form: on paper, 2019"
    entry = await AuditEntry.get()
    assert (entry.act, entry.actor, entry.chapter) == ("roll.imported", "command line", "benin")
    assert "awa" not in entry.details
    assert await Membership.all().count() == 2


async def test_a_ground_without_letters_leaves_the_ledger_alone(path: Path) -> None:
    await ordered(path, columns=COLUMNS, chapter="benin", ground="members")
    assert await Membership.all().count() == 2
    assert await Consent.all().count() == 0


async def test_a_dry_run_counts_and_writes_nothing(path: Path) -> None:
    counts = await ordered(path, columns=COLUMNS, chapter="benin", dry_run=True)
    assert counts["accepted"] == 2
    assert counts["standing"] == {"new": 2}
    for model in (Person, Membership, Consent, RollImport, AuditEntry):
        assert await model.all().count() == 0


async def test_options_that_fit_nothing_are_refused_in_words(path: Path) -> None:
    for order, kind in (
        ({"chapter": "atlantis"}, NotFound),
        ({"ground": "because"}, Invalid),
        ({"columns": {"email": "Nowhere"}}, Invalid),
        ({"sheet": "x"}, Invalid),
    ):
        with pytest.raises(kind):
            await ordered(path, **order)
    with pytest.raises(Invalid):
        commanding.read_columns(["email"])
    assert commanding.read_columns(["email = a=b"]) == {"email": "a=b"}
    assert await Person.all().count() == 0


async def test_the_command_line_itself_says_what_it_did(path: Path, database: Settings) -> None:
    maps = [word for ours, theirs in COLUMNS.items() for word in ("--map", f"{ours}={theirs}")]
    dry = run(database, str(path), *maps, "--chapter", "benin", "--dry-run")
    assert dry.returncode == 0, dry.stdout + dry.stderr
    assert "Nothing was written." in dry.stdout
    done = run(database, str(path), *maps, "--chapter", "benin", "--ground", "members")
    told = done.stdout
    assert json.loads(told[told.index("{") : told.rindex("}") + 1])["new"]["memberships"] == 2
    assert await db.value("SELECT count(*) AS n FROM advocacy_membership") == 2
    lost = run(database, str(path), "--chapter", "atlantis")
    assert lost.returncode == 2
    assert "There is no chapter atlantis." in lost.stdout
