from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]

    operations = [
        ops.RunSQL(
            "CREATE UNIQUE INDEX shelf_big_code ON shop_shelf (code) WHERE code <> ''",
            reverse_sql="DROP INDEX shelf_big_code",
        ),
        ops.AddField(
            model_name="Shelf", name="size", field=fields.IntField(default=1, db_default=1)
        ),
        ops.AlterField(model_name="Shelf", name="name", field=fields.CharField(max_length=200)),
        ops.AddConstraint(
            model_name="Shelf",
            constraint=CheckConstraint(check="size > 0", name="shelf_size_positive"),
        ),
    ]
