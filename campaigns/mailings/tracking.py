"""What comes back: clicks on signed links, unsubscribes, bounces and complaints.

A click is taken for a robot's when it is a HEAD request, when its program says that it scans or
says nothing, or when several links of one letter were opened within ten seconds of its sending.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

from advocacy import db, moment, settings, tokens
from advocacy.chapters.models import Chapter
from advocacy.duplicates.models import Merge
from advocacy.errors import NotFound
from advocacy.mail.inbound import InboundMail
from advocacy.members import consent, links, safeguarding, topics, veiling
from advocacy.members.models import Person
from campaigns.mailings import claiming
from campaigns.mailings.models import Click, Delivery

Scope = Literal["sender", "topic", "everybody"]
HASTE = timedelta(seconds=10)
SCANNERS = (
    "bot",
    "crawl",
    "spider",
    "scan",
    "preview",
    "proofpoint",
    "mimecast",
    "barracuda",
    "safelinks",
    "symantec",
    "curl/",
    "wget/",
    "python",
    "go-http-client",
    "headless",
)


@dataclass(frozen=True)
class Leaving:
    """Who opened an unsubscribe link, whose letters it is about and, where known, which topic.

    `sent_on` is the day of the letter, from which its links into the person's own pages are dated.
    """

    person_id: int
    chapter: Chapter
    language: str
    topic: str = ""
    sent_on: date | None = None

    @property
    def preferences(self) -> str:
        """The path of everything else they can choose about letters."""
        return links.preferences_path(self.person_id, since=self.sent_on)


def click_path(delivery_id: int, link_id: int) -> str:
    """The path of a signed link; it leads to that link's address and nowhere else."""
    return f"/k/{tokens.sign('click', delivery_id, link_id)}"


def unsubscribe_path(delivery_id: int) -> str:
    """The path of the page where the person of a delivery unsubscribes."""
    return f"/u/{tokens.sign('unsubscribe', delivery_id)}"


async def follow(token: str, *, agent: str = "", is_head: bool = False) -> str:
    """Records a click and gives the address to go on to. Raises NotFound for a forged link.

    On our own pages the address carries the mailing's source code and who follows it, so that a
    person we know acts with one press. Where a safety profile forbids it, neither happens.
    """
    values = tokens.read("click", token)
    if values is None or len(values) != 2:
        raise NotFound()
    delivery_id, link_id = int(values[0]), int(values[1])
    found = await db.row(
        "SELECT l.url, d.person_id, m.chapter_id, s.code FROM campaigns_delivery d"
        " JOIN campaigns_link l ON l.mailing_id = d.mailing_id AND l.id = $2"
        " JOIN campaigns_mailing m ON m.id = d.mailing_id"
        " LEFT JOIN campaigns_source_code s ON s.id = m.source_id WHERE d.id = $1",
        delivery_id,
        link_id,
    )
    if found is None:
        raise NotFound()
    person_id, code = int(found["person_id"]), found["code"] or ""
    profile = await safeguarding.profile_of(person_id, int(found["chapter_id"]))
    if not profile.clicks_tracked:
        return untracked(found["url"], code)
    await _record(delivery_id, link_id, scans=is_head or is_scanner(agent))
    return destination(found["url"], code, person_id)


def is_scanner(agent: str) -> bool:
    """Whether a program's own name says that it is no person's browser."""
    named = agent.lower()
    return not named.strip() or any(word in named for word in SCANNERS)


def destination(url: str, code: str, person_id: int) -> str:
    """Where a link leads; only our own pages learn the source code and the person."""
    return _with(url, {"p": tokens.sign("person", person_id), **({"s": code} if code else {})})


def untracked(url: str, code: str) -> str:
    """Where a link leads that tells nobody who follows it; our own pages learn the source code."""
    return _with(url, {"s": code} if code else {})


def _with(url: str, added: dict[str, str]) -> str:
    base = settings.current().base_url
    if url.startswith("/"):
        url = base + url
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if f"{parts.scheme}://{parts.netloc}" != base:
        return url
    query = "&".join(each for each in (parts.query, urlencode(added)) if each)
    return urlunsplit(parts._replace(query=query))


async def _record(delivery_id: int, link_id: int, *, scans: bool) -> None:
    now = moment.now()
    async with db.transaction():
        click = await Click.create(delivery_id=delivery_id, link_id=link_id, at=now, is_robot=scans)
        delivery = await Delivery.get(id=delivery_id)
        if delivery.sent_at is None or now - delivery.sent_at > HASTE:
            return
        hasty = Click.filter(delivery_id=delivery_id, at__lte=delivery.sent_at + HASTE)
        links = {each.link_id for each in await hasty}
        if len(links) > 1 and click.link_id in links:
            await hasty.update(is_robot=True)


async def forget_clicks(chapter_id: int) -> int:
    """Removes every click on a chapter's letters and of its members; returns how many."""
    return await db.execute(
        "DELETE FROM campaigns_click WHERE delivery_id IN (SELECT d.id FROM campaigns_delivery d"
        " JOIN campaigns_mailing m ON m.id = d.mailing_id WHERE m.chapter_id = $1"
        " OR d.person_id IN (SELECT s.person_id FROM advocacy_membership s"
        " WHERE s.chapter_id = $1 AND s.state = 'current'))",
        chapter_id,
    )


async def leaving(token: str) -> Leaving:
    """Whom an unsubscribe link is about; reading it changes nothing. Raises NotFound.

    The token names a delivery, or `p` with a person's id and a chapter's.
    """
    values = tokens.read("unsubscribe", token)
    if values is None or len(values) not in (1, 2):
        raise NotFound()
    if len(values) == 2:
        person_id, chapter_id = int(values[0].lstrip("p")), int(values[1])
        language, topic, sent_on = "", "", None
    else:
        delivery = await Delivery.get_or_none(id=int(values[0])).select_related("mailing__campaign")
        if delivery is None:
            raise NotFound()
        person_id, chapter_id = delivery.person_id, delivery.mailing.chapter_id
        language, about = delivery.text_language, delivery.mailing.campaign
        topic = about.topic if about is not None else ""
        sent_on = delivery.sent_at.date() if delivery.sent_at else None
    chapter = await Chapter.get_or_none(id=chapter_id)
    person = await links.living(person_id) or await Person.get_or_none(id=person_id)
    if chapter is None or person is None:
        raise NotFound()
    return Leaving(person.id, chapter, language or chapter.main_language, topic, sent_on)


async def unsubscribe(
    token: str, *, scope: Scope = "sender", basis: str = "page", origin: str = ""
) -> Leaving:
    """Withdraws consent towards the sender, a topic or everybody, and skips what still waits.

    A topic is refused from everybody; where the letter has none, the sender's letters end. Durable
    when it returns; what is on the wire at that moment still arrives. Repeating it changes
    nothing. Raises NotFound for a forged link.
    """
    who = await leaving(token)
    purpose = topics.purpose_of(who.topic)
    async with db.transaction():
        if scope == "everybody":
            await consent.withdraw_all(who.person_id, basis=basis, page="/u", origin=origin)
            await claiming.skip_queued(who.person_id)
        elif scope == "topic" and purpose:
            # Of what waits, each letter about it is left out at the last moment before it goes.
            headquarters = await Chapter.get(is_headquarters=True)
            await consent.withdraw(
                who.person_id,
                headquarters.id,
                basis=basis,
                purpose=purpose,
                page="/u",
                origin=origin,
            )
        else:
            await consent.withdraw(
                who.person_id, who.chapter.id, basis=basis, page="/u", origin=origin
            )
            await claiming.skip_queued(who.person_id, who.chapter.id)
    return who


async def take_inbound(mail: InboundMail) -> None:
    """A mail to the return path of a delivery; what is no returned letter is left alone."""
    if mail.bounce is not None and mail.token.isdigit():
        bounce = mail.bounce
        response = f"{bounce.status} {bounce.diagnostic}".strip()
        await take_bounce(int(mail.token), bounce.kind, response=response)


async def take_bounce(delivery_id: int, kind: str, *, response: str = "") -> bool:
    """A letter came back: `hard` (the address is gone), `soft` (for now) or `other` (refused).

    The delivery counts as bounced; after a hard one nobody writes to the address again. True the
    first time, repeating changes nothing.
    """
    now = moment.now()
    async with db.transaction():
        marked = await db.execute(
            "UPDATE campaigns_delivery SET status = 'bounced', bounced_at = $1, claim = '',"
            " claimed_at = NULL, due_at = NULL, sent_at = COALESCE(sent_at, $1), reason = $2,"
            # What a relay says names the address, of which an erasure left nothing.
            " response = CASE WHEN EXISTS (SELECT 1 FROM advocacy_person p WHERE p.erased_at IS"
            " NOT NULL AND p.id = campaigns_delivery.person_id) THEN ''"
            f" ELSE CAST($3 AS VARCHAR({claiming.MAX_RESPONSE})) END"
            " WHERE id = $4 AND status IN ('sent', 'claimed', 'unknown')",
            now,
            f"{kind}_bounce",
            response[: claiming.MAX_RESPONSE],
            delivery_id,
        )
        if marked:
            marks = {"hard": "bounced", "soft": "soft"}
            await _mark_person(delivery_id, marks.get(kind, "ok"))
    return marked == 1


async def take_complaint(delivery_id: int) -> None:
    """The person told their mail provider that this is spam: nobody writes to them again."""
    async with db.transaction():
        await _mark_person(delivery_id, "complained")


async def _written_to(delivery: Delivery) -> Person:
    """Whose address a letter went to: one that went out before a merge, to the one who was lost."""
    person = delivery.person
    merges = Merge.filter(undone_at__isnull=True).select_related("lost").order_by("-id")
    for each in await merges.filter(kept_id=person.id, at__gt=delivery.sent_at or moment.now()):
        rows: Any = each.moved.get("rows", {})
        if delivery.id in rows.get("campaigns_delivery.person_id", ()):
            delivery.person = each.lost
            return await _written_to(delivery)
    return person


async def _mark_person(delivery_id: int, deliverability: str) -> None:
    delivery = await Delivery.get_or_none(id=delivery_id).select_related("person", "mailing")
    if delivery is None:
        return
    # A complaint is the human being's, whatever address it came from.
    is_word = deliverability == "complained"
    person = delivery.person if is_word else await _written_to(delivery)
    if person.erased_at is not None:
        return
    await veiling.mark(person.id, delivery.mailing.chapter_id, deliverability)
    if deliverability in ("ok", "soft"):
        await Person.filter(id=person.id, deliverability="ok").update(deliverability=deliverability)
        return
    await Person.filter(id=person.id).update(deliverability=deliverability)
    reason = "complaint" if deliverability == "complained" else "hard_bounce"
    await consent.suppress(person.address_hash, reason)
    await claiming.skip_queued(person.id, reason=deliverability)
