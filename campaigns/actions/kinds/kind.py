"""What a kind of action is, and the form that every kind begins with."""

from dataclasses import dataclass

from starlette.datastructures import FormData
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length

from advocacy.gate.fields import an_address, not_a_link
from advocacy.render.i18n import lazy_gettext
from advocacy.web.forms import Form
from campaigns.actions.kinds.countries import CountryField
from campaigns.actions.taking import Deed

WHO = ("given_name", "family_name", "email", "country")


class WhoFields:
    """Who acts: asked of everybody whom we do not know."""

    given_name = StringField(
        lazy_gettext("Given name"),
        [InputRequired(lazy_gettext("Enter your given name.")), Length(max=100), not_a_link],
        render_kw={"autocomplete": "given-name"},
    )
    family_name = StringField(
        lazy_gettext("Family name"),
        [InputRequired(lazy_gettext("Enter your family name.")), Length(max=100), not_a_link],
        render_kw={"autocomplete": "family-name"},
    )
    email = StringField(
        lazy_gettext("E-mail address"),
        [InputRequired(lazy_gettext("Enter your e-mail address.")), an_address],
        render_kw={"type": "email", "autocomplete": "email"},
    )
    country = CountryField(lazy_gettext("Country"), render_kw={"autocomplete": "country"})


class ActForm(Form):
    """What every kind asks: may the chapter write; `website` is bait for robots."""

    letters = BooleanField("")
    website = StringField("")

    def deed(self, language: str) -> Deed:
        """What was typed, for `taking.take`; kinds add their own fields."""
        said = {name: (self[name].data or "").strip() for name in WHO if name in self}
        return Deed(
            email=said.get("email", ""),
            given_name=said.get("given_name", ""),
            family_name=said.get("family_name", ""),
            country_code=said.get("country", ""),
            language=language,
            wants_letters=bool(self.letters.data),
        )


@dataclass(frozen=True)
class Kind:
    """One kind of action: its page, its name in OSDI, and its forms.

    `form` is for those we know; with the fields of WhoFields before it, for everybody else.
    """

    name: str
    osdi: str
    template: str
    form: type[ActForm]
    full_form: type[ActForm]

    def filled(
        self, data: FormData | None = None, *, is_known: bool = False, country: str = ""
    ) -> ActForm:
        """The form as posted, or fresh with the chapter's country chosen."""
        form = (self.form if is_known else self.full_form)(data)
        if data is None and not is_known:
            form["country"].data = country
        return form
