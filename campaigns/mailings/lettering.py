"""Lettering: a mailing's text in one language as a letter, made once and filled for each person.

Markdown becomes blocks of HTML and a written text part. What differs from person to person (names,
signed links, the addresses to leave and to choose by) stands there as a mark of the skeleton.
"""

import html
import re
from dataclasses import dataclass
from os.path import commonprefix

from markupsafe import Markup

from advocacy import db, settings
from advocacy.chapters import safety
from advocacy.chapters.models import Chapter
from advocacy.chapters.safety import OPEN, Profile
from advocacy.mail import discretion
from advocacy.mail.skeleton import mark
from advocacy.render import i18n, templates
from advocacy.render.markdown import to_html
from campaigns.actions.models import ActionPage, SourceCode
from campaigns.mailings import composing, merging
from campaigns.mailings.merging import Slot
from campaigns.mailings.models import Link, Mailing, MailingText

UNSUBSCRIBE = "unsubscribe"
PREFERENCES = "preferences"

# What begins a mark, so that nobody types one.
_MARK = commonprefix([mark("a"), mark("z")])  # noqa: RUF071 - no paths
_HREF = re.compile(r'href="(https?://[^"]*)"')
_BUTTON = re.compile(r'<p><a href="([^"]*)"[^>]*>((?:(?!</a>).)*)</a></p>', re.DOTALL)
_LABELLED = re.compile(r"\[([^\]\n]*)\]\((\S+?)\)")
_BARE = re.compile(r"<(https?://[^>\s]+)>")
_EMPHASIS = re.compile(r"(?<!\\)(\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w))")
_HEADING = re.compile(r"^#{1,6} +", re.MULTILINE)
_ESCAPED = re.compile(r"\\([\\`*_\[\]<>#])")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#])")


@dataclass(frozen=True)
class Block:
    """A piece of the letter: safe HTML, or a button where `label` is given."""

    html: Markup = Markup()
    href: str = ""
    label: str = ""


@dataclass(frozen=True)
class Words:
    """A letter in one language with the marks still in it.

    `urls` are the addresses of its links: the mark `link0` stands for the first one. `slots` are
    its merge fields: the mark `slot0` stands for the first one.
    """

    language: str
    subject: str
    text: str
    html: str
    urls: tuple[str, ...]
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Sender:
    """Whose letter it is, what it points to, and the source code of who comes by it."""

    chapter: str
    slug: str
    target: str
    profile: Profile = OPEN
    code: str = ""


async def sender_of(mailing: Mailing) -> Sender:
    """The mailing's chapter and the address that `{link}` stands for."""
    chapter = await Chapter.get(id=mailing.chapter_id)
    target = f"/chapters/{chapter.slug}" if not chapter.is_headquarters else "/campaigns"
    if mailing.page_id is not None:
        target = f"/a/{(await ActionPage.get(id=mailing.page_id)).slug}"
    base = settings.current().base_url
    code = ""
    if mailing.source_id is not None:
        code = (await SourceCode.get(id=mailing.source_id)).code
    return Sender(chapter.name, chapter.slug, f"{base}{target}", safety.of(chapter), code)


def compose(
    sender: Sender,
    text: "MailingText | composing.Text",
    language: str,
    *,
    discreet: bool = False,
) -> Words:
    """The letter in one language: its text in the frame that all letters share.

    A discreet one says nothing in its subject and preview line of what it is about.
    """
    line, preview = text.subject, text.preheader
    if discreet:
        line, preview = discretion.subject(language), discretion.preview(language)
    slots: list[Slot] = []
    urls: list[str] = []
    marked = _marked(text.body, sender, slots)
    with i18n.use(language):
        subject, plain, page = templates.render_email(
            "mailing",
            i18n.current(),
            {
                "locale": language,
                "dir": i18n.direction(language),
                "sender": sender.chapter,
                "subject": _marked(line, sender, slots, is_line=True),
                "preheader": _marked(preview, sender, slots, is_line=True),
                "blocks": _blocks(str(to_html(marked)), urls),
                "words": _plain(marked, urls),
                "unsubscribe": mark(UNSUBSCRIBE),
                "preferences": mark(PREFERENCES),
            },
        )
    return Words(language, subject, plain, page, tuple(urls), tuple(slots))


async def keep_links(mailing: Mailing) -> None:
    """Gives every address in the mailing's texts a row that signed links can name."""
    sender = await sender_of(mailing)
    for text in await composing.texts_of(mailing):
        for url in compose(sender, text, text.language).urls:
            await db.execute(
                "INSERT INTO campaigns_link (mailing_id, url) VALUES ($1, $2)"
                " ON CONFLICT (mailing_id, url) DO NOTHING",
                mailing.id,
                url[:500],
            )


async def links_of(mailing: Mailing) -> dict[str, int]:
    """The ids of a mailing's links by their address."""
    return {each.url: each.id for each in await Link.filter(mailing_id=mailing.id)}


def _marked(text: str, sender: Sender, slots: list[Slot], *, is_line: bool = False) -> str:
    """The source with names marked; the chapter and the link are the same for everybody."""
    made: list[str] = []
    for piece in merging.split(text.replace(_MARK, "")):
        if isinstance(piece, str):
            made.append(piece)
        elif piece.name == "chapter":
            made.append(sender.chapter if is_line else _MARKDOWN.sub(r"\\\1", sender.chapter))
        elif piece.name == "link":
            inside = bool(made) and made[-1].endswith("](")
            made.append(sender.target if inside else f"<{sender.target}>")
        else:
            made.append(mark(f"slot{len(slots)}"))
            slots.append(piece)
    return "".join(made)


def _blocks(page: str, urls: list[str]) -> list[Block]:
    page = _HREF.sub(lambda m: f'href="{_link(html.unescape(m.group(1)), urls)}"', page)
    blocks: list[Block] = []
    end = 0
    for match in _BUTTON.finditer(page):
        blocks.append(Block(Markup(page[end : match.start()])))  # noqa: S704
        label = Markup(match.group(2)).striptags()  # noqa: S704
        blocks.append(Block(href=match.group(1), label=label))
        end = match.end()
    blocks.append(Block(Markup(page[end:])))  # noqa: S704
    return [each for each in blocks if each.label or each.html.strip()]


def _plain(source: str, urls: list[str]) -> str:
    text = _LABELLED.sub(lambda m: f"{m.group(1)}: <{m.group(2)}>", source)
    text = _BARE.sub(lambda m: _link(m.group(1), urls), text)
    text = _HEADING.sub("", _EMPHASIS.sub("", text))
    return _ESCAPED.sub(r"\1", text).strip()


def _link(url: str, urls: list[str]) -> str:
    if url not in urls:
        urls.append(url)
    return mark(f"link{urls.index(url)}")
