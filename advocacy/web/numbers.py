"""Whole numbers as strangers write them: none that a column of ours could not hold.

Importing it makes `{name:int}` in a route's path match such numbers only.
"""

from starlette.convertors import Convertor, register_url_convertor

DIGITS = 18
# What a plain integer column holds and can still count up once.
MAX_INT = 2**31 - 2


def number(text: object, *, most: int = 10**DIGITS - 1) -> int | None:
    """The number that a text is, from 0 to `most`; None for anything else."""
    if not isinstance(text, str) or not (text.isascii() and text.isdigit()):
        return None
    if len(text) > DIGITS or int(text) > most:
        return None
    return int(text)


def number_or_error(value: object) -> int:
    """As `number`, for a select field's `coerce`. Raises ValueError for anything else."""
    found = number(str(value))
    if found is None:
        raise ValueError("That is no number of ours")
    return found


class _Id(Convertor[int]):
    regex = f"[0-9]{{1,{DIGITS}}}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("int", _Id())
