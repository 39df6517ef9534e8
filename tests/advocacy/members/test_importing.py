"""Importing a roll: exact counts, nothing twice, nothing half, and nobody's refusal undone."""

import asyncio
import csv
from pathlib import Path
from typing import Any

import pytest

from advocacy import db
from advocacy.chapters.importing import import_chapters
from advocacy.chapters.models import Chapter
from advocacy.errors import Invalid
from advocacy.mail import addresses
from advocacy.members import consent
from advocacy.members.importing import cancel_import, import_members
from advocacy.members.models import Consent, Membership, Person, RollImport, Subscription
from advocacy.settings import Settings
from tests import rolls

SLUGS = ("benin", "norway", "guatemala", "us-new-york")


class Interruption(Exception):
    """Stands for whatever cuts an import off."""


@pytest.fixture
async def chapters(database: Settings) -> None:
    await import_chapters()


def one_row(folder: Path, **values: str) -> Path:
    row = {
        "member_no": "1", "email": "awa@example.org", "given_name": "Awa", "family_name": "Sow",
        "chapter_slug": "benin", "country_code": "BJ", "language": "fr",
        "joined_on": "2020-02-29", "email_status": "confirmed", "consent": "yes",
    } | values  # fmt: skip
    path = folder / "one.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([row.keys(), row.values()])
    return path


async def everything() -> dict[str, list[dict[str, Any]]]:
    tables = ("person", "membership", "consent", "subscription")
    return {name: await db.rows(f"SELECT * FROM advocacy_{name} ORDER BY id") for name in tables}


async def mailable(slug: str) -> set[str]:
    chapter = await Chapter.get(slug=slug)
    found = await db.rows(f"SELECT p.canonical {consent.mailable()}", chapter.id)
    return {row["canonical"] for row in found}


async def test_every_row_is_counted_as_accepted_repeated_or_rejected(
    chapters: None, tmp_path: Path
) -> None:
    roll = rolls.make(1500, SLUGS, bad_every=10)
    counts = await import_members(roll.write(tmp_path / "roll.csv"), batch=200)
    assert (counts.rows, counts.accepted) == (1500, len(roll.accepted))
    assert (counts.duplicate, counts.rejected) == (roll.duplicate, roll.rejected)
    report = counts.as_dict()
    assert report["accepted_by_email_status"] == roll.count("email_status")
    assert report["accepted_by_consent"] == roll.count("consent")
    assert report["accepted_by_language"] == roll.count("language")
    assert len(counts.by_chapter) == 130
    assert +counts.by_chapter == roll.count("chapter_slug")
    assert counts.state == "done"
    accepted = len(roll.accepted)
    assert await Person.all().count() == await Membership.all().count() == accepted
    assert await Subscription.filter(granted=True).count() == roll.count("consent")["yes"]
    assert await consent.rebuilt_subscriptions() == 0


async def test_a_row_becomes_a_person_a_membership_and_a_dated_consent(
    chapters: None, tmp_path: Path, database: Settings
) -> None:
    await import_members(
        one_row(tmp_path, email=" Awa.Sow+isoc@gmail.test", given_name="Jose\u0301", language="")
    )
    person = await Person.get()
    assert (person.email, person.canonical) == ("Awa.Sow+isoc@gmail.test", "awasow@gmail.test")
    assert person.address_hash == addresses.address_hash(person.canonical, database.secret_key)
    assert (person.given_name, person.family_name) == ("José", "Sow")
    assert (person.language, person.country_code, person.deliverability) == ("fr", "BJ", "ok")
    assert person.confirmed_at is not None
    membership = await Membership.get().prefetch_related("chapter")
    assert (membership.chapter.slug, membership.state, membership.member_no) == (
        "benin", "current", "1",
    )  # fmt: skip
    assert str(membership.joined_on) == "2020-02-29"
    entry = await Consent.get()
    assert (entry.granted, entry.basis, entry.page) == (True, "import", "one.csv")
    assert entry.at.utcoffset() is not None
    assert await mailable("benin") == {"awasow@gmail.test"}


@pytest.mark.parametrize(
    ("values", "deliverability", "granted"),
    [
        ({"email_status": "bounced"}, "bounced", True),
        ({"email_status": "unconfirmed"}, "ok", True),
        ({"email_status": "unsubscribed"}, "ok", False),
        ({"email_status": "plainte"}, "complained", False),
        ({"email_status": "some other word"}, "ok", True),
        ({"consent": "no"}, "ok", False),
        ({"consent": "perhaps"}, "ok", False),
    ],
)
async def test_nobody_is_written_to_who_did_not_confirm_and_agree(
    chapters: None, tmp_path: Path, values: dict[str, str], deliverability: str, granted: bool
) -> None:
    await import_members(one_row(tmp_path, **values))
    assert (await Person.get()).deliverability == deliverability
    assert (await Subscription.get()).granted is granted
    assert await mailable("benin") == set()


async def test_importing_a_file_again_changes_nothing(chapters: None, tmp_path: Path) -> None:
    roll = rolls.make(600, SLUGS)
    path = roll.write(tmp_path / "roll.csv")
    first = await import_members(path)
    before = await everything()
    again = await import_members(path)
    nothing = {"persons": 0, "memberships": 0, "subscriptions": 0}
    assert again.as_dict() == {**first.as_dict(), "new": nothing}
    assert await everything() == before
    await RollImport.all().delete()
    afresh = await import_members(path)
    assert (afresh.accepted, afresh.new_persons) == (len(roll.accepted), 0)
    assert await everything() == before


async def test_an_interrupted_import_is_completed_by_the_next_run(
    chapters: None, tmp_path: Path
) -> None:
    roll = rolls.make(1000, SLUGS, bad_every=5)
    path, report = roll.write(tmp_path / "roll.csv"), tmp_path / "report.csv"

    def interrupt(done: int, _part: float) -> None:
        if done >= 400:
            raise Interruption

    with pytest.raises(Interruption):
        await import_members(path, batch=100, progress=interrupt, report_path=report)
    assert (await RollImport.get()).rows_done == 400
    assert 0 < await Person.all().count() < len(roll.accepted)
    assert not report.exists()
    counts = await import_members(path, batch=70, report_path=report)
    assert (counts.rows, counts.accepted) == (1000, len(roll.accepted))
    assert (counts.duplicate, counts.rejected) == (roll.duplicate, roll.rejected)
    assert counts.new_persons == await Person.all().count() == len(roll.accepted)
    with report.open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 1 + 1000 - len(roll.accepted)
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.endswith(".part")] == []


async def test_a_cancelled_import_stops_keeps_what_it_took_and_may_be_resumed(
    chapters: None, tmp_path: Path
) -> None:
    roll = rolls.make(500, SLUGS)
    path = roll.write(tmp_path / "roll.csv")
    stopping: list[asyncio.Task[None]] = []

    async def stop() -> None:
        await cancel_import((await RollImport.get()).id)

    await stop_after(path, 100, stopping, stop)
    run = await RollImport.get()
    assert run.state == "cancelled"
    assert 0 < await Person.all().count() < len(roll.accepted)
    counts = await import_members(path, batch=50)
    assert (counts.state, counts.new_persons) == ("done", len(roll.accepted))


async def stop_after(path: Path, rows: int, stopping: list[Any], stop: Any) -> None:
    def watch(done: int, _part: float) -> None:
        if done == rows:
            stopping.append(asyncio.get_running_loop().create_task(stop()))

    counts = await import_members(path, batch=50, progress=watch)
    await asyncio.gather(*stopping)
    assert counts.state == "cancelled"
    assert counts.rows < 500


async def test_a_roll_changes_nothing_about_a_person_we_know(
    chapters: None, tmp_path: Path
) -> None:
    await import_members(one_row(tmp_path))
    person, benin = await Person.get(), await Chapter.get(slug="benin")
    await consent.withdraw(person.id, benin.id, basis="page")
    await Membership.all().update(state="left")
    ledger = await Consent.all().count()
    await import_members(one_row(tmp_path, given_name="Other", email_status="bounced"))
    assert (await Person.get()).given_name == "Awa"
    assert (await Person.get()).deliverability == "ok"
    assert (await Membership.get()).state == "left"
    assert await Consent.all().count() == ledger
    assert await mailable("benin") == set()


async def test_a_person_known_to_one_chapter_joins_another(chapters: None, tmp_path: Path) -> None:
    await import_members(one_row(tmp_path))
    counts = await import_members(one_row(tmp_path, chapter_slug="norway", consent="no"))
    assert (counts.new_persons, counts.new_memberships) == (0, 1)
    assert await Membership.all().count() == 2
    assert await mailable("benin") == {"awa@example.org"}
    assert await mailable("norway") == set()


async def test_headquarters_has_no_roll(chapters: None, tmp_path: Path) -> None:
    counts = await import_members(one_row(tmp_path, chapter_slug="hq"))
    assert counts.rejected == {"chapter_unknown": 1}


async def test_a_row_refused_for_its_chapter_is_taken_once_the_chapter_exists(
    chapters: None, tmp_path: Path
) -> None:
    path = one_row(tmp_path, chapter_slug="new-chapter")
    assert (await import_members(path)).accepted == 0
    await Chapter.create(
        slug="new-chapter", name="New", region="Africa", languages="fr", timezone="UTC"
    )
    assert (await import_members(path)).new_persons == 1


async def test_an_unreadable_file_writes_nothing(chapters: None, tmp_path: Path) -> None:
    roll = rolls.make(300, SLUGS)
    path = roll.write(tmp_path / "roll.csv")
    path.write_bytes(path.read_bytes() + b"\xff\xff\n")
    with pytest.raises(Invalid):
        await import_members(path, batch=50)
    assert await Person.all().count() == 0
    assert await RollImport.all().count() == 0


async def test_progress_tells_the_rows_done_and_the_part_done(
    chapters: None, tmp_path: Path
) -> None:
    told: list[tuple[int, float]] = []
    path = rolls.make(250, SLUGS).write(tmp_path / "roll.csv")
    await import_members(path, batch=100, progress=lambda done, part: told.append((done, part)))
    assert told == [(100, 0.4), (200, 0.8), (250, 1.0)]
