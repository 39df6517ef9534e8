"""Action pages, the actions taken on them, where they came from, and their tallies."""

from tortoise import fields
from tortoise.indexes import Index, PartialIndex
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from advocacy.chapters.models import Chapter
from advocacy.members.models import Person, one_of
from campaigns.editions.models import Edition
from campaigns.models import Campaign

KINDS = (
    "signature",
    "letter",
    "call",
    "comment",
    "pledge",
    "attendance",
    "answer",
    "share",
    "volunteer",
    "measurement",
)
SOURCE_KINDS = ("mailing", "share", "site", "qr", "embed")
ACTION_STATES = ("waiting", "confirmed", "invalidated")


class ActionPage(Model):
    """One public page asking for one kind of action."""

    id = fields.BigIntField(primary_key=True)
    edition: fields.ForeignKeyRelation[Edition] = fields.ForeignKeyField(
        "campaigns.Edition", related_name="pages", db_index=True
    )
    kind = fields.CharField(max_length=12, default="signature", db_default="signature")
    slug = fields.CharField(max_length=80, unique=True)
    goal = fields.IntField(default=100, db_default=100)
    created_at = fields.DatetimeField()

    edition_id: int

    class Meta:
        table = "campaigns_action_page"
        constraints = [
            CheckConstraint(check=one_of("kind", KINDS), name="action_page_kind_known"),
            CheckConstraint(check="goal > 0", name="action_page_goal_positive"),
        ]


class SourceCode(Model):
    """A short tag on a link that tells where an action came from."""

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=40, unique=True)
    kind = fields.CharField(max_length=10)
    label = fields.CharField(max_length=160, default="", db_default="")
    campaign: fields.ForeignKeyNullableRelation[Campaign] = fields.ForeignKeyField(
        "campaigns.Campaign", related_name="sources", null=True, db_index=True
    )
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "advocacy.Person", related_name="sources", null=True, db_index=True
    )
    created_at = fields.DatetimeField()

    campaign_id: int | None
    person_id: int | None

    class Meta:
        table = "campaigns_source_code"
        constraints = [
            CheckConstraint(check=one_of("kind", SOURCE_KINDS), name="source_kind_known")
        ]


class Action(Model):
    """One thing one person did on a page.

    `waiting` until its e-mail is confirmed where the person was not known. `tallied` says that
    `Tally` counts it. `is_new_person` says that the person was first known through this action.
    `wants_letters` is applied to the consent ledger at confirmation, with `wording`. `wrote_at` is
    when its person last got a letter about it: a request to confirm, or thanks.
    """

    id = fields.BigIntField(primary_key=True)
    page: fields.ForeignKeyRelation[ActionPage] = fields.ForeignKeyField(
        "campaigns.ActionPage", related_name="actions"
    )
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField(
        "campaigns.Campaign", related_name="actions"
    )
    chapter: fields.ForeignKeyRelation[Chapter] = fields.ForeignKeyField(
        "advocacy.Chapter", related_name="actions"
    )
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "advocacy.Person", related_name="actions"
    )
    kind = fields.CharField(max_length=12)
    state = fields.CharField(max_length=12)
    display_name = fields.CharField(max_length=201, default="", db_default="")
    is_named = fields.BooleanField(default=False, db_default=False)
    country_code = fields.CharField(max_length=2, default="", db_default="")
    language = fields.CharField(max_length=20, default="", db_default="")
    comment = fields.CharField(max_length=500, default="", db_default="")
    source: fields.ForeignKeyNullableRelation[SourceCode] = fields.ForeignKeyField(
        "campaigns.SourceCode", related_name="actions", null=True, on_delete=fields.SET_NULL
    )
    wants_letters = fields.BooleanField(default=False, db_default=False)
    wording_id = fields.BigIntField(null=True)
    is_new_person = fields.BooleanField(default=False, db_default=False)
    tallied = fields.BooleanField(default=False, db_default=False)
    created_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    wrote_at = fields.DatetimeField(null=True)

    page_id: int
    campaign_id: int
    chapter_id: int
    person_id: int
    source_id: int | None

    class Meta:
        table = "campaigns_action"
        unique_together = (("page", "person"),)
        indexes = [
            Index(fields=("campaign_id", "state", "person_id"), name="action_by_campaign"),
            Index(fields=("person_id",), name="action_by_person"),
            Index(fields=("chapter_id",), name="action_by_chapter"),
            Index(fields=("source_id", "state", "person_id"), name="action_by_source"),
            Index(fields=("page_id", "state", "confirmed_at"), name="action_recent"),
            PartialIndex(
                fields=("confirmed_at", "chapter_id", "person_id"),
                name="action_lately",
                condition={"state": "confirmed"},
            ),
            PartialIndex(
                fields=("page_id",),
                name="action_untallied",
                condition={"state": "confirmed", "tallied": False},
            ),
            PartialIndex(
                fields=("created_at",), name="action_waiting", condition={"state": "waiting"}
            ),
        ]
        constraints = [
            CheckConstraint(check=one_of("kind", KINDS), name="action_kind_known"),
            CheckConstraint(check=one_of("state", ACTION_STATES), name="action_state_known"),
            CheckConstraint(
                check="(state <> 'confirmed') OR (confirmed_at IS NOT NULL)",
                name="action_confirmed_dated",
            ),
        ]


class Tally(Model):
    """The confirmed actions of a page on a day (UTC), folded in; recountable from the rows."""

    id = fields.BigIntField(primary_key=True)
    page: fields.ForeignKeyRelation[ActionPage] = fields.ForeignKeyField(
        "campaigns.ActionPage", related_name="tallies"
    )
    day = fields.DateField()
    count = fields.BigIntField(default=0, db_default=0)

    page_id: int

    class Meta:
        table = "campaigns_tally"
        unique_together = (("page", "day"),)
