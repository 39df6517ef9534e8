"""E-mail addresses: whether one is well formed, and which of them lead to the same person.

A canonical address decides who is one person; letters still go to the address as it was given.
"""

import hmac
import re
from typing import NamedTuple

from advocacy.render.i18n import gettext as _

MAX_LOCAL = 64
MAX_ADDRESS = 254


class Rule(NamedTuple):
    """How a mail provider reads the part before the @, and under which name it is known.

    Without `dots_matter` a.b@ is ab@; with `plus_tags` a+news@ is a@; `known_as` is the domain
    under which all domains of one provider are kept, where they share their names.
    """

    dots_matter: bool = True
    plus_tags: bool = True
    known_as: str | None = None


# Every other domain follows DEFAULT: dots matter, and what follows a plus is a tag. Two people who
# were taken for one could read each other's letters, so that only what a provider states itself
# stands here: that dots mean nothing, or that its domains share their names.
DEFAULT = Rule()
RULES: dict[str, Rule] = {
    "gmail.com": Rule(dots_matter=False),
    "googlemail.com": Rule(dots_matter=False, known_as="gmail.com"),
    "gmail.test": Rule(dots_matter=False),
    "icloud.com": Rule(),
    "me.com": Rule(known_as="icloud.com"),
    "mac.com": Rule(known_as="icloud.com"),
    "proton.me": Rule(),
    "protonmail.com": Rule(known_as="proton.me"),
    "pm.me": Rule(known_as="proton.me"),
}

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_WELL_FORMED = re.compile(
    rf"(?=.{{1,{MAX_ADDRESS}}}\Z)(?=[^@]{{1,{MAX_LOCAL}}}@)"
    rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+"
)


def well_formed(address: str) -> bool:
    """Whether a trimmed address is ASCII local@domain.tld without empty labels or stray dots."""
    return _WELL_FORMED.fullmatch(address) is not None


def check(address: str) -> str | None:
    """None when one may write to the address, otherwise a sentence saying what is wrong."""
    trimmed = address.strip()
    if not trimmed:
        return _("Enter an e-mail address.")
    if not well_formed(trimmed):
        return _("Enter an e-mail address like name@example.org.")
    return None


def canonical(address: str) -> str:
    """The one spelling for all addresses that reach the same person: the key of a person.

    Trimmed and in lower case; tags and dots fall away where RULES says that they mean nothing.
    The address must be well formed.
    """
    local, _at, domain = address.strip().lower().rpartition("@")
    rule = RULES.get(domain, DEFAULT)
    if rule.plus_tags:
        # An address that is nothing but a tag stays whole, or all such would be one person.
        local = local.partition("+")[0].rstrip(".") or local
    if not rule.dots_matter:
        local = local.replace(".", "") or local
    return f"{local}@{rule.known_as or domain}"


def address_hash(canonical_address: str, key: str) -> str:
    """HMAC-SHA256 in hex: recognises a suppressed address again without keeping it."""
    return hmac.digest(key.encode(), canonical_address.encode(), "sha256").hex()


def masked(address: str) -> str:
    """An address of which only its owner recognises the rest: `am…@example.org`."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:2] if len(local) > 3 else local[:1]}…@{domain}"
