"""A campaign: a goal and a period; what it offers lives in its editions and pages."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from advocacy.chapters.models import Chapter
from advocacy.identity.models import User
from advocacy.members.models import one_of

STATES = (
    "draft",
    "in_review",
    "approved",
    "scheduled",
    "live",
    "paused",
    "ended",
    "archived",
)


class Campaign(Model):
    """A goal, a period, its editions and pages. `version` grows with every edit."""

    id = fields.BigIntField(primary_key=True)
    chapter: fields.ForeignKeyRelation[Chapter] = fields.ForeignKeyField(
        "advocacy.Chapter", related_name="campaigns"
    )
    slug = fields.CharField(max_length=80, unique=True)
    name = fields.CharField(max_length=160)
    state = fields.CharField(max_length=10, default="draft", db_default="draft")
    topic = fields.CharField(max_length=40, default="", db_default="")
    timezone = fields.CharField(max_length=60, default="UTC", db_default="UTC")
    starts_at = fields.DatetimeField(null=True)
    ends_at = fields.DatetimeField(null=True)
    launched_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    goal = fields.IntField(default=100, db_default=100)
    outcome = fields.TextField(default="", db_default="")
    created_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "advocacy.User", related_name="campaigns", null=True, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField()
    version = fields.IntField(default=1, db_default=1)

    chapter_id: int

    class Meta:
        table = "campaigns_campaign"
        indexes = [Index(fields=("chapter_id", "state"), name="campaign_by_chapter")]
        constraints = [
            CheckConstraint(check=one_of("state", STATES), name="campaign_state_known"),
            CheckConstraint(check="goal > 0", name="campaign_goal_positive"),
        ]

    @property
    def is_open(self) -> bool:
        """True while people can act."""
        return self.state == "live"

    @property
    def is_public(self) -> bool:
        """True once its pages may be seen by anyone."""
        return self.state in ("live", "paused", "ended")
