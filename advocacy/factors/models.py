"""A user's second factors: passkeys, a one-time code secret, recovery codes, open challenges."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from advocacy.identity.models import User


class Passkey(Model):
    """A WebAuthn credential; `credential_id` and `public_key` are base64url."""

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "advocacy.User", related_name="passkeys", db_index=True
    )
    credential_id = fields.CharField(max_length=400, unique=True)
    public_key = fields.TextField()
    sign_count = fields.BigIntField(default=0, db_default=0)
    transports = fields.CharField(max_length=100, default="", db_default="")
    name = fields.CharField(max_length=60)
    created_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    user_id: int

    class Meta:
        table = "advocacy_passkey"


class CodeSecret(Model):
    """The secret of a user's one-time codes, encrypted; in force once `confirmed_at` is set.

    `last_step` is the time step of the last code accepted: no code counts twice.
    """

    id = fields.BigIntField(primary_key=True)
    user: fields.OneToOneRelation[User] = fields.OneToOneField(
        "advocacy.User", related_name="code_secret"
    )
    secret = fields.TextField()
    last_step = fields.BigIntField(default=0, db_default=0)
    created_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)

    user_id: int

    class Meta:
        table = "advocacy_code_secret"


class RecoveryCode(Model):
    """A code for the day when the phone is lost; kept as a keyed hash, good once."""

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "advocacy.User", related_name="recovery_codes", db_index=True
    )
    code_hash = fields.CharField(max_length=64)
    used_at = fields.DatetimeField(null=True)

    user_id: int

    class Meta:
        table = "advocacy_recovery_code"


class CodeTries(Model):
    """How many codes of a user were wrong in a row, and until when none is taken."""

    id = fields.BigIntField(primary_key=True)
    user: fields.OneToOneRelation[User] = fields.OneToOneField(
        "advocacy.User", related_name="code_tries"
    )
    wrong = fields.IntField(default=0, db_default=0)
    tried_at = fields.DatetimeField()
    closed_until = fields.DatetimeField(null=True)

    user_id: int

    class Meta:
        table = "advocacy_code_tries"


class Challenge(Model):
    """What a browser has to sign with a passkey: single use, short-lived, bound to a browser."""

    id = fields.BigIntField(primary_key=True)
    value = fields.CharField(max_length=100, unique=True)
    purpose = fields.CharField(max_length=20)
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "advocacy.User", related_name="challenges", null=True, db_index=True
    )
    browser_hash = fields.CharField(max_length=64, default="", db_default="")
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    user_id: int | None

    class Meta:
        table = "advocacy_challenge"
        indexes = [Index(fields=("expires_at",), name="challenge_expiry")]
