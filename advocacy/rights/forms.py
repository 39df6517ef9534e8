"""The forms about one's own data."""

from starlette.datastructures import FormData
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from advocacy.members.models import Person
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext
from advocacy.web.forms import Form

LINKS = ("http:", "https:", "www.", "://")
# What Babel calls territories and are no countries.
NO_COUNTRIES = {
    "AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ",
}  # fmt: skip


def _not_a_link(form: Form, field: StringField) -> None:
    if any(mark in (field.data or "").lower() for mark in LINKS):
        raise ValidationError(_("Enter a name without a web address."))


def _address() -> StringField:
    return StringField(
        lazy_gettext("E-mail address"),
        [InputRequired(lazy_gettext("Enter an e-mail address.")), Length(max=254)],
        render_kw={"type": "email", "autocomplete": "email"},
    )


class CorrectForm(Form):
    """Name, language, country."""

    given_name = StringField(
        lazy_gettext("Given name"),
        [Length(max=100), _not_a_link],
        render_kw={"autocomplete": "given-name"},
    )
    family_name = StringField(
        lazy_gettext("Family name"),
        [Length(max=100), _not_a_link],
        render_kw={"autocomplete": "family-name"},
    )
    language = SelectField(lazy_gettext("Language of our letters"), choices=[])
    country_code = SelectField(lazy_gettext("Country"), choices=[])

    def changes(self, person: Person) -> dict[str, str]:
        """What differs from what we know."""
        given = {name: (self.data[name] or "").strip() for name in self.data}
        return {name: text for name, text in given.items() if text != getattr(person, name)}


def correct_form(person: Person, data: FormData | None = None) -> CorrectForm:
    """The form as the person is known, or as it was sent."""
    form = CorrectForm(data, obj=None if data is not None else person)
    tags = list(dict.fromkeys([person.language, *i18n.LOCALES]))
    form.language.choices = [(tag, i18n.language(tag)) for tag in tags]
    form.country_code.choices = [("", _("Not told")), *_countries(person.country_code)]
    return form


def _countries(known: str) -> list[tuple[str, str]]:
    names = i18n.babel_locale(i18n.current()).territories
    found = {
        code: str(name)
        for code, name in names.items()
        if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
    }
    if known:
        found.setdefault(known, known)
    return sorted(found.items(), key=lambda each: each[1].casefold())


class AddressForm(Form):
    """Another address."""

    email = _address()


class EraseForm(Form):
    """A tick, so that nobody erases themselves by a slip."""

    sure = BooleanField(
        lazy_gettext("Yes, erase what you know of me"),
        [InputRequired(lazy_gettext("Tick the box to be erased."))],
    )


class BehalfForm(Form):
    """The address of somebody who wrote to us."""

    email = _address()


class RefuseForm(Form):
    """Why staff cannot do what was asked; the person gets it by letter."""

    reason = TextAreaField(
        lazy_gettext("Reason"),
        [DataRequired(lazy_gettext("Say why, in a sentence or two.")), Length(max=500)],
    )
