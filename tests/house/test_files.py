"""Sizes and names: a file that grows too long or means nothing is a noun that was missed."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.source import CODE, PACKAGES, ROOT, name_of, pyproject, python_files, tree_of

MOST_LINES = 300
VAGUE = {"service", "services", "util", "utils", "helper", "helpers", "manager", "common", "misc"}
WRITTEN = ("Makefile", "Procfile", "pyproject.toml", "requirements.lock", "tests/requirements.lock")


def _sources() -> list[Path]:
    more = [p for folder in ("templates", "docs") for p in (ROOT / folder).rglob("*.*")]
    return [*python_files(*CODE), *more]


@pytest.mark.parametrize("path", python_files(*CODE), ids=name_of)
def test_no_file_has_three_hundred_lines(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines < MOST_LINES, f"{name_of(path)} has {lines} lines"


def test_no_name_is_vague() -> None:
    parts = {name_of(p): {*p.relative_to(ROOT).parts[:-1], p.stem} for p in python_files(*CODE)}
    assert not [name for name, words in parts.items() if words & VAGUE]


def test_every_module_says_what_it_is_for() -> None:
    silent = []
    for path in python_files(*CODE):
        tree = tree_of(path)
        if tree.body and not ast.get_docstring(tree):
            silent.append(name_of(path))
    assert not silent


def test_every_package_that_ships_has_its_folders_marked() -> None:
    unmarked = [
        name_of(folder)
        for folder in {path.parent for path in python_files(*PACKAGES)}
        if not (folder / "__init__.py").exists()
    ]
    assert not unmarked


def test_no_text_names_a_folder_of_somebodys_machine() -> None:
    private = re.compile(r"(?<![\w.])/(?:root|home|Users|work|opt/pypi|opt/wheels)/")
    found = [
        f"{name_of(path)}:{number}"
        for path in [*_sources(), *(ROOT / each for each in WRITTEN)]
        if path != Path(__file__) and path.suffix not in {".png", ".woff2", ".ico"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if private.search(line)
    ]
    assert not found


@pytest.mark.parametrize("lock", ["requirements.lock", "tests/requirements.lock"])
def test_a_lock_names_no_address_and_has_a_hash_for_everything(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|--(?:extra-)?index|--find-links|--trusted", text)
    pins = [line for line in text.splitlines() if re.match(r"[\w.\[\]-]+==", line)]
    assert len(pins) > 10
    assert all(line.endswith("\\") for line in pins), "a pin without a hash"


def test_the_locks_hold_what_pyproject_asks_for() -> None:
    project = pyproject()["project"]
    runtime, dev = project["dependencies"], project["optional-dependencies"]["dev"]
    for lock, wanted in (("requirements.lock", runtime), ("tests/requirements.lock", dev)):
        text = (ROOT / lock).read_text(encoding="utf-8").lower()
        pinned = {_plain(line.split("==")[0]) for line in text.splitlines() if "==" in line}
        missing = {_plain(re.split(r"[\[<>=!~; ]", each)[0]) for each in wanted} - pinned
        assert not missing, f"run `make lock`: {lock} lacks {sorted(missing)}"


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip().split("[")[0].lower())
