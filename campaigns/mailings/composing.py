"""Composing a mailing: its name, what it points to, its segment and its text in each language.

Only a draft can be edited. `version` grows with every edit, so that nobody overwrites another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from babel import Locale

from advocacy import db, moment
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid, NotFound
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from campaigns.actions.models import ActionPage, SourceCode
from campaigns.editions.models import EditionText
from campaigns.mailings import aiming, merging
from campaigns.mailings.models import Mailing, MailingText
from campaigns.models import Campaign

LIMITS = {"subject": 200, "preheader": 200, "body": 50_000}
MAX_NAME = 160


@dataclass(frozen=True)
class Text:
    """What a mailing says in one language; `body` is Markdown with merge fields."""

    subject: str
    body: str
    preheader: str = ""


@dataclass(frozen=True)
class Segment:
    """Whom of the chapter's people a mailing is for. `acted` is `yes`, `no` or empty; `stored_id`
    is one of the chapter's segments, which narrows it further."""

    languages: tuple[str, ...] = ()
    joined_since: date | None = None
    acted: str = ""
    acted_page_id: int | None = None
    stored_id: int | None = None


async def draft(
    chapter: Chapter,
    name: str,
    texts: Mapping[str, Text],
    *,
    page_id: int | None = None,
    segment: Segment | None = None,
    by: int | None = None,
) -> Mailing:
    """A draft of this chapter that points to an action page or to none.

    Raises Invalid with `field` named as in the form (`fr:subject` for a text), NotFound for a
    page or a segment that the chapter cannot use.
    """
    _check(name, texts)
    async with db.transaction():
        mailing = await Mailing.create(
            chapter_id=chapter.id, name=name.strip(), created_by_id=by, created_at=moment.now()
        )
        await _point(mailing, chapter, page_id)
        await _narrow(mailing, chapter, segment or Segment())
        await mailing.save()
        await _write(mailing, texts)
    return mailing


async def revise(
    chapter: Chapter,
    mailing_id: int,
    *,
    version: int,
    name: str,
    texts: Mapping[str, Text],
    page_id: int | None = None,
    segment_id: int | None = None,
) -> Mailing:
    """Name, page and all texts together; a language that is not given is taken away.

    `segment_id` chooses one of the chapter's segments, 0 none of them; None leaves what is.
    Raises Conflict when somebody else saved first or when it is a draft no more, Invalid as in
    `draft`.
    """
    _check(name, texts)
    async with db.transaction():
        mailing = await _touched(chapter, mailing_id, version)
        mailing.name = name.strip()
        await _point(mailing, chapter, page_id)
        if segment_id is not None:
            await aiming.check(mailing, chapter, segment_id or None)
            mailing.segment_id = segment_id or None
        await mailing.save()
        await _write(mailing, texts)
    return mailing


async def set_segment(
    chapter: Chapter, mailing_id: int, segment: Segment, *, version: int
) -> Mailing:
    """Whom it is for. Raises Conflict and Invalid as `revise` does."""
    async with db.transaction():
        mailing = await _touched(chapter, mailing_id, version)
        if segment.acted and segment.acted_page_id is None:
            raise Invalid(_("Choose the page on which they acted."), field="acted_page")
        if segment.acted_page_id is not None:
            await _usable(chapter, segment.acted_page_id)
        await _narrow(mailing, chapter, segment)
        await mailing.save()
    return mailing


async def discard(chapter: Chapter, mailing_id: int, *, version: int) -> None:
    """Deletes a draft. Raises Conflict for anything else."""
    async with db.transaction():
        mailing = await _touched(chapter, mailing_id, version)
        await mailing.delete()


async def held(chapter: Chapter, mailing_id: int) -> Mailing:
    """A mailing of this chapter. Raises NotFound for any other."""
    mailing = await Mailing.get_or_none(id=mailing_id, chapter_id=chapter.id)
    if mailing is None:
        raise NotFound()
    return mailing


async def texts_of(mailing: Mailing) -> list[MailingText]:
    """Its texts in the order they were written; the first is the last resort for a reader."""
    return await MailingText.filter(mailing_id=mailing.id).order_by("id")


async def pages_for(chapter: Chapter) -> list[tuple[int, str]]:
    """The action pages a mailing of this chapter can point to, newest first, with their titles."""
    found = (
        await ActionPage.filter(edition__chapter_id=chapter.id)
        .exclude(edition__campaign__state="archived")
        .order_by("-id")
        .prefetch_related("edition__campaign")
    )
    return [(page.id, f"{page.edition.campaign.name} (/a/{page.slug})") for page in found]


async def starting_texts(page_id: int | None, chapter: Chapter) -> dict[str, Text]:
    """Texts to begin with: the page's titles where it has some, in its languages."""
    titles: dict[str, str] = {}
    if page_id is not None:
        page = await ActionPage.get(id=page_id)
        for each in await EditionText.filter(edition_id=page.edition_id).order_by("id"):
            titles[each.language] = each.title
    made = titles or {chapter.main_language: ""}
    return {language: _opening(language, title) for language, title in made.items()}


async def text_in(language: str, page_id: int | None, first: Text) -> Text:
    """A text to begin with in one more language: the page's title there, else the first text."""
    page = await ActionPage.get_or_none(id=page_id) if page_id else None
    written = (
        await EditionText.get_or_none(edition_id=page.edition_id, language=language)
        if page
        else None
    )
    return _opening(language, written.title if written else "") if written else first


def _opening(language: str, title: str) -> Text:
    with i18n.use(language):
        body = "\n\n".join(
            (
                _("Dear {first_name},"),
                _("Write here why you write, in two or three sentences."),
                "[" + _("Read and sign") + "]({link})",
                "{chapter}",
            )
        )
    return Text(subject=title, body=body)


async def _touched(chapter: Chapter, mailing_id: int, version: int) -> Mailing:
    """The draft with its version counted up, which also locks it until the transaction ends."""
    taken = await db.execute(
        "UPDATE campaigns_mailing SET version = version + 1"
        " WHERE id = $1 AND chapter_id = $2 AND version = $3 AND state = 'draft'",
        mailing_id,
        chapter.id,
        version,
    )
    mailing = await held(chapter, mailing_id)
    if not taken and mailing.state != "draft":
        raise Conflict(_("This mailing is scheduled or sent; only a draft can be changed."))
    if not taken:
        raise Conflict(_("Somebody else has saved this mailing since you opened it."))
    return mailing


async def _point(mailing: Mailing, chapter: Chapter, page_id: int | None) -> None:
    if page_id is None:
        mailing.page_id = mailing.campaign_id = None
        return
    campaign = await _usable(chapter, page_id)
    mailing.page_id, mailing.campaign_id = page_id, campaign.id
    if mailing.source_id is None:
        source = await SourceCode.create(
            code=f"m{mailing.id}",
            kind="mailing",
            label=mailing.name,
            campaign_id=campaign.id,
            created_at=moment.now(),
        )
        mailing.source_id = source.id
    else:
        await SourceCode.filter(id=mailing.source_id).update(campaign_id=campaign.id)


async def _usable(chapter: Chapter, page_id: int) -> Campaign:
    page = await ActionPage.get_or_none(
        id=page_id, edition__chapter_id=chapter.id
    ).prefetch_related("edition__campaign")
    if page is None:
        raise NotFound(_("This chapter has no such page."))
    return page.edition.campaign


async def _narrow(mailing: Mailing, chapter: Chapter, segment: Segment) -> None:
    await aiming.check(mailing, chapter, segment.stored_id)
    mailing.segment_id = segment.stored_id
    mailing.languages = " ".join(sorted(set(segment.languages)))[:100]
    mailing.joined_since = segment.joined_since
    mailing.acted = segment.acted
    mailing.acted_page_id = segment.acted_page_id if segment.acted else None


async def _write(mailing: Mailing, texts: Mapping[str, Text]) -> None:
    await MailingText.filter(mailing_id=mailing.id).exclude(language__in=list(texts)).delete()
    for language, text in texts.items():
        await MailingText.update_or_create(
            mailing_id=mailing.id,
            language=language,
            defaults={
                "subject": " ".join(text.subject.split()),
                "preheader": " ".join(text.preheader.split()),
                "body": text.body.replace("\r\n", "\n").strip(),
            },
        )


def _check(name: str, texts: Mapping[str, Text]) -> None:
    if not name.strip():
        raise Invalid(_("Give the mailing a name that your team recognises."), field="name")
    if len(name) > MAX_NAME:
        raise Invalid(_("Keep this under %(limit)s characters.", limit=MAX_NAME), field="name")
    if not texts:
        raise Invalid(_("Write the mailing in at least one language."))
    for language, text in texts.items():
        _check_text(language, text)


def _check_text(language: str, text: Text) -> None:
    try:
        Locale.parse(language, sep="-")
    except (ValueError, LookupError) as unknown:
        raise Invalid(_("We do not know this language."), field="language") from unknown
    if not text.subject.strip():
        raise Invalid(_("Write a subject."), field=f"{language}:subject")
    if not text.body.strip():
        raise Invalid(_("Write the letter."), field=f"{language}:body")
    parts: Sequence[tuple[str, str]] = (
        ("subject", text.subject),
        ("preheader", text.preheader),
        ("body", text.body),
    )
    for part, words in parts:
        if len(words) > LIMITS[part]:
            raise Invalid(
                _("Keep this under %(limit)s characters.", limit=LIMITS[part]),
                field=f"{language}:{part}",
            )
        merging.check(
            words.replace("\r\n", "\n"), field=f"{language}:{part}", allow_link=part == "body"
        )
