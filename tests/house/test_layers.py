"""The walls: the import contracts name every room, and in a slice everything leans downwards."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from advocacy import db
from campaigns import wiring
from tests.house.source import PACKAGES, ROOT, calls_of, floors, imports_of, module_of, name_of
from tests.house.source import python_files as files

WRITING = {"save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
RAW = {"execute", "execute_many", "transaction"}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_import_contracts_name_every_slice(package: str) -> None:
    named = {name for floor in floors(package) for name in floor}
    present = {
        f"{package}.{path.stem}"
        for path in (ROOT / package).iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    unnamed = present - named - {f"{package}.__init__", f"{package}.migrations"}
    assert not unnamed, f"add to [tool.importlinter] in pyproject.toml: {sorted(unnamed)}"
    assert not named - present, "a contract names what is not there"


def _slices() -> list[Path]:
    return sorted(path.parent for each in PACKAGES for path in (ROOT / each).glob("**/models.py"))


@pytest.mark.parametrize("folder", _slices(), ids=name_of)
def test_in_a_slice_routes_call_acts_and_acts_never_look_up(folder: Path) -> None:
    here = module_of(folder / "__init__.py")
    siblings = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    wrong = []
    for path in folder.glob("*.py"):
        above = siblings if path.stem == "models" else {"routes", "tasks"}
        for name in imports_of(path):
            first = name.removeprefix(f"{here}.").split(".")[0]
            if name.startswith(f"{here}.") and first in above:
                wrong.append(f"{name_of(path)} imports {name}")
    assert not wrong


def _thin_files() -> list[Path]:
    return [path for path in files(*PACKAGES) if path.stem in ("routes", "tasks")]


@pytest.mark.parametrize("path", _thin_files(), ids=name_of)
def test_routes_and_tasks_never_write(path: Path) -> None:
    wrong = []
    for name, call in calls_of(path):
        raw = name in RAW and ast_base(call) == "db"
        if name in WRITING or raw:
            wrong.append(f"{name_of(path)}:{call.lineno} calls {name}")
    assert not wrong, "leave writing to a verb"


def ast_base(call: Any) -> str:
    """The name before the dot of a call: `db` in `db.execute(...)`."""
    return getattr(getattr(call.func, "value", None), "id", "")


def _models() -> dict[str, type[Any]]:
    wiring.load_tasks()
    found: dict[str, type[Any]] = {}
    for app, description in db.MODELS.items():
        for name in description["models"]:
            module: ModuleType = __import__(name, fromlist=["models"])
            for value in vars(module).values():
                if isinstance(value, type) and value.__module__ == name and hasattr(value, "_meta"):
                    found[f"{app}.{value.__name__}"] = value
    return found


def _floor_of(module: str) -> tuple[int, int]:
    package = module.split(".")[0]
    for height, names in enumerate(reversed(floors(package))):
        if any(module == name or module.startswith(f"{name}.") for name in names):
            return (PACKAGES.index(package), height)
    raise AssertionError(f"{module} is on no floor")


def test_foreign_keys_point_downwards() -> None:
    models = _models()
    assert models
    wrong = []
    for name, model in models.items():
        for field in (*model._meta.fk_fields, *model._meta.o2o_fields, *model._meta.m2m_fields):
            target = model._meta.fields_map[field].model_name
            target = target if isinstance(target, str) else f"{target._meta.app}.{target.__name__}"
            here, there = model.__module__, models[target].__module__
            sideways = _floor_of(here) == _floor_of(there) and here != there
            if sideways or _floor_of(there) > _floor_of(here):
                wrong.append(f"{name}.{field} points up or across to {target}")
    assert not wrong
