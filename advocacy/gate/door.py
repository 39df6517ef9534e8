"""The gate's side of a public form: an attempt from a request, and the page with the check."""

from typing import Any

import orjson
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from advocacy.gate import judging, proving
from advocacy.gate.judging import Attempt, Verdict
from advocacy.web import limits, pages, stamps

BAIT = "website"
PROOF = "altcha"
SLOWLY = "slowly"
_OWN = (stamps.NAME, PROOF, SLOWLY, "csrf_token")


async def judge(
    request: Request, data: FormData, *, form: str, chapter: str, email: str
) -> tuple[Attempt, Verdict]:
    """Judges a posted form whose fields are right. Raises Invalid on `email`."""
    attempt = Attempt(
        form=form,
        chapter=chapter,
        email=email.strip(),
        address=limits.client_address(request),
        network=limits.origin(request),
        made=_text(data, stamps.NAME),
        bait=_text(data, BAIT),
        proof=_text(data, PROOF),
        slowly=bool(_text(data, SLOWLY)),
    )
    return attempt, await judging.judge(attempt)


def check_page(request: Request, data: FormData, attempt: Attempt, verdict: Verdict) -> Response:
    """The page that carries the form on: its check starts by itself, a button does without it."""
    fields = [
        (name, value)
        for name, value in data.multi_items()
        if isinstance(value, str) and name not in _OWN
    ]
    challenge: Any = proving.challenge(attempt.subject)
    return pages.page(
        request,
        "gate/check.html",
        status=429,
        action=request.scope["path"],
        fields=fields,
        challenge=orjson.dumps(challenge).decode(),
        by_time=verdict.reason in ("haste", "stale", "untimed"),
        is_full=verdict.is_full,
        soonest=int(judging.SOONEST.total_seconds() // 60),
        slowest=int(judging.SLOWEST.total_seconds() // 60),
    )


def _text(data: FormData, name: str) -> str:
    value = data.get(name, "")
    return value if isinstance(value, str) else ""
