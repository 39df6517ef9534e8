"""Headquarters' page about the gate: rates, mail domains, and what was judged."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from advocacy.audit.recording import actor_of
from advocacy.chapters import desk
from advocacy.errors import DomainError, Invalid
from advocacy.gate import domains, rates, showing
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import ngettext
from advocacy.web import pages
from advocacy.web.access import requires
from advocacy.web.forms import posted

HERE = "/console/{chapter}/gate"
PARTS = ("burst", "sustained")


@requires("gate.manage")
@desk.at_headquarters
async def gate(request: Request) -> Response:
    """Today's figures, the rates, the domains."""
    return await _page(request, await rates.texts())


@requires("gate.manage")
@desk.at_headquarters
async def set_rates(request: Request) -> Response:
    """Sets all rates at once; they hold within seconds, without a restart."""
    data = await posted(request)
    known = await rates.texts()
    wanted = {
        name: (_text(data, f"{name}-burst", pair[0]), _text(data, f"{name}-sustained", pair[1]))
        for name, pair in known.items()
    }
    try:
        changed = await rates.change(wanted, actor=actor_of(request))
    except Invalid as wrong:
        return await _page(request, wanted, wrong=wrong)
    said = ngettext("%(num)s rate was changed.", "%(num)s rates were changed.", changed)
    return _back(request, said if changed else _("Nothing was changed."))


@requires("gate.manage")
@desk.at_headquarters
async def set_domain(request: Request) -> Response:
    """Refuses a mail domain, allows it, or takes our rule about it away."""
    data = await posted(request)
    name, what = _text(data, "domain"), _text(data, "what")
    try:
        if what == "forget":
            await domains.unrule(name, actor=actor_of(request))
            return _back(request, _("The rule is gone."))
        made = await domains.rule(name, refused=what != "allow", actor=actor_of(request))
    except DomainError as wrong:
        return await _page(request, await rates.texts(), wrong=wrong, typed=name)
    if made.is_refused:
        return _back(request, _("Addresses at %(name)s are refused.", name=made.domain))
    return _back(request, _("Addresses at %(name)s are allowed.", name=made.domain))


async def _page(
    request: Request,
    texts: dict[str, tuple[str, str]],
    *,
    wrong: DomainError | None = None,
    typed: str = "",
) -> Response:
    field = wrong.field if isinstance(wrong, Invalid) else ""
    return desk.page(
        request,
        "gate/manage.html",
        status=wrong.status if wrong else 200,
        current="gate",
        base=f"/console/{request.state.chapter.slug}/gate",
        shown=await showing.lately(),
        days=showing.DAYS,
        kinds=rates.KINDS,
        parts=PARTS,
        texts=texts,
        rules=await domains.rules(),
        listed=domains.listed(),
        wrong=wrong.message if wrong else "",
        wrong_field=field or "",
        typed=typed,
    )


def _text(data: FormData, name: str, default: str = "") -> str:
    value = data.get(name, default)
    return " ".join(value.split())[:200] if isinstance(value, str) else default


def _back(request: Request, said: str) -> Response:
    return pages.redirect(request, f"/console/{request.state.chapter.slug}/gate", say=said)


routes = [
    Route(HERE, gate, methods=["GET"]),
    Route(f"{HERE}/rates", set_rates, methods=["POST"]),
    Route(f"{HERE}/domains", set_domain, methods=["POST"]),
]
