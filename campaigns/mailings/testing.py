"""A test: one copy of a mailing to the person who writes it, marked in its subject, not counted."""

from dataclasses import replace

from advocacy import db, moment, queue, settings
from advocacy.chapters import safety
from advocacy.chapters.models import Chapter
from advocacy.errors import NotFound
from advocacy.identity.models import User
from advocacy.mail import posting
from advocacy.mail.message import Letter, new_message_id
from advocacy.mail.skeleton import merged
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from campaigns.mailings import composing, lettering
from campaigns.mailings.addressing import Recipient, personal_values
from campaigns.mailings.composing import Text
from campaigns.mailings.lettering import PREFERENCES, UNSUBSCRIBE, Words
from campaigns.mailings.models import Mailing


async def ask_for_test(chapter: Chapter, mailing_id: int, user_id: int, language: str) -> None:
    """Rings for a test letter to a user in one language. Raises NotFound for another's mailing."""
    async with db.transaction():
        mailing = await composing.held(chapter, mailing_id)
        await _text(mailing, language)
        await queue.after_commit("mailings.send_test", mailing.id, user_id, language)


async def send_test(mailing_id: int, user_id: int, language: str) -> None:
    """Posts the letter to the user. Its links lead straight on and its unsubscribe link nowhere."""
    mailing = await Mailing.get_or_none(id=mailing_id)
    user = await User.get_or_none(id=user_id)
    if mailing is None or user is None:
        return
    config = settings.current()
    given, _space, family = user.name.partition(" ")
    shown = await preview(mailing, language, Recipient(0, user.email, given, family, language))
    with i18n.use(language):
        subject = _("Test: %(subject)s", subject=shown.subject)
    name, address = posting.sender_of(config)
    chapter = await Chapter.get(id=mailing.chapter_id)
    letter = Letter(
        to=user.email,
        to_name=user.name,
        from_addr=address,
        from_name="" if safety.of(chapter).neutral_subjects else chapter.name or name,
        subject=subject,
        text=shown.text,
        html=shown.html,
        language=language,
        message_id=new_message_id(address.rpartition("@")[2]),
        date=moment.now(),
    )
    await posting.post(letter, kind="test")


async def preview(mailing: Mailing, language: str, reader: Recipient) -> Words:
    """The letter as a reader would get it, with plain links. Raises NotFound for the language."""
    return await preview_text(mailing, await _text(mailing, language), language, reader)


async def preview_text(mailing: Mailing, text: Text, language: str, reader: Recipient) -> Words:
    """The same for a text that may not be saved yet."""
    sender = await lettering.sender_of(mailing)
    discreet = sender.profile.neutral_subjects
    words = lettering.compose(sender, text, language, discreet=discreet)
    return filled(words, reader)


def filled(words: Words, reader: Recipient) -> Words:
    """Words with a reader's names in them and links that are not followed by us."""
    values = personal_values(words, reader)
    values[UNSUBSCRIBE] = f"{settings.current().base_url}/u/test"
    values[PREFERENCES] = f"{settings.current().base_url}/me/preferences"
    values |= {f"link{number}": url for number, url in enumerate(words.urls)}
    return replace(
        words,
        subject=merged(words.subject, values),
        text=merged(words.text, values),
        html=merged(words.html, values, escape=True),
    )


async def _text(mailing: Mailing, language: str) -> Text:
    for each in await composing.texts_of(mailing):
        if each.language == language:
            return Text(each.subject, each.body, each.preheader)
    raise NotFound(_("The mailing has no text in this language."))
