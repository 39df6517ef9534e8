"""A roll is no oracle: what a chapter can fetch after importing an address says nothing of others.

Each world is a chapter of its own that imports the same roll; they differ only in what Senegal
knows of the one address in it. Whatever a lead can fetch is the same, ids and tokens apart.
"""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest

from advocacy import moment
from advocacy.chapters.models import Chapter
from advocacy.members import consent
from advocacy.members.models import Membership, Person
from advocacy.rolls.models import RollUpload
from advocacy.roster import indexing
from campaigns.mailings.models import Mailing, MailingText
from tests import factories, rolls, story
from tests.campaigns.visitors import visitor
from tests.conftest import Site

WORLDS = ("unknown", "plain", "bounced", "complained", "unconfirmed", "petition", "quiet")
WORDS = ("Zainab", "Diallo", "Awa", "Ndiaye", "zainab", "SENEGAL", "example.org")
FILTERS = (
    "", "?language=sw", "?language=fr", "?letters=yes", "?letters=no", "?address=ok",
    "?address=returned", "?address=complained", "?address=unconfirmed", "?sort=name",
)  # fmt: skip


def letter(world: str) -> str:
    """Worlds have names of one length, so that nothing but them differs."""
    return chr(ord("a") + WORLDS.index(world))


def address(world: str) -> str:
    return f"zainab.{letter(world)}q@example.org"


async def known_to_senegal(senegal: Chapter, world: str) -> None:
    """Puts the address where this world has it."""
    if world == "unknown":
        return
    email = address(world).upper().replace("EXAMPLE.ORG", "example.org")
    names: dict[str, Any] = {
        "given_name": "Awa", "family_name": "Ndiaye", "language": "fr", "country_code": "SN",
    }  # fmt: skip
    if world == "petition":
        await factories.person(email, **names)
        return
    known = await factories.member(senegal, email, confirmed=world != "unconfirmed", **names)
    change: dict[str, Any] = {}
    if world in ("bounced", "complained"):
        change["deliverability"] = world
    if world == "quiet":
        change["paused_until"] = moment.now() + timedelta(days=20)
        change["also_reads"] = "en"
        await consent.suppress(known.address_hash, "unsubscribed_all")
    if change:
        await Person.filter(id=known.id).update(**change)


async def chapter_of(world: str) -> Chapter:
    return await factories.chapter(f"here-{letter(world)}", languages="en sw")


def roll_of(world: str, status: str, agrees: str = "yes") -> str:
    text = io.StringIO()
    rows = [
        ["7", address(world), "Zainab", "Diallo", f"here-{letter(world)}", "TZ", "sw",
         "2024-01-02", status, agrees],
    ]  # fmt: skip
    csv.writer(text).writerows([rolls.HEADER, *rows])
    return text.getvalue()


async def draft(petition: factories.Petition) -> Mailing:
    made = await Mailing.create(
        chapter=petition.chapter, campaign=petition.campaign, page=petition.page,
        name="Please sign", created_at=moment.now(),
    )  # fmt: skip
    await MailingText.create(
        mailing=made, language="en", subject="Please sign", body="Dear {first_name}, {link}"
    )
    return made


async def fetched(site: Site, chapter: Chapter, world: str, status: str) -> dict[str, str]:
    """All that the chapter's lead can fetch, from the upload on."""
    browser = await visitor(site, "chapter_lead", of=chapter)
    base = f"/console/{chapter.slug}"
    mailing = await draft(
        await factories.campaign_with_page(chapter, slug=f"petition-{letter(world)}")
    )
    file = {"file": ("roll.csv", roll_of(world, status).encode(), "text/csv")}
    await browser.post(f"{base}/rolls/new", files=file)
    upload = await RollUpload.get(chapter=chapter)
    here = f"{base}/rolls/{upload.id}"
    places = {name: str(at) for at, name in enumerate(rolls.HEADER)}
    await browser.post(f"{here}/check", data=places)
    await site.idle()
    got = {"forecast": (await browser.get(here)).text}
    await browser.post(f"{here}/import", data={"basis": "form", "words": "On paper"})
    await site.idle()
    await indexing.catch_up()
    got["result"] = (await browser.get(here)).text
    got["report"] = (await browser.get(f"{here}/report")).text
    got["desk"] = (await browser.get(base)).text
    for each in FILTERS:
        got[f"roster {each}"] = (await browser.get(f"{base}/members{each}")).text
    for name, each in {**{word: word for word in WORDS}, "the address": address(world)}.items():
        got[f"search {name}"] = (await browser.get(f"{base}/members?q={each}")).text
    member = await Membership.get(chapter=chapter)
    card = f"{base}/members/{member.person_id}"
    got["card"] = (await browser.get(card)).text
    got["edit"] = (await browser.get(f"{card}/edit")).text
    got["export"] = (await browser.post(f"{base}/members/export", data={"form": "csv"})).text
    for about in ("language sw", "language fr", "country TZ", "country SN"):
        field, value = about.split()
        asked = {
            "q.0.word": "all", "q.0.0.field": field, "q.0.0.is": "is", "q.0.0.value": value,
            "do": "count",
        }  # fmt: skip
        got[f"segment {about}"] = (await browser.post(f"{base}/segments/new", data=asked)).text
    there = f"{base}/mailings/{mailing.id}"
    got["audience"] = (await browser.get(f"{there}/audience")).text
    got["would get"] = (await browser.get(f"{there}/audience?person={address(world)}")).text
    got["mailing"] = (await browser.get(there)).text
    await browser.aclose()
    return {name: plain(text, world) for name, text in got.items()}


def plain(text: str, world: str) -> str:
    """Without the world's own names, ids, moments and marks."""
    mark = letter(world)
    text = re.sub(rf"(?i)here-{mark}\b", "here", text)
    text = re.sub(rf"(?i)here {mark}\b", "here", text)
    text = re.sub(rf"(?i)zainab\.{mark}q", "zainab", text)
    text = re.sub(rf"(?i)petition-{mark}\b|petition {mark}\b", "petition", text)
    text = re.sub(r"user\d+@", "user@", text)
    text = re.sub(r"/(members|rolls|mailings|campaigns|duplicates)/\d+", r"/\1/0", text)
    text = re.sub(r'value="[0-9a-f]{16}\.[\w-]+"', 'value=""', text)
    text = re.sub(r'(name="(?:seen|stamp|csrf|acted_page)"[^>]*value=")[^"]*', r"\1", text)
    text = re.sub(r'(<option (?:selected )?value=)"\d+"', r'\1"0"', text)
    text = re.sub(r"<time[^>]*>[^<]*</time>", "<time>", text)
    return re.sub(r"\b\d{1,2}:\d{2}(:\d{2})?", "0:00", text)


def differing(text: str, other: str) -> list[tuple[str, str]]:
    """The lines that differ."""
    pairs = zip(text.splitlines(), other.splitlines(), strict=False)
    return [(one, two) for one, two in pairs if one != two][:5]


@pytest.mark.parametrize("status", ["unconfirmed", "confirmed", "bounced"])
async def test_two_worlds_look_alike_after_the_same_roll(site: Site, status: str) -> None:
    world = await story.tell()
    told: dict[str, dict[str, str]] = {}
    for name in WORLDS:
        chapter = await chapter_of(name)
        await known_to_senegal(world.senegal, name)
        told[name] = await fetched(site, chapter, name, status)
    first = told["unknown"]
    assert "Zainab" in first["card"] and "Zainab" in first["search zainab"]
    assert "Diallo" in first["export"]
    assert "Zainab" not in first["search Awa"]
    for name in WORLDS[1:]:
        for page, text in told[name].items():
            assert text == first[page], (status, name, page, differing(text, first[page]))
