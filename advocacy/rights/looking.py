"""Looking up requests: a person's own, one behind a link, and the list of those who handle them."""

from dataclasses import dataclass
from datetime import datetime

from advocacy import moment, tokens
from advocacy.errors import NotFound
from advocacy.render.i18n import gettext as _
from advocacy.rights.asking import ANSWER_WITHIN, LINK_LIFE
from advocacy.rights.models import RightsRequest

PAGE = 50


@dataclass(frozen=True)
class Line:
    """A request in the list of staff; `name` and `email` are empty once the person is erased."""

    id: int
    kind: str
    state: str
    progress: int
    email: str
    name: str
    by_staff: bool
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None

    @property
    def is_open(self) -> bool:
        """True while somebody waits for it."""
        return self.state in ("waiting", "running", "failed")

    @property
    def is_late(self) -> bool:
        """True when the month is over and it is not done."""
        return self.is_open and self.due_at < moment.now()


async def own(person_id: int, limit: int = 20) -> list[RightsRequest]:
    """A person's requests, the newest first."""
    return await RightsRequest.filter(person_id=person_id).order_by("-id").limit(limit)


async def one(person_id: int, request_id: int) -> RightsRequest:
    """A request of this person. Raises NotFound for anybody else's."""
    found = await RightsRequest.get_or_none(id=request_id, person_id=person_id)
    if found is None:
        raise NotFound()
    return found


async def behind(purpose: str, token: str, *, is_dated: bool = True) -> RightsRequest:
    """The request a link in a letter is about. Raises NotFound when it is forged or too old."""
    values = tokens.read(
        purpose, token, max_age=int(LINK_LIFE.total_seconds()) if is_dated else None
    )
    found = None
    if values is not None:
        found = await RightsRequest.get_or_none(id=int(values[0])).select_related("person")
    if found is None:
        raise NotFound(_("This link is too old or not complete."))
    return found


async def listed(
    *, only_open: bool = False, before: int | None = None
) -> tuple[list[Line], int | None]:
    """A page of all requests, the newest first, and the key of the next page."""
    wanted = RightsRequest.all()
    if only_open:
        wanted = wanted.filter(state__in=("waiting", "running", "failed"))
    if before:
        wanted = wanted.filter(id__lt=before)
    found = await wanted.select_related("person").order_by("-id").limit(PAGE + 1)
    lines = [_line(each) for each in found[:PAGE]]
    return lines, lines[-1].id if len(found) > PAGE else None


async def line(request_id: int) -> tuple[RightsRequest, Line]:
    """One request as staff see it. Raises NotFound."""
    found = await RightsRequest.get_or_none(id=request_id).select_related("person")
    if found is None:
        raise NotFound()
    return found, _line(found)


async def late_count() -> int:
    """How many requests are open though their month is over."""
    return await RightsRequest.filter(
        state__in=("waiting", "running", "failed"), created_at__lt=moment.now() - ANSWER_WITHIN
    ).count()


def _line(request: RightsRequest) -> Line:
    person = request.person
    is_gone = person.erased_at is not None
    return Line(
        id=request.id,
        kind=request.kind,
        state=request.state,
        progress=request.progress,
        email="" if is_gone else person.email,
        name="" if is_gone else person.full_name,
        by_staff=request.asked_by_id is not None,
        created_at=request.created_at,
        due_at=request.created_at + ANSWER_WITHIN,
        finished_at=request.finished_at,
    )
