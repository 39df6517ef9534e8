"""What is set at run time about public forms, and what the gate keeps: proofs, asking, counts."""

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


class Asked(Model):
    """When an address was last written to with something to confirm, whatever form asked for it.

    The address is kept as a keyed hash only. While a letter is in hand `at` lies back so far that
    the quiet hour ends within minutes, should the worker die over it.
    """

    address_hash = fields.CharField(max_length=64, primary_key=True)
    at = fields.DatetimeField()

    class Meta:
        table = "advocacy_asked"
        indexes = [Index(fields=("at",), name="asked_age")]


class GateCount(Model):
    """How often the gate judged in one way on a day (UTC); no form and nobody in particular."""

    id = fields.BigIntField(primary_key=True)
    day = fields.DateField()
    outcome = fields.CharField(max_length=10)
    reason = fields.CharField(max_length=20, default="", db_default="")
    count = fields.BigIntField(default=0, db_default=0)

    class Meta:
        table = "advocacy_gate_count"
        unique_together = (("day", "outcome", "reason"),)
