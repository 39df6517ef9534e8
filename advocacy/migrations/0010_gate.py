from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("advocacy", "0009_search_index")]

    operations = [
        ops.CreateModel(
            name="Asked",
            fields=[
                (
                    "address_hash",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64),
                ),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "advocacy_asked",
                "app": "advocacy",
                "indexes": [Index(fields=["at"], name="asked_age")],
                "pk_attr": "address_hash",
                "table_description": "When an address was last written to with something to confirm, whatever form asked for it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GateCount",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("day", fields.DateField()),
                ("outcome", fields.CharField(max_length=10)),
                ("reason", fields.CharField(default="", db_default="", max_length=20)),
                ("count", fields.BigIntField(default=0, db_default=0)),
            ],
            options={
                "table": "advocacy_gate_count",
                "app": "advocacy",
                "unique_together": (("day", "outcome", "reason"),),
                "pk_attr": "id",
                "table_description": "How often the gate judged in one way on a day (UTC); no form and nobody in particular.",
            },
            bases=["Model"],
        ),
    ]
