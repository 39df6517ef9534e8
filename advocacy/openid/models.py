"""Accounts at a provider that belong to users here, and sign-ins under way."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from advocacy.identity.models import User


class Account(Model):
    """The subject by which a provider knows a user; its e-mail may change, the subject never."""

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "advocacy.User", related_name="accounts", db_index=True
    )
    issuer = fields.CharField(max_length=200)
    subject = fields.CharField(max_length=200)
    created_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    user_id: int

    class Meta:
        table = "advocacy_openid_account"
        unique_together = (("issuer", "subject"),)


class Departure(Model):
    """A browser that was sent to the provider and has not come back: good once, for minutes."""

    id = fields.BigIntField(primary_key=True)
    state_hash = fields.CharField(max_length=64, unique=True)
    nonce = fields.CharField(max_length=64)
    verifier = fields.CharField(max_length=128)
    browser_hash = fields.CharField(max_length=64)
    next_path = fields.CharField(max_length=300, default="", db_default="")
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "advocacy_openid_departure"
        indexes = [Index(fields=("expires_at",), name="openid_departure_expiry")]
