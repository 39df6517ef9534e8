"""What campaigns hold about a person: what they did, links they shared, campaigns they made."""

from advocacy.members.ties import CHAPTER, Holding, Move, Tie, of_user, register
from advocacy.render.i18n import lazy_gettext
from advocacy.rights import erasing, rules

CAMPAIGN = ("campaign", "SELECT n.name FROM campaigns_campaign n WHERE n.id = t.campaign_id")
register(
    Tie(
        name="campaigns_made",
        label=lazy_gettext("Campaigns you made"),
        by_address=True,
        holdings=(
            Holding(
                table="campaigns_campaign",
                where=of_user("created_by_id"),
                points=("created_by_id",),
                shows=("created_at", "name"),
                silent=("slug", "state", "topic", "timezone", "outcome"),
                erasure="created_by_id = NULL",
            ),
        ),
    ),
    Tie(
        name="actions",
        label=lazy_gettext("What you did in campaigns"),
        holdings=(
            Holding(
                table="campaigns_action",
                shows=(
                    "created_at",
                    "kind",
                    "state",
                    "display_name",
                    "is_named",
                    "country_code",
                    "language",
                    "comment",
                    "confirmed_at",
                ),
                adds=(CAMPAIGN, CHAPTER),
                # Campaign, chapter, country and day stay for the counts. What was never confirmed
                # counts nowhere, and must not be confirmed any more.
                erasure=(
                    "display_name = '', comment = '', is_named = FALSE, language = '',"
                    " wants_letters = FALSE,"
                    " state = CASE state WHEN 'waiting' THEN 'invalidated' ELSE state END"
                ),
            ),
            Holding(
                table="campaigns_source_code",
                shows=("created_at", "code", "kind", "label"),
                adds=(CAMPAIGN,),
                erasure="person_id = NULL, label = ''",
            ),
        ),
        moves=(
            Move("campaigns_action", unique_with=("page_id",)),
            Move("campaigns_source_code"),
        ),
    ),
)
erasing.counted_when.append(
    "SELECT 1 FROM campaigns_action a WHERE a.person_id = $1 AND a.state = 'confirmed'"
)
rules.add(
    rules.Rule(
        name="waiting_actions",
        label=lazy_gettext("Actions that were never confirmed: removed"),
        table="campaigns_action",
        where="t.state = 'waiting' AND t.created_at < $1",
        days=lambda profile: profile.retention_days.unconfirmed,
        chapter="t.chapter_id",
    )
)
