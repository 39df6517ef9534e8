"""The project's own source as the house tests read it: files, modules, calls, layers."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("advocacy", "campaigns")
CODE = (*PACKAGES, "tests", "benchmarks", ".ci")


def python_files(*folders: str) -> list[Path]:
    """Every Python file under some folders, migrations left out."""
    found = [path for each in folders for path in (ROOT / each).rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)


def name_of(path: Path) -> str:
    """`advocacy/web/app.py`, whatever folder the checkout lies in."""
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    """`advocacy.web.app`."""
    return name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), name_of(path))


def calls_of(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a file with the last part of what is called: `after_commit`, `create`."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute):
                yield called.attr, node
            elif isinstance(called, ast.Name):
                yield called.id, node


def imports_of(path: Path) -> set[str]:
    """Every module, or member of a module, that a file imports, by its full name."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@cache
def pyproject() -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def floors(package: str) -> list[list[str]]:
    """The layers of a package from the highest down, as the import contracts name them."""
    for contract in pyproject()["tool"]["importlinter"]["contracts"]:
        layers = contract.get("layers", [])
        if layers and layers[0].startswith(f"{package}."):
            return [[part.strip() for part in _parts(layer)] for layer in layers]
    raise AssertionError(f"no layers contract for {package}")


def _parts(layer: str) -> list[str]:
    return layer.replace("|", ":").replace("(", "").replace(")", "").split(":")
