from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("advocacy", "0004_members_and_access"), ("campaigns", "0002_action_letters")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Mailing",
            name="segment",
            field=fields.ForeignKeyField(
                "advocacy.Segment",
                source_field="segment_id",
                null=True,
                db_index=True,
                db_constraint=True,
                to_field="id",
                related_name="mailings",
                on_delete=OnDelete.CASCADE,
            ),
        ),
    ]
