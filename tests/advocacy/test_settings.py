"""Embedded defaults for everything; production names what it lacks and does not start."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from advocacy import settings
from advocacy.errors import Misconfigured

PRODUCTION = {
    "MODE": "production",
    "DATABASE_URL": "postgres://advocacy@127.0.0.1/advocacy",
    "REDIS_URL": "redis://127.0.0.1/0",
    "SMTP_URL": "smtp://127.0.0.1:25",
    "BASE_URL": "https://act.example.org",
    "SECRET_KEY": "x" * 40,
    "MAIL_FROM": "Act <act@example.org>",
}


def test_nothing_has_to_be_set(tmp_path: Path) -> None:
    made = settings.load({"VAR": str(tmp_path)})
    assert made.database_url == f"sqlite://{tmp_path / 'advocacy.db'}"
    assert made.is_embedded_queue
    assert made.is_embedded_mail
    assert len(made.secret_key) > 40


def test_the_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first = settings.load({"VAR": str(tmp_path)}).secret_key
    assert settings.load({"VAR": str(tmp_path)}).secret_key == first
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


def test_settings_do_not_change(tmp_path: Path) -> None:
    made = settings.load({"VAR": str(tmp_path)})
    with pytest.raises(FrozenInstanceError):
        made.base_url = "x"  # type: ignore[misc]


def test_a_complete_production_starts(tmp_path: Path) -> None:
    assert settings.load({**PRODUCTION, "VAR": str(tmp_path)}).is_production


@pytest.mark.parametrize("name", [name for name in PRODUCTION if name != "MODE"])
def test_production_names_what_is_missing(tmp_path: Path, name: str) -> None:
    environment = {k: v for k, v in PRODUCTION.items() if k != name}
    with pytest.raises(Misconfigured, match=name):
        settings.load({**environment, "VAR": str(tmp_path)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "http://act.example.org"),
        ("SECRET_KEY", "short"),
        ("DATABASE_URL", "sqlite:///x.db"),
        ("SMTP_CONNECTIONS", "many"),
        ("MODE", "staging"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=name):
        settings.load({**PRODUCTION, "VAR": str(tmp_path), name: value})
