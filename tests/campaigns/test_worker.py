"""A worker process that starts while messages wait for it has its database open for the first."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from advocacy import queue
from advocacy.settings import ROOT, Settings

WAITING = 60
PATIENCE = 240


@pytest.mark.parametrize("ground", ["server"], indirect=True)
async def test_a_worker_that_starts_into_a_full_queue_fails_no_task(config: Settings) -> None:
    from campaigns import wiring

    wiring.load_tasks()
    queue.open_queue(config.redis_url)
    try:
        for number in range(WAITING):
            await queue.ring_now("identity.answer_request", 1_000_000 + number)
        process = subprocess.Popen(
            [sys.executable, "-m", "campaigns", "worker"],
            cwd=ROOT,
            env={
                **os.environ,
                "VAR": config.var,
                "DATABASE_URL": config.database_url,
                "REDIS_URL": config.redis_url,
                "SMTP_URL": config.smtp_url,
                "SECRET_KEY": config.secret_key,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _each in range(PATIENCE):
            if not await queue.waiting():
                break
            await asyncio.sleep(0.25)
        left = await queue.waiting()
        process.send_signal(signal.SIGTERM)
        said, _none = await asyncio.to_thread(process.communicate, timeout=60)
    finally:
        queue.close_queue()
    assert left == 0
    assert "Traceback" not in said, said[-3000:]
