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
    """The options in a language, sorted by name whatever the accents; end tags are left out."""
    names = i18n.babel_locale(locale).territories
    listed = sorted((normalize("NFKD", names[code]).casefold(), code) for code in codes())
    return Markup("\n").join(
        Markup("<option value={}>{}").format(code, names[code]) for _sorted, code in listed
    )


class CountryWidget:
    """Draws the select; the options of a language are made once."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """The select with the field's country chosen."""
        attributes = Markup(html_params(id=field.id, name=field.name, **kwargs))  # noqa: S704
        listed = options(i18n.current())
        if field.data in codes():
            chosen = Markup("<option value={}>").format(field.data)
            listed = listed.replace(chosen, Markup("<option value={} selected>").format(field.data))
        return Markup('<select {}><option value="">{}\n{}</select>').format(
            attributes, _("Choose a country"), listed
        )


class CountryField(StringField):
    """One of the countries, by its code."""

    widget = CountryWidget()  # type: ignore[assignment]

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(label, **options)  # type: ignore[no-untyped-call]

    def pre_validate(self, form: Any) -> None:
        """Refuses what is no country."""
        if self.data not in codes():
            raise ValidationError(_("Choose your country."))
