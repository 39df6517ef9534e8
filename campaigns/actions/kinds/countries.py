"""The choice of a country, light enough for a page that must arrive in one round trip."""

from functools import lru_cache
from typing import Any
from unicodedata import normalize

from markupsafe import Markup
from wtforms import StringField
from wtforms.validators import ValidationError
from wtforms.widgets import html_params

from advocacy.render import i18n
from advocacy.render.i18n import gettext as _

# Groups of countries and parts of them that the locale data lists among the countries.
NO_COUNTRY = {
    "AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ",
}  # fmt: skip


@lru_cache(maxsize=1)
def codes() -> frozenset[str]:
    """Every ISO 3166 code that one can choose."""
    found = {str(code) for code in i18n.babel_locale(i18n.DEFAULT).territories}
    return frozenset(
        code for code in found if len(code) == 2 and code.isalpha() and code not in NO_COUNTRY
    )


@lru_cache(maxsize=16)
def options(locale: str) -> Markup:
    """The options in a language, sorted by name whatever the accents.

    Values and end tags are left out: the name alone is posted, which saves a kilobyte.
    """
    names = i18n.babel_locale(locale).territories
    listed = sorted((normalize("NFKD", names[code]).casefold(), names[code]) for code in codes())
    return Markup("\n").join(Markup("<option>{}").format(name) for _sorted, name in listed)


@lru_cache(maxsize=1)
def _by_name() -> dict[str, str]:
    """The code of every country by its name in each of our languages, and by the code itself."""
    found = {code: code for code in codes()}
    for locale in i18n.LOCALES:
        names = i18n.babel_locale(locale).territories
        found |= {names[code]: code for code in codes()}
    return found


def code_of(said: str) -> str:
    """The code of a country as it was posted; empty for what is none."""
    return _by_name().get(said.strip(), "")


class CountryWidget:
    """Draws the select; the options of a language are made once."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """The select with the field's country chosen."""
        attributes = Markup(html_params(id=field.id, name=field.name, **kwargs))  # noqa: S704
        listed = options(i18n.current()) + Markup("\n")
        if field.data in codes():
            name = i18n.country(field.data)
            chosen = Markup("<option>{}\n").format(name)
            listed = listed.replace(chosen, Markup("<option selected>{}\n").format(name))
        return Markup('<select {}><option value="">{}\n{}</select>').format(
            attributes, _("Choose a country"), listed
        )


class CountryField(StringField):
    """One of the countries; its data is the code."""

    widget = CountryWidget()  # type: ignore[assignment]

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(label, **options)  # type: ignore[no-untyped-call]

    def process_formdata(self, valuelist: list[str]) -> None:
        """Takes a name in any of our languages, or a code."""
        self.data = code_of(valuelist[0]) if valuelist else ""

    def pre_validate(self, form: Any) -> None:
        """Refuses what is no country."""
        if self.data not in codes():
            raise ValidationError(_("Choose your country."))
