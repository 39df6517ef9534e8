"""What hangs together by name: tasks that are rung, routes and the verbs they need, settings."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields

from starlette.routing import BaseRoute, Mount, Route

from advocacy import queue
from advocacy.identity.permissions import VERBS
from advocacy.settings import Settings
from campaigns import wiring
from tests.house.source import PACKAGES, ROOT, calls_of, module_of, name_of, python_files, tree_of

RINGING = {"after_commit", "ring_now"}
LONGEST_TASK = 10


def test_every_rung_task_exists() -> None:
    wiring.load_tasks()
    wrong, rung = [], set()
    for path in python_files(*PACKAGES):
        for name, call in calls_of(path):
            if name not in RINGING or not call.args or path.stem == "queue":
                continue
            first = call.args[0]
            where = f"{name_of(path)}:{call.lineno}"
            if not isinstance(first, ast.Constant):
                wrong.append(f"{where} rings a name that is not written out")
            elif first.value not in queue.task_names():
                wrong.append(f"{where} rings {first.value!r}, which no task answers")
            else:
                rung.add(first.value)
    assert not wrong
    assert rung


def test_the_wiring_knows_every_module_of_tasks_and_routes() -> None:
    found = {module_of(p) for p in python_files(*PACKAGES)}
    for stem, known in (("tasks", wiring.TASKS), ("routes", wiring.ROUTES)):
        modules = {each for each in found if each.endswith(f".{stem}")}
        assert not modules - set(known), f"add to campaigns/wiring.py: {modules - set(known)}"
    assert not set(wiring.TASKS) - found
    assert not set(wiring.ROUTES) - found


def test_a_task_calls_one_verb_and_is_short() -> None:
    long = []
    for path in python_files(*PACKAGES):
        for node in ast.walk(tree_of(path)) if path.stem == "tasks" else ():
            if isinstance(node, ast.AsyncFunctionDef) and node.decorator_list:
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > LONGEST_TASK:
                    long.append(f"{name_of(path)}:{node.lineno} has {length} lines")
    assert not long


def _endpoints(routes: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, object]]:
    for route in routes:
        if isinstance(route, Route):
            yield prefix + route.path, route.endpoint
        elif isinstance(route, Mount):
            yield from _endpoints(list(route.routes), prefix + route.path)


def test_every_staff_route_names_a_verb_that_some_role_has() -> None:
    granted = set().union(*VERBS.values())
    wrong = []
    for path, endpoint in _endpoints(wiring.all_routes()):
        verb = getattr(endpoint, "verb", None)
        if path.startswith("/console") and verb is None:
            wrong.append(f"{path} names no verb")
        elif verb is not None and verb not in granted:
            wrong.append(f"{path} needs {verb!r}, which no role has")
    assert not wrong


def test_no_path_is_served_twice() -> None:
    seen: dict[tuple[str, str], int] = {}
    for route in wiring.all_routes():
        if isinstance(route, Route):
            plain = re.sub(r"\{[^}]*\}", "{}", route.path)
            for method in route.methods or ():
                seen[plain, method] = seen.get((plain, method), 0) + 1
    assert not [key for key, count in seen.items() if count > 1]


def settings_table() -> str:
    """The table that README.md has to hold, made from the code."""
    lines = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for each in fields(Settings):
        default = each.metadata["default"]
        shown = f"`{default}`" if default else ""
        lines.append(f"| `{each.metadata['env']}` | {shown} | {each.metadata['meaning']} |")
    return "\n".join(lines)


def test_the_readme_lists_every_setting_as_the_code_has_it() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert _squeezed(settings_table()) in _squeezed(readme), (
        f"README.md needs this table:\n\n{settings_table()}\n"
    )


def _squeezed(text: str) -> str:
    return (
        re.sub(r"-+", "-", re.sub(r"[ \t]+", " ", text)).replace("| -", "|-").replace("- |", "-|")
    )
