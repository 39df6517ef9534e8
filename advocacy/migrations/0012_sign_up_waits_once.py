from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("advocacy", "0011_indexes_of_added_keys")]

    # A wish for one chapter waits for its letter once; two at the same moment are one.
    operations = [
        ops.RunSQL(
            [
                "UPDATE advocacy_sign_up SET letter_due_at = NULL WHERE letter_due_at IS NOT NULL"
                " AND confirmed_at IS NULL AND EXISTS (SELECT 1 FROM advocacy_sign_up s"
                " WHERE s.chapter_id = advocacy_sign_up.chapter_id"
                " AND s.canonical = advocacy_sign_up.canonical AND s.letter_due_at IS NOT NULL"
                " AND s.confirmed_at IS NULL AND s.id > advocacy_sign_up.id)",
                "CREATE UNIQUE INDEX sign_up_waits_once ON advocacy_sign_up (chapter_id, canonical)"
                " WHERE letter_due_at IS NOT NULL AND confirmed_at IS NULL",
            ],
            reverse_sql="DROP INDEX sign_up_waits_once",
        ),
    ]
