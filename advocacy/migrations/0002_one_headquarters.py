from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("advocacy", "0001_initial")]

    operations = [
        ops.RunSQL(
            "CREATE UNIQUE INDEX one_headquarters ON advocacy_chapter (is_headquarters)"
            " WHERE is_headquarters",
            reverse_sql="DROP INDEX one_headquarters",
        ),
    ]
