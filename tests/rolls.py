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
ENGLISH = (
    "Member ID", "E-mail Address", "First Name", "Surname", "Chapter", "Country",
    "Preferred Language", "Date Joined", "Status", "Opt-in",
)  # fmt: skip
FRENCH = (
    "N° de membre", "Adresse e-mail", "Prénom", "Nom", "Chapitre", "Pays", "Langue",
    "Date d'adhésion", "Statut", "Consentement",
)  # fmt: skip
SPANISH = (
    "Nº de socio", "Correo electrónico", "Nombre", "Apellidos", "Capítulo", "País", "Idioma",
    "Fecha de alta", "Estado", "Consentimiento",
)  # fmt: skip
SHOUTING = tuple(f"  {name.upper().replace('_', ' ')} " for name in HEADER)
# Encoding, separator, line end, headers, the order of the columns when it is another one.
DIALECTS = {
    "plain": ("utf-8", ",", "\n", HEADER, ()),
    "bom": ("utf-8-sig", ",", "\r\n", HEADER, ()),
    "semicolon": ("utf-8-sig", ";", "\r\n", HEADER, ()),
    "utf16": ("utf-16", "\t", "\r\n", HEADER, ()),
    "headers": ("utf-8", ",", "\r\n", ENGLISH, (1, 3, 2, 4, 6, 5, 7, 9, 8, 0)),
    "french": ("utf-8-sig", ";", "\r\n", FRENCH, ()),
    "spanish": ("utf-16", ";", "\r\n", SPANISH, ()),
    "shouting": ("utf-8", ",", "\n", SHOUTING, ()),
}
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

    def write(self, path: Path, dialect: str = "plain") -> Path:
        """The roll as a CSV file, as another system would export it."""
        encoding, separator, end, header, order = DIALECTS[dialect]
        places = order or range(len(HEADER))
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(file, delimiter=separator, lineterminator=end)
            writer.writerow([header[at] for at in places] + ["Notes"] * bool(order))
            for row in self.rows:
                whole = len(row) == len(HEADER) and bool(order)
                writer.writerow([*(row[at] for at in places), "note"] if whole else row)
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
