"""Made-up rolls of any size, with the counts that an import of them must report."""

import csv
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

HEADER = (
    "member_no", "email", "given_name", "family_name", "chapter_slug", "country_code",
    "language", "joined_on", "email_status", "consent",
)  # fmt: skip
GIVEN = ("Amina", "Joséphine", "Σοφία", "Дмитро", "ليلى", "李娜", "Ngozi", "Zoë", "=1+1", "O'Neil")
FAMILY = ("Quist", "d’Almeida", "Παππά", "Шевченко", "حدّاد", "王", "<b>Bold</b>", "Li, Jr.", "")
DOMAINS = ("example.org", "example.com", "example.net", "gmail.test", "mail.test")
SPOILED = {
    "email_missing": {"email": "  "},
    "email_invalid": {"email": "nobody@@example.org"},
    "chapter_unknown": {"chapter_slug": "atlantis"},
    "language_invalid": {"language": "english"},
    "date_invalid": {"joined_on": "2021-02-30"},
    "name_missing": {"given_name": "", "family_name": "\u00a0"},
    "field_too_long": {"given_name": "x" * 101},
    "control_character": {"family_name": "Be\x07ll"},
}
REPEATS = {
    "exact": lambda address: address,
    "whitespace": lambda address: f" {address}\u00a0",
    "case": str.swapcase,
    "plus": lambda address: address.replace("@", "+again@"),
}


@dataclass
class Roll:
    """The rows of a roll and what an import into an empty database must count."""

    rows: list[list[str]] = field(default_factory=list)
    accepted: list[dict[str, str]] = field(default_factory=list)
    duplicate: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)

    def count(self, column: str) -> dict[str, int]:
        """The accepted rows by what stands in a column."""
        return dict(sorted(Counter(row[column] for row in self.accepted).items()))

    def write(self, path: Path) -> Path:
        """The roll as a plain CSV file."""
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADER, *self.rows])
        return path


def make(size: int, chapters: Sequence[str], *, seed: int = 7, bad_every: int = 50) -> Roll:
    """A roll of `size` rows; every `bad_every`th repeats an earlier row or breaks one rule."""
    dice = random.Random(seed)
    roll = Roll()
    faults = [*SPOILED, *REPEATS, "column_count"]
    for number in range(1, size + 1):
        row = _person(number, dice, chapters)
        fault = faults[(number // bad_every) % len(faults)] if number % bad_every == 0 else ""
        if fault in REPEATS:
            row["email"] = REPEATS[fault](dice.choice(roll.accepted)["email"])
            roll.duplicate[fault] += 1
        elif fault:
            row |= SPOILED.get(fault, {})
            roll.rejected[fault] += 1
        else:
            roll.accepted.append(row)
        roll.rows.append(list(row.values())[: 4 if fault == "column_count" else None])
    return roll


def _person(number: int, dice: random.Random, chapters: Sequence[str]) -> dict[str, str]:
    joined = date(1996, 1, 1) + timedelta(days=dice.randrange(9000))
    values = (
        f"N{number}",
        f"Person.{number}@{dice.choice(DOMAINS)}",
        dice.choice(GIVEN),
        dice.choice(FAMILY),
        chapters[int(len(chapters) * dice.random() ** 2)],
        "",
        dice.choice(("en", "fr", "ar", "pt-BR")),
        joined.isoformat(),
        dice.choices(("confirmed", "unconfirmed", "bounced"), (85, 14, 1))[0],
        dice.choices(("yes", "no"), (92, 8))[0],
    )
    return dict(zip(HEADER, values, strict=True))
