"""What a chapter notes about its own members: tags and fields of its own."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from advocacy.chapters.models import Chapter
from advocacy.members.models import Person, one_of

FIELD_KINDS = ("text", "number", "date", "choice")


class Tag(Model):
    """A word a chapter puts on its members; other chapters see nothing of it."""

    id = fields.BigIntField(primary_key=True)
    chapter: fields.ForeignKeyRelation[Chapter] = fields.ForeignKeyField(
        "advocacy.Chapter", related_name="tags"
    )
    name = fields.CharField(max_length=60)

    chapter_id: int

    class Meta:
        table = "advocacy_tag"
        unique_together = (("chapter", "name"),)


class Tagging(Model):
    """A tag on a person."""

    id = fields.BigIntField(primary_key=True)
    tag: fields.ForeignKeyRelation[Tag] = fields.ForeignKeyField(
        "advocacy.Tag", related_name="taggings"
    )
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "advocacy.Person", related_name="taggings", db_index=True
    )
    at = fields.DatetimeField()

    tag_id: int
    person_id: int

    class Meta:
        table = "advocacy_tagging"
        unique_together = (("tag", "person"),)


class CustomField(Model):
    """A question a chapter keeps an answer to for its members; `choices` one a line."""

    id = fields.BigIntField(primary_key=True)
    chapter: fields.ForeignKeyRelation[Chapter] = fields.ForeignKeyField(
        "advocacy.Chapter", related_name="custom_fields"
    )
    label = fields.CharField(max_length=60)
    kind = fields.CharField(max_length=10)
    choices = fields.TextField()
    created_at = fields.DatetimeField()

    chapter_id: int

    class Meta:
        table = "advocacy_custom_field"
        unique_together = (("chapter", "label"),)
        constraints = [
            CheckConstraint(check=one_of("kind", FIELD_KINDS), name="custom_field_kind_known")
        ]


class CustomValue(Model):
    """A person's answer: dates as ISO days, numbers also in `number` so that they compare."""

    id = fields.BigIntField(primary_key=True)
    field: fields.ForeignKeyRelation[CustomField] = fields.ForeignKeyField(
        "advocacy.CustomField", related_name="values"
    )
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "advocacy.Person", related_name="custom_values", db_index=True
    )
    value = fields.CharField(max_length=200)
    number = fields.FloatField(null=True)

    field_id: int
    person_id: int

    class Meta:
        table = "advocacy_custom_value"
        unique_together = (("field", "person"),)
        indexes = [Index(fields=("field_id", "value"), name="custom_value_lookup")]
