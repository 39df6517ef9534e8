"""Addressing: one person's copy of a mailing, in its envelope, from what is the same for all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from advocacy import moment, settings
from advocacy.chapters.safety import OPEN, Profile
from advocacy.mail.bounces import verp_address
from advocacy.mail.message import Letter, new_message_id
from advocacy.mail.outgoing import Outgoing
from advocacy.mail.posting import sender_of
from advocacy.mail.skeleton import Skeleton
from advocacy.members import links
from campaigns.mailings import composing, lettering, merging, tracking
from campaigns.mailings.lettering import PREFERENCES, UNSUBSCRIBE, Sender, Words
from campaigns.mailings.models import Mailing

_KEPT = 16


@dataclass(frozen=True, slots=True)
class Recipient:
    """One delivery and the person it goes to, with the profile that protects them."""

    delivery_id: int
    email: str
    given_name: str
    family_name: str
    language: str
    profile: Profile = OPEN
    person_id: int = 0

    @property
    def full_name(self) -> str:
        """Given and family name as one line."""
        return f"{self.given_name} {self.family_name}".strip()


class Edition:
    """A mailing ready to be addressed: a skeleton a language and the ids of its links."""

    def __init__(
        self,
        sender: Sender,
        words: Mapping[str, Words],
        link_ids: Mapping[str, int],
        discreet: Mapping[str, Words] | None = None,
    ) -> None:
        config = settings.current()
        self.sender = sender
        self.words = words
        self.links = {
            language: [link_ids[url[:500]] for url in each.urls] for language, each in words.items()
        }
        self.base = config.base_url
        self.from_addr = sender_of(config)[1]
        self.domain = self.from_addr.rpartition("@")[2]
        self.bounce_domain = config.bounce_domain
        self.skeletons = {
            language: Skeleton(self._letter(each, sender.chapter))
            for language, each in words.items()
        }
        self.discreet = {
            language: Skeleton(self._letter(each, ""))
            for language, each in (discreet or {}).items()
        }

    def _letter(self, words: Words, from_name: str) -> Letter:
        return Letter(
            to=self.from_addr,
            from_addr=self.from_addr,
            from_name=from_name,
            subject=words.subject,
            text=words.text,
            html=words.html,
            language=words.language,
            message_id=new_message_id(self.domain),
            date=moment.now(),
            list_unsubscribe_url=f"{self.base}/u/example",
            list_id=f"{self.sender.slug}.{self.domain}",
        )

    def address(self, recipient: Recipient) -> Outgoing:
        """This person's letter, with links, unsubscribe address and return path of its own."""
        delivery_id, language = recipient.delivery_id, recipient.language
        unsubscribe = self.base + tracking.unsubscribe_path(delivery_id)
        values = personal_values(self.words[language], recipient)
        values[UNSUBSCRIBE] = unsubscribe
        values[PREFERENCES] = self.base + links.preferences_path(recipient.person_id)
        values |= self._links(recipient)
        neutral = recipient.profile.neutral_subjects and language in self.discreet
        message = (self.discreet if neutral else self.skeletons)[language].fill(
            to=recipient.email,
            to_name=recipient.full_name,
            message_id=new_message_id(self.domain),
            date=moment.now(),
            list_unsubscribe_url=unsubscribe,
            values=values,
        )
        return Outgoing(recipient.email, message, self.return_path(delivery_id))

    def _links(self, recipient: Recipient) -> dict[str, str]:
        """Signed links, or the plain addresses where nobody may learn who follows one."""
        language = recipient.language
        if not recipient.profile.clicks_tracked:
            return {
                f"link{number}": tracking.untracked(url, self.sender.code)
                for number, url in enumerate(self.words[language].urls)
            }
        return {
            f"link{number}": self.base + tracking.click_path(recipient.delivery_id, link)
            for number, link in enumerate(self.links[language])
        }

    def return_path(self, delivery_id: int) -> str:
        """Where bounces of this delivery go: an address of its own where we take bounces in."""
        if not self.bounce_domain:
            return self.from_addr
        return verp_address(str(delivery_id), self.bounce_domain)


def personal_values(words: Words, recipient: Recipient) -> dict[str, str]:
    """The person's name for each slot, or what stands in for an unknown one."""
    values = {"first_name": recipient.given_name, "name": recipient.full_name}
    return {
        f"slot{number}": values.get(slot.name) or merging.stand_in(slot, words.language)
        for number, slot in enumerate(words.slots)
    }


_editions: dict[tuple[int, datetime | None], Edition] = {}


async def edition(mailing: Mailing) -> Edition:
    """The mailing ready to be addressed; kept in this process, for its texts are frozen now."""
    key = (mailing.id, mailing.started_at)
    if key not in _editions:
        if len(_editions) >= _KEPT:
            _editions.pop(next(iter(_editions)))
        sender = await lettering.sender_of(mailing)
        texts = await composing.texts_of(mailing)
        words = {t.language: lettering.compose(sender, t, t.language) for t in texts}
        discreet = {
            t.language: lettering.compose(sender, t, t.language, discreet=True) for t in texts
        }
        link_ids = await lettering.links_of(mailing)
        _editions[key] = Edition(sender, words, link_ids, discreet)
    return _editions[key]
