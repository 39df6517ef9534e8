"""Small makers of rows for tests: `await factories.chapter()`, `person()`, `campaign_with_page()`.

Every maker gives a whole, valid row; what a test is about it names, the rest does not matter.
"""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from advocacy import moment
from advocacy.chapters.models import Chapter
from advocacy.identity import granting
from advocacy.identity.models import User
from advocacy.mail import addresses
from advocacy.members import consent, knowing, wordings
from advocacy.members.models import Membership, Person
from advocacy.web import stamps
from campaigns import lifecycle
from campaigns.actions.models import ActionPage
from campaigns.actions.opening import open_page
from campaigns.editions import writing
from campaigns.editions.models import Edition
from campaigns.models import Campaign

_numbers = count(1)

WORDS = {
    "en": writing.Words(
        title="Keep the Internet on during elections",
        summary="No order to cut the network may be given without a judge.",
        case="When the network goes dark, **clinics** and banks go dark too.\n\nIt happened twice.",
        ask="We ask the regulator to publish every order to cut the network, within a day.",
        thanks="Thank you. Tell two friends; that doubles what you did.",
    ),
    "fr": writing.Words(
        title="Gardons Internet allumé pendant les élections",
        summary="Aucune coupure ne peut être ordonnée sans un juge.",
        case="Quand le réseau s’éteint, les cliniques et les banques s’éteignent aussi.",
        ask="Nous demandons au régulateur de publier tout ordre de coupure dans la journée.",
        thanks="Merci. Parlez-en à deux amis.",
    ),
    "es": writing.Words(
        title="Que Internet siga encendida durante las elecciones",
        summary="Nadie puede ordenar un corte sin un juez.",
        case="Cuando la red se apaga, se apagan también las clínicas y los bancos.",
        ask="Pedimos al regulador que publique cada orden de corte en el plazo de un día.",
        thanks="Gracias. Cuénteselo a dos amigos.",
    ),
    "ar": writing.Words(
        title="أبقوا الإنترنت متاحًا أثناء الانتخابات",
        summary="لا يجوز الأمر بقطع الشبكة من دون قاضٍ.",
        case="حين تنقطع الشبكة تنقطع معها العيادات والمصارف.",
        ask="نطالب الجهة المنظمة بنشر كل أمر بقطع الشبكة خلال يوم واحد.",
        thanks="شكرًا لك. أخبر صديقين.",
    ),
}


def stamped(**data: str) -> dict[str, str]:
    """A form of a page that its reader opened ten seconds ago."""
    with moment.shifted(-timedelta(seconds=10)):
        return {**data, stamps.NAME: stamps.stamp()}


async def chapter(slug: str = "", *, languages: str = "en", **changes: Any) -> Chapter:
    """A local body; its name comes from its slug."""
    slug = slug or f"chapter-{next(_numbers)}"
    row = {
        "name": f"{slug.replace('-', ' ').title()} Chapter",
        "region": "Africa",
        "country_code": "KE",
        "city": "Nairobi",
        "timezone": "Africa/Nairobi",
    }
    return await Chapter.create(slug=slug, languages=languages, **{**row, **changes})


async def person(email: str = "", *, confirmed: bool = True, **changes: Any) -> Person:
    """A person, confirmed unless said otherwise."""
    email = email or f"person{next(_numbers)}@example.org"
    row = {"given_name": "Amina", "family_name": "Okello", "country_code": "KE"}
    made, _new = await knowing.know(email, **{**row, **changes})
    if confirmed:
        await knowing.confirm(made.id)
    return await Person.get(id=made.id)


async def member(of: Chapter, email: str = "", *, letters: bool = True, **changes: Any) -> Person:
    """A current member of a chapter who allows its letters unless said otherwise."""
    made = await person(email, **{"language": of.main_language, **changes})
    now = moment.now()
    await Membership.create(
        person=made, chapter=of, state="current", joined_on=now.date(), created_at=now
    )
    if letters:
        wording = await wordings.current_wording(wordings.LETTERS, of.main_language)
        await consent.record(
            made.id,
            of.id,
            granted=True,
            basis="confirmed",
            wording_id=wording.id,
            language=wording.language,
        )
    return made


async def user(
    email: str = "", *, role: str = "chapter_lead", of: Chapter | None = None, region: str = ""
) -> User:
    """Someone who signs in, with one grant; `of` is the chapter for roles that have one."""
    email = email or f"user{next(_numbers)}@example.org"
    made = await granting.enrol(email, addresses.canonical(email), name="Leila Haddad")
    await granting.grant(made, role, chapter=of, region=region)
    return made


@dataclass(frozen=True)
class Petition:
    """A campaign with everything people need to act on it."""

    chapter: Chapter
    campaign: Campaign
    edition: Edition
    page: ActionPage

    @property
    def path(self) -> str:
        """Where the public page is."""
        return f"/a/{self.page.slug}"


async def campaign_with_page(
    of: Chapter | None = None,
    *,
    state: str = "live",
    slug: str = "",
    languages: tuple[str, ...] = ("en",),
    goal: int = 100,
    **changes: Any,
) -> Petition:
    """A campaign of a chapter with one edition in some languages and one petition page."""
    home = of or await chapter(languages=" ".join(languages))
    slug = slug or f"petition-{next(_numbers)}"
    campaign = await lifecycle.create(home, slug.replace("-", " ").capitalize(), goal=goal)
    edition = await writing.open_edition(home, campaign, languages[0])
    for language in languages:
        await writing.write(home, edition.id, language, WORDS[language])
    page = await open_page(edition, "signature", slug=slug, goal=goal)
    begun = moment.now() - timedelta(days=7)
    dates: dict[str, Any] = {}
    if state in ("live", "paused", "ended"):
        dates = {"starts_at": begun, "launched_at": begun}
    if state == "ended":
        dates["ended_at"] = moment.now() - timedelta(days=1)
    await Campaign.filter(id=campaign.id).update(state=state, **{**dates, **changes})
    return Petition(home, await Campaign.get(id=campaign.id), edition, page)
