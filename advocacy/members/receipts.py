"""Receipts: every line of the ledger about one person, in words they can read and as data."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from advocacy.members import topics
from advocacy.members.models import MAILINGS, Consent
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext

BASES = {
    "confirmed": lazy_gettext("by a link in a letter to your address"),
    "signed_in": lazy_gettext("on your own page, while you were signed in"),
    "import": lazy_gettext("the chapter told us when it handed over its roll"),
    "one_click": lazy_gettext("with one press in your mail program"),
    "page": lazy_gettext("on a page that a link in a letter opened"),
    "staff": lazy_gettext("by our staff, because you asked for it"),
}


@dataclass(frozen=True)
class Receipt:
    """One line of the ledger; `text` is the wording as it stood on the page, with the name in."""

    id: int
    at: datetime
    granted: bool
    chapter: str
    is_headquarters: bool
    purpose: str
    channel: str
    wording: str
    version: int | None
    language: str
    text: str
    page: str
    basis: str
    origin: str

    @property
    def topic(self) -> str:
        """The topic it is about; empty for letters as such."""
        return topics.topic_of(self.purpose)

    @property
    def what(self) -> str:
        """What was allowed or withdrawn, as a sentence in the reader's language."""
        name, topic = self.chapter, topics.name_of(self.topic)
        if self.purpose == MAILINGS and self.granted:
            return _("You allowed letters from %(name)s.", name=name)
        if self.purpose == MAILINGS:
            return _("You stopped the letters from %(name)s.", name=name)
        if self.is_headquarters and self.granted:
            return _("You wanted letters about “%(topic)s” again, from everybody.", topic=topic)
        if self.is_headquarters:
            return _("You refused letters about “%(topic)s” from everybody.", topic=topic)
        if self.granted:
            return _(
                "You wanted letters about “%(topic)s” from %(name)s again.", topic=topic, name=name
            )
        return _("You refused letters about “%(topic)s” from %(name)s.", topic=topic, name=name)

    @property
    def how(self) -> str:
        """How it was confirmed, in the reader's language."""
        return str(BASES[self.basis])

    def as_dict(self) -> dict[str, Any]:
        """The line as JSON knows it: moments as ISO 8601 text in UTC."""
        return {**asdict(self), "at": self.at.isoformat(), "what": self.what, "how": self.how}


async def receipts_of(person_id: int) -> list[Receipt]:
    """The whole ledger of a person, the newest line first."""
    found = await (
        Consent.filter(person_id=person_id).select_related("chapter", "wording").order_by("-id")
    )
    return [_receipt(each) for each in found]


def _receipt(line: Consent) -> Receipt:
    wording = line.wording
    return Receipt(
        id=line.id,
        at=line.at,
        granted=line.granted,
        chapter=line.chapter.name,
        is_headquarters=line.chapter.is_headquarters,
        purpose=line.purpose,
        channel=line.channel,
        wording=wording.key if wording else "",
        version=wording.version if wording else None,
        language=wording.language if wording else line.language,
        text=wording.text.replace("%(chapter)s", line.chapter.name) if wording else "",
        page=line.page,
        basis=line.basis,
        origin=line.origin,
    )
