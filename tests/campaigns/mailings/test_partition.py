"""Whatever happens in whatever order: the statuses sum to the audience, and nobody unwilling is
sent to."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as some

from advocacy import db, moment
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict
from advocacy.settings import Settings
from campaigns.mailings import claiming, composing, sending, tracking
from campaigns.mailings.claiming import Batch, Outcome
from campaigns.mailings.composing import Text
from campaigns.mailings.models import Delivery, Mailing
from tests import factories

SIZE = 8
OUTCOMES = ("sent", "sent", "sent", "failed", "deferred", "unknown")
MOVES = (
    *("claim", "wire", "wire", "settle", "settle", "release", "bury", "late"),
    *("pause", "resume", "stop", "leave", "bounce", "again", "finish"),
)


class Play:
    """One mailing, the batches of its workers, and what may happen to them."""

    def __init__(self, chapter: Chapter, mailing: Mailing) -> None:
        self.chapter = chapter
        self.mailing = mailing
        self.batches: list[Batch] = []
        self.on_wire: list[tuple[Batch, list[int]]] = []
        self.unwilling: set[int] = set()

    async def move(self, name: str, dice: int) -> None:
        """One thing happens; where the state forbids it, nothing does."""
        acts: dict[str, Callable[[], Awaitable[object]]] = {
            "pause": lambda: sending.pause(self.chapter, self.mailing.id),
            "resume": lambda: sending.resume(self.chapter, self.mailing.id),
            "stop": lambda: sending.stop(self.chapter, self.mailing.id),
            "again": lambda: sending.send_unknown_again(self.chapter, self.mailing.id),
            "finish": lambda: sending.finish(self.mailing.id),
            "bury": self.bury,
        }
        try:
            await (acts[name]() if name in acts else getattr(self, name)(dice))
        except Conflict:
            return

    async def claim(self, dice: int) -> None:
        with moment.shifted(timedelta(hours=dice % 3)):
            batch = await claiming.claim(self.mailing.id, self.chapter.id, limit=dice % 5 + 1)
        if batch.ids:
            self.batches.append(batch)

    async def wire(self, dice: int) -> None:
        if self.batches:
            batch = self.batches[dice % len(self.batches)]
            ids = batch.ids[: dice % 3 + 1]
            if ids:
                marked = await claiming.put_on_wire(batch, ids)
                gone = await Delivery.filter(id__in=list(marked)).values_list(
                    "person_id", flat=True
                )
                assert not self.unwilling & set(gone), "put on the wire against their will"
                self.on_wire.append((batch, list(marked)))

    async def settle(self, dice: int) -> None:
        if self.on_wire:
            batch, ids = self.on_wire.pop(dice % len(self.on_wire))
            due = moment.now() + timedelta(minutes=1)
            status = OUTCOMES[dice % len(OUTCOMES)]
            when = due if status == "deferred" else None
            await claiming.settle(batch, [Outcome(i, status, "x", "250 x", when) for i in ids])

    async def release(self, dice: int) -> None:
        if self.batches:
            await claiming.release(self.batches.pop(dice % len(self.batches)))

    async def late(self, dice: int) -> None:
        """A worker that was thought dead settles after all."""
        with moment.shifted(timedelta(minutes=3)):
            await claiming.bury()
        await self.settle(dice)

    async def bury(self) -> None:
        with moment.shifted(timedelta(minutes=3)):
            await claiming.bury()

    async def leave(self, dice: int) -> None:
        delivery = await self.some_delivery(dice)
        await tracking.unsubscribe(tracking.unsubscribe_path(delivery.id).removeprefix("/u/"))
        self.unwilling.add(delivery.person_id)
        waiting = Delivery.filter(person_id=delivery.person_id, mailing_id=self.mailing.id)
        assert not await waiting.filter(status__in=("queued", "deferred")).exists()

    async def bounce(self, dice: int) -> None:
        delivery = await self.some_delivery(dice)
        if await tracking.take_bounce(delivery.id, "hard"):
            self.unwilling.add(delivery.person_id)

    async def some_delivery(self, dice: int) -> Delivery:
        found = await Delivery.filter(mailing_id=self.mailing.id).order_by("id")
        return found[dice % len(found)]

    async def adds_up(self) -> None:
        """The invariant of the ledger and of the mailing's state."""
        rows = await db.rows(
            "SELECT status, COUNT(*) AS n FROM campaigns_delivery WHERE mailing_id = $1"
            " GROUP BY status",
            self.mailing.id,
        )
        counts = {each["status"]: int(each["n"]) for each in rows}
        mailing = await Mailing.get(id=self.mailing.id)
        assert sum(counts.values()) == mailing.audience_size == SIZE
        if mailing.state == "sent":
            assert not set(counts) & set(claiming.OPEN), counts


@examples(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    moves=some.lists(
        some.tuples(some.sampled_from(MOVES), some.integers(0, 59)), min_size=10, max_size=40
    )
)
async def test_the_deliveries_partition_the_audience(
    database: Settings, moves: list[tuple[str, int]]
) -> None:
    chapter = await factories.chapter()
    for _number in range(SIZE):
        await factories.member(chapter)
    mailing = await composing.draft(chapter, "Any", {"en": Text("Hello", "Words")})
    await sending.schedule(chapter, mailing.id, version=mailing.version)
    await sending.start(mailing.id)
    play = Play(chapter, mailing)
    for name, dice in moves:
        await play.move(name, dice)
        await play.adds_up()
