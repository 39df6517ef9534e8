"""The servers a benchmark runs against: a durable PostgreSQL, a Redis, a mail sink, our processes.

PostgreSQL keeps fsync on here, as an installation would. Everything ends with its block.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from advocacy import schema
from campaigns import wiring  # noqa: F401 - makes the tables of campaigns known
from tests import servers

PATIENCE = 60.0
ROOT = Path(__file__).resolve().parent.parent


class Lacking(Exception):
    """The machine lacks what a benchmark needs; the driver says so and goes on."""


@contextmanager
def postgres(*, migrated: bool = True) -> Iterator[str]:
    """The address of a new database on a durable PostgreSQL, with our tables in it."""
    server = servers.start_postgres(durable=True)
    if isinstance(server, servers.Missing):
        raise Lacking(server.reason)
    try:
        name = f"bench_{uuid.uuid4().hex}"
        asyncio.run(_execute(server.url, f"CREATE DATABASE {name}"))
        url = server.url.rpartition("/")[0] + f"/{name}"
        if migrated:
            asyncio.run(schema.migrate(url))
        yield url
        if not server.stopping:
            asyncio.run(_execute(server.url, f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        server.stop()


@contextmanager
def sqlite(*, migrated: bool = True) -> Iterator[str]:
    """The address of a new SQLite database with our tables in it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        url = f"sqlite://{folder}/advocacy.db"
        if migrated:
            asyncio.run(schema.migrate(url))
        yield url


@contextmanager
def redis() -> Iterator[str]:
    """The address of an empty Redis."""
    server = servers.start_redis()
    if isinstance(server, servers.Missing):
        raise Lacking(server.reason)
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def sink(*options: str, backlog: int = 500) -> Iterator[int]:
    """The port of Postfix's smtp-sink on loopback; exactly one listens there.

    Two sinks would share a port without a word, so the port has to be free before.
    """
    program = servers.find_smtp_tool("smtp-sink")
    if isinstance(program, servers.Missing):
        raise Lacking(program.reason)
    port = servers.free_port()
    words = [str(program), *options]
    if os.geteuid() == 0:
        words += ["-u", "nobody"]
    words += [f"127.0.0.1:{port}", str(backlog)]
    with running(words, {}, port=port):
        yield port


@contextmanager
def ours(*words: str, environ: Mapping[str, str], port: int | None = None) -> Iterator[int]:
    """Runs `advocacy <words>` with this environment; yields its process id once it answers."""
    with running([sys.executable, "-m", "campaigns", *words], environ, port=port) as pid:
        yield pid


@contextmanager
def running(
    words: list[str], environ: Mapping[str, str], *, port: int | None = None
) -> Iterator[int]:
    """Runs a program in a process group of its own, which ends with the block."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            words,
            cwd=ROOT,
            env={**os.environ, **environ},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            _await(process, port)
            yield process.pid
        except RuntimeError:
            output.seek(0)
            sys.stderr.buffer.write(output.read()[-4000:])
            raise
        finally:
            _end(process)


def _await(process: "subprocess.Popen[bytes]", port: int | None) -> None:
    deadline = time.monotonic() + PATIENCE
    while port is not None and not _answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} did not start")
        time.sleep(0.05)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


async def _execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
