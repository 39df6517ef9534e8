"""Where uploaded files and their reports lie, and for how long: they are full of people."""

import contextlib
import os
import secrets
import time
from pathlib import Path

from advocacy import settings

FILE_DAYS = 7
REPORT_DAYS = 30
DAY = 86_400
REPORT = ".report"


def folder() -> Path:
    """The folder of uploads, made on first use and nobody else's to read."""
    path = settings.current().var_path / "rolls"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def new_name() -> str:
    """A name for a file that nobody can guess and that holds nothing a visitor typed."""
    return secrets.token_hex(16)


def path_of(name: str) -> Path:
    """Where the file of an upload lies."""
    return folder() / name


def report_of(name: str) -> Path:
    """Where the report of an upload lies once there is one."""
    return folder() / f"{name}{REPORT}"


def drop(name: str) -> None:
    """Deletes the file of an upload; its report stays."""
    path_of(name).unlink(missing_ok=True)
    # A worker that was killed leaves the report it was writing.
    for draft in folder().glob(f".{name}{REPORT}.*.part"):
        draft.unlink(missing_ok=True)


def drop_old() -> None:
    """Deletes files and reports that have lain here too long."""
    now = time.time()
    for entry in os.scandir(folder()):
        days = REPORT_DAYS if entry.name.endswith(REPORT) else FILE_DAYS
        with contextlib.suppress(FileNotFoundError):
            if entry.is_file() and entry.stat().st_mtime < now - days * DAY:
                os.unlink(entry.path)
