"""A parent and a child, as they stand after all of their migrations."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model


class Shelf(Model):
    """A parent; with a semicolon in its description."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=200)
    code = fields.CharField(max_length=10)
    size = fields.IntField(default=1, db_default=1)

    class Meta:
        app = "shop"
        table = "shop_shelf"
        unique_together = (("name", "code"),)
        indexes = [Index(fields=("code",), name="shelf_code")]
        constraints = [
            CheckConstraint(check="length(name) > 0", name="shelf_name_filled"),
            CheckConstraint(check="size > 0", name="shelf_size_positive"),
        ]


class Book(Model):
    """A child that goes when its parent goes."""

    id = fields.BigIntField(primary_key=True)
    shelf: fields.ForeignKeyRelation[Shelf] = fields.ForeignKeyField(
        "shop.Shelf", related_name="books", db_index=True
    )

    class Meta:
        app = "shop"
        table = "shop_book"
