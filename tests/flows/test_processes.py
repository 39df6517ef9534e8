"""`honcho start` runs the whole Procfile on one machine against PostgreSQL, Redis and SMTP."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from advocacy.settings import ROOT
from tests.browser.conftest import free_port
from tests.conftest import Ground, _named, _pg
from tests.postbox import SmtpSink, links_in, parse

PATIENCE = 180


@dataclass
class Started:
    """The running processes as a browser and a mailbox see them."""

    base: str
    sink: SmtpSink
    environment: dict[str, str]
    log: Path

    def command(self, *arguments: str) -> str:
        """Runs one `advocacy` command against the same servers."""
        done = subprocess.run(
            [sys.executable, "-m", "campaigns", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
async def started(ground: Ground, tmp_path: Path) -> AsyncIterator[Started]:
    """The Procfile under honcho, with a fresh database."""
    sink = ground.smtp
    assert sink is not None
    sink.clear()
    name, port = f"p_{uuid.uuid4().hex}", free_port()
    admin = _named(ground.template, "postgres")
    await _pg(admin, f"CREATE DATABASE {name}")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "VAR": str(tmp_path),
        "DATABASE_URL": _named(ground.template, name),
        "REDIS_URL": ground.redis_url.rsplit("/", 1)[0] + "/7",
        "SMTP_URL": sink.url,
        "BASE_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": "a key for tests that is long enough to be one",
        "BOUNCE_DOMAIN": "bounces.example.org",
        "INBOUND_PORT": str(free_port()),
        "PORT": str(port),
    }
    log = tmp_path / "honcho.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "honcho", "start"],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    made = Started(environment["BASE_URL"], sink, environment, log)
    try:
        await _ready(made, process)
        yield made
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
        await _pg(admin, f"DROP DATABASE {name} WITH (FORCE)")
        assert code in (0, -signal.SIGTERM, 128 + signal.SIGTERM), log.read_text()[-4000:]
        assert "Killing worker process" not in log.read_text(), "the worker was not let finish"


async def _ready(made: Started, process: "subprocess.Popen[bytes]") -> None:
    async with httpx2.AsyncClient() as http:
        for _ in range(PATIENCE * 2):
            assert process.poll() is None, made.log.read_text()[-4000:]
            try:
                if (await http.get(f"{made.base}/readyz")).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.5)
    raise AssertionError(made.log.read_text()[-4000:])


async def _letter(made: Started, address: str, part: str) -> str:
    for _ in range(PATIENCE * 4):
        for raw in list(made.sink.kept):
            letter = parse(raw)
            found = [link for link in links_in(letter) if part in link]
            if address in str(letter["to"]) and found:
                return found[0].removeprefix(made.base)
        await asyncio.sleep(0.25)
    raise AssertionError(f"no letter to {address}\n{made.log.read_text()[-4000:]}")


@pytest.mark.parametrize("ground", ["server"], indirect=True)
async def test_the_procfile_does_the_main_job(started: Started) -> None:
    chapters = started.command("import", "chapters")
    assert '"created": 130' in chapters
    headers = {"sec-fetch-site": "same-origin", "accept": "text/html"}
    async with httpx2.AsyncClient(
        base_url=started.base, headers=headers, follow_redirects=True
    ) as http:
        opened = await http.get("/en/chapters/kenya")
        form = {"given_name": "Ada", "email": "ada@example.org", "language": "en", "letters": "y"}
        form |= re.findall(r'name="(made)" value="([^"]+)"', opened.text)
        # People take longer than two seconds to fill in a form; who is faster is checked.
        await asyncio.sleep(2.1)
        assert (await http.post("/en/chapters/kenya/join", data=form)).status_code == 200
        link = await _letter(started, "ada@example.org", "/join/")
        assert (await http.post(link)).status_code == 200
        assert "1 member" in (await http.get("/en/chapters/kenya")).text

        started.command("grant", "lead@example.org", "chapter_lead", "--chapter", "kenya")
        await http.post("/sign-in", data={"email": "lead@example.org", "next": "/console"})
        entered = await http.post(await _letter(started, "lead@example.org", "/sign-in/"))
        assert entered.status_code == 200
        roll = await http.get("/console/kenya/members")
        assert "ada@example.org" in roll.text
    doctor = subprocess.run(
        [sys.executable, "-m", "campaigns", "doctor"],
        cwd=ROOT, env=started.environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert doctor.returncode == 0, doctor.stdout
    assert re.search(r"PostgreSQL \d+", doctor.stdout)
    log = started.log.read_text()
    for process in ("release.1", "web.1", "worker.1", "clock.1", "inbound.1"):
        assert process in log
    assert "Traceback" not in log, log[-4000:]
