from tortoise import migrations

from advocacy.schema import PerEngine

# What members are found by: one row for a word of a current member in a chapter. Nothing refers to
# it, so that filling it never waits for anybody. The database itself notes whose words are due, so
# that no verb that changes a name or a membership can forget it.
TOKEN = "advocacy_search_token"
DUE = "advocacy_search_due"
PERSON = ("given_name", "family_name", "email", "erased_at", "merged_into_id")
MEMBERSHIP = ("person_id", "chapter_id", "state")
FILL = f"INSERT INTO {DUE} (person_id) SELECT person_id FROM advocacy_membership WHERE state = 'current'"


def changed(columns: tuple[str, ...], differs: str) -> str:
    """SQL: one of the columns has changed."""
    return " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in columns)


def on_sqlite(name: str, event: str, table: str, person: str, condition: str = "") -> str:
    """A trigger that notes a person."""
    when = f" WHEN {condition}" if condition else ""
    return (
        f"CREATE TRIGGER advocacy_search_{name} AFTER {event} ON {table}{when}"
        f" BEGIN INSERT INTO {DUE} (person_id) VALUES {person}; END"
    )


def on_postgres(name: str, event: str, table: str, function: str, condition: str = "") -> str:
    """A row trigger that calls one of the functions below."""
    when = f" WHEN ({condition})" if condition else ""
    return (
        f"CREATE TRIGGER advocacy_search_{name} AFTER {event} ON {table}"
        f" FOR EACH ROW{when} EXECUTE FUNCTION {function}()"
    )


def function(name: str, body: str) -> str:
    """A trigger function."""
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {body}; RETURN NULL; END $$"
    )


class Migration(migrations.Migration):
    dependencies = [("advocacy", "0008_teams")]

    operations = [
        PerEngine(
            sqlite=[
                f"CREATE TABLE {TOKEN} (chapter_id BIGINT NOT NULL, token VARCHAR(64) NOT NULL,"
                " person_id BIGINT NOT NULL, PRIMARY KEY (chapter_id, token, person_id))"
                " WITHOUT ROWID",
                f"CREATE INDEX search_token_person ON {TOKEN} (person_id, token, chapter_id)",
                f"CREATE INDEX search_token_anywhere ON {TOKEN} (token, person_id, chapter_id)",
                f"CREATE TABLE {DUE} (id INTEGER PRIMARY KEY, person_id BIGINT NOT NULL)",
                on_sqlite(
                    "joined",
                    "INSERT",
                    "advocacy_membership",
                    "(NEW.person_id)",
                    "NEW.state = 'current'",
                ),
                on_sqlite(
                    "moved",
                    "UPDATE",
                    "advocacy_membership",
                    "(OLD.person_id), (NEW.person_id)",
                    changed(MEMBERSHIP, "IS NOT"),
                ),
                on_sqlite("gone", "DELETE", "advocacy_membership", "(OLD.person_id)"),
                on_sqlite(
                    "renamed",
                    "UPDATE",
                    "advocacy_person",
                    "(NEW.id)",
                    changed(PERSON, "IS NOT"),
                ),
                FILL,
            ],
            postgres=[
                f'CREATE TABLE {TOKEN} (chapter_id BIGINT NOT NULL,'
                ' token VARCHAR(64) COLLATE "C" NOT NULL, person_id BIGINT NOT NULL,'
                " PRIMARY KEY (chapter_id, token, person_id))",
                f"CREATE INDEX search_token_person ON {TOKEN} (person_id, token, chapter_id)",
                f"CREATE INDEX search_token_anywhere ON {TOKEN} (token, person_id, chapter_id)",
                f"CREATE TABLE {DUE} (id BIGSERIAL PRIMARY KEY, person_id BIGINT NOT NULL)",
                function(
                    "advocacy_search_note_joined",
                    f"INSERT INTO {DUE} (person_id)"
                    " SELECT person_id FROM fresh WHERE state = 'current'",
                ),
                function(
                    "advocacy_search_note_moved",
                    f"INSERT INTO {DUE} (person_id) VALUES (OLD.person_id), (NEW.person_id)",
                ),
                function(
                    "advocacy_search_note_gone",
                    f"INSERT INTO {DUE} (person_id) VALUES (OLD.person_id)",
                ),
                function(
                    "advocacy_search_note_renamed",
                    f"INSERT INTO {DUE} (person_id) VALUES (NEW.id)",
                ),
                # One statement for a whole batch of an import.
                "CREATE TRIGGER advocacy_search_joined AFTER INSERT ON advocacy_membership"
                " REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"
                " EXECUTE FUNCTION advocacy_search_note_joined()",
                on_postgres(
                    "moved",
                    "UPDATE",
                    "advocacy_membership",
                    "advocacy_search_note_moved",
                    changed(MEMBERSHIP, "IS DISTINCT FROM"),
                ),
                on_postgres(
                    "gone", "DELETE", "advocacy_membership", "advocacy_search_note_gone"
                ),
                on_postgres(
                    "renamed",
                    "UPDATE",
                    "advocacy_person",
                    "advocacy_search_note_renamed",
                    changed(PERSON, "IS DISTINCT FROM"),
                ),
                FILL,
            ],
        ),
    ]
