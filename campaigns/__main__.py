"""The `advocacy` command: runs the parts of the system and loads what it works on."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from advocacy.errors import DomainError
from campaigns.commands import audit

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Campaigns for connectivity policy: chapters, members, mailings and their reach.",
)
imports = typer.Typer(no_args_is_help=True, help="Load chapters or members from a file.")
cli.add_typer(imports, name="import")
cli.add_typer(audit.group, name="audit")
console = Console()

Port = Annotated[int, typer.Option(help="Port to listen on.")]


def _within(work: Callable[[], Awaitable[Any]], *, mail: bool = False) -> Any:
    """Runs a coroutine with the database open and migrated, and the queue only to ring."""
    from campaigns import process

    return asyncio.run(process.with_database(work, mail=mail))


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
    )


@cli.command()
def run(
    port: Port = 8000,
    var: Annotated[str, typer.Option(help="Folder for the state.")] = "var",
) -> None:
    """Run everything in one process with the demo loaded: web, worker and clock."""
    os.environ["VAR"] = var
    os.environ.setdefault("BASE_URL", f"http://127.0.0.1:{port}")
    from campaigns import process

    process.run_everything(port, console)


@cli.command()
def migrate() -> None:
    """Bring the database up to date (the Procfile's release step)."""
    from campaigns import process

    asyncio.run(process.release(console.print))


@cli.command()
def web(port: Port = 8000, workers: Annotated[int, typer.Option(help="Processes.")] = 1) -> None:
    """Serve the web pages."""
    from campaigns import process

    process.serve(port, workers=workers)


@cli.command()
def worker(
    processes: Annotated[int, typer.Option(help="Processes.")] = 1,
    threads: Annotated[int, typer.Option(help="Tasks at once in each process.")] = 16,
) -> None:
    """Work on the queue: letters, tallies and everything else that may take a while."""
    from campaigns import process

    process.work(processes, threads)


@cli.command()
def clock() -> None:
    """Do what is due: scheduled mailings, deadlines, sweeps. Two clocks do nothing twice."""
    from campaigns import process

    asyncio.run(process.tick_for_ever())


@cli.command()
def inbound() -> None:
    """Receive bounces by SMTP and mark the deliveries they belong to."""
    from campaigns import process

    asyncio.run(process.receive_for_ever())


@imports.command("chapters")
def import_chapters(
    file: Annotated[
        Path | None, typer.Argument(help="CSV; without it the list that ships.", exists=True)
    ] = None,
) -> None:
    """Load chapters from a CSV file; repeating it changes nothing."""
    from advocacy.chapters import importing

    counts = _within(lambda: importing.import_chapters(file or importing.SHIPPED))
    console.print_json(data=counts.as_dict())


@imports.command("members")
def import_members(
    file: Annotated[Path, typer.Argument(help="CSV in any known dialect, or .xlsx.", exists=True)],
    report: Annotated[Path | None, typer.Option(help="Where refused rows are listed.")] = None,
    columns: Annotated[
        list[str], typer.Option("--map", help='A column: --map email="Adresse". Repeatable.')
    ] = [],  # noqa: B006
    sheet: Annotated[str, typer.Option(help="Sheet of a workbook; else the first.")] = "",
    chapter: Annotated[str, typer.Option(help="Slug: only members of this chapter.")] = "",
    ground: Annotated[str, typer.Option(help="What they agreed to: form, letters, members.")] = "",
    words: Annotated[str, typer.Option(help="Where and when they agreed, for the record.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count and write nothing.")] = False,
) -> None:
    """Load members from a file; an interrupted import is completed by running it again."""
    from advocacy.rolls import bases, commanding

    if not (ground or dry_run) and sys.stdin.isatty():
        for key, each in bases.BASES.items():
            console.print(f"{key}: {each.label}")
        ground = typer.prompt("What did these people agree to?", default="members")
        words = words or typer.prompt("Where and when did they agree?", default="")
    order = commanding.Order(
        commanding.read_columns(columns), sheet, chapter, ground, words, dry_run
    )
    target = report or file.with_suffix(".refused.csv")
    with _bar() as bar:
        job = bar.add_task("Reading members", total=1.0)
        counts = _within(
            lambda: commanding.import_file(
                file,
                order,
                report_path=target,
                progress=lambda rows, part: bar.update(
                    job, completed=part, description=f"Members: {rows:,} rows"
                ),
            )
        )
        bar.update(job, completed=1.0)
    console.print_json(data=counts)
    console.print("Nothing was written." if dry_run else f"Refused rows are listed in {target}")


@cli.command()
def demo(
    members: Annotated[int, typer.Option(help="How many members to make.")] = 3000,
) -> None:
    """Load the demo: all chapters, members, campaigns, six weeks of actions and mailings."""
    from campaigns.demo import loading

    with _bar() as bar:
        job = bar.add_task("Loading the demo", total=1.0)
        _within(
            lambda: loading.load(
                members, lambda part, what: bar.update(job, completed=part, description=what)
            )
        )


@cli.command()
def reach(
    campaign: Annotated[str, typer.Argument(help="The campaign's slug.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a campaign reached, with the same figures as its page."""
    from campaigns.reach import reports

    report = _within(lambda: reports.by_slug(campaign))
    if as_json:
        console.print_json(data=report.as_dict())
        return
    table = Table(title=report.title)
    table.add_column("Figure")
    table.add_column("Value", justify="right")
    for name, value in report.headline():
        table.add_row(name, f"{value:,}")
    console.print(table)


@cli.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only.")] = False,
) -> None:
    """Remove or blank what is over, as every night; --dry-run only counts it."""
    from advocacy.audit.recording import COMMAND_LINE
    from advocacy.rights import retaining

    with _bar() as bar:
        job = bar.add_task("Counting" if dry_run else "Applying the rules", total=100)
        found = _within(
            lambda: retaining.run_here(
                is_dry=dry_run,
                actor=COMMAND_LINE,
                tell=lambda percent: bar.update(job, completed=percent),
            )
        )
    table = Table(title="Over by now; nothing was changed" if dry_run else "Removed or blanked")
    table.add_column("Rule")
    table.add_column("Rows", justify="right")
    for label, rows in found:
        table.add_row(label, f"{rows:,}")
    console.print(table)


@cli.command("sign-in-link")
def sign_in_link(email: Annotated[str, typer.Argument(help="The address of a user.")]) -> None:
    """Print a sign-in link for a user, for installations without mail."""
    from campaigns import process

    console.print(_within(lambda: process.link_for(email)), soft_wrap=True)


@cli.command("reset-sign-in")
def reset_sign_in(email: Annotated[str, typer.Argument(help="The address of a user.")]) -> None:
    """Take a user's passkeys, codes, linked accounts and sessions away, when all are lost."""
    from campaigns import process

    gone = _within(lambda: process.reset_sign_in(email))
    console.print(f"{email} signs in by e-mailed link alone now; taken away: {gone}")


@cli.command()
def grant(
    email: Annotated[str, typer.Argument(help="The user's address.")],
    role: Annotated[str, typer.Argument(help="hq_director, hq_analyst, chapter_lead, …")],
    chapter: Annotated[str, typer.Option(help="Slug, for chapter roles.")] = "",
    region: Annotated[str, typer.Option(help="Name, for a regional manager.")] = "",
    name: Annotated[str, typer.Option(help="The user's name, if new.")] = "",
) -> None:
    """Give a user a role, making the user when there is none."""
    from campaigns import process

    _within(lambda: process.give(email, role, chapter=chapter, region=region, name=name))
    console.print(f"{email} is now {role}")


@cli.command()
def doctor() -> None:
    """Say what is configured, what is reachable and what production still lacks."""
    from campaigns import doctor as examination

    raise typer.Exit(asyncio.run(examination.examine(console)))


def main() -> None:
    """The entry point: errors of the domain become one clear line."""
    try:
        cli()
    except DomainError as error:
        console.print(f"[red]{error.message}[/red]", highlight=False)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
