"""Runs the benchmarks: `python -m benchmarks.run [NAME ...] [--quick] [--record]`.

A benchmark is a module here with `main(args) -> list[Row]`; its docstring says what it measures.
"""

import argparse
import importlib
import pkgutil
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks import machine
from benchmarks.ground import Lacking
from benchmarks.result import Row

RESULTS = Path(__file__).parent / "RESULTS.md"
COLUMNS = ("Figure", "Ours", "Limit, measured in the same run", "Ratio", "Wanted", "Met")
MET = {True: "yes", False: "NO", None: ""}
console = Console()


def known() -> dict[str, ModuleType]:
    """Every benchmark by name."""
    names = sorted(each.name for each in pkgutil.iter_modules(benchmarks.__path__))
    modules = {n: importlib.import_module(f"benchmarks.{n}") for n in names if n != "run"}
    return {name: module for name, module in modules.items() if hasattr(module, "main")}


def parse(words: list[str], modules: dict[str, ModuleType]) -> argparse.Namespace:
    """The command line; with no name every benchmark runs."""
    listing = "\n".join(
        f"  {name:<12} {(module.__doc__ or '').strip().splitlines()[0]}"
        for name, module in modules.items()
    )
    parser = argparse.ArgumentParser(
        prog="benchmarks",
        description=f"Benchmarks:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones; all by default")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, to try them")
    parser.add_argument("--record", action="store_true", help="append to benchmarks/RESULTS.md")
    args = parser.parse_args(words)
    if unknown := sorted(set(args.names) - set(modules)):
        parser.error(f"no benchmark is called {', '.join(unknown)}")
    return args


def show(name: str, rows: list[Row]) -> None:
    """Prints one benchmark's rows."""
    table = Table(title=name, title_justify="left", expand=False)
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*_cells(row), style="red" if row.met is False else "")
    console.print(table)


def record(name: str, rows: list[Row], args: argparse.Namespace) -> None:
    """Appends one benchmark's rows to RESULTS.md with the day, the machine and the command."""
    quick = ["--quick"] if args.quick else []
    command = shlex.join(["python", "-m", "benchmarks.run", name, *quick])
    now = datetime.now(UTC)
    lines = [f"\n## {name}, {now:%Y-%m-%d %H:%M} UTC\n", f"{machine.describe()}. `{command}`\n"]
    lines += [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    lines += [f"| {' | '.join(_cells(row))} |" for row in rows]
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def _cells(row: Row) -> tuple[str, ...]:
    return (row.figure, row.ours, row.limit, row.ratio, row.wanted, MET[row.met])


def main(words: list[str]) -> int:
    """Runs what is asked for. 1 when a promise was not met or a benchmark could not run."""
    modules = known()
    args = parse(words, modules)
    console.print(machine.describe())
    failed = False
    for name in args.names or modules:
        try:
            rows = modules[name].main(args)
        except Lacking as lack:
            console.print(f"[red]{name} was not measured: {lack}[/red]")
            failed = True
            continue
        show(name, rows)
        if args.record:
            record(name, rows, args)
        failed = failed or any(row.met is False for row in rows)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
