"""Mail domains: which are thrown away after use, and which are so large that many share them."""

import re
import time

from disposable_email_domains import blocklist

from advocacy import db, moment, settings
from advocacy.audit.recording import Actor, note
from advocacy.errors import Conflict, Invalid
from advocacy.gate.models import DomainRule
from advocacy.render.i18n import gettext as _

LATELY = 3.0
# Where millions have their mailbox: what comes from there says little about who sends it.
_LARGE = """
gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com yahoo.fr yahoo.co.uk
yahoo.co.in yahoo.es yahoo.com.br ymail.com icloud.com me.com mac.com aol.com hotmail.fr hotmail.es
hotmail.co.uk outlook.fr outlook.es live.fr orange.fr wanadoo.fr free.fr laposte.net sfr.fr gmx.de
gmx.net gmx.com web.de t-online.de mail.ru yandex.ru yandex.com qq.com 163.com 126.com naver.com
proton.me protonmail.com uol.com.br bol.com.br terra.com.br rediffmail.com libero.it wp.pl seznam.cz
zoho.com
"""
LARGE = frozenset(_LARGE.split())
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_lately: dict[str, tuple[float, dict[str, bool]]] = {}


async def is_refused(domain: str) -> bool:
    """Whether nobody may sign up with an address there; a rule of ours goes before the list.

    What holds for a domain holds for the domains below it.
    """
    rules = await _rules()
    parts = domain.lower().split(".")
    for start in range(len(parts) - 1):
        name = ".".join(parts[start:])
        if name in rules:
            return rules[name]
        if name in blocklist:
            return True
    return False


def listed() -> int:
    """How many domains the public list has."""
    return len(blocklist)


async def rules() -> list[DomainRule]:
    """The rules of ours, by domain."""
    return await DomainRule.all().order_by("domain")


async def rule(domain: str, *, refused: bool, actor: Actor) -> DomainRule:
    """Refuses a domain, or allows it although the list has it. Raises Invalid on `domain`."""
    name = domain.strip().lower().removeprefix("@")
    if len(name) > 190 or not _DOMAIN.fullmatch(name):
        raise Invalid(_("Enter a mail domain such as example.org."), field="domain")
    if refused and name in LARGE:
        raise Invalid(
            _("Millions of people have their mailbox there. It cannot be refused."), field="domain"
        )
    async with db.transaction():
        await db.execute(
            "INSERT INTO advocacy_domain_rule (domain, is_refused, changed_at, changed_by)"
            " VALUES ($1, $2, $3, $4) ON CONFLICT (domain) DO UPDATE SET"
            " is_refused = excluded.is_refused, changed_at = excluded.changed_at,"
            " changed_by = excluded.changed_by",
            name,
            refused,
            moment.now(),
            actor.name[:254],
        )
        act = "domain.refused" if refused else "domain.allowed"
        await note(act, actor=actor, record=f"domain:{name}"[:120])
    _lately.clear()
    return await DomainRule.get(domain=name)


async def unrule(domain: str, *, actor: Actor) -> None:
    """Takes a rule away; the list decides again. Raises Conflict when there is none any more."""
    async with db.transaction():
        if not await DomainRule.filter(domain=domain[:190]).delete():
            raise Conflict(_("Somebody has removed this rule already."))
        await note("domain.forgotten", actor=actor, record=f"domain:{domain}"[:120])
    _lately.clear()


async def _rules() -> dict[str, bool]:
    key, now = settings.current().database_url, time.monotonic()
    read, found = _lately.get(key, (-LATELY, {}))
    if now - read > LATELY:
        found = {row.domain: row.is_refused for row in await DomainRule.all()}
        _lately.clear()
        _lately[key] = (now, found)
    return found
