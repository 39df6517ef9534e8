"""Persons, their memberships, what they allow, and addresses we must not write to."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from advocacy import moment
from advocacy.chapters.models import Chapter

MAILINGS = "mailings"
EMAIL = "email"
DELIVERABILITY = ("ok", "soft", "bounced", "complained")
MEMBERSHIP_STATES = ("pending", "current", "left")
BASES = ("confirmed", "signed_in", "import", "one_click", "page", "staff")
SUPPRESSION_REASONS = ("unsubscribed_all", "complaint", "hard_bounce", "erased", "request")
FREQUENCIES = ("all", "weekly", "important")
IMPORT_STATES = ("running", "done", "cancelled")


def one_of(column: str, values: tuple[str, ...]) -> str:
    """The SQL of a CHECK that a text column holds one of a few words."""
    return f"{column} IN (" + ", ".join(f"'{value}'" for value in values) + ")"


class Person(Model):
    """Anyone we know by e-mail: one row for one canonical address, whatever the chapter.

    `address_hash` is the keyed hash of the canonical address that suppression compares with.
    `also_reads` are further languages; no letter goes out before `paused_until`. A row with
    `erased_at` keeps nothing personal and one with `merged_into` is part of another person: both
    stay so that what was counted stays counted, and neither is ever written to.
    """

    id = fields.BigIntField(primary_key=True)
    email = fields.CharField(max_length=254)
    canonical = fields.CharField(max_length=254, unique=True)
    address_hash = fields.CharField(max_length=64, db_index=True)
    given_name = fields.CharField(max_length=100, default="", db_default="")
    family_name = fields.CharField(max_length=100, default="", db_default="")
    language = fields.CharField(max_length=20, default="en", db_default="en")
    country_code = fields.CharField(max_length=2, default="", db_default="")
    deliverability = fields.CharField(max_length=10, default="ok", db_default="ok")
    created_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    also_reads = fields.CharField(max_length=100, default="", db_default="")
    frequency = fields.CharField(max_length=10, default="all", db_default="all")
    paused_until = fields.DatetimeField(null=True)
    erased_at = fields.DatetimeField(null=True)
    merged_into: fields.ForeignKeyNullableRelation["Person"] = fields.ForeignKeyField(
        "advocacy.Person", related_name="merged_persons", null=True, db_index=True
    )

    merged_into_id: int | None

    class Meta:
        table = "advocacy_person"
        constraints = [
            CheckConstraint(
                check=one_of("deliverability", DELIVERABILITY), name="person_deliverability_known"
            ),
            CheckConstraint(check="length(canonical) > 2", name="person_canonical_filled"),
        ]

    @property
    def full_name(self) -> str:
        """Given and family name as one line; empty when neither is known."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def is_paused(self) -> bool:
        """True while no letter goes out to them because they asked for quiet."""
        return self.paused_until is not None and self.paused_until > moment.now()


class Membership(Model):
    """A person in a chapter. A member is a person with a `current` one.

    While it `is_veiled` the chapter's staff see what its own roll said, which stands here from
    `given_name` to `confirmed_at`, and nothing of the person's row: see veiling.py.
    """

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "advocacy.Person", related_name="memberships"
    )
    chapter: fields.ForeignKeyRelation[Chapter] = fields.ForeignKeyField(
        "advocacy.Chapter", related_name="memberships"
    )
    state = fields.CharField(max_length=10)
    member_no = fields.CharField(max_length=40, default="", db_default="")
    joined_on = fields.DateField(null=True)
    left_on = fields.DateField(null=True)
    created_at = fields.DatetimeField()
    given_name = fields.CharField(max_length=100, default="", db_default="")
    family_name = fields.CharField(max_length=100, default="", db_default="")
    language = fields.CharField(max_length=20, default="", db_default="")
    country_code = fields.CharField(max_length=2, default="", db_default="")
    email = fields.CharField(max_length=254, default="", db_default="")
    deliverability = fields.CharField(max_length=10, default="ok", db_default="ok")
    confirmed_at = fields.DatetimeField(null=True)
    is_veiled = fields.BooleanField(default=False, db_default=False)

    person_id: int
    chapter_id: int

    class Meta:
        table = "advocacy_membership"
        unique_together = (("person", "chapter"),)
        indexes = [Index(fields=("chapter_id", "state", "person_id"), name="membership_roll")]
        constraints = [
            CheckConstraint(
                check=one_of("state", MEMBERSHIP_STATES), name="membership_state_known"
            ),
        ]


class Wording(Model):
    """The exact text a person agreed to; a changed text is a new version, never an edit.

    `%(chapter)s` in the text stands for the chapter's name.
    """

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=40)
    version = fields.IntField()
    language = fields.CharField(max_length=20)
    text = fields.TextField()

    class Meta:
        table = "advocacy_wording"
        unique_together = (("key", "version", "language"),)


class Consent(Model):
    """The append-only ledger of what a person allowed or withdrew, when, how and in which words.

    `chapter` may be headquarters. `basis` says how it was confirmed: `confirmed` by a link in a
    letter, `signed_in`, `import` from a roll, `one_click` or `page` for an unsubscribe, `staff`.
    """

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "advocacy.Person", related_name="consents"
    )
    chapter: fields.ForeignKeyRelation[Chapter] = fields.ForeignKeyField(
        "advocacy.Chapter", related_name="consents"
    )
    purpose = fields.CharField(max_length=20, default=MAILINGS, db_default=MAILINGS)
    channel = fields.CharField(max_length=10, default=EMAIL, db_default=EMAIL)
    granted = fields.BooleanField()
    wording: fields.ForeignKeyNullableRelation[Wording] = fields.ForeignKeyField(
        "advocacy.Wording", related_name="consents", null=True
    )
    language = fields.CharField(max_length=20, default="", db_default="")
    basis = fields.CharField(max_length=12)
    page = fields.CharField(max_length=200, default="", db_default="")
    origin = fields.CharField(max_length=45, default="", db_default="")
    at = fields.DatetimeField()

    person_id: int
    chapter_id: int
    wording_id: int | None

    class Meta:
        table = "advocacy_consent"
        indexes = [Index(fields=("person_id", "chapter_id", "id"), name="consent_ledger")]
        constraints = [
            CheckConstraint(check=one_of("basis", BASES), name="consent_basis_known"),
        ]


class Subscription(Model):
    """Where the ledger stands for one person, chapter, purpose and channel; can be rebuilt."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "advocacy.Person", related_name="subscriptions"
    )
    chapter: fields.ForeignKeyRelation[Chapter] = fields.ForeignKeyField(
        "advocacy.Chapter", related_name="subscriptions"
    )
    purpose = fields.CharField(max_length=20, default=MAILINGS, db_default=MAILINGS)
    channel = fields.CharField(max_length=10, default=EMAIL, db_default=EMAIL)
    granted = fields.BooleanField()
    changed_at = fields.DatetimeField()

    person_id: int
    chapter_id: int

    class Meta:
        table = "advocacy_subscription"
        unique_together = (("person", "chapter", "purpose", "channel"),)
        indexes = [Index(fields=("chapter_id", "granted", "person_id"), name="subscription_list")]


class Suppression(Model):
    """An address we must not write to, whoever asks; kept as a keyed hash only."""

    address_hash = fields.CharField(max_length=64, primary_key=True)
    reason = fields.CharField(max_length=20)
    at = fields.DatetimeField()

    class Meta:
        table = "advocacy_suppression"
        constraints = [
            CheckConstraint(
                check=one_of("reason", SUPPRESSION_REASONS), name="suppression_reason_known"
            ),
        ]


class SignUp(Model):
    """A sign-up waiting for its confirmation; becomes a person and a membership when confirmed.

    `leaves` is the chapter that a member moves away from with it. `letter_due_at` is when its
    letter may next be tried; None once it was posted.
    """

    id = fields.BigIntField(primary_key=True)
    chapter: fields.ForeignKeyRelation[Chapter] = fields.ForeignKeyField(
        "advocacy.Chapter", related_name="sign_ups", db_index=True
    )
    email = fields.CharField(max_length=254)
    canonical = fields.CharField(max_length=254, db_index=True)
    given_name = fields.CharField(max_length=100, default="", db_default="")
    family_name = fields.CharField(max_length=100, default="", db_default="")
    language = fields.CharField(max_length=20)
    country_code = fields.CharField(max_length=2, default="", db_default="")
    wants_letters = fields.BooleanField(default=False, db_default=False)
    leaves: fields.ForeignKeyNullableRelation[Chapter] = fields.ForeignKeyField(
        "advocacy.Chapter", related_name="moves", null=True, db_index=True
    )
    wording: fields.ForeignKeyNullableRelation[Wording] = fields.ForeignKeyField(
        "advocacy.Wording", related_name="sign_ups", null=True
    )
    page = fields.CharField(max_length=200, default="", db_default="")
    origin = fields.CharField(max_length=45, default="", db_default="")
    created_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    letter_due_at = fields.DatetimeField(null=True)

    chapter_id: int
    leaves_id: int | None
    wording_id: int | None

    class Meta:
        table = "advocacy_sign_up"
        indexes = [Index(fields=("letter_due_at",), name="sign_up_letter_due")]


class RollImport(Model):
    """One run of a roll file: how far it came and what it counted; the key of its resumption."""

    id = fields.BigIntField(primary_key=True)
    digest = fields.CharField(max_length=64, unique=True)
    filename = fields.CharField(max_length=200)
    state = fields.CharField(max_length=10)
    rows_done = fields.BigIntField(default=0, db_default=0)
    counts = fields.JSONField[dict[str, object]]()
    started_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "advocacy_roll_import"
        constraints = [
            CheckConstraint(check=one_of("state", IMPORT_STATES), name="roll_import_state_known"),
        ]
