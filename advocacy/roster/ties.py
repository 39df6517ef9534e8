"""What a chapter's own notes hold about a person: tags and answers to its questions."""

from advocacy.members.ties import Holding, Move, Tie, register
from advocacy.render.i18n import lazy_gettext

TAG = "SELECT g.name FROM advocacy_tag g WHERE g.id = t.tag_id"
LABEL = "SELECT f.label FROM advocacy_custom_field f WHERE f.id = t.field_id"
register(
    Tie(
        name="notes",
        label=lazy_gettext("What chapters noted about you"),
        holdings=(
            Holding(
                table="advocacy_tagging",
                shows=("at",),
                adds=(
                    ("tag", TAG),
                    (
                        "chapter",
                        "SELECT c.name FROM advocacy_tag g JOIN advocacy_chapter c"
                        " ON c.id = g.chapter_id WHERE g.id = t.tag_id",
                    ),
                ),
            ),
            Holding(
                table="advocacy_custom_value",
                shows=("value",),
                adds=(
                    ("question", LABEL),
                    (
                        "chapter",
                        "SELECT c.name FROM advocacy_custom_field f JOIN advocacy_chapter c"
                        " ON c.id = f.chapter_id WHERE f.id = t.field_id",
                    ),
                ),
            ),
            # The index follows the roll by itself within seconds; an erasure does not wait for it.
            Holding(table="advocacy_search_token", points=()),
        ),
        moves=(
            Move("advocacy_tagging", unique_with=("tag_id",)),
            Move("advocacy_custom_value", unique_with=("field_id",)),
        ),
    )
)
