"""A question about the roll as it stands in an address: what is typed, filtered and sorted."""

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request

from advocacy.chapters.models import Chapter
from advocacy.identity.permissions import Reader
from advocacy.roster.listing import NEWEST, SORTS
from advocacy.roster.sifting import ADDRESSES, LETTERS, Sieve
from advocacy.roster.spelling import typed
from advocacy.web.numbers import number

MOST_TYPED = 100
MOST_TAG = 20


def sieve_of(request: Request, given: Mapping[str, object]) -> Sieve:
    """The sieve of a query or of a form; what is no answer to a filter is left out.

    At headquarters it reaches all chapters, for those alone who may see members everywhere.
    """
    chapter: Chapter = request.state.chapter
    reader: Reader = request.state.user
    is_wide = chapter.is_headquarters and reader.may_everywhere("members.see")
    language = _text(given, "language")
    return Sieve(
        chapter_id=None if is_wide else chapter.id,
        wanted=_text(given, "q")[:MOST_TYPED],
        letters=_one_of(given, "letters", LETTERS),
        language=language if len(language) <= MOST_TAG else "",
        tag_id=None if is_wide else number(_text(given, "tag")),
        address=_one_of(given, "address", ADDRESSES),
    )


def sort_of(sieve: Sieve, given: Mapping[str, object]) -> str:
    """The order asked for: the best first where something is typed, else the newest."""
    sort = _one_of(given, "sort", SORTS)
    if sort == "best" and not sieve.words:
        sort = ""
    return sort or ("best" if sieve.words else NEWEST)


def query_of(sieve: Sieve, **more: str) -> str:
    """The sieve as a query, from the question mark on, with more parts such as `sort`."""
    parts = {**fields_of(sieve), **more}
    kept = {name: text for name, text in parts.items() if text}
    return f"?{urlencode(kept)}" if kept else ""


def fields_of(sieve: Sieve) -> dict[str, str]:
    """The sieve as the fields of a form."""
    return {
        "q": sieve.wanted,
        "letters": sieve.letters,
        "language": sieve.language,
        "tag": "" if sieve.tag_id is None else str(sieve.tag_id),
        "address": sieve.address,
    }


def _text(given: Mapping[str, object], name: str) -> str:
    value = given.get(name)
    return typed(value) if isinstance(value, str) else ""


def _one_of(given: Mapping[str, object], name: str, answers: tuple[str, ...]) -> str:
    text = _text(given, name)
    return text if text in answers else ""
