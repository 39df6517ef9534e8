"""Users, the grants they hold, their sign-in links and their sessions."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from advocacy.chapters.models import Chapter

ROLES = (
    "hq_director",
    "hq_analyst",
    "data_protection_officer",
    "regional_manager",
    "chapter_lead",
    "chapter_organiser",
    "campaign_helper",
)


class User(Model):
    """Someone who signs in, as staff or as a member; known by one canonical address."""

    id = fields.BigIntField(primary_key=True)
    email = fields.CharField(max_length=254)
    canonical = fields.CharField(max_length=254, unique=True)
    name = fields.CharField(max_length=201, default="", db_default="")
    language = fields.CharField(max_length=20, default="", db_default="")
    created_at = fields.DatetimeField(auto_now_add=True)
    last_seen_at = fields.DatetimeField(null=True)

    class Meta:
        table = "advocacy_user"


class Grant(Model):
    """A role that a user holds in a chapter, in a region, or (neither given) at headquarters."""

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "advocacy.User", related_name="grants", db_index=True
    )
    role = fields.CharField(max_length=40)
    chapter: fields.ForeignKeyNullableRelation[Chapter] = fields.ForeignKeyField(
        "advocacy.Chapter", related_name="grants", null=True, db_index=True
    )
    region = fields.CharField(max_length=60, default="", db_default="")
    granted_at = fields.DatetimeField(auto_now_add=True)
    granted_by = fields.CharField(max_length=254, default="", db_default="")
    expires_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    user_id: int
    chapter_id: int | None

    class Meta:
        table = "advocacy_grant"
        constraints = [
            CheckConstraint(
                check="role IN (" + ", ".join(f"'{role}'" for role in ROLES) + ")",
                name="grant_role_known",
            ),
            CheckConstraint(
                check="(role LIKE 'chapter_%' OR role = 'campaign_helper') = "
                "(chapter_id IS NOT NULL)",
                name="grant_chapter_fits_role",
            ),
            CheckConstraint(
                check="(role = 'regional_manager') = (region <> '')",
                name="grant_region_fits_role",
            ),
        ]


class SignInLink(Model):
    """An e-mailed link: single use, short-lived, aware of the browser that asked.

    The link itself is signed over `id` and `nonce`, so that the row alone opens nothing.
    `letter_due_at` is when its letter may next be tried; None where it was posted or none is.
    A link that `proves` a session opens none: it says that the session's reader holds the inbox.
    """

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "advocacy.User", related_name="links", db_index=True
    )
    nonce = fields.CharField(max_length=32)
    browser_hash = fields.CharField(max_length=64, default="", db_default="")
    next_path = fields.CharField(max_length=300, default="", db_default="")
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)
    letter_due_at = fields.DatetimeField(null=True)
    proves: fields.ForeignKeyNullableRelation["Session"] = fields.ForeignKeyField(
        "advocacy.Session", related_name="proofs", null=True, db_index=True
    )

    user_id: int
    proves_id: int | None

    class Meta:
        table = "advocacy_sign_in_link"
        indexes = [Index(fields=("letter_due_at",), name="sign_in_link_letter_due")]


class SignInRequest(Model):
    """Somebody asks for a link to an address, known or not; whoever answers takes the row away.

    The page writes this row and nothing else, so that it does the same for every address.
    """

    id = fields.BigIntField(primary_key=True)
    canonical = fields.CharField(max_length=254)
    browser_hash = fields.CharField(max_length=64, default="", db_default="")
    next_path = fields.CharField(max_length=300, default="", db_default="")
    created_at = fields.DatetimeField()

    class Meta:
        table = "advocacy_sign_in_request"
        indexes = [Index(fields=("created_at",), name="sign_in_request_age")]


class Session(Model):
    """A signed-in browser; revocable, found by the hash of its cookie.

    `proved_at` is when its reader last proved who they are; `factor_due` is True while a second
    factor is still owed, and such a session opens nothing but the page that asks for it. `origin`
    is truncated. `letter_due_at` is when the letter about it may next be tried.
    """

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "advocacy.User", related_name="sessions", db_index=True
    )
    token_hash = fields.CharField(max_length=64, unique=True)
    browser = fields.CharField(max_length=80, default="", db_default="")
    origin = fields.CharField(max_length=45, default="", db_default="")
    proved_at = fields.DatetimeField(null=True)
    factor_due = fields.BooleanField(default=False, db_default=False)
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    letter_due_at = fields.DatetimeField(null=True)

    user_id: int

    class Meta:
        table = "advocacy_session"
        indexes = [Index(fields=("letter_due_at",), name="session_letter_due")]
