"""`advocacy audit`: checking that the log of who did what is whole."""

import asyncio

import typer
from rich.console import Console

from advocacy.audit import verifying

group = typer.Typer(no_args_is_help=True, help="The log of who did what to which record.")
console = Console()


@group.command()
def verify() -> None:
    """Walk the whole log: says that it is unbroken, or names the first broken entry and exits 1."""
    from campaigns import process

    verdict = asyncio.run(process.with_database(verifying.verify))
    console.print(verdict.sentence, style="red" if verdict.broken else None, highlight=False)
    if verdict.broken is not None:
        raise typer.Exit(1)


@group.callback()
def _group() -> None:
    """Keeps `verify` a command of its own while it is the only one."""
