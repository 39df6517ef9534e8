"""A demo that really runs, and a Chromium that opens its pages."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests import servers
from tests.conftest import MISSING

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Demo:
    """The address of the running demo and the sign-in links that it printed."""

    base: str
    links: dict[str, str] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    def context(self, browser: Browser, reader: str, **options: Any) -> BrowserContext:
        """A browser context of a reader, signed in once by the printed link and its button."""
        if reader in self.links and reader not in self.kept:
            context = browser.new_context()
            page = context.new_page()
            page.goto(self.links[reader])
            page.click("main form button")
            self.kept[reader] = context.storage_state()
            context.close()
        return browser.new_context(storage_state=self.kept.get(reader), **options)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """`advocacy run` in a folder of its own, exactly as `make run` starts it."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="advocacy-demo-") as folder:
        log = Path(folder) / "log"
        clean = {k: v for k, v in os.environ.items() if not k.endswith("_URL")}
        command = [sys.executable, "-m", "campaigns", "run", "--port", str(port), "--var", folder]
        with log.open("w") as out:
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=clean
            )
        try:
            _wait(f"http://127.0.0.1:{port}/readyz", process, log)
            printed = log.read_text(encoding="utf-8")
            links = dict(re.findall(r"^  (\S.*?) {2,}(http\S+/sign-in/\S+)$", printed, re.M))
            yield Demo(f"http://127.0.0.1:{port}", links)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise AssertionError(f"the demo ended: {log.read_text(encoding='utf-8')[-3000:]}")
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the demo did not start in a minute")


# Playwright keeps a loop turning while it is open, which async tests of other modules cannot bear.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, found on this machine."""
    found = servers.find_chromium()
    if isinstance(found, servers.Missing):
        MISSING.append(found.reason)
        pytest.skip(found.reason)
    with sync_playwright() as driver:
        running = driver.chromium.launch(
            executable_path=str(found),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
            ],
        )
        yield running
        running.close()
