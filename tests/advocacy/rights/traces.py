"""Putting a person into every table, and finding what of them is left in any column of any."""

import secrets
from typing import Any

from advocacy import db, moment
from advocacy.identity import signing_in
from advocacy.identity.models import Session, SignInLink
from advocacy.mail import addresses
from advocacy.members.models import Consent, Person, SignUp
from advocacy.roster.models import CustomField, CustomValue, Tag, Tagging
from campaigns.actions.models import Action, SourceCode
from campaigns.mailings.models import Click, Delivery, Link
from tests import story
from tests.conftest import Site

WORD = "Zzyzxwort"


async def fill(world: story.World, person: Person) -> list[str]:
    """Gives the person a trace in each slice; returns the words that betray them."""
    now = moment.now()
    canonical = addresses.canonical(person.email)
    await Person.filter(id=person.id).update(given_name=WORD, family_name="Okello")
    user = await signing_in.user_of(canonical)
    assert user is not None
    await type(user).filter(id=user.id).update(name=f"{WORD} Okello")
    await SignInLink.create(
        user=user, nonce="x", next_path=f"/me?{WORD}", created_at=now, expires_at=now
    )
    await Session.create(
        user=user, token_hash=secrets.token_hex(32), browser=WORD, origin="192.0.2.0",
        created_at=now, seen_at=now, expires_at=now,
    )  # fmt: skip
    await SignUp.create(
        chapter=world.kenya, email=person.email, canonical=canonical, given_name=WORD,
        language="en", created_at=now, page=f"/{WORD}", origin="192.0.2.0",
    )  # fmt: skip
    await Consent.create(
        person=person, chapter=world.france, granted=False, basis="import",
        page=f"{WORD}.csv", origin="192.0.2.0", at=now,
    )  # fmt: skip
    tag = await Tag.create(chapter=world.kenya, name="speaker")
    await Tagging.create(tag=tag, person=person, at=now)
    field = await CustomField.create(
        chapter=world.kenya, label="Employer", kind="text", choices="", created_at=now
    )
    await CustomValue.create(field=field, person=person, value=WORD)
    await _act(world, person)
    return [person.email, canonical, WORD, person.address_hash]


async def _act(world: story.World, person: Person) -> None:
    now = moment.now()
    action = await Action.get(person_id=person.id)
    action.display_name, action.comment, action.is_named = f"{WORD} O", f"I am {WORD}", True
    await action.save()
    await SourceCode.create(code="shared", kind="share", label=WORD, person=person, created_at=now)
    sent = await Delivery.create(
        mailing=world.mailing, person=person, text_language="en", country_code="KE",
        status="sent", sent_at=now, response=f"250 <{person.email}> ok",
    )  # fmt: skip
    link = await Link.create(mailing=world.mailing, url="https://example.org/more")
    await Click.create(delivery=sent, link=link, at=now)


async def settled(site: Site) -> None:
    """The queue is empty, and empty again after what the work in it has rung."""
    await site.idle()
    await site.idle()


async def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, whoever made it, in an order of its own."""
    found = {}
    for table in await table_names():
        rows = await db.rows(f'SELECT * FROM "{table}"')
        found[table] = sorted((tuple(row.values()) for row in rows), key=repr)
    return found


async def table_names() -> list[str]:
    """Every table of the database."""
    if db.dialect() == "sqlite":
        found = await db.rows(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'sqlite_sequence'"
        )
    else:
        found = await db.rows("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    return sorted(each["name"] for each in found)


async def traces_of(words: list[str]) -> list[str]:
    """Where any of the words stands, as `table: word`; the suppressed hash is where it belongs."""
    found = []
    for table, rows in (await everything()).items():
        text = repr(rows).lower()
        for word in words:
            is_hash = len(word) == 64 and table in ("advocacy_suppression", "advocacy_asked")
            if word.lower() in text and not is_hash:
                found.append(f"{table}: {word}")
    return found
