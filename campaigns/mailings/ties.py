"""What mailings hold about a person: letters sent to them, links followed, mailings they made."""

from advocacy.members.ties import Holding, Move, Tie, of_user, register
from advocacy.render.i18n import lazy_gettext
from advocacy.rights import erasing, rules

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
                silent=("state", "languages", "acted", "question"),
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
erasing.counted_when.append(
    "SELECT 1 FROM campaigns_delivery d WHERE d.person_id = $1"
    " AND d.status IN ('sent', 'claimed', 'unknown')"
)
rules.add(
    # One human click a person and link stays: with it every figure of a mailing does.
    rules.Rule(
        name="clicks",
        label=lazy_gettext("Clicks beyond the first one of a person, and those of robots: removed"),
        table="campaigns_click",
        where=(
            "t.at < $1 AND (t.is_robot OR EXISTS (SELECT 1 FROM campaigns_click o"
            " WHERE o.delivery_id = t.delivery_id AND o.link_id = t.link_id"
            " AND NOT o.is_robot AND o.id < t.id))"
        ),
        days=lambda profile: profile.retention_days.clicks,
        chapter=(
            "(SELECT m.chapter_id FROM campaigns_delivery d JOIN campaigns_mailing m"
            " ON m.id = d.mailing_id WHERE d.id = t.delivery_id)"
        ),
    ),
    rules.Rule(
        name="responses",
        label=lazy_gettext("What relays answered about letters: blanked"),
        table="campaigns_delivery",
        where="t.response <> '' AND COALESCE(t.sent_at, t.bounced_at, t.claimed_at) < $1",
        days=90,
        sets="response = ''",
    ),
)
