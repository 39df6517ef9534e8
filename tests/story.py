"""One small shared world: two regions, three chapters, their people, one live petition, one letter.

`world = await story.tell()` makes it; tests name only what they change.
"""

from dataclasses import dataclass, field

from advocacy import moment
from advocacy.chapters.models import HEADQUARTERS, Chapter
from advocacy.identity.models import User
from advocacy.members.models import Person
from campaigns.actions.models import Action, SourceCode
from campaigns.mailings.models import Mailing, MailingText
from tests import factories


@dataclass
class World:
    """Who and what there is. Users are keyed by what they are."""

    hq: Chapter
    kenya: Chapter
    senegal: Chapter
    france: Chapter
    petition: factories.Petition
    mailing: Mailing
    members: list[Person]
    users: dict[str, User] = field(default_factory=dict)


async def tell() -> World:
    """Makes the world: Kenya runs a petition and has a letter in draft; Amina has signed."""
    hq = await Chapter.get(slug=HEADQUARTERS)
    kenya = await factories.chapter("kenya", languages="en sw", country_code="KE")
    senegal = await factories.chapter(
        "senegal", languages="fr", country_code="SN", timezone="Africa/Dakar"
    )
    france = await factories.chapter(
        "france", languages="fr", region="Europe", country_code="FR", timezone="Europe/Paris"
    )
    petition = await factories.campaign_with_page(kenya, slug="keep-it-on")
    members = [
        await factories.member(kenya, "amina@example.org"),
        await factories.member(kenya, "otieno@example.org", letters=False),
        await factories.member(senegal, "fatou@example.org"),
        await factories.member(france, "claire@example.org"),
    ]
    world = World(hq, kenya, senegal, france, petition, await _letter(petition), members)
    world.users = await _users(world)
    await _sign(petition, members[0])
    return world


async def _letter(petition: factories.Petition) -> Mailing:
    now = moment.now()
    source = await SourceCode.create(
        code="keep-letter", kind="mailing", campaign=petition.campaign, created_at=now
    )
    mailing = await Mailing.create(
        chapter=petition.chapter,
        campaign=petition.campaign,
        page=petition.page,
        source=source,
        name="Please sign",
        created_at=now,
    )
    await MailingText.create(
        mailing=mailing, language="en", subject="Please sign", body="Dear {first_name}, {link}"
    )
    return mailing


async def _users(world: World) -> dict[str, User]:
    return {
        "director": await factories.user("director@example.org", role="hq_director"),
        "analyst": await factories.user("analyst@example.org", role="hq_analyst"),
        "africa": await factories.user(
            "africa@example.org", role="regional_manager", region="Africa"
        ),
        "europe": await factories.user(
            "europe@example.org", role="regional_manager", region="Europe"
        ),
        "lead": await factories.user("lead@example.org", role="chapter_lead", of=world.kenya),
        "other lead": await factories.user(
            "other@example.org", role="chapter_lead", of=world.senegal
        ),
        "organiser": await factories.user(
            "organiser@example.org", role="chapter_organiser", of=world.kenya
        ),
        "protector": await factories.user("protector@example.org", role="data_protection_officer"),
        "helper": await factories.user(
            "helper@example.org", role="campaign_helper", of=world.kenya
        ),
    }


async def _sign(petition: factories.Petition, person: Person) -> None:
    now = moment.now()
    await Action.create(
        page=petition.page,
        campaign=petition.campaign,
        chapter=petition.chapter,
        person=person,
        kind="signature",
        state="confirmed",
        display_name=person.full_name,
        created_at=now,
        confirmed_at=now,
    )
