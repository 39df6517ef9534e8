"""What tests of the gate share: forms as people send them, and solved checks."""

import html
import json
import re
from typing import Any

from altcha import Challenge, Payload, solve_challenge

from advocacy import moment
from advocacy.gate.models import Rate
from tests import factories

JOIN = {"given_name": "Rosa", "family_name": "Diaz", "language": "en"}
SIGN = {"given_name": "Rosa", "family_name": "Diaz", "country": "Mexico"}


def wish(email: str, **more: str) -> dict[str, str]:
    return factories.stamped(**{**JOIN, "email": email, **more})


def hidden_in(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?>', page)
    return {name: html.unescape(value) for name, value in found}


def challenge_in(page: str) -> dict[str, Any]:
    match = re.search(r'data-challenge="([^"]*)"', page)
    assert match is not None
    found: dict[str, Any] = json.loads(html.unescape(match.group(1)))
    return found


def solved(challenge: dict[str, Any]) -> str:
    made = Challenge.from_dict(challenge)
    solution = solve_challenge(made)
    assert solution is not None
    return Payload(made, solution).to_base64()


async def slow_rates(**changes: str) -> None:
    now = moment.now()
    for name, rate in changes.items():
        await Rate.create(name=name, burst=rate, sustained=rate, changed_at=now)
