"""Under what a file of members is taken: whose it is, how its columns read, what it allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from advocacy import moment


@dataclass(frozen=True, slots=True)
class Terms:
    """What the one who sends a file says about it.

    `places` are our columns and the number of theirs, from 0; None lets the headers say it. With
    a `home` only members of that chapter are taken; without it a row names its chapter. `letters`
    is False where nothing was agreed about letters: then nothing is written about consent.
    `page` is what each line of the ledger says of where it comes from. `latest` is the last
    joining date believed, by default the end of this year. Imports under one `ticket` are one:
    it sets an import apart from others of the same file. `sheet` is the one of a workbook.
    """

    places: Mapping[str, int] | None = None
    home: str = ""
    letters: bool = True
    page: str = ""
    latest: date | None = None
    ticket: str = ""
    sheet: str = ""

    @property
    def last_day(self) -> date:
        """The last joining date that is believed."""
        return self.latest or date(moment.now().year, 12, 31)

    def key(self, sha256: str, slugs: list[str]) -> str:
        """All that decides what becomes of a row, as one text."""
        parts = [sha256, self.last_day.isoformat(), *slugs]
        if self.places is not None:
            parts += [f"{name}={at}" for name, at in sorted(self.places.items())]
        parts += [f"home={self.home}"] * bool(self.home) + ["no letters"] * (not self.letters)
        parts += [f"ticket={self.ticket}"] * bool(self.ticket)
        return "\n".join(parts)
