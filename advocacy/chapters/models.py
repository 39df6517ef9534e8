"""A chapter: a local body, or headquarters above them all."""

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

HEADQUARTERS = "hq"
SAFETY_PROFILES = ("open", "careful", "strict")


class Chapter(Model):
    """A local body. Headquarters is the one row with `is_headquarters`, outside the 130.

    `safety` is how carefully the country makes us treat names, clicks and addresses of origin.
    """

    id = fields.BigIntField(primary_key=True)
    slug = fields.CharField(max_length=64, unique=True)
    name = fields.CharField(max_length=160)
    region = fields.CharField(max_length=60, db_index=True)
    country_code = fields.CharField(max_length=2, default="", db_default="", db_index=True)
    city = fields.CharField(max_length=100, default="", db_default="")
    languages = fields.CharField(max_length=100)
    timezone = fields.CharField(max_length=60)
    is_headquarters = fields.BooleanField(default=False, db_default=False)
    safety = fields.CharField(max_length=10, default="open", db_default="open")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "advocacy_chapter"
        constraints = [
            CheckConstraint(check="length(slug) > 0", name="chapter_slug_filled"),
            CheckConstraint(check="length(languages) > 0", name="chapter_languages_filled"),
        ]

    @property
    def language_codes(self) -> list[str]:
        """BCP 47 tags, the main one first."""
        return self.languages.split()

    @property
    def main_language(self) -> str:
        """The language letters and pages fall back to."""
        return self.language_codes[0]

    @property
    def zone(self) -> tzinfo:
        """The chapter's own time zone."""
        return ZoneInfo(self.timezone)

    def local(self, at: datetime) -> datetime:
        """A moment as the chapter's clocks show it."""
        return at.astimezone(self.zone)
