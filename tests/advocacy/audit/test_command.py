"""`advocacy audit verify`: says that the log is whole, or names what is broken and fails."""

from advocacy import db
from advocacy.audit.models import AuditEntry
from advocacy.settings import Settings
from tests.campaigns.test_commands import run


async def test_a_whole_log_is_said_to_be_whole_and_a_broken_one_fails(database: Settings) -> None:
    given = run(database, "grant", "new@example.org", "hq_director")
    assert given.returncode == 0, given.stdout + given.stderr
    entry = await AuditEntry.get(act="grant.given")
    assert (entry.actor, entry.actor_id, entry.chapter) == ("command line", None, "hq")
    whole = run(database, "audit", "verify")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert "1 entry, unbroken." in whole.stdout
    if db.dialect() == "sqlite":
        await db.execute("DROP TRIGGER advocacy_audit_entry_no_update")
    else:
        await db.execute("ALTER TABLE advocacy_audit_entry DISABLE TRIGGER USER")
    await db.execute("UPDATE advocacy_audit_entry SET record = 'x'")
    broken = run(database, "audit", "verify")
    assert broken.returncode == 1
    assert f"Entry {entry.id} was changed" in broken.stdout
    assert "Traceback" not in broken.stderr
