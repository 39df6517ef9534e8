"""Words, numbers and dates in the reader's language; catalogues are the .po files in `locale/`."""

import gettext as stdlib_gettext
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, tzinfo
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError, dates, lists, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUES = Path(__file__).parent / "locale"
NATIVE_NAMES = {"en": "English", "fr": "Français", "es": "Español", "ar": "العربية"}
LOCALES = tuple(NATIVE_NAMES)
DEFAULT = "en"
RIGHT_TO_LEFT = {"ar", "he", "fa", "ur", "ps", "ckb"}

_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT)
_zone: ContextVar[tzinfo | None] = ContextVar("zone", default=None)


def current() -> str:
    """The locale of this request or letter: one of LOCALES."""
    return _locale.get()


@contextmanager
def use(locale: str, zone: tzinfo | None = None) -> Iterator[None]:
    """Speaks another language (and shows times in another zone) for the length of a block."""
    tokens = _locale.set(best(locale)), _zone.set(zone or _zone.get())
    try:
        yield
    finally:
        _locale.reset(tokens[0])
        _zone.reset(tokens[1])


def speak(locale: str) -> None:
    """Speaks another language until the surrounding `use` ends."""
    _locale.set(best(locale))


def best(*tags: str) -> str:
    """The first of the wanted BCP 47 tags that we have a catalogue for, by its main language."""
    for tag in tags:
        main = tag.replace("_", "-").split("-")[0].lower()
        if main in LOCALES:
            return main
    return DEFAULT


def negotiate(accept_language: str) -> list[str]:
    """The tags of an Accept-Language header, most wanted first; garbage gives an empty list."""
    wanted: list[tuple[float, str]] = []
    for part in accept_language[:200].split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if tag and tag != "*":
            wanted.append((-weight, tag))
    return [tag for _, tag in sorted(wanted, key=lambda pair: pair[0])]


def direction(locale: str | None = None) -> str:
    """`rtl` or `ltr`."""
    return "rtl" if (locale or current()).split("-")[0] in RIGHT_TO_LEFT else "ltr"


@lru_cache(maxsize=16)
def translations(locale: str) -> stdlib_gettext.NullTranslations:
    """The catalogue of a locale, compiled in memory; English is the source itself."""
    path = CATALOGUES / locale / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return stdlib_gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=locale))
    compiled.seek(0)
    return stdlib_gettext.GNUTranslations(compiled)


def gettext(message: str, **values: Any) -> str:
    """A message in the current language; `%(name)s` in it is filled from the keywords."""
    text = translations(current()).gettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, num: int, **values: Any) -> str:
    """A message in the right plural; `%(num)s` is the number as the locale writes it."""
    text = translations(current()).ngettext(singular, plural, num)
    return text % {"num": number(num), **values}


class LazyText:
    """A message that is put into the reader's language when it is shown."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __str__(self) -> str:
        return gettext(self.message)

    def __mod__(self, values: Any) -> str:
        return str(str(self) % values)

    def __bool__(self) -> bool:
        return bool(self.message)


def lazy_gettext(message: str) -> LazyText:
    """A message for class bodies, such as the labels of a form."""
    return LazyText(message)


@lru_cache(maxsize=64)
def babel_locale(tag: str) -> Locale:
    """Babel's locale for a tag, or for its language, or English."""
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(best(tag))


def number(value: float) -> str:
    """A number as the current locale writes it."""
    return numbers.format_decimal(value, locale=babel_locale(current()))


def percent(value: float) -> str:
    """A share (0.25) as a whole percentage, as the current locale writes it."""
    return str(numbers.format_percent(value, locale=babel_locale(current())))


def listing(items: Iterable[str]) -> str:
    """Several words as one enumeration, as the current locale writes it."""
    # The standard style alone has patterns for every number of words in every locale.
    return str(lists.format_list(list(items), locale=babel_locale(current())))


def day(value: date | None, style: str = "long") -> str:
    """A date, such as 3 March 2026; empty for None."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(_zone.get())
    return dates.format_date(value, style, locale=babel_locale(current()))


def moment(value: datetime | None, style: str = "medium") -> str:
    """A date and time in the zone set by `use`, with the zone's name; empty for None."""
    if value is None:
        return ""
    local = value.astimezone(_zone.get())
    text = dates.format_datetime(local, style, locale=babel_locale(current()))
    return f"{text} {local.tzname() or ''}".strip()


def country(code: str) -> str:
    """The name of a country in the current language, or its code."""
    return str(babel_locale(current()).territories.get(code, code)) if code else ""


def language(tag: str) -> str:
    """The name of a language in the current language, or its tag."""
    names = babel_locale(current()).languages
    return str(names.get(tag.replace("-", "_")) or names.get(tag.split("-")[0]) or tag)
