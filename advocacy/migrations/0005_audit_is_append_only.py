from tortoise import migrations

from advocacy.schema import PerEngine

# The log is written once: the database itself refuses to change or to remove an entry.
REFUSED = "The audit log is append-only"


def refuse(table: str, event: str) -> str:
    """A SQLite trigger that refuses an event on a table."""
    return (
        f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    )


class Migration(migrations.Migration):
    dependencies = [("advocacy", "0004_members_and_access")]

    operations = [
        PerEngine(
            sqlite=[
                refuse("advocacy_audit_entry", "UPDATE"),
                refuse("advocacy_audit_entry", "DELETE"),
                refuse("advocacy_audit_head", "DELETE"),
            ],
            postgres=[
                "CREATE FUNCTION advocacy_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$",
                "CREATE TRIGGER advocacy_audit_entry_kept"
                " BEFORE UPDATE OR DELETE OR TRUNCATE ON advocacy_audit_entry"
                " FOR EACH STATEMENT EXECUTE FUNCTION advocacy_audit_refuse()",
                "CREATE TRIGGER advocacy_audit_head_kept"
                " BEFORE DELETE OR TRUNCATE ON advocacy_audit_head"
                " FOR EACH STATEMENT EXECUTE FUNCTION advocacy_audit_refuse()",
            ],
        ),
    ]
