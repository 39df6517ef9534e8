"""The forms of the team page."""

from starlette.datastructures import FormData
from starlette.requests import Request
from wtforms import DateField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from advocacy.chapters.directory import REGIONS, region_name
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext
from advocacy.team import roles, terms
from advocacy.web.forms import Form

ADDRESS = [InputRequired(lazy_gettext("Enter an e-mail address.")), Length(max=254)]
AS_ADDRESS = {"type": "email", "autocomplete": "off"}


class TermForm(Form):
    """Until when."""

    term = RadioField(
        lazy_gettext("Until when"),
        [InputRequired(lazy_gettext("Choose until when."))],
        choices=list(terms.TERMS),
    )
    day = DateField(lazy_gettext("Last day"), [Optional()])


class GiveForm(TermForm):
    """Who gets which role."""

    email = StringField(lazy_gettext("E-mail address"), ADDRESS, render_kw=AS_ADDRESS)
    name = StringField(lazy_gettext("Name"), [Length(max=200)], render_kw={"autocomplete": "off"})
    role = RadioField(
        lazy_gettext("Role"), [InputRequired(lazy_gettext("Choose a role."))], choices=[]
    )
    region = SelectField(lazy_gettext("Region"), choices=[], validate_choice=False)


class ProlongForm(TermForm):
    """A new end; `seen` is the end that the page showed."""

    seen = HiddenField()


class HandForm(Form):
    """Who is to lead, and whether the reader stays as an organiser."""

    to = StringField(lazy_gettext("E-mail address"), ADDRESS, render_kw=AS_ADDRESS)
    after = RadioField(
        lazy_gettext("Afterwards I"),
        [InputRequired(lazy_gettext("Choose what becomes of you."))],
        choices=[
            ("stay", lazy_gettext("stay as an organiser")),
            ("leave", lazy_gettext("leave the team")),
        ],
        default="stay",
    )


def give_form(request: Request, data: FormData | None = None) -> GiveForm:
    """The form with the roles that the reader may give here."""
    form = GiveForm(data)
    given = roles.may_give(request.state.user, request.state.chapter)
    form.role.choices = [(role, str(roles.NAMES[role])) for role in given]
    form.region.choices = [("", _("Choose")), *((each, region_name(each)) for each in REGIONS)]
    return form
