from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("advocacy", "0006_consent_is_append_only")]

    operations = [
        ops.CreateModel(
            name="SignInRequest",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("canonical", fields.CharField(max_length=254)),
                ("browser_hash", fields.CharField(default="", db_default="", max_length=64)),
                ("next_path", fields.CharField(default="", db_default="", max_length=300)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "advocacy_sign_in_request",
                "app": "advocacy",
                "indexes": [Index(fields=["created_at"], name="sign_in_request_age")],
                "pk_attr": "id",
                "table_description": "Somebody asks for a link to an address, known or not; whoever answers takes the row away.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CodeTries",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "user",
                    fields.OneToOneField(
                        "advocacy.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="code_tries",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("wrong", fields.IntField(default=0, db_default=0)),
                ("tried_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "closed_until",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "advocacy_code_tries",
                "app": "advocacy",
                "pk_attr": "id",
                "table_description": "How many codes of a user were wrong in a row, and until when none is taken.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Session",
            name="letter_due_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name="Session",
            index=Index(fields=["letter_due_at"], name="session_letter_due"),
        ),
        ops.AddField(
            model_name="SignInLink",
            name="proves",
            field=fields.ForeignKeyField(
                "advocacy.Session",
                source_field="proves_id",
                null=True,
                db_index=True,
                db_constraint=True,
                to_field="id",
                related_name="proofs",
                on_delete=OnDelete.CASCADE,
            ),
        ),
    ]
