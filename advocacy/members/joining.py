"""Joining a chapter: a sign-up waits for its confirmation, then it is a membership."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from advocacy import db, moment, queue, settings, tokens
from advocacy.chapters import safety
from advocacy.chapters.models import Chapter
from advocacy.errors import NotFound
from advocacy.gate import asking
from advocacy.identity.signing_in import Known
from advocacy.mail import addresses, posting
from advocacy.members import consent, enrolling, knowing, links, safeguarding, wordings
from advocacy.members.models import Membership, Person, SignUp
from advocacy.render.i18n import gettext as _

LIFE = timedelta(days=7)
PURPOSE = "join"
QUIET = timedelta(hours=1)
LEASE = timedelta(minutes=2)
# Due a little earlier, because two machines' clocks differ a little.
SKEW = timedelta(seconds=5)
MOST = 500
DAY = timedelta(days=1)
MOST_A_DAY = 5


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a visitor typed into the form of a chapter; `spoken` is the language of the page.

    `leaves_id` is the chapter that a member who asks for this moves away from.
    """

    email: str
    given_name: str
    family_name: str
    language: str
    country_code: str = ""
    wants_letters: bool = False
    leaves_id: int | None = None
    spoken: str = "en"
    page: str = ""
    origin: str = ""


async def sign_up(chapter: Chapter, wish: Wish, *, delay: timedelta = timedelta()) -> SignUp | None:
    """Keeps the wish and asks the address to confirm it, after a delay where one is given.

    A wish for the same chapter within an hour or while its letter waits, and the sixth of an
    address that answers none within a day, is dropped (None); the page answers the same. Of two at
    the same moment one is kept. Does the same whether we know the address or not. Raises Invalid
    for an address that is none.
    """
    email, canonical = knowing.checked(wish.email)
    now = moment.now()
    due = now + delay if delay else now - SKEW
    wording_id = None
    if wish.wants_letters:
        wording_id = (await wordings.lately(wordings.LETTERS, wish.spoken)).id
    row: dict[str, Any] = {
        "chapter_id": chapter.id,
        "canonical": canonical,
        "created_at": now,
        "letter_due_at": due,
        "email": email,
        "given_name": wish.given_name[:100],
        "family_name": wish.family_name[:100],
        "language": wish.language[:20],
        "country_code": wish.country_code[:2],
        "wants_letters": wish.wants_letters,
        "leaves_id": wish.leaves_id,
        "wording_id": wording_id,
        "page": wish.page[:200],
    }
    origins = [each.kept_origin(wish.origin) for each in safety.PROFILES.values()]
    # One statement is a transaction of its own.
    made = await db.value(
        _keep(tuple(row)), *row.values(), chapter.id, canonical, now - QUIET, now - DAY, *origins
    )
    if made is None:
        return None
    if not delay:
        await queue.after_commit("members.ask_confirmation", int(made))
    kept = SignUp(id=int(made), **row)
    kept._saved_in_db = True
    return kept


@cache
def _keep(columns: tuple[str, ...]) -> str:
    # What is compared comes once more: PostgreSQL gives each placeholder one type, and a text has
    # another where it is compared than where it is written.
    more = db.marks(4 + len(safety.PROFILES), len(columns) + 1).split(", ")
    chapter, canonical, hour, day, *origins = more
    ranks = zip(safety.PROFILES.values(), origins, strict=True)
    kept = " ".join(f"WHEN {each.rank} THEN {mark}" for each, mark in ranks)
    return (
        f"INSERT INTO advocacy_sign_up ({', '.join(columns)}, origin)"
        f" SELECT {db.marks(len(columns))},"
        f" CASE {safeguarding.rank_of_address(canonical, chapter)} {kept} ELSE '' END"
        f" WHERE NOT EXISTS (SELECT 1 FROM advocacy_sign_up s WHERE s.canonical = {canonical}"
        f" AND s.chapter_id = {chapter} AND (s.created_at > {hour}"
        " OR (s.letter_due_at IS NOT NULL AND s.confirmed_at IS NULL"
        f" AND s.created_at > {day})))"
        f" AND (SELECT COUNT(*) FROM advocacy_sign_up s WHERE s.canonical = {canonical}"
        f" AND s.confirmed_at IS NULL AND s.created_at > {day}) < {MOST_A_DAY}"
        # Of two at the same moment the index `sign_up_waits_once` lets one in.
        " ON CONFLICT DO NOTHING RETURNING id"
    )


async def ask_confirmation(sign_up_id: int) -> bool:
    """Posts the letter once; False when it was posted, or somebody else is posting it.

    Where the address got a letter to confirm something within the hour, this one is due after it.
    Whoever dies over it is followed by the sweep, two minutes later.
    """
    now = moment.now()
    claimed = await SignUp.filter(
        id=sign_up_id, confirmed_at__isnull=True, letter_due_at__lte=now
    ).update(letter_due_at=now + LEASE)
    if claimed != 1:
        return False
    wish = await SignUp.get(id=sign_up_id).select_related("chapter")
    digest = addresses.address_hash(wish.canonical, settings.current().secret_key)
    later = await asking.take(digest)
    if later is not None:
        await SignUp.filter(id=sign_up_id).update(letter_due_at=later)
        return False
    try:
        await _post(wish)
    except Exception:
        await asking.give_back(digest)
        await SignUp.filter(id=sign_up_id).update(letter_due_at=moment.now() - SKEW)
        raise
    await SignUp.filter(id=sign_up_id).update(letter_due_at=None)
    await asking.done(digest)
    return True


async def ring_unasked() -> int:
    """Rings for sign-ups whose letter is overdue: a lost message, or a relay long away."""
    now = moment.now()
    overdue = SignUp.filter(
        letter_due_at__lt=now - LEASE, created_at__gt=now - LIFE, confirmed_at__isnull=True
    )
    ids = await overdue.order_by("letter_due_at").limit(MOST).values_list("id", flat=True)
    for each in ids:
        await queue.ring_now("members.ask_confirmation", int(str(each)))
    return len(ids)


async def _post(wish: SignUp) -> None:
    """The letter with the confirming link, or "you are a member already".

    Whom only the chapter's roll names a member has not told it anything yet, and confirms.
    """
    person = await knowing.find(wish.canonical)
    is_member = person is not None and await Membership.exists(
        person_id=person.id, chapter_id=wish.chapter_id, state="current", is_veiled=False
    )
    await posting.post_letter(
        "already_member" if is_member else "join_confirm",
        to=wish.email,
        to_name=f"{wish.given_name} {wish.family_name}".strip(),
        locale=wish.language,
        discreet=safety.of(wish.chapter).neutral_subjects,
        context={
            "name": wish.given_name,
            "chapter": wish.chapter.name,
            "path": path_of(wish),
            "preferences": links.preferences_path(person.id) if person and is_member else "",
            "days": LIFE.days,
        },
    )


def path_of(wish: SignUp) -> str:
    """The path of the confirming link."""
    return f"/join/{tokens.sign(PURPOSE, wish.id, dated=True)}"


async def find(token: str) -> SignUp:
    """The sign-up behind a link. Raises NotFound when it is forged or older than seven days."""
    values = tokens.read(PURPOSE, token, max_age=int(LIFE.total_seconds()))
    wish = None
    if values is not None:
        wish = await SignUp.get_or_none(id=int(values[0])).select_related("chapter")
    if wish is None:
        raise NotFound(_("This link is too old or not complete. Sign up again to get a new one."))
    return wish


async def confirm(token: str) -> tuple[SignUp, Person]:
    """The address is theirs: the person becomes a member, with the consent they gave.

    Repeating it changes nothing. Raises NotFound as `find` does.
    """
    wish = await find(token)
    async with db.transaction():
        person, _made = await knowing.know(
            wish.email,
            given_name=wish.given_name,
            family_name=wish.family_name,
            language=wish.language,
            country_code=wish.country_code,
        )
        first = await SignUp.filter(id=wish.id, confirmed_at__isnull=True).update(
            confirmed_at=moment.now()
        )
        if first != 1:
            return wish, person
        # After a merge the letter may have gone to an address that is not the person's own one.
        is_own = person.canonical == wish.canonical
        if is_own:
            await knowing.confirm(person.id)
        await enrolling.enrol(person.id, wish.chapter_id)
        if wish.wants_letters:
            await consent.record(
                person.id,
                wish.chapter_id,
                granted=True,
                basis="confirmed",
                wording_id=wish.wording_id,
                language=wish.language,
                page=wish.page,
                origin=wish.origin,
            )
        if is_own:
            await consent.lift(person.address_hash, letters=wish.wants_letters)
        if wish.leaves_id is not None:
            await enrolling.leave(person.id, wish.leaves_id, basis="confirmed", page=wish.page)
    return wish, person


async def recognise(canonical: str) -> Known | None:
    """Lets confirmed persons sign in as members."""
    person = await Person.get_or_none(canonical=canonical, confirmed_at__isnull=False)
    if person is None:
        return None
    return Known(email=person.email, name=person.full_name, language=person.language)
