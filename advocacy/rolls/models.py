"""A file of members on its way into a chapter's roll, from upload to report."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from advocacy.chapters.models import Chapter
from advocacy.identity.models import User
from advocacy.members.models import one_of

UPLOAD_STATES = (
    "uploaded",
    "checking",
    "checked",
    "importing",
    "done",
    "cancelled",
    "failed",
)


class RollUpload(Model):
    """A file that was uploaded: how its columns are read, what a dry run counted, how far it is.

    `file` is a name in the state folder, never the visitor's. `mapping` is our column -> theirs.
    `basis` says in words on what ground these people may be written to.
    """

    id = fields.BigIntField(primary_key=True)
    chapter: fields.ForeignKeyRelation[Chapter] = fields.ForeignKeyField(
        "advocacy.Chapter", related_name="roll_uploads"
    )
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "advocacy.User", related_name="roll_uploads", null=True, on_delete=fields.SET_NULL
    )
    filename = fields.CharField(max_length=200)
    file = fields.CharField(max_length=100)
    size = fields.BigIntField()
    state = fields.CharField(max_length=10, default="uploaded", db_default="uploaded")
    mapping = fields.JSONField[dict[str, object]]()
    basis = fields.CharField(max_length=300, default="", db_default="")
    forecast = fields.JSONField[dict[str, object]](null=True)
    counts = fields.JSONField[dict[str, object]](null=True)
    error = fields.CharField(max_length=500, default="", db_default="")
    rows_done = fields.BigIntField(default=0, db_default=0)
    part_done = fields.FloatField(default=0, db_default=0)
    created_at = fields.DatetimeField()
    claimed_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1, db_default=1)

    chapter_id: int

    class Meta:
        table = "advocacy_roll_upload"
        indexes = [Index(fields=("chapter_id", "id"), name="roll_upload_by_chapter")]
        constraints = [
            CheckConstraint(check=one_of("state", UPLOAD_STATES), name="roll_upload_state_known")
        ]
