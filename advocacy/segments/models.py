"""A segment: a stored question about persons, kept by a chapter."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from advocacy.chapters.models import Chapter
from advocacy.identity.models import User


class Segment(Model):
    """A named question; `question` is its tree (see asking). Shared by the chapter's staff."""

    id = fields.BigIntField(primary_key=True)
    chapter: fields.ForeignKeyRelation[Chapter] = fields.ForeignKeyField(
        "advocacy.Chapter", related_name="segments"
    )
    name = fields.CharField(max_length=100)
    question = fields.JSONField[dict[str, object]]()
    created_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "advocacy.User", related_name="segments", null=True, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField()
    changed_at = fields.DatetimeField()
    removed_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1, db_default=1)

    chapter_id: int

    class Meta:
        table = "advocacy_segment"
        indexes = [Index(fields=("chapter_id", "removed_at"), name="segment_by_chapter")]
