"""Requests people make about their own data, and runs of the retention rules."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from advocacy.identity.models import User
from advocacy.members.models import Person, one_of

KINDS = ("access", "correction", "erasure")
REQUEST_STATES = ("waiting", "running", "done", "failed", "cancelled")
RUN_STATES = ("waiting", "running", "done", "failed")


class RightsRequest(Model):
    """Something a person may ask for; a task does it and leaves a receipt.

    `file` is the name of the export in the state folder; `progress` runs from 0 to 100;
    `not_before` lets an erasure be taken back until then. `asked_by` is a user of staff, if any.
    """

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "advocacy.Person", related_name="rights_requests", db_index=True
    )
    kind = fields.CharField(max_length=10)
    state = fields.CharField(max_length=10, default="waiting", db_default="waiting")
    asked_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "advocacy.User", related_name="rights_requests", null=True, on_delete=fields.SET_NULL
    )
    progress = fields.SmallIntField(default=0, db_default=0)
    file = fields.CharField(max_length=100, default="", db_default="")
    receipt = fields.JSONField[dict[str, Any]](null=True)
    language = fields.CharField(max_length=20, default="en", db_default="en")
    created_at = fields.DatetimeField()
    not_before = fields.DatetimeField()
    claimed_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    person_id: int
    asked_by_id: int | None

    class Meta:
        table = "advocacy_rights_request"
        indexes = [Index(fields=("state", "not_before"), name="rights_request_due")]
        constraints = [
            CheckConstraint(check=one_of("kind", KINDS), name="rights_kind_known"),
            CheckConstraint(check=one_of("state", REQUEST_STATES), name="rights_state_known"),
        ]


class RetentionRun(Model):
    """One run of the retention rules; a dry one only counts. `counts` is rule -> rows."""

    id = fields.BigIntField(primary_key=True)
    is_dry = fields.BooleanField()
    state = fields.CharField(max_length=10, default="waiting", db_default="waiting")
    progress = fields.SmallIntField(default=0, db_default=0)
    counts = fields.JSONField[dict[str, object]]()
    asked_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "advocacy.User", related_name="retention_runs", null=True, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField()
    claimed_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "advocacy_retention_run"
        constraints = [CheckConstraint(check=one_of("state", RUN_STATES), name="retention_state")]
