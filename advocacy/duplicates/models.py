"""Merges of two persons, each with what it moved, and pairs that were judged to be two people."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from advocacy.chapters.models import Chapter
from advocacy.identity.models import User
from advocacy.members.models import Person


class Merge(Model):
    """`lost` became part of `kept`; `moved` holds what is needed to undo it, table by table."""

    id = fields.BigIntField(primary_key=True)
    chapter: fields.ForeignKeyRelation[Chapter] = fields.ForeignKeyField(
        "advocacy.Chapter", related_name="merges", db_index=True
    )
    kept: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "advocacy.Person", related_name="merges_kept", db_index=True
    )
    lost: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "advocacy.Person", related_name="merges_lost", db_index=True
    )
    moved = fields.JSONField[dict[str, object]]()
    by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "advocacy.User", related_name="merges", null=True, on_delete=fields.SET_NULL
    )
    at = fields.DatetimeField()
    undone_at = fields.DatetimeField(null=True)

    chapter_id: int
    kept_id: int
    lost_id: int

    class Meta:
        table = "advocacy_merge"
        constraints = [CheckConstraint(check="kept_id <> lost_id", name="merge_of_two")]


class Distinct(Model):
    """Two persons who look alike and are not the same; the pair is not offered again."""

    id = fields.BigIntField(primary_key=True)
    chapter: fields.ForeignKeyRelation[Chapter] = fields.ForeignKeyField(
        "advocacy.Chapter", related_name="distinct_pairs"
    )
    one: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "advocacy.Person", related_name="distinct_one"
    )
    other: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "advocacy.Person", related_name="distinct_other", db_index=True
    )
    at = fields.DatetimeField()

    chapter_id: int
    one_id: int
    other_id: int

    class Meta:
        table = "advocacy_distinct"
        unique_together = (("one", "other", "chapter"),)
        indexes = [Index(fields=("chapter_id", "one_id"), name="distinct_by_chapter")]
        constraints = [CheckConstraint(check="one_id < other_id", name="distinct_in_order")]
