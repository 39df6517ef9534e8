"""What segments hold about a person: who of the staff made one."""

from advocacy.members.ties import Holding, Tie, of_user, register
from advocacy.render.i18n import lazy_gettext

register(
    Tie(
        name="segments",
        label=lazy_gettext("Segments you made"),
        by_address=True,
        holdings=(
            Holding(
                table="advocacy_segment",
                where=of_user("created_by_id"),
                points=("created_by_id",),
                shows=("created_at", "name"),
                silent=("question",),
                erasure="created_by_id = NULL",
            ),
        ),
    )
)
