from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from advocacy.schema import PerEngine

# What a chapter's own roll said of a member whom somebody else knew before: see members/veiling.py.
TEXTS = {
    "given_name": 100,
    "family_name": 100,
    "language": 20,
    "country_code": 2,
    "email": 254,
}
SHOWN = ("is_veiled", "given_name", "family_name", "email")
INDEX = (
    "CREATE INDEX membership_veiled ON advocacy_membership (chapter_id, person_id) WHERE is_veiled"
)
NOTE = "INSERT INTO advocacy_search_due (person_id) VALUES (NEW.person_id)"


def changed(differs: str) -> str:
    """SQL: something that a veiled member is found by has changed."""
    return " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in SHOWN)


class Migration(migrations.Migration):
    dependencies = [("advocacy", "0012_sign_up_waits_once")]

    operations = [
        *(
            ops.AddField(
                model_name="Membership",
                name=name,
                field=fields.CharField(max_length=longest, default="", db_default=""),
            )
            for name, longest in TEXTS.items()
        ),
        ops.AddField(
            model_name="Membership",
            name="deliverability",
            field=fields.CharField(max_length=10, default="ok", db_default="ok"),
        ),
        ops.AddField(
            model_name="Membership",
            name="confirmed_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Membership",
            name="is_veiled",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        PerEngine(
            sqlite=[
                INDEX,
                "CREATE TRIGGER advocacy_search_veiled AFTER UPDATE ON advocacy_membership"
                f" WHEN {changed('IS NOT')} BEGIN {NOTE}; END",
            ],
            postgres=[
                INDEX,
                "CREATE FUNCTION advocacy_search_note_veiled() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN {NOTE}; RETURN NULL; END $$",
                "CREATE TRIGGER advocacy_search_veiled AFTER UPDATE ON advocacy_membership"
                f" FOR EACH ROW WHEN ({changed('IS DISTINCT FROM')})"
                " EXECUTE FUNCTION advocacy_search_note_veiled()",
            ],
        ),
    ]
