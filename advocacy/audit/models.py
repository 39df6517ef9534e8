"""The audit log: one line for each thing done, each carrying the hash of the one before."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model


class AuditEntry(Model):
    """Who did what to which record, from where. Nothing here is ever changed or removed.

    `actor_id` is a user's id or None for the system; `record` is `kind:id`; `chapter` is a slug;
    `hash` is the SHA-256 of all of it together with `previous`, the hash of the entry before.
    """

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField()
    actor_id = fields.BigIntField(null=True)
    actor = fields.CharField(max_length=254, default="", db_default="")
    act = fields.CharField(max_length=60)
    record = fields.CharField(max_length=120, default="", db_default="")
    chapter = fields.CharField(max_length=64, default="", db_default="")
    origin = fields.CharField(max_length=45, default="", db_default="")
    details = fields.TextField()
    previous = fields.CharField(max_length=64, unique=True)
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "advocacy_audit_entry"
        indexes = [
            Index(fields=("chapter", "id"), name="audit_by_chapter"),
            Index(fields=("actor_id", "id"), name="audit_by_actor"),
            Index(fields=("actor", "id"), name="audit_by_name"),
            Index(fields=("act", "id"), name="audit_by_act"),
            Index(fields=("record", "id"), name="audit_by_record"),
        ]


class AuditHead(Model):
    """The one row that says where the chain ends; whoever appends holds it."""

    name = fields.CharField(max_length=10, primary_key=True)
    entries = fields.BigIntField(default=0, db_default=0)
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "advocacy_audit_head"


class AuditCheck(Model):
    """One walk along the chain: how far it is, and the first broken entry where it found one.

    `broken` says how (a key of verifying.HOW); `broken_entry` is None where the end is missing.
    """

    id = fields.BigIntField(primary_key=True)
    state = fields.CharField(max_length=10, default="waiting", db_default="waiting")
    asked_by = fields.CharField(max_length=254, default="", db_default="")
    entries = fields.BigIntField(default=0, db_default=0)
    entries_done = fields.BigIntField(default=0, db_default=0)
    broken = fields.CharField(max_length=20, default="", db_default="")
    broken_entry = fields.BigIntField(null=True)
    created_at = fields.DatetimeField()
    claimed_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "advocacy_audit_check"
        constraints = [
            CheckConstraint(
                check="state IN ('waiting', 'running', 'done')", name="audit_check_state_known"
            )
        ]
