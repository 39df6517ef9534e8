"""A worker process killed in mid-batch: nobody gets a letter twice and nobody is forgotten."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import timedelta

import pytest

from advocacy import moment, queue
from advocacy.settings import ROOT, Settings
from campaigns import wiring
from campaigns.mailings import composing, dispatching, sending
from campaigns.mailings.composing import Text
from campaigns.mailings.models import Delivery, Mailing
from tests import factories
from tests.conftest import Ground
from tests.postbox import SmtpSink, parse

SIZE = 300
PATIENCE = 90


@pytest.fixture
async def ringing(database: Settings) -> AsyncIterator[Settings]:
    """The database and a queue to ring, with no worker in this process."""
    wiring.load_tasks()
    queue.open_queue(database.redis_url)
    yield database
    queue.close_queue()


@contextmanager
def worker(config: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """What `advocacy worker` runs, in a process group that one signal ends as a whole."""
    environ = {each.metadata["env"]: str(getattr(config, each.name)) for each in fields(Settings)}
    process = subprocess.Popen(
        [sys.executable, "-m", "dramatiq", "campaigns.worker:broker", "-p", "1", "-t", "8"],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)


async def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        await asyncio.sleep(0.005)


def accepted(sink: SmtpSink) -> Counter[str]:
    """How often the receiving server took a letter for each address."""
    return Counter(str(parse(each)["to"]).rpartition("<")[2].strip(">") for each in sink.kept)


@pytest.mark.parametrize("ground", ["server"], indirect=True)
async def test_a_worker_killed_in_mid_batch_sends_nobody_a_second_letter(
    ground: Ground, ringing: Settings
) -> None:
    sink = ground.smtp
    assert sink is not None
    chapter = await factories.chapter()
    for number in range(SIZE):
        await factories.member(chapter, f"m{number}@example.org")
    mailing = await composing.draft(chapter, "Crash", {"en": Text("Hello {name}", "[Go]({link})")})
    await sending.schedule(chapter, mailing.id, version=mailing.version)
    with worker(ringing) as first:
        await until(lambda: len(sink.kept) > SIZE // 3, "a third was sent")
        os.killpg(first.pid, signal.SIGKILL)
        first.wait(10)
    before = accepted(sink)
    assert len(before) < SIZE, "it was killed too late to prove anything"
    with moment.shifted(timedelta(minutes=3)):
        await sending.sweep()
    assert not await Delivery.filter(status="claimed").exists(), "no row is left claimed"
    unclear = await Delivery.filter(status="unknown").count()
    assert unclear <= dispatching.GROUP, "only what was on the wire is unclear"

    with worker(ringing):
        deadline = time.monotonic() + PATIENCE
        while (await Mailing.get(id=mailing.id)).state != "sent":
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
    received = accepted(sink)
    assert set(received.values()) == {1}, "nobody twice"
    rows = await Delivery.filter(mailing_id=mailing.id).select_related("person")
    sent = {each.person.email for each in rows if each.status == "sent"}
    unknown = {each.person.email for each in rows if each.status == "unknown"}
    assert sent | unknown == {f"m{number}@example.org" for number in range(SIZE)}
    assert sent <= set(received), "what we call sent was accepted"
    assert set(received) - sent <= unknown, "what was accepted is never called unsent"
