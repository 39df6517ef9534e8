"""The composer: a mailing's name, where it leads, its text in each language, and previews."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from advocacy.errors import Conflict, Invalid
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext
from advocacy.web import pages
from advocacy.web.access import requires
from advocacy.web.forms import Form, posted
from advocacy.web.numbers import MAX_INT, number, number_or_error
from campaigns.mailings import aiming, composing, testing
from campaigns.mailings.addressing import Recipient
from campaigns.mailings.composing import LIMITS, MAX_NAME, Segment, Text
from campaigns.mailings.models import Mailing
from campaigns.mailings.routes import BASE, ONE, console_page, held

# The letter brings its own style; it may load and run nothing else.
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none';"
    " frame-ancestors 'self'; base-uri 'none'"
)


class PlanForm(Form):
    """What a mailing is beside its texts."""

    name = StringField(
        lazy_gettext("Name in the console"),
        [
            InputRequired(lazy_gettext("Give the mailing a name that your team recognises.")),
            Length(max=MAX_NAME),
        ],
    )
    page = SelectField(
        lazy_gettext("Where it leads"), coerce=number_or_error, validate_choice=False
    )
    segment = SelectField(
        lazy_gettext("Who gets it"), coerce=number_or_error, validate_choice=False
    )
    version = IntegerField(validators=[Optional(), NumberRange(1, MAX_INT)])


class TextForm(Form):
    """What the letter says in one language."""

    subject = StringField(
        lazy_gettext("Subject"),
        [InputRequired(lazy_gettext("Write a subject.")), Length(max=LIMITS["subject"])],
    )
    preheader = StringField(
        lazy_gettext("Preview line"), [Optional(), Length(max=LIMITS["preheader"])]
    )
    body = TextAreaField(
        lazy_gettext("Letter"),
        [InputRequired(lazy_gettext("Write the letter.")), Length(max=LIMITS["body"])],
        render_kw={"rows": 16},
    )

    def __init__(
        self, data: FormData | None = None, *, language: str, obj: Text | None = None
    ) -> None:
        super().__init__(data, prefix=f"{language}-", obj=obj)
        for part in (self.subject, self.preheader, self.body):
            part.render_kw = {**(part.render_kw or {}), "lang": language, "dir": "auto"}

    @property
    def text(self) -> Text:
        """What was typed."""
        return Text(self.subject.data or "", self.body.data or "", self.preheader.data or "")


@requires("mailings.write")
async def new(request: Request) -> Response:
    """The composer with a text to begin with; POST makes the draft."""
    chapter = request.state.chapter
    offered = await composing.pages_for(chapter)
    wanted = request.query_params.get("page", "")
    chosen = next((each for each, _title in offered if str(each) == wanted), None)
    if request.method == "GET":
        chosen = chosen or (offered[0][0] if offered else None)
        texts = await composing.starting_texts(chosen, chapter)
        return await _composer(request, None, PlanForm(page=chosen or 0), _forms(texts))
    return await _compose(request, None)


@requires("mailings.write")
async def edit(request: Request) -> Response:
    """The composer with the draft in it; POST saves it, with `add` in one more language."""
    mailing = await held(request)
    if mailing.state != "draft":
        raise Conflict(_("This mailing is scheduled or sent; only a draft can be changed."))
    if request.method == "GET":
        plan = PlanForm(
            name=mailing.name, page=mailing.page_id or 0, segment=mailing.segment_id or 0
        )
        found = await composing.texts_of(mailing)
        texts = {each.language: Text(each.subject, each.body, each.preheader) for each in found}
        return await _composer(request, mailing, plan, _forms(texts))
    return await _compose(request, mailing)


async def _compose(request: Request, mailing: Mailing | None) -> Response:
    chapter, data = request.state.chapter, await posted(request)
    languages = [str(each) for each in data.getlist("languages") if each]
    dropped = str(data.get("remove", ""))
    plan = PlanForm(data, segment=(mailing.segment_id if mailing else None) or 0)
    forms = {tag: TextForm(data, language=tag) for tag in languages if tag != dropped}
    if not all([plan.validate(), *[form.validate() for form in forms.values()]]):
        return await _composer(request, mailing, plan, forms, status=422)
    texts = {language: form.text for language, form in forms.items()}
    added = str(data.get("language", "")) if "add" in data else ""
    if added and added not in texts:
        texts |= await _another(added, plan, texts)
    try:
        saved = await _save(request, mailing, plan, texts)
    except Invalid as wrong:
        _refuse(wrong, plan, forms)
        return await _composer(request, mailing, plan, forms, status=422)
    except Conflict as stale:
        plan.form_errors.append(stale.message)
        return await _composer(request, mailing, plan, forms, status=409)
    path = f"/console/{chapter.slug}/mailings/{saved.id}"
    stays = bool(added or dropped)
    return pages.redirect(request, f"{path}/edit" if stays else path, say=_("Saved."))


async def _save(
    request: Request, mailing: Mailing | None, plan: PlanForm, texts: dict[str, Text]
) -> Mailing:
    chapter, page_id = request.state.chapter, plan.page.data or None
    if mailing is None:
        return await composing.draft(
            chapter,
            plan.name.data,
            texts,
            page_id=page_id,
            segment=Segment(stored_id=plan.segment.data or None),
            by=request.state.user.user_id,
        )
    return await composing.revise(
        chapter,
        mailing.id,
        version=plan.version.data or 0,
        name=plan.name.data,
        texts=texts,
        page_id=page_id,
        segment_id=plan.segment.data or 0,
    )


async def _another(language: str, plan: PlanForm, texts: dict[str, Text]) -> dict[str, Text]:
    first = next(iter(texts.values()), Text("", ""))
    return {language: await composing.text_in(language, plan.page.data or None, first)}


def _refuse(wrong: Invalid, plan: PlanForm, forms: dict[str, TextForm]) -> None:
    language, _colon, name = (wrong.field or "").rpartition(":")
    if language in forms:
        forms[language].refuse(Invalid(wrong.message, field=name))
    else:
        plan.refuse(wrong)


def _forms(texts: dict[str, Text]) -> dict[str, TextForm]:
    return {tag: TextForm(language=tag, obj=text) for tag, text in texts.items()}


async def _composer(
    request: Request,
    mailing: Mailing | None,
    plan: PlanForm,
    forms: dict[str, TextForm],
    *,
    status: int = 200,
) -> Response:
    chapter = request.state.chapter
    none = [(0, _("The chapter's own page"))]
    plan.segment.choices = await aiming.choices(mailing, chapter)
    plan.page.choices = [*await composing.pages_for(chapter), *none]
    offered = dict.fromkeys([*chapter.language_codes, *i18n.LOCALES])
    return console_page(
        request,
        "mailings/compose.html",
        status=status,
        mailing=mailing,
        plan=plan,
        forms=forms,
        addable=[(tag, i18n.language(tag)) for tag in offered if tag not in forms],
    )


@requires("mailings.write")
async def preview_typed(request: Request) -> Response:
    """The letter as typed just now, for the frame beside the composer; saves nothing."""
    data = await posted(request)
    language = str(data.get("preview", ""))
    form = TextForm(data, language=language)
    chapter = request.state.chapter
    wanted = number(data.get("page"))
    usable = {page_id for page_id, _title in await composing.pages_for(chapter)}
    sample = Mailing(chapter_id=chapter.id, page_id=wanted if wanted in usable else None)
    shown = await testing.preview_text(sample, form.text, language, _reader(request, language))
    return _letter(shown.html)


@requires("mailings.see")
async def preview(request: Request) -> Response:
    """The saved letter in a phone's and in a desktop's frame."""
    mailing = await held(request)
    texts = await composing.texts_of(mailing)
    wanted = request.query_params.get("language", "")
    language = wanted if wanted in {each.language for each in texts} else texts[0].language
    shown = await testing.preview(mailing, language, _reader(request, language))
    return console_page(
        request,
        "mailings/preview.html",
        mailing=mailing,
        texts=texts,
        language=language,
        letter=shown,
    )


@requires("mailings.see")
async def preview_letter(request: Request) -> Response:
    """The saved letter alone, for the frames."""
    language = request.query_params.get("language", "")
    shown = await testing.preview(await held(request), language, _reader(request, language))
    return _letter(shown.html)


def _reader(request: Request, language: str) -> Recipient:
    given, _space, family = request.state.user.name.partition(" ")
    return Recipient(0, request.state.user.email, given, family, language)


def _letter(page: str) -> Response:
    headers = {"content-security-policy": LETTER_POLICY, "cache-control": "private, no-store"}
    return Response(page, media_type="text/html", headers=headers)


routes = [
    Route(f"{BASE}/new", new, methods=["GET", "POST"]),
    Route(f"{BASE}/preview", preview_typed, methods=["POST"]),
    Route(f"{ONE}/edit", edit, methods=["GET", "POST"]),
    Route(f"{ONE}/preview", preview, methods=["GET"]),
    Route(f"{ONE}/preview/letter", preview_letter, methods=["GET"]),
]
