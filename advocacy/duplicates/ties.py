"""What merges hold about a person: with whom they were taken for one, and by whom."""

from advocacy.members.ties import Holding, Tie, of_user, register
from advocacy.render.i18n import lazy_gettext

register(
    Tie(
        name="merges_made",
        label=lazy_gettext("Persons you merged"),
        by_address=True,
        holdings=(
            Holding(
                table="advocacy_merge",
                where=of_user("by_id"),
                points=("by_id",),
                shows=("at", "undone_at"),
                erasure="by_id = NULL",
            ),
        ),
    ),
    Tie(
        name="merges",
        label=lazy_gettext("Entries of yours that were merged"),
        holdings=(
            Holding(
                table="advocacy_merge",
                where="(kept_id = $1 OR lost_id = $1)",
                points=("kept_id", "lost_id"),
                shows=("at", "undone_at"),
                silent=("moved",),
                # What was moved is told with the values of its rows; without them nothing can be
                # undone, which an erasure must not be anyway.
                erasure="moved = '{}'",
            ),
            Holding(
                table="advocacy_distinct",
                where="(one_id = $1 OR other_id = $1)",
                points=("one_id", "other_id"),
            ),
        ),
    ),
)
