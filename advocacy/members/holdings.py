"""What members and the slices below hold about a person: the account, the roll, the ledger."""

from advocacy.members import veiling
from advocacy.members.ties import CHAPTER, KEEP, OF_USER, Holding, Move, Tie, of_user, register
from advocacy.render.i18n import lazy_gettext

THEIR_NAMES = (
    "(SELECT p.email FROM advocacy_person p WHERE p.id = $1"
    " UNION SELECT p.canonical FROM advocacy_person p WHERE p.id = $1"
    " UNION SELECT u.email FROM advocacy_user u JOIN advocacy_person p"
    " ON p.canonical = u.canonical WHERE p.id = $1)"
)
BY_CANONICAL = "canonical = (SELECT p.canonical FROM advocacy_person p WHERE p.id = $1)"


def signed(table: str, column: str, *shows: str, silent: tuple[str, ...] = ()) -> Holding:
    """Rows that carry the person's address as that of the member of staff who made them."""
    return Holding(
        table=table,
        where=f"{column} IN {THEIR_NAMES}",
        points=(),
        shows=shows,
        silent=(column, *silent),
        erasure=f"{column} = ''",
    )


ACCOUNT = Tie(
    name="account",
    label=lazy_gettext("Your account for signing in"),
    by_address=True,
    holdings=(
        Holding(
            table="advocacy_passkey",
            where=OF_USER,
            points=("user_id",),
            shows=("name", "transports", "created_at", "used_at"),
            silent=("credential_id", "public_key"),
        ),
        Holding(
            table="advocacy_code_secret",
            where=OF_USER,
            points=("user_id",),
            shows=("created_at", "confirmed_at"),
            silent=("secret",),
        ),
        Holding(
            table="advocacy_recovery_code",
            where=OF_USER,
            points=("user_id",),
            shows=("used_at",),
            silent=("code_hash",),
        ),
        Holding(
            table="advocacy_code_tries",
            where=OF_USER,
            points=("user_id",),
            shows=("tried_at", "wrong", "closed_until"),
        ),
        Holding(
            table="advocacy_challenge",
            where=OF_USER,
            points=("user_id",),
            silent=("value", "purpose", "browser_hash"),
        ),
        Holding(
            table="advocacy_openid_account",
            where=OF_USER,
            points=("user_id",),
            shows=("issuer", "subject", "created_at", "used_at"),
        ),
        Holding(
            table="advocacy_sign_in_link",
            where=OF_USER,
            points=("user_id",),
            shows=("created_at", "used_at", "next_path"),
            silent=("nonce", "browser_hash"),
        ),
        Holding(
            table="advocacy_session",
            where=OF_USER,
            points=("user_id",),
            shows=("created_at", "seen_at", "browser", "origin", "revoked_at"),
            silent=("token_hash",),
        ),
        Holding(
            table="advocacy_sign_in_request",
            where=BY_CANONICAL,
            points=(),
            shows=("created_at", "next_path"),
            silent=("canonical", "browser_hash"),
        ),
        Holding(
            table="advocacy_team_letter",
            where=OF_USER,
            points=("user_id",),
            shows=("created_at", "kind"),
            silent=("key",),
        ),
        Holding(
            table="advocacy_handover",
            where=f"({of_user('from_user_id')} OR {of_user('to_user_id')})",
            points=("from_user_id", "to_user_id"),
            shows=("created_at", "state", "decided_at"),
            adds=(CHAPTER,),
        ),
        Holding(
            table="advocacy_grant",
            where=OF_USER,
            points=("user_id",),
            shows=("granted_at", "role", "region", "expires_at", "revoked_at"),
            adds=(CHAPTER,),
            silent=("granted_by",),
        ),
        signed("advocacy_grant", "granted_by", "granted_at", "role", silent=("region",)),
        signed("advocacy_rate", "changed_by", "changed_at", "name", silent=("burst", "sustained")),
        signed("advocacy_domain_rule", "changed_by", "changed_at", "domain"),
        signed("advocacy_audit_check", "asked_by", "created_at", silent=("state", "broken")),
        # The chain of the audit log cannot be changed: who did what as staff stays on record.
        Holding(
            table="advocacy_audit_entry",
            where=of_user("actor_id"),
            points=(),
            shows=("at", "act", "record", "chapter", "origin", "actor"),
            silent=("details", "previous", "hash"),
            erasure=KEEP,
        ),
        Holding(
            table="advocacy_user",
            where=BY_CANONICAL,
            points=("id",),
            shows=("created_at", "email", "name", "language", "last_seen_at"),
            silent=("canonical",),
        ),
    ),
)
SIGN_UPS = Tie(
    name="sign_ups",
    label=lazy_gettext("Forms you sent to join a chapter"),
    by_address=True,
    holdings=(
        Holding(
            table="advocacy_sign_up",
            where=BY_CANONICAL,
            points=(),
            shows=(
                "created_at",
                "email",
                "given_name",
                "family_name",
                "language",
                "country_code",
                "wants_letters",
                "page",
                "origin",
                "confirmed_at",
            ),
            adds=(CHAPTER,),
            silent=("canonical",),
        ),
    ),
)
MEMBERSHIPS = Tie(
    name="memberships",
    label=lazy_gettext("Your chapters"),
    holdings=(
        Holding(
            table="advocacy_membership",
            shows=(
                "joined_on",
                "left_on",
                "state",
                "member_no",
                "created_at",
                # What the chapter's own roll said, while the person has not spoken to it.
                *veiling.TEXTS,
                *veiling.STATE,
            ),
            adds=(CHAPTER,),
            # See advocacy/rights/leaving.py: the day tells a report where this person stood.
            erasure=veiling.BLANK + ", member_no = ''",
        ),
    ),
    moves=(Move("advocacy_membership", unique_with=("chapter_id",)),),
)
CONSENTS = Tie(
    name="consents",
    label=lazy_gettext("What you allowed and withdrew"),
    holdings=(
        Holding(
            table="advocacy_consent",
            shows=("at", "granted", "purpose", "channel", "basis", "language", "page", "origin"),
            adds=(
                CHAPTER,
                ("wording", "SELECT w.text FROM advocacy_wording w WHERE w.id = t.wording_id"),
            ),
            erasure="page = '', origin = ''",
        ),
        Holding(
            table="advocacy_subscription",
            shows=("changed_at", "purpose", "channel", "granted"),
            adds=(CHAPTER,),
        ),
    ),
    moves=(
        Move("advocacy_consent"),
        Move("advocacy_subscription", unique_with=("chapter_id", "purpose", "channel")),
    ),
)
# Last: everything else finds its rows by this one.
PERSON = Tie(
    name="person",
    label=lazy_gettext("Who you are to us"),
    by_address=True,
    holdings=(
        Holding(
            table="advocacy_suppression",
            where="address_hash = (SELECT p.address_hash FROM advocacy_person p WHERE p.id = $1)",
            points=(),
            shows=("at", "reason"),
            silent=("address_hash",),
            erasure=KEEP,
        ),
        Holding(
            table="advocacy_person",
            where="id = $1",
            points=("id", "merged_into_id"),
            shows=(
                "created_at",
                "email",
                "given_name",
                "family_name",
                "language",
                "also_reads",
                "country_code",
                "frequency",
                "paused_until",
                "deliverability",
                "confirmed_at",
            ),
            silent=("canonical", "address_hash"),
            # advocacy/rights/leaving.py blanks it, with what has to stay.
            erasure=KEEP,
        ),
    ),
)
register(ACCOUNT, SIGN_UPS, MEMBERSHIPS, CONSENTS, PERSON)
