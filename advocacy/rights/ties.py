"""What requests about one's own data hold about a person, and runs that staff started."""

from advocacy.members.ties import Holding, Move, Tie, of_user, register
from advocacy.render.i18n import lazy_gettext

register(
    Tie(
        name="requests_handled",
        label=lazy_gettext("Requests you handled"),
        by_address=True,
        holdings=(
            Holding(
                table="advocacy_rights_request",
                where=of_user("asked_by_id"),
                points=("asked_by_id",),
                shows=("created_at", "kind"),
                erasure="asked_by_id = NULL",
            ),
            Holding(
                table="advocacy_retention_run",
                where=of_user("asked_by_id"),
                points=("asked_by_id",),
                shows=("created_at", "is_dry"),
                silent=("state", "counts"),
                erasure="asked_by_id = NULL",
            ),
        ),
    ),
    Tie(
        name="requests",
        label=lazy_gettext("Requests about your data"),
        holdings=(
            Holding(
                table="advocacy_rights_request",
                shows=("created_at", "kind", "state", "finished_at"),
                silent=("file", "receipt", "language"),
                # The request that erases is running: its receipt counts rows and names nobody.
                erasure=(
                    "receipt = CASE WHEN state = 'running' THEN receipt END,"
                    " language = CASE WHEN state = 'running' THEN language ELSE 'en' END"
                ),
            ),
        ),
        moves=(Move("advocacy_rights_request"),),
    ),
)
