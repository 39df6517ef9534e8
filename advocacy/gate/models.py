"""What is set at run time about public forms: rates, refused domains, proofs already spent."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Rate(Model):
    """How often a form may be sent for one key: `burst` and `sustained`, such as `10/minute`."""

    name = fields.CharField(max_length=40, primary_key=True)
    burst = fields.CharField(max_length=30)
    sustained = fields.CharField(max_length=30)
    changed_at = fields.DatetimeField()
    changed_by = fields.CharField(max_length=254, default="", db_default="")

    class Meta:
        table = "advocacy_rate"


class DomainRule(Model):
    """A mail domain that staff refuse as disposable, or allow although the list has it."""

    domain = fields.CharField(max_length=190, primary_key=True)
    is_refused = fields.BooleanField()
    changed_at = fields.DatetimeField()
    changed_by = fields.CharField(max_length=254, default="", db_default="")

    class Meta:
        table = "advocacy_domain_rule"


class SpentProof(Model):
    """A proof of work that was used; it counts once."""

    digest = fields.CharField(max_length=64, primary_key=True)
    expires_at = fields.DatetimeField()

    class Meta:
        table = "advocacy_spent_proof"
        indexes = [Index(fields=("expires_at",), name="spent_proof_expiry")]
