"""What the columns and words of a roll mean, as other systems export them in three languages."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from advocacy.errors import Invalid
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _

FIELDS = (
    "member_no",
    "email",
    "given_name",
    "family_name",
    "chapter_slug",
    "country_code",
    "language",
    "joined_on",
    "email_status",
    "consent",
)
REQUIRED = ("email", "chapter_slug")
NAMES = ("given_name", "family_name")

_HEADERS = {
    "member_no": "member no|member number|member id|n° de membre|numéro de membre|nº de socio|"
    "número de socio",
    "email": "email|e-mail|email address|e-mail address|mail|adresse e-mail|adresse email|courriel|"
    "correo electrónico|correo",
    "given_name": "given name|first name|forename|prénom|nombre",
    "family_name": "family name|last name|surname|nom|nom de famille|apellidos|apellido",
    "chapter_slug": "chapter slug|chapter|chapitre|capítulo",
    "country_code": "country code|country|pays|code pays|país",
    "language": "language|preferred language|langue|idioma",
    "joined_on": "joined on|date joined|join date|member since|date d'adhésion|fecha de alta",
    "email_status": "email status|status|statut|estado",
    "consent": "consent|opt-in|consentement|consentimiento",
}
# A word that stands here under no status is read as "unconfirmed": the careful reading.
_STATUSES = {
    "confirmed": "confirmed|active|valid|subscribed|confirmé|actif|confirmado|activo",
    "bounced": "bounced|bounce|undeliverable|invalid|rejeté|rebotado",
    "unsubscribed": "unsubscribed|opted out|inactive|désabonné|désinscrit|baja|cancelado",
    "complained": "complained|complaint|spam|plainte|queja",
}
_YES = "yes|y|true|1|x|oui|vrai|sí|si|verdadero|opted in|granted"


def _plain(text: str) -> str:
    """Lower case without accents, with single spaces for every mark that joins words."""
    bare = unicodedata.normalize("NFKD", text.replace("’", "'"))
    bare = "".join(mark for mark in bare if not unicodedata.combining(mark))
    return re.sub(r"[\s_.\-]+", " ", bare).strip().casefold()


def _by_word(table: dict[str, str]) -> dict[str, str]:
    return {_plain(word): meaning for meaning, words in table.items() for word in words.split("|")}


_FIELD_OF = _by_word(_HEADERS)
_STATUS_OF = _by_word(_STATUSES)
_AGREES = frozenset(_plain(word) for word in _YES.split("|"))


def field_of(header: str) -> str | None:
    """The field a header names in English, French or Spanish, or None for an unknown column."""
    return _FIELD_OF.get(_plain(header))


def match(headers: Sequence[str]) -> dict[str, list[int]]:
    """Our columns and the numbers, from 0, of all of theirs whose header says so."""
    found: dict[str, list[int]] = {}
    for at, header in enumerate(headers):
        if name := field_of(header):
            found.setdefault(name, []).append(at)
    return found


def named(headers: Sequence[str], wanted: Mapping[str, str]) -> dict[str, int]:
    """Our columns and the numbers of theirs: `wanted` by its headers, the others by what they say.

    Raises Invalid for a column we do not have and for a header that is not in the file.
    """
    places = {name: found[0] for name, found in match(headers).items() if len(found) == 1}
    plain = [_plain(header) for header in headers]
    for name, header in wanted.items():
        if name not in FIELDS:
            raise Invalid(
                _(
                    "We have no column “%(name)s”. Ours are: %(names)s.",
                    name=name,
                    names=i18n.listing(FIELDS),
                )
            )
        if _plain(header) not in plain:
            raise Invalid(_("The file has no column “%(name)s”.", name=header))
        at = plain.index(_plain(header))
        places = {each: held for each, held in places.items() if held != at} | {name: at}
    return places


@lru_cache(maxsize=1024)
def status_of(word: str) -> str:
    """One of confirmed, unconfirmed, bounced, unsubscribed, complained."""
    return _STATUS_OF.get(_plain(word), "unconfirmed")


@lru_cache(maxsize=1024)
def agrees(word: str) -> bool:
    """Whether the word in a consent column is a clear yes; anything else is a no."""
    return _plain(word) in _AGREES
