"""Topics: what letters are about, as a fixed list, so that a person can refuse one of them.

A refusal is a line of the ledger with a purpose of its own. Under headquarters it holds for
everybody's letters, under a chapter for that chapter's only.
"""

from advocacy.render.i18n import LazyText, lazy_gettext

# The topic of a campaign -> the purpose in the ledger, which has room for 20 letters.
PURPOSES = {
    "no-shutdowns": "topic:no-shutdowns",
    "encryption": "topic:encryption",
    "internet-exchange": "topic:exchange",
    "community-networks": "topic:community",
    "universal-service": "topic:universal",
    "spectrum": "topic:spectrum",
}
NAMES: dict[str, LazyText] = {
    "no-shutdowns": lazy_gettext("Keeping the Internet on"),
    "encryption": lazy_gettext("Encryption and private messages"),
    "internet-exchange": lazy_gettext("Internet exchange points"),
    "community-networks": lazy_gettext("Community networks"),
    "universal-service": lazy_gettext("Affordable access for everybody"),
    "spectrum": lazy_gettext("Radio spectrum"),
}
_TOPICS = {purpose: topic for topic, purpose in PURPOSES.items()}


def purpose_of(topic: str) -> str:
    """The purpose under which a topic is refused; empty for a topic that is not in the list."""
    return PURPOSES.get(topic, "")


def topic_of(purpose: str) -> str:
    """The topic that a purpose is about; empty for any other purpose."""
    return _TOPICS.get(purpose, "")


def name_of(topic: str) -> str:
    """A topic in the reader's language; empty for one that is not in the list."""
    return str(NAMES.get(topic, ""))
