"""Headquarters' desk: requests about data with their due days, and the rules of retention."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from advocacy.audit.recording import actor_of
from advocacy.chapters import desk
from advocacy.chapters.safety import PROFILES
from advocacy.errors import Conflict, DomainError, Invalid, NotFound
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.rights import asking, looking, retaining, rules, words
from advocacy.rights.forms import BehalfForm, RefuseForm
from advocacy.rights.models import RetentionRun
from advocacy.web import pages
from advocacy.web.access import requires
from advocacy.web.forms import posted
from advocacy.web.numbers import number

HERE = "/console/{chapter}/rights"
KEEPING = "/console/{chapter}/retention"


def _page(
    request: Request, template: str, current: str, *, status: int = 200, **more: Any
) -> Response:
    base = f"/console/{request.state.chapter.slug}"
    return desk.page(
        request,
        template,
        status=status,
        current=current,
        base=f"{base}/{current}",
        kinds=words.KINDS,
        states=words.STATES,
        tones=words.TONES,
        **more,
    )


async def _list(request: Request, form: BehalfForm, *, status: int = 200) -> Response:
    before = number(request.query_params.get("before", ""))
    only_open = request.query_params.get("show") != "all"
    lines, next_key = await looking.listed(only_open=only_open, before=before)
    return _page(
        request,
        "rights/desk.html",
        "rights",
        status=status,
        form=form,
        lines=lines,
        next_key=next_key,
        only_open=only_open,
        late=await looking.late_count(),
        days=asking.ANSWER_WITHIN.days,
    )


@requires("rights.handle")
@desk.at_headquarters
async def listing(request: Request) -> Response:
    """All requests that are open, or all there were."""
    return await _list(request, BehalfForm())


async def _on_behalf(request: Request, ask: Callable[..., Awaitable[Any]]) -> Response:
    form = BehalfForm(await posted(request))
    if not form.validate():
        return await _list(request, form, status=422)
    actor = actor_of(request)
    try:
        person = await asking.person_at(form.email.data)
        made = await ask(
            person.id, language=person.language, actor=actor, by=request.state.user.user_id
        )
    except (Conflict, NotFound, Invalid) as error:
        form.refuse(Invalid(error.message, field="email"))
        return await _list(request, form, status=error.status)
    path = f"/console/{request.state.chapter.slug}/rights/{made.id}"
    return pages.redirect(request, path, say=_("The request is kept."))


@requires("rights.handle")
@desk.at_headquarters
async def copy(request: Request) -> Response:
    """A copy for somebody who wrote to us: only they can open it."""
    return await _on_behalf(request, asking.ask_copy)


@requires("people.erase")
@desk.at_headquarters
async def erase(request: Request) -> Response:
    """Erasure for somebody who wrote to us, a day from now."""
    return await _on_behalf(request, asking.ask_erasure)


@requires("rights.handle")
@desk.at_headquarters
async def show(request: Request) -> Response:
    """One request: how far it is, what can be done about it."""
    return await _show(request, RefuseForm())


async def _show(request: Request, form: RefuseForm, *, status: int = 200) -> Response:
    found, line = await looking.line(request.path_params["request"])
    told = found.receipt or {}
    return _page(
        request,
        "rights/desk_request.html",
        "rights",
        status=status,
        found=found,
        line=line,
        told=told,
        form=form,
        reasons=words.REASONS,
        lines=words.lines(told.get("counts", {})) if found.state == "done" else [],
    )


@requires("rights.handle")
@desk.at_headquarters
async def refuse(request: Request) -> Response:
    """It cannot be done; the person gets the reason by letter."""
    found, _line = await looking.line(request.path_params["request"])
    form = RefuseForm(await posted(request))
    if not form.validate():
        return await _show(request, form, status=422)
    await asking.refuse(found, form.reason.data.strip(), actor=actor_of(request))
    return _back(request, _("The request is refused, and a letter says why."))


@requires("rights.handle")
@desk.at_headquarters
async def again(request: Request) -> Response:
    """A request that failed is done again."""
    found, _line = await looking.line(request.path_params["request"])
    await asking.try_again(found, actor=actor_of(request))
    return _back(request, _("It is being done again."))


def _back(request: Request, say: str) -> Response:
    path = f"/console/{request.state.chapter.slug}/rights/{request.path_params['request']}"
    return pages.redirect(request, path, say=say)


@requires("rights.handle")
@desk.at_headquarters
async def keeping(request: Request) -> Response:
    """Every rule with its days, and the runs there were."""
    runs = await retaining.latest()
    return await _keeping(request, runs)


async def _keeping(request: Request, runs: list[RetentionRun]) -> Response:
    dry = next((each for each in runs if each.is_dry and each.state == "done"), None)
    return _page(
        request,
        "rights/retention.html",
        "retention",
        rules=rules.all_rules(),
        profiles=list(PROFILES.values()),
        runs=runs,
        dry=dry,
        is_busy=any(each.state in ("waiting", "running") for each in runs),
    )


async def _start(request: Request, *, is_dry: bool) -> Response:
    base = f"/console/{request.state.chapter.slug}/retention"
    try:
        run = await retaining.start(is_dry=is_dry, actor=actor_of(request))
    except DomainError as error:
        return pages.redirect(request, base, say=error.message, kind="warning")
    return pages.redirect(request, f"{base}/{run.id}")


@requires("rights.handle")
@desk.at_headquarters
async def rehearse(request: Request) -> Response:
    """A dry run: it only counts."""
    return await _start(request, is_dry=True)


@requires("retention.run")
@desk.at_headquarters
async def apply(request: Request) -> Response:
    """Applies the rules now."""
    return await _start(request, is_dry=False)


@requires("rights.handle")
@desk.at_headquarters
async def run(request: Request) -> Response:
    """One run: how far it is and what it counted."""
    found = await retaining.one(request.path_params["run"])
    labels = {each.name: each.label for each in rules.all_rules()}
    lines = [(labels.get(name, name), n) for name, n in found.counts.items()]
    with i18n.use(i18n.current(), request.state.chapter.zone):
        return _page(request, "rights/run.html", "retention", found=found, lines=lines)


routes = [
    Route(HERE, listing, methods=["GET"]),
    Route(f"{HERE}/copy", copy, methods=["POST"]),
    Route(f"{HERE}/erase", erase, methods=["POST"]),
    Route(HERE + "/{request:int}", show, methods=["GET"]),
    Route(HERE + "/{request:int}/refuse", refuse, methods=["POST"]),
    Route(HERE + "/{request:int}/again", again, methods=["POST"]),
    Route(KEEPING, keeping, methods=["GET"]),
    Route(f"{KEEPING}/dry", rehearse, methods=["POST"]),
    Route(f"{KEEPING}/apply", apply, methods=["POST"]),
    Route(KEEPING + "/{run:int}", run, methods=["GET"]),
]
