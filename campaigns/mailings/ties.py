"""What mailings hold about a person: letters sent to them, links followed, mailings they made."""

from advocacy.members.ties import Holding, Move, Tie, of_user, register
from advocacy.render.i18n import lazy_gettext

register(
    Tie(
        name="mailings_made",
        label=lazy_gettext("Mailings you made"),
        by_address=True,
        holdings=(
            Holding(
                table="campaigns_mailing",
                where=of_user("created_by_id"),
                points=("created_by_id",),
                shows=("created_at", "name"),
                silent=("state", "languages", "acted"),
                erasure="created_by_id = NULL",
            ),
        ),
    ),
    Tie(
        name="letters",
        label=lazy_gettext("Letters to you and links you followed"),
        holdings=(
            Holding(
                table="campaigns_delivery",
                shows=("sent_at", "status", "text_language", "country_code", "bounced_at"),
                adds=(
                    (
                        "letter",
                        "SELECT m.name FROM campaigns_mailing m WHERE m.id = t.mailing_id",
                    ),
                ),
                silent=("claim", "reason", "response"),
                # A letter under way keeps its status: its worker looks once more before it sends.
                erasure=(
                    "response = '',"
                    " reason = CASE WHEN status IN ('queued', 'deferred', 'held') THEN 'erased'"
                    " ELSE reason END,"
                    " due_at = CASE WHEN status IN ('queued', 'deferred', 'held') THEN NULL"
                    " ELSE due_at END,"
                    " status = CASE WHEN status IN ('queued', 'deferred', 'held') THEN 'skipped'"
                    " ELSE status END"
                ),
            ),
            Holding(
                table="campaigns_click",
                where=(
                    "delivery_id IN (SELECT d.id FROM campaigns_delivery d WHERE d.person_id = $1)"
                ),
                points=(),
                shows=("at", "is_robot"),
                adds=(("link", "SELECT l.url FROM campaigns_link l WHERE l.id = t.link_id"),),
                erasure="keep",
            ),
        ),
        moves=(Move("campaigns_delivery", unique_with=("mailing_id",)),),
    ),
)
