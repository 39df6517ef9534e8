from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from advocacy.schema import PerEngine

# A line of the ledger is written once. Erasure may blank where it came from, and a merge may move
# it between two persons of whom one is merged into the other; everything else is refused.
REFUSED = "The consent ledger is append-only"
KEPT = ("id", "chapter_id", "purpose", "channel", "granted", "wording_id", "language", "basis", "at")
BLANKED = ("page", "origin")


def changed(differs: str) -> str:
    """SQL: a column that is kept has changed, or one that may be blanked has got other words."""
    kept = [f"OLD.{name} {differs} NEW.{name}" for name in KEPT]
    blanked = [f"(OLD.{name} {differs} NEW.{name} AND NEW.{name} <> '')" for name in BLANKED]
    return " OR ".join([*kept, *blanked])


def moved(differs: str) -> str:
    """SQL: the line has gone to a person who is not the same one by a merge."""
    return (
        f"(OLD.person_id {differs} NEW.person_id AND NOT EXISTS (SELECT 1 FROM advocacy_person p"
        " WHERE (p.id = OLD.person_id AND p.merged_into_id = NEW.person_id)"
        " OR (p.id = NEW.person_id AND p.merged_into_id = OLD.person_id)))"
    )


class Migration(migrations.Migration):
    dependencies = [("advocacy", "0005_audit_is_append_only")]

    operations = [
        PerEngine(
            sqlite=[
                "CREATE TRIGGER advocacy_consent_no_update BEFORE UPDATE ON advocacy_consent"
                f" WHEN {changed('IS NOT')} OR {moved('IS NOT')}"
                f" BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
                "CREATE TRIGGER advocacy_consent_no_delete BEFORE DELETE ON advocacy_consent"
                f" BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
            ],
            postgres=[
                "CREATE FUNCTION advocacy_consent_refuse() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$",
                "CREATE FUNCTION advocacy_consent_check() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN IF {changed('IS DISTINCT FROM')} OR {moved('IS DISTINCT FROM')} THEN"
                f" RAISE EXCEPTION '{REFUSED}'; END IF; RETURN NEW; END $$",
                "CREATE TRIGGER advocacy_consent_no_update BEFORE UPDATE ON advocacy_consent"
                " FOR EACH ROW EXECUTE FUNCTION advocacy_consent_check()",
                "CREATE TRIGGER advocacy_consent_no_delete BEFORE DELETE ON advocacy_consent"
                " FOR EACH ROW EXECUTE FUNCTION advocacy_consent_refuse()",
                "CREATE TRIGGER advocacy_consent_no_truncate BEFORE TRUNCATE ON advocacy_consent"
                " FOR EACH STATEMENT EXECUTE FUNCTION advocacy_consent_refuse()",
            ],
        ),
        ops.AddField(
            model_name="SignUp",
            name="leaves",
            field=fields.ForeignKeyField(
                "advocacy.Chapter",
                source_field="leaves_id",
                null=True,
                db_index=True,
                db_constraint=True,
                to_field="id",
                related_name="moves",
                on_delete=OnDelete.CASCADE,
            ),
        ),
    ]
