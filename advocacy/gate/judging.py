"""Judging a public form that came in: take it, take it slowly, ask for a proof, or refuse a robot.

Nobody is turned away for being unknown: above a rate a browser solves a small sum, and without
script the form is taken all the same and its letter comes later.
"""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from advocacy.errors import Invalid
from advocacy.gate import counting, domains, metering, proving, rates
from advocacy.gate.metering import Check
from advocacy.gate.rates import Pace
from advocacy.mail import addresses
from advocacy.render.i18n import gettext as _
from advocacy.web import stamps

HASTE = timedelta(seconds=2)
STALE = timedelta(days=7)
SLOWEST = timedelta(minutes=40)
SOONEST = timedelta(minutes=10)
Outcome = Literal["passed", "proved", "slowed", "asked", "robot"]


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A form as it came: what it is for and where it came from.

    `address` is the connection's, `network` the wider one around it. `made` is the page's stamp,
    `bait` the field that people do not see, `proof` a solved check, `slowly` the choice to do
    without one.
    """

    form: str
    chapter: str
    email: str
    address: str
    network: str
    made: str = ""
    bait: str = ""
    proof: str = ""
    slowly: bool = False

    @property
    def subject(self) -> str:
        """What a proof is bound to."""
        return f"{self.form}\0{self.chapter}\0{self.email}"


@dataclass(frozen=True)
class Verdict:
    """What to do with an attempt; `delay` is how much later its letter goes out."""

    outcome: Outcome
    reason: str = ""
    delay: timedelta = timedelta()
    is_full: bool = False

    @property
    def is_taken(self) -> bool:
        """True where the form is to be kept."""
        return self.outcome in ("passed", "proved", "slowed")


async def judge(attempt: Attempt) -> Verdict:
    """Judges a form whose fields are right, and counts it.

    Looks at nothing we know about anybody, so that neither the answer nor its time tells anything.
    Raises Invalid on `email` for an address that is thrown away after use.
    """
    if attempt.bait:
        return _said("robot", "bait")
    if await domains.is_refused(_domain(attempt)):
        counting.count("refused", "disposable")
        raise Invalid(
            _("We cannot take throw-away addresses. Use one at which you can be reached later."),
            field="email",
        )
    paces = await rates.current()
    if attempt.proof and await proving.spend(attempt.proof, attempt.subject):
        if await _exceeded([("proved", attempt.network)], paces):
            return _said("slowed", "proved", delay=_delay())
        return _said("proved")
    if attempt.slowly:
        full = await _exceeded([("slow", attempt.network), ("slow_all", "")], paces)
        if full:
            return _said("asked", full, is_full=True)
        return _said("slowed", "chosen", delay=_delay())
    reason = _timing(attempt.made) or await _exceeded(_keys(attempt), paces)
    return _said("asked", reason) if reason else _said("passed")


def _said(
    outcome: Outcome, reason: str = "", *, delay: timedelta = timedelta(), is_full: bool = False
) -> Verdict:
    counting.count("refused" if outcome == "robot" else outcome, reason)
    return Verdict(outcome, reason, delay, is_full)


def _domain(attempt: Attempt) -> str:
    return attempt.email.strip().lower().rpartition("@")[2]


def _timing(made: str) -> str:
    age = stamps.age(made)
    if age is None:
        return "untimed"
    if age < HASTE:
        return "haste"
    return "stale" if age > STALE else ""


def _keys(attempt: Attempt) -> list[tuple[str, str]]:
    domain = addresses.canonical(attempt.email).rpartition("@")[2]
    return [
        ("address", attempt.address),
        ("network", attempt.network),
        ("provider" if domain in domains.LARGE else "domain", domain),
        ("chapter", attempt.chapter),
    ]


async def _exceeded(keys: list[tuple[str, str]], paces: dict[str, Pace]) -> str:
    """The name of the first rate that is exceeded now; every one of them counts this hit."""
    checks: list[Check] = []
    for name, key in keys:
        for part, (limit, window) in (("b", paces[name].burst), ("s", paces[name].sustained)):
            checks.append(Check(metering.key_of(name, part, key), window, limit))
    over = await metering.over(checks)
    return keys[min(over) // 2][0] if over else ""


def _delay() -> timedelta:
    """Spread, so that a flood becomes a trickle."""
    return SOONEST + (SLOWEST - SOONEST) * random.random()  # noqa: S311
