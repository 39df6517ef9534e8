"""`advocacy audit verify`: says that the log is whole, or names what is broken and fails."""

from advocacy import db
from advocacy.audit.models import AuditEntry
from advocacy.audit.recording import SYSTEM, note
from advocacy.settings import Settings
from tests.campaigns.test_commands import run


async def test_a_whole_log_is_said_to_be_whole_and_a_broken_one_fails(database: Settings) -> None:
    for number in range(3):
        await note("thing.done", actor=SYSTEM, number=number)
    whole = run(database, "audit", "verify")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert "3 entries, unbroken." in whole.stdout
    second = (await AuditEntry.all().order_by("id"))[1]
    if db.dialect() == "sqlite":
        await db.execute("DROP TRIGGER advocacy_audit_entry_no_update")
    else:
        await db.execute("ALTER TABLE advocacy_audit_entry DISABLE TRIGGER USER")
    await db.execute("UPDATE advocacy_audit_entry SET record = 'x' WHERE id = $1", second.id)
    broken = run(database, "audit", "verify")
    assert broken.returncode == 1
    assert f"Entry {second.id} was changed" in broken.stdout
    assert "Traceback" not in broken.stderr


async def test_a_grant_from_the_command_line_is_noted_as_such(database: Settings) -> None:
    given = run(database, "grant", "new@example.org", "hq_director")
    assert given.returncode == 0, given.stdout + given.stderr
    entry = await AuditEntry.get(act="grant.given")
    assert (entry.actor, entry.actor_id, entry.chapter) == ("command line", None, "hq")
    misfit = run(database, "grant", "new@example.org", "chapter_lead")
    assert misfit.returncode == 2
    assert "needs a chapter" in misfit.stdout
