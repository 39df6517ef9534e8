"""What other chapters know and do of the same people changes no answer that a chapter gets."""

from advocacy import moment
from advocacy.chapters.models import Chapter
from advocacy.errors import Invalid
from advocacy.identity.models import Grant, User
from advocacy.members import consent
from advocacy.members.models import Membership, Person
from advocacy.roster.models import CustomField, CustomValue, Tag, Tagging
from advocacy.segments import asking, vocabulary
from advocacy.settings import Settings
from campaigns.actions.models import Action
from campaigns.mailings.models import Click, Delivery, Link, Mailing
from tests import factories
from tests.advocacy.segments.drawing import conditions
from tests.advocacy.segments.town import Town


async def answers(town: Town, chapter: Chapter) -> dict[str, list[int]]:
    """What a chapter is told to each condition that it can ask, the choices included."""
    known = await vocabulary.of(chapter)
    told = {}
    for raw in conditions(town, known):
        question = asking.read({"all": [raw]}, known)
        told[str(raw)] = sorted(await asking.ids(chapter, question, known))
    told["everybody"] = [await asking.total(chapter)]
    return told


async def happen_elsewhere(town: Town, other: Chapter) -> None:
    """Everything that can be known about people happens to all of them in another chapter."""
    now = moment.now()
    petition = await factories.campaign_with_page(other)
    letter = await Mailing.create(chapter=other, name="Theirs", state="sent", created_at=now)
    link = await Link.create(mailing=letter, url="/")
    tag = await Tag.create(chapter=other, name="secret")
    field = await CustomField.create(
        chapter=other, label="secret", kind="text", choices="", created_at=now
    )
    for each in town.people:
        of = {"person_id": each.id}
        await Membership.filter(**of, chapter=other).delete()
        await Membership.create(
            **of, chapter=other, state="current", joined_on=now.date(), created_at=now
        )
        await consent.record(each.id, other.id, granted=True, basis="staff")
        await Tagging.create(**of, tag=tag, at=now)
        await CustomValue.create(**of, field=field, value="known")
        await Action.create(
            **of, page=petition.page, campaign=petition.campaign, chapter=other,
            kind="signature", state="confirmed", created_at=now, confirmed_at=now,
        )  # fmt: skip
        delivery = await Delivery.create(
            **of, mailing=letter, text_language="fr", status="sent", sent_at=now
        )
        await Click.create(delivery=delivery, link=link, at=now)
        person = await Person.get(id=each.id)
        user, _new = await User.get_or_create(
            canonical=person.canonical, defaults={"email": person.email}
        )
        await Grant.filter(user=user, chapter=other).delete()
        await Grant.create(user=user, role="chapter_lead", chapter=other)


async def test_no_answer_changes_with_what_happens_elsewhere(database: Settings) -> None:
    town = await Town(5).build(25)
    kenya, senegal, _hq = town.chapters
    before = await answers(town, kenya)
    assert any(before.values())
    await happen_elsewhere(town, senegal)
    assert await answers(town, kenya) == before


async def test_the_tags_fields_campaigns_and_letters_of_others_are_not_even_named(
    database: Settings,
) -> None:
    town = await Town(5).build(3)
    kenya, senegal, _hq = town.chapters
    known = await vocabulary.of(kenya)
    theirs = await vocabulary.of(senegal)
    foreign = 0
    for facet in theirs.values():
        for operator in facet.operators:
            for value, _label in operator.options:
                raw = {"field": facet.key, "is": operator.key, "value": value}
                if facet.key in ("acted", "clicked", "got", "tag"):
                    foreign += 1
                    try:
                        asking.read_condition(raw, known)
                    except Invalid:
                        continue
                    raise AssertionError(raw)
        if facet.key.startswith("custom:"):
            assert facet.key not in known
    assert foreign >= 16
