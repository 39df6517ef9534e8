"""The one Jinja environment: pages and letters are rendered here and nowhere else."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, cast

import jinja2
from markupsafe import Markup

from advocacy import moment, settings
from advocacy.render import i18n
from advocacy.render.markdown import to_html
from advocacy.render.marks import mark

FOLDER = settings.ROOT / "templates"

# Imported macros see only the globals; a form in a macro still needs the token of its request.
_csrf_field: ContextVar[Callable[[], Markup]] = ContextVar("csrf_field", default=Markup)


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """The environment, made once; templates are files of ours, never a user's text."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=jinja2.select_autoescape(["html", "svg", "xml"]),
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=not settings.current().is_production,
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: i18n.translations(i18n.current()).gettext(text),
        lambda one, many, n: i18n.translations(i18n.current()).ngettext(one, many, n),
        newstyle=True,
    )
    env.policies["ext.i18n.trimmed"] = True
    env.globals["ngettext"] = _counted(cast(Callable[..., str], env.globals["ngettext"]))
    env.globals.update(
        mark=mark,
        num=i18n.number,
        percent=i18n.percent,
        date=i18n.day,
        datetime=i18n.moment,
        country=i18n.country,
        language_name=i18n.language,
        listing=i18n.listing,
        markdown=to_html,
        csrf_field=lambda: _csrf_field.get()(),
    )
    env.filters["language_name"] = i18n.language
    return env


def _counted(ngettext: Callable[..., str]) -> Callable[..., str]:
    """The same ngettext, but `%(num)s` is the number as the locale writes it."""

    @jinja2.pass_context
    def counted(context: Any, one: str, many: str, n: int, **values: Any) -> str:
        return ngettext(context, one, many, n, **{"num": i18n.number(n), **values})

    return counted


def render(name: str, context: Mapping[str, Any]) -> str:
    """A template in the current language. Raises TemplateNotFound and UndefinedError."""
    base = {
        "locale": i18n.current(),
        "dir": i18n.direction(),
        "site_name": settings.current().organisation,
        "now": moment.now(),
    }
    token = _csrf_field.set(context.get("csrf_field", Markup))
    try:
        return environment().get_template(name).render({**base, **context})
    finally:
        _csrf_field.reset(token)


def render_email(
    name: str, locale: str, context: Mapping[str, Any], *, subject: str = ""
) -> tuple[str, str, str]:
    """Subject, text and HTML of the letter in `templates/email/<name>/`, in a language.

    A `subject` stands in the place of the letter's own. `absolute(path)` in the templates gives an
    address of this installation.
    """
    base = settings.current().base_url
    with i18n.use(locale):
        values = {
            "preheader": "",
            "preferences": "",
            **context,
            "absolute": lambda path: f"{base}{path}",
            "base_url": base,
        }
        own = subject or render(f"email/{name}/subject.txt", values)
        subject = " ".join(own.split())
        text = render(f"email/{name}/body.txt", values).strip() + "\n"
        html = render(f"email/{name}/body.html", {**values, "subject": subject})
    return subject, text, html


def paragraphs(text: str) -> Markup:
    """Plain text as escaped paragraphs."""
    parts = [part.strip() for part in text.split("\n\n") if part.strip()]
    return Markup("\n").join(Markup("<p>{}</p>").format(part) for part in parts)
