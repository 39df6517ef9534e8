from tortoise import fields, migrations
from tortoise.indexes import PartialIndex
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial")]

    operations = [
        ops.AddField(
            model_name="Action",
            name="wrote_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name="Action",
            index=PartialIndex(
                fields=["created_at"], name="action_waiting", condition={"state": "waiting"}
            ),
        ),
    ]
