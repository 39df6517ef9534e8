"""What uploads of rolls hold about a person: who of the staff sent one."""

from advocacy.members.ties import Holding, Tie, of_user, register
from advocacy.render.i18n import lazy_gettext

register(
    Tie(
        name="uploads",
        label=lazy_gettext("Files of members you sent"),
        by_address=True,
        holdings=(
            Holding(
                table="advocacy_roll_upload",
                where=of_user("user_id"),
                points=("user_id",),
                shows=("created_at", "filename", "state", "basis"),
                silent=("file", "mapping", "forecast", "counts", "error"),
                erasure="user_id = NULL",
            ),
        ),
    )
)
