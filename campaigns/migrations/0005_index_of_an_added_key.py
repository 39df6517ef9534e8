from tortoise import migrations

from advocacy.schema import PerEngine

# The ORM adds a key to a table without the index it was declared with.
INDEX = "CREATE INDEX mailing_segment ON campaigns_mailing (segment_id) WHERE segment_id IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0004_question_of_a_mailing")]

    operations = [PerEngine(sqlite=[INDEX], postgres=[INDEX])]
