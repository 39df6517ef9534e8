"""Settings for tests that need a key and a folder, but neither rows nor servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from advocacy import settings
from advocacy.settings import Settings


@pytest.fixture
def keyed(tmp_path: Path) -> Iterator[Settings]:
    """Settings with a secret key and a bounce domain, current for the length of the test."""
    key = "a key for tests that is long enough to be one"
    environ = {"VAR": str(tmp_path), "SECRET_KEY": key, "BOUNCE_DOMAIN": "bounces.example.org"}
    made = settings.load(environ)
    settings.use(made)
    yield made
    settings.use(None)
