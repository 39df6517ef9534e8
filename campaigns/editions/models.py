"""Editions: one chapter's own version of a campaign, with its texts in each language."""

from tortoise import fields
from tortoise.models import Model

from advocacy.chapters.models import Chapter
from campaigns.models import Campaign


class Edition(Model):
    """One chapter's version of a campaign. A chapter's own campaign has exactly one."""

    id = fields.BigIntField(primary_key=True)
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField(
        "campaigns.Campaign", related_name="editions"
    )
    chapter: fields.ForeignKeyRelation[Chapter] = fields.ForeignKeyField(
        "advocacy.Chapter", related_name="editions", db_index=True
    )
    language = fields.CharField(max_length=20)
    created_at = fields.DatetimeField()

    campaign_id: int
    chapter_id: int

    class Meta:
        table = "campaigns_edition"
        unique_together = (("campaign", "chapter"),)


class EditionText(Model):
    """What an edition says in one language. `case` and `thanks` are Markdown."""

    id = fields.BigIntField(primary_key=True)
    edition: fields.ForeignKeyRelation[Edition] = fields.ForeignKeyField(
        "campaigns.Edition", related_name="texts"
    )
    language = fields.CharField(max_length=20)
    title = fields.CharField(max_length=160)
    summary = fields.CharField(max_length=300, default="", db_default="")
    case = fields.TextField(source_field="case_text")
    ask = fields.TextField()
    thanks = fields.TextField(default="", db_default="")

    edition_id: int

    class Meta:
        table = "campaigns_edition_text"
        unique_together = (("edition", "language"),)
