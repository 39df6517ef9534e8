"""Mailings, their texts, one delivery a recipient, and the links people follow."""

from tortoise import fields
from tortoise.indexes import Index, PartialIndex
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from advocacy.chapters.models import Chapter
from advocacy.identity.models import User
from advocacy.members.models import Person, one_of
from advocacy.segments.models import Segment
from campaigns.actions.models import ActionPage, SourceCode
from campaigns.models import Campaign

MAILING_STATES = ("draft", "calculating", "scheduled", "sending", "stopped", "sent")
STATUSES = (
    "queued",
    "claimed",
    "sent",
    "deferred",
    "failed",
    "bounced",
    "skipped",
    "held",
    "unknown",
)


class Mailing(Model):
    """One letter to many. `chapter` is the sender and its lane; it may be headquarters.

    The segment: `languages` (space-separated, empty for all), `joined_since`, and `acted` on
    `acted_page` (`yes`, `no`, or empty for either), and a stored `segment`; `question` is what that
    asked when the mailing was scheduled. `is_paused` holds a sending mailing.
    """

    id = fields.BigIntField(primary_key=True)
    chapter: fields.ForeignKeyRelation[Chapter] = fields.ForeignKeyField(
        "advocacy.Chapter", related_name="mailings"
    )
    campaign: fields.ForeignKeyNullableRelation[Campaign] = fields.ForeignKeyField(
        "campaigns.Campaign", related_name="mailings", null=True, db_index=True
    )
    page: fields.ForeignKeyNullableRelation[ActionPage] = fields.ForeignKeyField(
        "campaigns.ActionPage", related_name="mailings", null=True
    )
    source: fields.ForeignKeyNullableRelation[SourceCode] = fields.ForeignKeyField(
        "campaigns.SourceCode", related_name="mailings", null=True, db_index=True
    )
    name = fields.CharField(max_length=160)
    state = fields.CharField(max_length=12, default="draft", db_default="draft")
    is_paused = fields.BooleanField(default=False, db_default=False)
    languages = fields.CharField(max_length=100, default="", db_default="")
    joined_since = fields.DateField(null=True)
    acted = fields.CharField(max_length=3, default="", db_default="")
    acted_page: fields.ForeignKeyNullableRelation[ActionPage] = fields.ForeignKeyField(
        "campaigns.ActionPage", related_name="segments", null=True
    )
    segment: fields.ForeignKeyNullableRelation[Segment] = fields.ForeignKeyField(
        "advocacy.Segment", related_name="mailings", null=True, db_index=True
    )
    question = fields.JSONField[dict[str, object] | None](null=True)
    audience_size = fields.IntField(default=0, db_default=0)
    created_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "advocacy.User", related_name="mailings", null=True, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField()
    send_at = fields.DatetimeField(null=True)
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    rung_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1, db_default=1)

    chapter_id: int
    campaign_id: int | None
    page_id: int | None
    source_id: int | None
    acted_page_id: int | None
    segment_id: int | None

    class Meta:
        table = "campaigns_mailing"
        indexes = [
            Index(fields=("chapter_id", "state"), name="mailing_by_chapter"),
            Index(fields=("state", "send_at"), name="mailing_due"),
        ]
        constraints = [
            CheckConstraint(check=one_of("state", MAILING_STATES), name="mailing_state_known"),
            CheckConstraint(check=one_of("acted", ("", "yes", "no")), name="mailing_acted_known"),
        ]


class MailingText(Model):
    """What a mailing says in one language. `body` is Markdown with merge fields."""

    id = fields.BigIntField(primary_key=True)
    mailing: fields.ForeignKeyRelation[Mailing] = fields.ForeignKeyField(
        "campaigns.Mailing", related_name="texts"
    )
    language = fields.CharField(max_length=20)
    subject = fields.CharField(max_length=200)
    preheader = fields.CharField(max_length=200, default="", db_default="")
    body = fields.TextField()

    mailing_id: int

    class Meta:
        table = "campaigns_mailing_text"
        unique_together = (("mailing", "language"),)


class Delivery(Model):
    """One letter to one person, frozen when the audience was; the ledger of the sending.

    `claim` is the token of the worker that holds it. `text_language` is the version this person
    gets. `reason` says why it was skipped, held, failed or bounced.
    """

    id = fields.BigIntField(primary_key=True)
    mailing: fields.ForeignKeyRelation[Mailing] = fields.ForeignKeyField(
        "campaigns.Mailing", related_name="deliveries"
    )
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "advocacy.Person", related_name="deliveries"
    )
    text_language = fields.CharField(max_length=20)
    country_code = fields.CharField(max_length=2, default="", db_default="")
    status = fields.CharField(max_length=8, default="queued", db_default="queued")
    claim = fields.CharField(max_length=32, default="", db_default="")
    claimed_at = fields.DatetimeField(null=True)
    attempts = fields.SmallIntField(default=0, db_default=0)
    due_at = fields.DatetimeField(null=True)
    sent_at = fields.DatetimeField(null=True)
    bounced_at = fields.DatetimeField(null=True)
    reason = fields.CharField(max_length=40, default="", db_default="")
    response = fields.CharField(max_length=200, default="", db_default="")

    mailing_id: int
    person_id: int

    class Meta:
        table = "campaigns_delivery"
        unique_together = (("mailing", "person"),)
        indexes = [
            Index(fields=("mailing_id", "status", "id"), name="delivery_work"),
            Index(fields=("person_id", "sent_at"), name="delivery_by_person"),
            PartialIndex(
                fields=("claimed_at",), name="delivery_claimed", condition={"status": "claimed"}
            ),
        ]
        constraints = [
            CheckConstraint(check=one_of("status", STATUSES), name="delivery_status_known"),
            CheckConstraint(
                check="(status = 'claimed') = (claim <> '')", name="delivery_claim_fits_status"
            ),
            CheckConstraint(
                check="(status NOT IN ('sent', 'bounced')) OR (sent_at IS NOT NULL)",
                name="delivery_sent_dated",
            ),
        ]


class Link(Model):
    """An address that a mailing's text points to; letters carry a signed link to it instead."""

    id = fields.BigIntField(primary_key=True)
    mailing: fields.ForeignKeyRelation[Mailing] = fields.ForeignKeyField(
        "campaigns.Mailing", related_name="links"
    )
    url = fields.CharField(max_length=500)

    mailing_id: int

    class Meta:
        table = "campaigns_link"
        unique_together = (("mailing", "url"),)


class Click(Model):
    """A delivery's link was followed, by a person or (as far as rules tell) by a robot."""

    id = fields.BigIntField(primary_key=True)
    delivery: fields.ForeignKeyRelation[Delivery] = fields.ForeignKeyField(
        "campaigns.Delivery", related_name="clicks", db_index=True
    )
    link: fields.ForeignKeyRelation[Link] = fields.ForeignKeyField(
        "campaigns.Link", related_name="clicks", db_index=True
    )
    at = fields.DatetimeField()
    is_robot = fields.BooleanField(default=False, db_default=False)

    delivery_id: int
    link_id: int

    class Meta:
        table = "campaigns_click"
