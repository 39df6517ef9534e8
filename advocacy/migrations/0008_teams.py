from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint


class Migration(migrations.Migration):
    dependencies = [("advocacy", "0007_proving_again")]

    initial = False

    operations = [
        ops.CreateModel(
            name="AuditCheck",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("state", fields.CharField(default="waiting", db_default="waiting", max_length=10)),
                ("asked_by", fields.CharField(default="", db_default="", max_length=254)),
                ("entries", fields.BigIntField(default=0, db_default=0)),
                ("entries_done", fields.BigIntField(default=0, db_default=0)),
                ("broken", fields.CharField(default="", db_default="", max_length=20)),
                ("broken_entry", fields.BigIntField(null=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("claimed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "finished_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "advocacy_audit_check",
                "app": "advocacy",
                "constraints": [
                    CheckConstraint(
                        check="state IN ('waiting', 'running', 'done')",
                        name="audit_check_state_known",
                    )
                ],
                "pk_attr": "id",
                "table_description": "One walk along the chain: how far it is, and the first broken entry where it found one.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Handover",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "chapter",
                    fields.ForeignKeyField(
                        "advocacy.Chapter",
                        source_field="chapter_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="handovers",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "grant",
                    fields.ForeignKeyField(
                        "advocacy.Grant",
                        source_field="grant_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="handovers",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "from_user",
                    fields.ForeignKeyField(
                        "advocacy.User",
                        source_field="from_user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="handovers_offered",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "to_user",
                    fields.ForeignKeyField(
                        "advocacy.User",
                        source_field="to_user_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="handovers_received",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("stays", fields.BooleanField(default=True, db_default=True)),
                ("state", fields.CharField(default="offered", db_default="offered", max_length=10)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "advocacy_handover",
                "app": "advocacy",
                "constraints": [
                    CheckConstraint(
                        check="state IN ('offered', 'accepted', 'declined', 'withdrawn')",
                        name="handover_state_known",
                    )
                ],
                "indexes": [Index(fields=["chapter_id", "state"], name="handover_by_chapter")],
                "pk_attr": "id",
                "table_description": "A lead's offer of the leadership to another user; nothing changes until that one accepts.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TeamLetter",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("key", fields.CharField(unique=True, max_length=120)),
                ("kind", fields.CharField(max_length=20)),
                (
                    "user",
                    fields.ForeignKeyField(
                        "advocacy.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="team_letters",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "grant",
                    fields.ForeignKeyField(
                        "advocacy.Grant",
                        source_field="grant_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="team_letters",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "handover",
                    fields.ForeignKeyField(
                        "advocacy.Handover",
                        source_field="handover_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="team_letters",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("due_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "advocacy_team_letter",
                "app": "advocacy",
                "indexes": [Index(fields=["due_at"], name="team_letter_due")],
                "pk_attr": "id",
                "table_description": "A letter about a role that is owed to a user; `key` keeps it from being owed twice.",
            },
            bases=["Model"],
        ),
        ops.AddIndex(
            model_name="AuditEntry",
            index=Index(fields=["actor", "id"], name="audit_by_name"),
        ),
        # One offer of a grant is open at a time, and a role is held once; two at once are one.
        ops.RunSQL(
            "CREATE UNIQUE INDEX handover_open_once ON advocacy_handover (grant_id)"
            " WHERE state = 'offered'",
            reverse_sql="DROP INDEX handover_open_once",
        ),
        ops.RunSQL(
            [
                "UPDATE advocacy_grant SET revoked_at = granted_at WHERE revoked_at IS NULL"
                " AND EXISTS (SELECT 1 FROM advocacy_grant g WHERE g.user_id ="
                " advocacy_grant.user_id AND g.role = advocacy_grant.role AND"
                " COALESCE(g.chapter_id, 0) = COALESCE(advocacy_grant.chapter_id, 0)"
                " AND g.region = advocacy_grant.region AND g.revoked_at IS NULL"
                " AND g.id > advocacy_grant.id)",
                "CREATE UNIQUE INDEX grant_held_once ON advocacy_grant"
                " (user_id, role, COALESCE(chapter_id, 0), region) WHERE revoked_at IS NULL",
            ],
            reverse_sql="DROP INDEX grant_held_once",
        ),
    ]
