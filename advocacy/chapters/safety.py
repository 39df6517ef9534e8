"""Safety profiles: how carefully a chapter's country makes us treat the people in it.

One frozen table; code asks it and never the word itself. A word that is not in it is read as the
strictest one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Literal, NamedTuple

from advocacy.chapters.models import SAFETY_PROFILES, Chapter

Origin = Literal["network", "wide", "none"]
# Bits of an address that are kept, for IPv4 and IPv6.
BITS: dict[Origin, tuple[int, int]] = {"network": (24, 48), "wide": (16, 32)}


class Days(NamedTuple):
    """After how many days what is kept goes; 0 for what is never kept at all."""

    unconfirmed: int
    clicks: int
    origins: int


@dataclass(frozen=True)
class Profile:
    """What is allowed with people's names, clicks and addresses of origin.

    `rank` grows with care. `origin` is how much of the address a request came from is kept: its
    network (/24 or /48), a wide one (/16 or /32) or nothing. `neutral_subjects` hides from whoever
    sees a list of letters what they are about and who writes.
    """

    name: str
    rank: int
    names_public: bool
    clicks_tracked: bool
    origin: Origin
    retention_days: Days
    neutral_subjects: bool

    def kept_origin(self, address: str) -> str:
        """As much of an address of origin as may be stored; empty for what is no address."""
        if self.origin == "none":
            return ""
        try:
            known = ip_address(address)
        except ValueError:
            return ""
        bits = BITS[self.origin][0 if known.version == 4 else 1]
        return str(ip_network(f"{known}/{bits}", strict=False).network_address)


OPEN = Profile(
    name="open",
    rank=0,
    names_public=True,
    clicks_tracked=True,
    origin="network",
    retention_days=Days(unconfirmed=30, clicks=730, origins=365),
    neutral_subjects=False,
)
CAREFUL = Profile(
    name="careful",
    rank=1,
    names_public=False,
    clicks_tracked=True,
    origin="wide",
    retention_days=Days(unconfirmed=14, clicks=90, origins=30),
    neutral_subjects=False,
)
STRICT = Profile(
    name="strict",
    rank=2,
    names_public=False,
    clicks_tracked=False,
    origin="none",
    retention_days=Days(unconfirmed=7, clicks=0, origins=0),
    neutral_subjects=True,
)
PROFILES: dict[str, Profile] = {each.name: each for each in (OPEN, CAREFUL, STRICT)}
if tuple(PROFILES) != SAFETY_PROFILES:
    raise AssertionError("The profiles are not the ones a chapter can name")


def of(chapter: Chapter) -> Profile:
    """The profile of a chapter."""
    return named(chapter.safety)


def named(name: str) -> Profile:
    """A profile by its name."""
    return PROFILES.get(name, STRICT)


def strictest(names: Iterable[str]) -> Profile:
    """The most careful of some profiles by name; the open one for none."""
    return max((named(each) for each in names), key=lambda each: each.rank, default=OPEN)
