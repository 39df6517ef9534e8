"""The catalogues: complete, unambiguous and with the same placeholders, in every language."""

import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from advocacy.render.i18n import CATALOGUES, DEFAULT, LOCALES
from tests.house.source import ROOT

TRANSLATED = [locale for locale in LOCALES if locale != DEFAULT]


@cache
def _wanted() -> Catalog:
    """Every message in code and templates, extracted as `make messages` does."""
    with TemporaryDirectory() as folder:
        target = Path(folder) / "messages.pot"
        command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract"]
        command += ["-F", "pyproject.toml", "-k", "lazy_gettext", "-o", str(target), "."]
        subprocess.run(command, cwd=ROOT, check=True)
        with target.open("rb") as file:
            return read_po(file)


def _read(locale: str) -> Catalog:
    with (CATALOGUES / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=locale)


def _is_whole(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    strings = message.string if isinstance(message.string, list | tuple) else [message.string]
    return all(strings)


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_catalogue_has_every_message(locale: str) -> None:
    catalogue = _read(locale)
    missing = [
        str(message.id)
        for message in _wanted()
        if message.id and not _is_whole(catalogue.get(message.id, message.context))
    ]
    assert not missing, f"{len(missing)} missing in {locale}: {missing[:20]}"


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_translation_keeps_every_placeholder(locale: str) -> None:
    catalogue = _read(locale)
    wrong = [
        f"{message.id}: {problem}"
        for message in catalogue
        if message.id and _is_whole(message)
        for problem in message.check(catalogue)
    ]
    assert not wrong


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_catalogue_has_nothing_that_is_no_longer_said(locale: str) -> None:
    said = {(message.id, message.context) for message in _wanted()}
    stale = [str(m.id) for m in _read(locale) if m.id and (m.id, m.context) not in said]
    assert not stale, "run `make messages`"
