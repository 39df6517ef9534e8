"""Leadership on its way to somebody else, and the letters that are owed about roles."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from advocacy import moment
from advocacy.chapters.models import Chapter
from advocacy.identity.models import Grant, User


class Handover(Model):
    """A lead's offer of the leadership to another user; nothing changes until that one accepts.

    `grant` is what is handed over; `stays` is True where the lead becomes an organiser then. One
    offer of a grant is open at a time (index handover_open_once).
    """

    id = fields.BigIntField(primary_key=True)
    chapter: fields.ForeignKeyRelation[Chapter] = fields.ForeignKeyField(
        "advocacy.Chapter", related_name="handovers"
    )
    grant: fields.ForeignKeyRelation[Grant] = fields.ForeignKeyField(
        "advocacy.Grant", related_name="handovers"
    )
    from_user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "advocacy.User", related_name="handovers_offered"
    )
    to_user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "advocacy.User", related_name="handovers_received", db_index=True
    )
    stays = fields.BooleanField(default=True, db_default=True)
    state = fields.CharField(max_length=10, default="offered", db_default="offered")
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)

    chapter_id: int
    grant_id: int
    from_user_id: int
    to_user_id: int

    @property
    def is_open(self) -> bool:
        """True while it can be accepted."""
        return bool(self.state == "offered" and self.expires_at > moment.now())

    class Meta:
        table = "advocacy_handover"
        indexes = [Index(fields=("chapter_id", "state"), name="handover_by_chapter")]
        constraints = [
            CheckConstraint(
                check="state IN ('offered', 'accepted', 'declined', 'withdrawn')",
                name="handover_state_known",
            )
        ]


class TeamLetter(Model):
    """A letter about a role that is owed to a user; `key` keeps it from being owed twice.

    `due_at` is when it may next be tried; None where it was posted.
    """

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=120, unique=True)
    kind = fields.CharField(max_length=20)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "advocacy.User", related_name="team_letters"
    )
    grant: fields.ForeignKeyNullableRelation[Grant] = fields.ForeignKeyField(
        "advocacy.Grant", related_name="team_letters", null=True
    )
    handover: fields.ForeignKeyNullableRelation[Handover] = fields.ForeignKeyField(
        "advocacy.Handover", related_name="team_letters", null=True
    )
    created_at = fields.DatetimeField()
    due_at = fields.DatetimeField(null=True)

    user_id: int
    grant_id: int | None
    handover_id: int | None

    class Meta:
        table = "advocacy_team_letter"
        indexes = [Index(fields=("due_at",), name="team_letter_due")]
