from tortoise import migrations

from advocacy.schema import PerEngine

# The ORM adds a key to a table without the index it was declared with. Hardly any row has one of
# these, so that the others need not be in it; without it a deletion reads the whole table.
ADDED = (
    ("person_merged_into", "advocacy_person", "merged_into_id"),
    ("sign_up_leaves", "advocacy_sign_up", "leaves_id"),
    ("sign_in_link_proves", "advocacy_sign_in_link", "proves_id"),
)
INDEXES = [
    f"CREATE INDEX {name} ON {table} ({column}) WHERE {column} IS NOT NULL"
    for name, table, column in ADDED
]


class Migration(migrations.Migration):
    dependencies = [("advocacy", "0010_gate")]

    operations = [PerEngine(sqlite=INDEXES, postgres=INDEXES)]
