"""Whoever was erased is not taken up again from a list, and can always come back by themselves."""

from datetime import timedelta
from pathlib import Path

from advocacy import moment
from advocacy.members import consent, joining
from advocacy.members.importing import import_members
from advocacy.members.joining import Wish
from advocacy.members.models import Membership, Person, SignUp, Suppression
from advocacy.rights import asking, working
from tests import rolls, story
from tests.advocacy.rights.test_erasing import MEMBER
from tests.advocacy.rights.traces import settled
from tests.conftest import Site


async def erased(site: Site) -> tuple[story.World, Person]:
    """The world in which Amina has gone."""
    world = await story.tell()
    amina = world.members[0]
    request = await asking.ask_erasure(amina.id, language="en", actor=MEMBER)
    await settled(site)
    with moment.shifted(timedelta(hours=25)):
        assert await working.work(request.id)
    return world, amina


def roll_with(email: str, folder: Path) -> Path:
    roll = rolls.Roll()
    for number, each in enumerate((email, "new@example.org"), 1):
        roll.rows.append(
            [str(number), each, "Amina", "Okello", "kenya", "KE", "en", "2024-01-02",
             "confirmed", "yes"]
        )  # fmt: skip
    return roll.write(folder / f"{len(email)}.csv")


async def test_an_import_leaves_out_whoever_was_erased_and_says_how_many(
    site: Site, tmp_path: Path
) -> None:
    world, amina = await erased(site)
    counts = await import_members(roll_with("Amina@example.org", tmp_path))
    assert counts.suppressed == 1
    assert (counts.new_persons, counts.new_memberships, counts.new_subscriptions) == (1, 1, 1)
    assert not await Person.exists(canonical="amina@example.org")
    assert await Person.exists(canonical="new@example.org")
    again = await import_members(roll_with("amina+x@example.org", tmp_path))
    assert again.suppressed == 1 and again.new_persons == 0
    assert (await Person.get(id=amina.id)).email == f"erased-{amina.id}"
    assert world.kenya.id


async def test_who_joins_again_is_a_new_person_once_the_letter_is_answered(site: Site) -> None:
    world, amina = await erased(site)
    wish = Wish(
        email="amina@example.org", given_name="Amina", family_name="", language="en",
        wants_letters=True,
    )  # fmt: skip
    made = await joining.sign_up(world.kenya, wish)
    await settled(site)
    assert not await Person.exists(canonical="amina@example.org"), "a form alone brings nobody back"
    assert await Suppression.exists(address_hash=amina.address_hash, reason="erased")
    assert site.post.to("amina@example.org")[-1]["subject"]
    assert made is None or isinstance(made, SignUp)
    wanted = await SignUp.get(canonical="amina@example.org")
    _wish, person = await joining.confirm(joining.path_of(wanted).removeprefix("/join/"))
    assert person.id != amina.id
    assert not await Suppression.exists(address_hash=amina.address_hash)
    assert person.id in await consent.still_mailable(world.kenya.id, [person.id])
    assert not await Membership.exists(person_id=amina.id, state="current")


async def test_who_joins_again_without_letters_gets_none(site: Site, tmp_path: Path) -> None:
    world, amina = await erased(site)
    wish = Wish(email="amina@example.org", given_name="A", family_name="", language="en")
    await joining.sign_up(world.kenya, wish)
    wanted = await SignUp.get(canonical="amina@example.org")
    _wish, person = await joining.confirm(joining.path_of(wanted).removeprefix("/join/"))
    assert not await consent.still_mailable(world.kenya.id, [person.id])
    counts = await import_members(roll_with("amina@example.org", tmp_path))
    assert counts.suppressed == 0, "they are back, so a roll may speak of them"
    assert amina.id != person.id
