"""A chapter's tags and its own fields: the lists, and what changes them."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import Length

from advocacy.audit.recording import actor_of
from advocacy.chapters import desk
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid, NotFound
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext, ngettext
from advocacy.roster import defining, labelling
from advocacy.roster.asking import query_of, sieve_of
from advocacy.roster.models import FIELD_KINDS
from advocacy.web import pages
from advocacy.web.access import requires
from advocacy.web.forms import Form, posted

BASE = "/console/{chapter}/members"
KINDS = {
    "text": lazy_gettext("Text"),
    "number": lazy_gettext("Number"),
    "date": lazy_gettext("Date"),
    "choice": lazy_gettext("One of several answers"),
}


class TagForm(Form):
    """The name of a tag; in the list of members also whether to put it or to take it."""

    name = StringField(lazy_gettext("Name of the tag"), [Length(max=60)])
    what = StringField("")


class FieldForm(Form):
    """A field of the chapter's own."""

    label = StringField(lazy_gettext("Name of the field"), [Length(max=60)])
    kind = SelectField(
        lazy_gettext("Kind of answer"), choices=[(each, KINDS[each]) for each in FIELD_KINDS]
    )
    choices = TextAreaField(
        lazy_gettext("Answers to choose from"), [Length(max=12_000)], render_kw={"rows": 5}
    )


@requires("members.edit")
async def tags(request: Request) -> Response:
    """The chapter's tags with how many members have each."""
    return await _tags_page(request, TagForm())


@requires("members.edit")
async def tag_some(request: Request) -> Response:
    """Makes a tag; from the list of members also puts it on all found, or takes it off them."""
    chapter: Chapter = request.state.chapter
    data = await posted(request)
    form = TagForm(data)
    if not form.validate():
        return await _tags_page(request, form, status=422)
    name, sieve, actor = form.name.data or "", sieve_of(request, data), actor_of(request)
    path = f"/console/{chapter.slug}/members"
    try:
        if form.what.data == "put":
            done = await labelling.tag_found(chapter, sieve, name, actor=actor)
            say = ngettext("%(num)s member got the tag.", "%(num)s members got the tag.", done)
            return pages.redirect(request, path + query_of(sieve), say=say)
        if form.what.data == "take":
            done = await labelling.untag_found(chapter, sieve, name, actor=actor)
            say = ngettext("%(num)s member lost the tag.", "%(num)s members lost the tag.", done)
            return pages.redirect(request, path + query_of(sieve), say=say)
        await labelling.make(chapter, name)
    except Invalid as error:
        form.refuse(error)
        return await _tags_page(request, form, status=422)
    return pages.redirect(request, f"{path}/tags", say=_("The tag is there."))


@requires("members.edit")
async def change_tag(request: Request) -> Response:
    """Renames a tag, or removes it from everybody."""
    chapter: Chapter = request.state.chapter
    tag_id: int = request.path_params["tag"]
    form = TagForm(await posted(request))
    path = f"/console/{chapter.slug}/members/tags"
    if form.what.data == "remove":
        had = await labelling.remove(chapter, tag_id, actor=actor_of(request))
        say = ngettext(
            "The tag is removed; %(num)s member had it.",
            "The tag is removed; %(num)s members had it.",
            had,
        )
        return pages.redirect(request, path, say=say)
    try:
        if not form.validate():
            raise Invalid(_("Enter a name of up to 60 letters for the tag."), field="name")
        await labelling.rename(chapter, tag_id, form.name.data or "")
    except (Invalid, Conflict) as error:
        await _must_have(chapter, tag_id)
        return pages.redirect(request, path, say=error.message, kind="danger")
    return pages.redirect(request, path, say=_("The tag has its new name."))


async def _must_have(chapter: Chapter, tag_id: int) -> None:
    """What is wrong with a name is told to nobody who has no such tag."""
    if tag_id not in {int(each["id"]) for each in await labelling.tags_of(chapter.id)}:
        raise NotFound()


async def _tags_page(request: Request, form: TagForm, *, status: int = 200) -> Response:
    chapter: Chapter = request.state.chapter
    return _page(
        request,
        "roster/tags.html",
        status=status,
        form=form,
        tags=await labelling.counted(chapter.id),
    )


@requires("chapter.settings")
async def fields(request: Request) -> Response:
    """The chapter's own fields."""
    return await _fields_page(request, FieldForm())


@requires("chapter.settings")
async def add_field(request: Request) -> Response:
    """Adds a field."""
    chapter: Chapter = request.state.chapter
    form = FieldForm(await posted(request))
    if not form.validate():
        return await _fields_page(request, form, status=422)
    try:
        await defining.add(
            chapter,
            form.label.data or "",
            form.kind.data,
            form.choices.data or "",
            actor=actor_of(request),
        )
    except Conflict as error:
        form.refuse(Invalid(error.message, field="label"))
        return await _fields_page(request, form, status=409)
    except Invalid as error:
        form.refuse(error)
        return await _fields_page(request, form, status=422)
    path = f"/console/{chapter.slug}/members/fields"
    return pages.redirect(request, path, say=_("The field is there."))


@requires("chapter.settings")
async def change_field(request: Request) -> Response:
    """Renames a field, changes its answers to choose from, or removes it with all answers."""
    chapter: Chapter = request.state.chapter
    field_id: int = request.path_params["field"]
    data, actor = await posted(request), actor_of(request)
    path = f"/console/{chapter.slug}/members/fields"
    if data.get("what") == "remove":
        lost = await defining.remove(chapter, field_id, actor=actor)
        say = ngettext(
            "The field is removed with %(num)s answer.",
            "The field is removed with %(num)s answers.",
            lost,
        )
        return pages.redirect(request, path, say=say)
    form = FieldForm(data)
    try:
        label, choices = form.label.data or "", form.choices.data or ""
        await defining.change(chapter, field_id, label, choices, actor=actor)
    except (Invalid, Conflict) as error:
        if field_id not in {each.id for each in await defining.fields_of(chapter.id)}:
            raise NotFound() from error
        return pages.redirect(request, path, say=error.message, kind="danger")
    return pages.redirect(request, path, say=_("The field is changed."))


async def _fields_page(request: Request, form: FieldForm, *, status: int = 200) -> Response:
    chapter: Chapter = request.state.chapter
    known = await defining.fields_of(chapter.id)
    return _page(request, "roster/fields.html", status=status, form=form, fields=known, kinds=KINDS)


def _page(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    chapter: Chapter = request.state.chapter
    return desk.page(
        request,
        template,
        status=status,
        current="members",
        base=f"/console/{chapter.slug}/members",
        **context,
    )


routes = [
    Route(f"{BASE}/tags", tags, methods=["GET"]),
    Route(f"{BASE}/tags", tag_some, methods=["POST"]),
    Route(f"{BASE}/tags/{{tag:int}}", change_tag, methods=["POST"]),
    Route(f"{BASE}/fields", fields, methods=["GET"]),
    Route(f"{BASE}/fields", add_field, methods=["POST"]),
    Route(f"{BASE}/fields/{{field:int}}", change_field, methods=["POST"]),
]
