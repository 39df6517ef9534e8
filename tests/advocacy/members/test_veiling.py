"""The veil over members whom a chapter knows from its roll alone: drawn, corrected, lifted."""

from pathlib import Path
from typing import Any

import pytest

from advocacy.audit.recording import SYSTEM
from advocacy.chapters.models import Chapter
from advocacy.duplicates import merging
from advocacy.members import consent, joining, moving, veiling
from advocacy.members.importing import import_members
from advocacy.members.joining import Wish
from advocacy.members.models import Membership, Person
from advocacy.members.ties import all_ties
from advocacy.preferences import choosing
from advocacy.preferences.choosing import Means
from advocacy.roster import correcting, finding, indexing, record
from advocacy.roster.correcting import Correction
from advocacy.roster.sifting import Sieve
from campaigns.mailings import audience
from tests import factories, rolls, story
from tests.conftest import Settings, Site


async def veiled(config: Settings, tmp_path: Path, status: str = "confirmed") -> story.World:
    """The world after Kenya imported Fatou of Senegal under a name of its own."""
    world = await story.tell()
    rows = [
        ["7", "FATOU@example.org", "Fa", "Sow", "kenya", "TZ", "sw", "2024-01-02", status, "yes"],
        ["8", "new@example.org", "Nia", "Otieno", "kenya", "KE", "sw", "2024-01-02", "", "yes"],
    ]
    roll = rolls.Roll(rows=rows)
    await import_members(roll.write(tmp_path / "roll.csv"))
    return world


async def of_kenya(world: story.World, person: Person) -> Membership:
    return await Membership.get(chapter=world.kenya, person=person)


async def test_only_whom_others_knew_is_veiled_and_a_second_run_veils_nobody(
    database: Settings, tmp_path: Path
) -> None:
    world = await veiled(database, tmp_path)
    fatou = world.members[2]
    held = await of_kenya(world, fatou)
    assert held.is_veiled
    assert (held.email, held.given_name, held.language) == ("FATOU@example.org", "Fa", "sw")
    new = await Person.get(canonical="new@example.org")
    assert not (await of_kenya(world, new)).is_veiled
    assert not (await of_kenya(world, world.members[0])).is_veiled
    again = rolls.Roll(rows=[
        ["8", "new@example.org", "Nia", "O", "kenya", "KE", "sw", "2024-01-02", "", "yes"],
        ["1", "amina@example.org", "Am", "O", "kenya", "KE", "sw", "2024-01-02", "", "yes"],
    ])  # fmt: skip
    await import_members(again.write(tmp_path / "again.csv"))
    await import_members(again.write(tmp_path / "again.csv"))
    assert await Membership.filter(is_veiled=True).values_list("id", flat=True) == [held.id]
    assert (await Person.get(id=fatou.id)).given_name == fatou.given_name


async def test_who_allowed_a_chapters_letters_before_is_no_stranger_to_its_roll(
    database: Settings, tmp_path: Path
) -> None:
    world = await story.tell()
    signer = await factories.person("signer@example.org", given_name="Sia")
    await consent.record(signer.id, world.kenya.id, granted=True, basis="confirmed")
    row = ["7", "signer@example.org", "S", "S", "kenya", "KE", "sw", "2024-01-02", "", "yes"]
    await import_members(rolls.Roll(rows=[row]).write(tmp_path / "roll.csv"))
    assert not (await of_kenya(world, signer)).is_veiled


async def test_a_correction_under_the_veil_stays_within_the_chapter(
    database: Settings, tmp_path: Path
) -> None:
    world = await veiled(database, tmp_path)
    fatou = world.members[2]
    known = await record.read(world.kenya, fatou.id)
    assert known.name == "Fa Sow"
    wanted = Correction(
        seen=known.seen, given_name="Fanta", family_name="Sow", language="en", member_no="9"
    )
    after = await correcting.correct(world.kenya, fatou.id, wanted, actor=SYSTEM)
    assert after.name == "Fanta Sow"
    assert (await Person.get(id=fatou.id)).given_name == fatou.given_name
    theirs = await record.read(world.senegal, fatou.id)
    assert (theirs.name, theirs.person["language"]) == (fatou.full_name, "fr")
    await indexing.catch_up()
    assert [each["given_name"] for each in await named(world.kenya, "fanta")] == ["Fanta"]
    assert await named(world.kenya, fatou.given_name) == [] or fatou.given_name == "Fanta"


async def named(chapter: Chapter, word: str) -> list[dict[str, Any]]:
    found = await finding.search(Sieve(chapter.id, wanted=word))
    return [each for each in found.rows if each["member_no"] in ("7", "9")]


@pytest.mark.parametrize("how", ["letter", "preferences", "signed in", "moved"])
async def test_the_veil_lifts_when_the_person_speaks_to_the_chapter(
    site: Site, tmp_path: Path, how: str
) -> None:
    world = await veiled(site.config, tmp_path)
    fatou = world.members[2]
    await indexing.catch_up()
    wish = Wish(
        email="fatou@example.org", given_name="F", family_name="", language="fr", spoken="en"
    )
    if how == "letter":
        made = await joining.sign_up(world.kenya, wish)
        assert made is not None
        await site.idle()
        assert "/join/" in site.post.to("fatou@example.org")[-1].as_string()
        await joining.confirm(joining.path_of(made).removeprefix("/join/"))
    elif how == "moved":
        await moving.move(fatou, world.kenya, wish)
    else:
        means = Means(by_link=how == "preferences", page="/p", origin="")
        fields = {"chapter": ["kenya"], "wanted": ["on"]}
        await choosing.change(fatou, "letters", fields, means)
    held = await of_kenya(world, fatou)
    assert (held.is_veiled, held.given_name, held.email) == (False, "", "")
    assert (await record.read(world.kenya, fatou.id)).name == fatou.full_name
    await indexing.catch_up()
    assert await named(world.kenya, fatou.given_name)
    assert not await named(world.kenya, "fatou sow")


@pytest.mark.parametrize("status", ["confirmed", "unconfirmed"])
async def test_letters_of_a_chapter_rest_on_its_own_roll_and_on_what_is_true(
    database: Settings, tmp_path: Path, status: str
) -> None:
    world = await veiled(database, tmp_path, status)
    fatou = world.members[2]
    wanted = {fatou.id} if status == "confirmed" else set()
    assert await consent.still_mailable(world.kenya.id, [fatou.id]) == wanted
    assert await consent.still_mailable(world.senegal.id, [fatou.id]) == {fatou.id}
    assert await audience.count(world.mailing) == (2 if wanted else 1)
    await Person.filter(id=fatou.id).update(deliverability="bounced")
    assert await consent.still_mailable(world.kenya.id, [fatou.id]) == set()
    assert await audience.count(world.mailing) == (2 if wanted else 1)
    assert await audience.freeze(world.mailing) == 1


async def test_a_copy_tells_the_person_what_the_roll_wrote_and_an_erasure_blanks_it(
    site: Site, tmp_path: Path
) -> None:
    world = await veiled(site.config, tmp_path)
    fatou = world.members[2]
    tie = next(each for each in all_ties() if each.name == "memberships")
    told = [each for each in await tie.collect(fatou.id) if each["email"]]
    assert [each["given_name"] for each in told] == ["Fa"]
    await tie.erase(fatou.id)
    held = await of_kenya(world, fatou)
    assert not any((held.email, held.given_name, held.family_name, held.language, held.member_no))
    assert held.confirmed_at is None


async def test_a_bounce_of_a_chapters_own_letter_is_its_to_see(
    database: Settings, tmp_path: Path
) -> None:
    world = await veiled(database, tmp_path)
    fatou = world.members[2]
    await veiling.mark(fatou.id, world.kenya.id, "bounced")
    await veiling.mark(fatou.id, world.kenya.id, "soft")
    assert (await record.read(world.kenya, fatou.id)).person["deliverability"] == "bounced"
    assert (await record.read(world.senegal, fatou.id)).person["deliverability"] == "ok"


async def test_of_two_memberships_that_become_one_the_veil_goes_and_comes_back_with_an_undo(
    database: Settings, tmp_path: Path
) -> None:
    world = await veiled(database, tmp_path)
    fatou, amina = world.members[2], world.members[0]
    made = await merging.merge(fatou.id, amina.id, chapter=world.hq, actor=SYSTEM)
    assert not (await of_kenya(world, fatou)).is_veiled
    await merging.undo(made.id, chapter=world.hq, actor=SYSTEM)
    held = await of_kenya(world, fatou)
    assert (held.is_veiled, held.given_name) == (True, "Fa")
