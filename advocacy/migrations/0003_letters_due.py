from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("advocacy", "0002_one_headquarters")]

    operations = [
        ops.AddField(
            model_name="SignUp",
            name="letter_due_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name="SignUp",
            index=Index(fields=["letter_due_at"], name="sign_up_letter_due"),
        ),
        ops.AddField(
            model_name="SignInLink",
            name="letter_due_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name="SignInLink",
            index=Index(fields=["letter_due_at"], name="sign_in_link_letter_due"),
        ),
    ]
