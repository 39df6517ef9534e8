"""When a page was made, signed into a hidden field of its form.

It names no reader, so that a page with it can be kept by shared caches; it only says how long the
page has been there when its form comes back.
"""

import re
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from advocacy import moment, tokens

NAME = "made"
PURPOSE = "made"
MOST = 10**12

_FIELD = re.compile(rb'<input type="hidden" name="made" value="[^"]*">')


def stamp() -> str:
    """The present moment, signed."""
    return tokens.sign(PURPOSE, int(moment.now().timestamp() * 10))


def field() -> Markup:
    """The hidden field."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(NAME, stamp())


def age(token: str) -> timedelta | None:
    """How long ago a stamp was made; None for one that is not ours."""
    values = tokens.read(PURPOSE, token)
    if values is None or not values[0].isdecimal() or int(values[0]) > MOST:
        return None
    return moment.now() - datetime.fromtimestamp(int(values[0]) / 10, UTC)


def without(page: bytes) -> bytes:
    """A page without its stamps: what stays the same while the page does."""
    return _FIELD.sub(b"", page)
