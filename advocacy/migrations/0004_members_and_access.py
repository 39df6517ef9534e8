from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint


class Migration(migrations.Migration):
    dependencies = [("advocacy", "0003_letters_due")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "advocacy.User",
                        source_field="user_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="accounts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("issuer", fields.CharField(max_length=200)),
                ("subject", fields.CharField(max_length=200)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "advocacy_openid_account",
                "app": "advocacy",
                "unique_together": (("issuer", "subject"),),
                "pk_attr": "id",
                "table_description": "The subject by which a provider knows a user; its e-mail may change, the subject never.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("actor_id", fields.BigIntField(null=True)),
                ("actor", fields.CharField(default="", db_default="", max_length=254)),
                ("act", fields.CharField(max_length=60)),
                ("record", fields.CharField(default="", db_default="", max_length=120)),
                ("chapter", fields.CharField(default="", db_default="", max_length=64)),
                ("origin", fields.CharField(default="", db_default="", max_length=45)),
                ("details", fields.TextField(unique=False)),
                ("previous", fields.CharField(unique=True, max_length=64)),
                ("hash", fields.CharField(max_length=64)),
            ],
            options={
                "table": "advocacy_audit_entry",
                "app": "advocacy",
                "indexes": [
                    Index(fields=["chapter", "id"], name="audit_by_chapter"),
                    Index(fields=["actor_id", "id"], name="audit_by_actor"),
                    Index(fields=["act", "id"], name="audit_by_act"),
                    Index(fields=["record", "id"], name="audit_by_record"),
                ],
                "pk_attr": "id",
                "table_description": "Who did what to which record, from where. Nothing here is ever changed or removed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AuditHead",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=10)),
                ("entries", fields.BigIntField(default=0, db_default=0)),
                ("hash", fields.CharField(max_length=64)),
            ],
            options={
                "table": "advocacy_audit_head",
                "app": "advocacy",
                "pk_attr": "name",
                "table_description": "The one row that says where the chain ends; whoever appends holds it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Challenge",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("value", fields.CharField(unique=True, max_length=100)),
                ("purpose", fields.CharField(max_length=20)),
                (
                    "user",
                    fields.ForeignKeyField(
                        "advocacy.User",
                        source_field="user_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="challenges",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("browser_hash", fields.CharField(default="", db_default="", max_length=64)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "advocacy_challenge",
                "app": "advocacy",
                "indexes": [Index(fields=["expires_at"], name="challenge_expiry")],
                "pk_attr": "id",
                "table_description": "What a browser has to sign with a passkey: single use, short-lived, bound to a browser.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CodeSecret",
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
                        related_name="code_secret",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("secret", fields.TextField(unique=False)),
                ("last_step", fields.BigIntField(default=0, db_default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "confirmed_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "advocacy_code_secret",
                "app": "advocacy",
                "pk_attr": "id",
                "table_description": "The secret of a user's one-time codes, encrypted; in force once `confirmed_at` is set.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CustomField",
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
                        related_name="custom_fields",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("label", fields.CharField(max_length=60)),
                ("kind", fields.CharField(max_length=10)),
                ("choices", fields.TextField(unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "advocacy_custom_field",
                "app": "advocacy",
                "unique_together": (("chapter", "label"),),
                "constraints": [
                    CheckConstraint(
                        check="kind IN ('text', 'number', 'date', 'choice')",
                        name="custom_field_kind_known",
                    )
                ],
                "pk_attr": "id",
                "table_description": "A question a chapter keeps an answer to for its members; `choices` one a line.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CustomValue",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "field",
                    fields.ForeignKeyField(
                        "advocacy.CustomField",
                        source_field="field_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="values",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "advocacy.Person",
                        source_field="person_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="custom_values",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("value", fields.CharField(max_length=200)),
                ("number", fields.FloatField(null=True)),
            ],
            options={
                "table": "advocacy_custom_value",
                "app": "advocacy",
                "unique_together": (("field", "person"),),
                "indexes": [Index(fields=["field_id", "value"], name="custom_value_lookup")],
                "pk_attr": "id",
                "table_description": "A person's answer: dates as ISO days, numbers also in `number` so that they compare.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Departure",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("state_hash", fields.CharField(unique=True, max_length=64)),
                ("nonce", fields.CharField(max_length=64)),
                ("verifier", fields.CharField(max_length=128)),
                ("browser_hash", fields.CharField(max_length=64)),
                ("next_path", fields.CharField(default="", db_default="", max_length=300)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "advocacy_openid_departure",
                "app": "advocacy",
                "indexes": [Index(fields=["expires_at"], name="openid_departure_expiry")],
                "pk_attr": "id",
                "table_description": "A browser that was sent to the provider and has not come back: good once, for minutes.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Distinct",
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
                        related_name="distinct_pairs",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "one",
                    fields.ForeignKeyField(
                        "advocacy.Person",
                        source_field="one_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="distinct_one",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "other",
                    fields.ForeignKeyField(
                        "advocacy.Person",
                        source_field="other_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="distinct_other",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "advocacy_distinct",
                "app": "advocacy",
                "unique_together": (("one", "other", "chapter"),),
                "constraints": [
                    CheckConstraint(check="one_id < other_id", name="distinct_in_order")
                ],
                "indexes": [Index(fields=["chapter_id", "one_id"], name="distinct_by_chapter")],
                "pk_attr": "id",
                "table_description": "Two persons who look alike and are not the same; the pair is not offered again.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DomainRule",
            fields=[
                (
                    "domain",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=190),
                ),
                ("is_refused", fields.BooleanField()),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("changed_by", fields.CharField(default="", db_default="", max_length=254)),
            ],
            options={
                "table": "advocacy_domain_rule",
                "app": "advocacy",
                "pk_attr": "domain",
                "table_description": "A mail domain that staff refuse as disposable, or allow although the list has it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Merge",
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
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="merges",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "kept",
                    fields.ForeignKeyField(
                        "advocacy.Person",
                        source_field="kept_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="merges_kept",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "lost",
                    fields.ForeignKeyField(
                        "advocacy.Person",
                        source_field="lost_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="merges_lost",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("moved", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                (
                    "by",
                    fields.ForeignKeyField(
                        "advocacy.User",
                        source_field="by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="merges",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("undone_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "advocacy_merge",
                "app": "advocacy",
                "constraints": [CheckConstraint(check="kept_id <> lost_id", name="merge_of_two")],
                "pk_attr": "id",
                "table_description": "`lost` became part of `kept`; `moved` holds what is needed to undo it, table by table.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Passkey",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "advocacy.User",
                        source_field="user_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="passkeys",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("credential_id", fields.CharField(unique=True, max_length=400)),
                ("public_key", fields.TextField(unique=False)),
                ("sign_count", fields.BigIntField(default=0, db_default=0)),
                ("transports", fields.CharField(default="", db_default="", max_length=100)),
                ("name", fields.CharField(max_length=60)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "advocacy_passkey",
                "app": "advocacy",
                "pk_attr": "id",
                "table_description": "A WebAuthn credential; `credential_id` and `public_key` are base64url.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Rate",
            fields=[
                (
                    "name",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40),
                ),
                ("burst", fields.CharField(max_length=30)),
                ("sustained", fields.CharField(max_length=30)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("changed_by", fields.CharField(default="", db_default="", max_length=254)),
            ],
            options={
                "table": "advocacy_rate",
                "app": "advocacy",
                "pk_attr": "name",
                "table_description": "How often a form may be sent for one key: `burst` and `sustained`, such as `10/minute`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RecoveryCode",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "advocacy.User",
                        source_field="user_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="recovery_codes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("code_hash", fields.CharField(max_length=64)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "advocacy_recovery_code",
                "app": "advocacy",
                "pk_attr": "id",
                "table_description": "A code for the day when the phone is lost; kept as a keyed hash, good once.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RetentionRun",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("is_dry", fields.BooleanField()),
                ("state", fields.CharField(default="waiting", db_default="waiting", max_length=10)),
                ("progress", fields.SmallIntField(default=0, db_default=0)),
                ("counts", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                (
                    "asked_by",
                    fields.ForeignKeyField(
                        "advocacy.User",
                        source_field="asked_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="retention_runs",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("claimed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "finished_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "advocacy_retention_run",
                "app": "advocacy",
                "constraints": [
                    CheckConstraint(
                        check="state IN ('waiting', 'running', 'done', 'failed')",
                        name="retention_state",
                    )
                ],
                "pk_attr": "id",
                "table_description": "One run of the retention rules; a dry one only counts. `counts` is rule -> rows.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RightsRequest",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "advocacy.Person",
                        source_field="person_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="rights_requests",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=10)),
                ("state", fields.CharField(default="waiting", db_default="waiting", max_length=10)),
                (
                    "asked_by",
                    fields.ForeignKeyField(
                        "advocacy.User",
                        source_field="asked_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="rights_requests",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("progress", fields.SmallIntField(default=0, db_default=0)),
                ("file", fields.CharField(default="", db_default="", max_length=100)),
                ("receipt", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("language", fields.CharField(default="en", db_default="en", max_length=20)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("not_before", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("claimed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "finished_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "advocacy_rights_request",
                "app": "advocacy",
                "constraints": [
                    CheckConstraint(
                        check="kind IN ('access', 'correction', 'erasure')",
                        name="rights_kind_known",
                    ),
                    CheckConstraint(
                        check="state IN ('waiting', 'running', 'done', 'failed', 'cancelled')",
                        name="rights_state_known",
                    ),
                ],
                "indexes": [Index(fields=["state", "not_before"], name="rights_request_due")],
                "pk_attr": "id",
                "table_description": "Something a person may ask for; a task does it and leaves a receipt.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RollUpload",
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
                        related_name="roll_uploads",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "advocacy.User",
                        source_field="user_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="roll_uploads",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("filename", fields.CharField(max_length=200)),
                ("file", fields.CharField(max_length=100)),
                ("size", fields.BigIntField()),
                (
                    "state",
                    fields.CharField(default="uploaded", db_default="uploaded", max_length=10),
                ),
                ("mapping", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("basis", fields.CharField(default="", db_default="", max_length=300)),
                ("forecast", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("counts", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("error", fields.CharField(default="", db_default="", max_length=500)),
                ("rows_done", fields.BigIntField(default=0, db_default=0)),
                ("part_done", fields.FloatField(default=0, db_default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("claimed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "finished_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("version", fields.IntField(default=1, db_default=1)),
            ],
            options={
                "table": "advocacy_roll_upload",
                "app": "advocacy",
                "constraints": [
                    CheckConstraint(
                        check="state IN ('uploaded', 'checking', 'checked', 'importing', 'done', 'cancelled', 'failed')",
                        name="roll_upload_state_known",
                    )
                ],
                "indexes": [Index(fields=["chapter_id", "id"], name="roll_upload_by_chapter")],
                "pk_attr": "id",
                "table_description": "A file that was uploaded: how its columns are read, what a dry run counted, how far it is.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Segment",
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
                        related_name="segments",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=100)),
                ("question", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                (
                    "created_by",
                    fields.ForeignKeyField(
                        "advocacy.User",
                        source_field="created_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="segments",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("removed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1, db_default=1)),
            ],
            options={
                "table": "advocacy_segment",
                "app": "advocacy",
                "indexes": [Index(fields=["chapter_id", "removed_at"], name="segment_by_chapter")],
                "pk_attr": "id",
                "table_description": "A named question; `question` is its tree (see asking). Shared by the chapter's staff.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SpentProof",
            fields=[
                (
                    "digest",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64),
                ),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "advocacy_spent_proof",
                "app": "advocacy",
                "indexes": [Index(fields=["expires_at"], name="spent_proof_expiry")],
                "pk_attr": "digest",
                "table_description": "A proof of work that was used; it counts once.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Tag",
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
                        related_name="tags",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=60)),
            ],
            options={
                "table": "advocacy_tag",
                "app": "advocacy",
                "unique_together": (("chapter", "name"),),
                "pk_attr": "id",
                "table_description": "A word a chapter puts on its members; other chapters see nothing of it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Tagging",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "tag",
                    fields.ForeignKeyField(
                        "advocacy.Tag",
                        source_field="tag_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="taggings",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "advocacy.Person",
                        source_field="person_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="taggings",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "advocacy_tagging",
                "app": "advocacy",
                "unique_together": (("tag", "person"),),
                "pk_attr": "id",
                "table_description": "A tag on a person.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Chapter",
            name="safety",
            field=fields.CharField(default="open", db_default="open", max_length=10),
        ),
        ops.AddField(
            model_name="Grant",
            name="granted_by",
            field=fields.CharField(default="", db_default="", max_length=254),
        ),
        ops.AddField(
            model_name="Person",
            name="also_reads",
            field=fields.CharField(default="", db_default="", max_length=100),
        ),
        ops.AddField(
            model_name="Person",
            name="erased_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Person",
            name="frequency",
            field=fields.CharField(default="all", db_default="all", max_length=10),
        ),
        ops.AddField(
            model_name="Person",
            name="merged_into",
            field=fields.ForeignKeyField(
                "advocacy.Person",
                source_field="merged_into_id",
                null=True,
                db_index=True,
                db_constraint=True,
                to_field="id",
                related_name="merged_persons",
                on_delete=OnDelete.CASCADE,
            ),
        ),
        ops.AddField(
            model_name="Person",
            name="paused_until",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Session",
            name="factor_due",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Session",
            name="origin",
            field=fields.CharField(default="", db_default="", max_length=45),
        ),
        ops.AddField(
            model_name="Session",
            name="proved_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
