from tortoise import migrations
from tortoise.indexes import PartialIndex
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0005_index_of_an_added_key")]

    initial = False

    operations = [
        ops.AddIndex(
            model_name="Action",
            index=PartialIndex(
                fields=["confirmed_at", "chapter_id", "person_id"],
                name="action_lately",
                condition={"state": "confirmed"},
            ),
        ),
    ]
