"""One member: what the chapter knows of them, and correcting it."""

from collections.abc import Awaitable, Callable
from typing import Any

from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from wtforms import HiddenField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Length

from advocacy.audit.recording import actor_of
from advocacy.chapters import desk
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext
from advocacy.roster import correcting, labelling, record
from advocacy.roster.correcting import Correction
from advocacy.roster.models import CustomField
from advocacy.roster.record import Record
from advocacy.web import pages
from advocacy.web.access import requires
from advocacy.web.forms import Form, posted
from advocacy.web.numbers import number_or_error

BASE = "/console/{chapter}/members/{person:int}"
# What other packages show on a member's page; each gets the chapter and the person's id.
Aside = Callable[[Request, Chapter, int], Awaitable[Markup]]
asides: list[Aside] = []


class CardForm(Form):
    """What can be corrected; a chapter's own fields come in a subclass made for it."""

    seen = HiddenField(validators=[Length(max=64)])
    given_name = StringField(lazy_gettext("Given name"), [Length(max=100)])
    family_name = StringField(lazy_gettext("Family name"), [Length(max=100)])
    language = SelectField(lazy_gettext("Language of our letters"), choices=[])
    member_no = StringField(lazy_gettext("Member number"), [Length(max=40)])
    tags = SelectMultipleField(lazy_gettext("Tags"), coerce=number_or_error, choices=[])
    new_tag = StringField(lazy_gettext("Another tag"), [Length(max=60)])


def _control(field: CustomField, kept: str) -> Any:
    if field.kind == "choice":
        lines = dict.fromkeys(["", kept, *field.choices.split("\n")])
        return SelectField(field.label, choices=[(each, each) for each in lines])
    looks = {"number": {"inputmode": "decimal"}, "date": {"type": "date"}}
    return StringField(field.label, [Length(max=200)], render_kw=looks.get(field.kind, {}))


async def _form(chapter: Chapter, known: Record, data: FormData | None = None) -> CardForm:
    own = {f"field_{f.id}": _control(f, known.answers.get(f.id, "")) for f in known.fields}
    kind = type("OwnCardForm", (CardForm,), own)
    kept = {f"field_{field_id}": answer for field_id, answer in known.answers.items()}
    person = {name: known.person[name] for name in correcting.EDITED}
    has = [int(each["id"]) for each in known.tags]
    form: CardForm = kind(data, tags=has, seen=known.seen, **person, **kept)
    spoken = [*chapter.language_codes, *i18n.LOCALES, known.person["language"]]
    form.language.choices = [(tag, i18n.language(tag)) for tag in dict.fromkeys(spoken)]
    offered = await labelling.tags_of(chapter.id)
    form.tags.choices = [(int(each["id"]), each["name"]) for each in offered]
    return form


@requires("members.see")
async def card(request: Request) -> Response:
    """Everything this chapter knows of one of its members."""
    chapter: Chapter = request.state.chapter
    person_id: int = request.path_params["person"]
    known = await record.read(chapter, person_id)
    with i18n.use(i18n.current(), chapter.zone):
        drawn = [await aside(request, chapter, person_id) for aside in asides]
    return _page(request, "roster/card.html", known, asides=drawn)


@requires("members.edit")
async def edit(request: Request) -> Response:
    """The form with what is known now."""
    chapter: Chapter = request.state.chapter
    known = await record.read(chapter, request.path_params["person"])
    return _page(request, "roster/edit.html", known, form=await _form(chapter, known), others=[])


@requires("members.edit")
async def save(request: Request) -> Response:
    """Writes the correction; who comes second sees what the first has written."""
    chapter: Chapter = request.state.chapter
    person_id: int = request.path_params["person"]
    known = await record.read(chapter, person_id)
    form = await _form(chapter, known, await posted(request))
    if not form.validate():
        return _page(request, "roster/edit.html", known, status=422, form=form, others=[])
    try:
        await correcting.correct(chapter, person_id, _wanted(form), actor=actor_of(request))
    except Invalid as error:
        form.refuse(error)
        return _page(request, "roster/edit.html", known, status=422, form=form, others=[])
    except Conflict as error:
        return await _both(request, chapter, form, error)
    path = f"/console/{chapter.slug}/members/{person_id}"
    return pages.redirect(request, path, say=_("The member is corrected."))


async def _both(request: Request, chapter: Chapter, form: CardForm, error: Conflict) -> Response:
    """The form as it was typed beside what stands now; saving it again is then a choice."""
    now = await record.read(chapter, request.path_params["person"])
    saved = await _form(chapter, now)
    others = [
        (typed.label.text, _said(now_saved), _said(typed))
        for typed, now_saved in zip(form, saved, strict=False)
        if typed.name not in ("seen", "new_tag") and (typed.data or "") != (now_saved.data or "")
    ]
    form.seen.data = now.seen
    form.form_errors.append(error.message)
    return _page(request, "roster/edit.html", now, status=409, form=form, others=others)


def _said(field: Any) -> str:
    """A field's value in words."""
    if isinstance(field.data, list):
        return i18n.listing([name for value, name in field.choices if value in field.data])
    if isinstance(field, SelectField):
        return str(dict(field.choices).get(field.data, field.data or ""))
    return str(field.data or "")


def _wanted(form: CardForm) -> Correction:
    own = {name.removeprefix("field_"): f for name, f in form._fields.items() if "field_" in name}
    return Correction(
        seen=form.seen.data or "",
        given_name=" ".join((form.given_name.data or "").split()),
        family_name=" ".join((form.family_name.data or "").split()),
        language=form.language.data,
        member_no=" ".join((form.member_no.data or "").split()),
        tag_ids=frozenset(form.tags.data or ()),
        new_tag=form.new_tag.data or "",
        answers={int(number): field.data or "" for number, field in own.items()},
    )


def _page(
    request: Request, template: str, known: Record, *, status: int = 200, **context: Any
) -> Response:
    chapter: Chapter = request.state.chapter
    return desk.page(
        request,
        template,
        status=status,
        current="members",
        base=f"/console/{chapter.slug}/members",
        known=known,
        **context,
    )


routes = [
    Route(BASE, card, methods=["GET"]),
    Route(f"{BASE}/edit", edit, methods=["GET"]),
    Route(f"{BASE}/edit", save, methods=["POST"]),
]
