"""Sharing: one's own link to a page, and ready-made links into the places where people talk."""

from dataclasses import dataclass
from urllib.parse import quote

from advocacy import settings
from advocacy.render.i18n import gettext as _
from campaigns.actions import sources


@dataclass(frozen=True)
class Way:
    """One place to share in."""

    name: str
    href: str


def own_link(path: str, action_id: int) -> str:
    """The page's address with the source code of somebody who has acted."""
    return f"{settings.current().base_url}{path}?s={sources.code_for(action_id)}"


def ways(link: str, title: str) -> list[Way]:
    """Links that open a message with the title and the address in it.

    Signal offers no such link; for it, and for anything else, the page shows the address to copy.
    """
    text, address, both = quote(title), quote(link, safe=""), quote(f"{title} {link}")
    return [
        Way("WhatsApp", f"https://wa.me/?text={both}"),
        Way("Telegram", f"https://t.me/share/url?url={address}&text={text}"),
        Way("Mastodon", f"https://share.joinmastodon.org/#text={both}"),
        Way(_("E-mail"), f"mailto:?subject={text}&body={both}"),
    ]
