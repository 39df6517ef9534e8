from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Shelf",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                ("name", fields.CharField(max_length=20)),
                ("code", fields.CharField(max_length=10)),
            ],
            options={
                "table": "shop_shelf",
                "app": "shop",
                "unique_together": (("name", "code"),),
                "indexes": [Index(fields=["code"], name="shelf_code")],
                "constraints": [
                    CheckConstraint(check="length(name) > 0", name="shelf_name_filled")
                ],
                "table_description": "A parent; with a semicolon in its description.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Book",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                (
                    "shelf",
                    fields.ForeignKeyField(
                        "shop.Shelf",
                        source_field="shelf_id",
                        db_index=True,
                        related_name="books",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
            ],
            options={"table": "shop_book", "app": "shop"},
            bases=["Model"],
        ),
    ]
