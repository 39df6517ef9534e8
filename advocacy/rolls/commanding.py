"""A file of members from the command line: the same dry run and import as the wizard's."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from advocacy import db
from advocacy.audit.recording import COMMAND_LINE, note
from advocacy.chapters.models import Chapter
from advocacy.errors import Invalid, NotFound
from advocacy.members import columns, forecasting, importing, reading
from advocacy.members.terms import Terms
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.rolls import bases


@dataclass(frozen=True, slots=True)
class Order:
    """What the command says beside the file: the options of `advocacy import members`."""

    columns: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    chapter: str = ""
    ground: str = ""
    words: str = ""
    dry_run: bool = False


async def import_file(
    path: Path, order: Order, *, report_path: Path, progress: Callable[[int, float], None]
) -> dict[str, Any]:
    """Imports a file, or says what that would do; gives the counts.

    Raises Invalid for a file or an option that does not fit, NotFound for an unknown chapter.
    """
    terms = await _terms(path, order)
    if order.dry_run:

        async def go_on(done: int, part: float) -> bool:
            progress(done, part)
            return True

        return await forecasting.forecast(path, terms=terms, goes_on=go_on) or {}
    counts = await importing.import_members(
        path, terms=terms, report_path=report_path, progress=progress
    )
    async with db.transaction():
        await note(
            "roll.imported",
            actor=COMMAND_LINE,
            record=f"import:{counts.import_id}",
            chapter=order.chapter,
            ground=order.ground or "not said",
            rows=counts.rows,
            new=counts.new_memberships,
        )
    return counts.as_dict()


async def _terms(path: Path, order: Order) -> Terms:
    if order.chapter and not await Chapter.exists(slug=order.chapter, is_headquarters=False):
        raise NotFound(_("There is no chapter %(name)s.", name=order.chapter))
    if order.ground and order.ground not in bases.BASES:
        raise Invalid(_("The ground is one of: %(names)s.", names=i18n.listing(list(bases.BASES))))
    places = None
    if order.columns:
        head, _rows, _sheets = await asyncio.to_thread(reading.head, path, order.sheet)
        places = columns.named(head.headers, order.columns)
    basis = bases.told(order.ground, order.words)
    return Terms(
        places=places,
        home=order.chapter,
        letters=not order.ground or bases.BASES[order.ground].letters,
        page=f"{path.name}, {basis}" if order.ground else path.name,
        sheet=order.sheet,
    )


def read_columns(texts: list[str]) -> dict[str, str]:
    """What `--map email=Adresse` says. Raises Invalid for what has no `=`."""
    for text in texts:
        if "=" not in text:
            raise Invalid(
                _(
                    "Write a column as ours=theirs, such as email=Address, not “%(text)s”.",
                    text=text,
                )
            )
    pairs = (text.partition("=") for text in texts)
    return {ours.strip(): theirs.strip() for ours, _sign, theirs in pairs}
