"""What the staff does with an upload: send it, say what its columns are, check, import, cancel.

An upload goes from `uploaded` over `checking` to `checked`, from there over `importing` to `done`;
it may be `cancelled` at each step, and is `failed` when its file turns out to be none.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson

from advocacy import db, moment, queue
from advocacy.audit.recording import Actor, note
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid, NotFound
from advocacy.members import columns, reading, roll
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.rolls import bases, keeping, remembering
from advocacy.rolls.models import RollUpload

OPEN = ("uploaded", "checking", "checked", "importing")


async def keep(chapter: Chapter, actor: Actor, *, file: str, filename: str, size: int) -> int:
    """Keeps the record of a file that lies in the folder; gives its id.

    Raises Invalid, after deleting the file, when it is no list of members at all.
    """
    if not size:
        keeping.drop(file)
        raise Invalid(_("Choose a file that is not empty."), field="file")
    try:
        head, _rows, sheets = await asyncio.to_thread(reading.head, keeping.path_of(file))
    except Invalid as wrong:
        keeping.drop(file)
        raise Invalid(wrong.message, field="file") from None
    known = await remembering.places(chapter.id, head.headers)
    mapping = {
        "headers": list(head.headers),
        "places": head.places if known is None else known,
        "sheet": sheets[0] if sheets else "",
        "sheets": sheets[:50],
    }
    async with db.transaction():
        upload = await RollUpload.create(
            chapter=chapter,
            user_id=actor.user_id,
            filename=_plain_name(filename),
            file=file,
            size=size,
            mapping=mapping,
            created_at=moment.now(),
        )
        await _note("roll.uploaded", actor, upload.id, chapter, bytes=size)
    return int(upload.id)


async def choose_sheet(upload: RollUpload, sheet: str) -> None:
    """Reads another sheet of the workbook. Raises Invalid when it holds no list of members."""
    path = keeping.path_of(upload.file)
    head, _rows, sheets = await asyncio.to_thread(reading.head, path, sheet)
    mapping = {
        "headers": list(head.headers),
        "places": head.places,
        "sheet": sheet,
        "sheets": sheets[:50],
    }
    await _move(upload, ("uploaded", "checked"), "uploaded", mapping=mapping)


async def check(upload: RollUpload, places: Mapping[str, int], *, chapter: Chapter) -> None:
    """Takes what the columns are and begins the dry run, which writes nothing about anybody.

    Raises Invalid when a column that is needed is missing or one is used twice.
    """
    headers: Any = upload.mapping["headers"]
    known = {name: at for name, at in places.items() if name in columns.FIELDS}
    if len(set(known.values())) < len(known):
        raise Invalid(_("You chose one column of the file for two of ours."))
    if any(not 0 <= at < len(headers) for at in known.values()):
        raise Invalid(_("The file has no such column."))
    missing = roll.lacking(known, "" if chapter.is_headquarters else chapter.slug)
    if missing:
        raise Invalid(
            _("Choose a column of the file for: %(names)s.", names=i18n.listing(missing)),
            field=missing[0],
        )
    mapping = {**upload.mapping, "places": known}
    async with db.transaction():
        await _move(upload, ("uploaded", "checked"), "checking", mapping=mapping)
        await queue.after_commit("rolls.go_on", upload.id)


async def begin(
    upload: RollUpload, actor: Actor, *, chapter: Chapter, basis: str, words: str
) -> None:
    """Records on what ground these people may be written to and begins the import.

    Raises Invalid when the ground is not said, Conflict when the upload was not checked.
    """
    ground = bases.BASES.get(basis)
    if ground is None:
        raise Invalid(_("Choose on what ground they are in your file."), field="basis")
    if ground.needs_words and not words.strip():
        raise Invalid(
            _("Say where and when they agreed, so that you can show it to whoever asks."),
            field="words",
        )
    async with db.transaction():
        await _move(upload, ("checked",), "importing", basis=bases.told(basis, words))
        await _note("roll.import_begun", actor, upload.id, chapter, ground=basis)
        await queue.after_commit("rolls.go_on", upload.id)


async def cancel(upload: RollUpload, actor: Actor, *, chapter: Chapter) -> None:
    """Stops an upload where it is; an import after its present batch, and what it took stays."""
    async with db.transaction():
        await _move(upload, OPEN, "cancelled", finished_at=moment.now())
        await _note("roll.cancelled", actor, upload.id, chapter, rows=upload.rows_done)
    keeping.drop(upload.file)


async def held(chapter: Chapter, upload_id: int) -> RollUpload:
    """An upload of this chapter. Raises NotFound for one of another."""
    upload = await RollUpload.get_or_none(id=upload_id, chapter_id=chapter.id)
    if upload is None:
        raise NotFound()
    return upload


async def _move(upload: RollUpload, before: tuple[str, ...], state: str, **changes: Any) -> None:
    """Changes the state if it still is what it was. Raises Conflict when somebody was faster."""
    if "mapping" in changes:
        changes["mapping"] = orjson.dumps(changes["mapping"]).decode()
    names = list(changes)
    sets = "".join(f", {name} = ${at}" for at, name in enumerate(names, 4))
    allowed = ", ".join(f"'{each}'" for each in before)
    moved = await db.execute(
        f"UPDATE advocacy_roll_upload SET state = $1, version = version + 1, claimed_at = NULL,"
        f" part_done = 0, rows_done = 0{sets}"
        f" WHERE id = $2 AND version = $3 AND state IN ({allowed})",
        state,
        upload.id,
        upload.version,
        *changes.values(),
    )
    if not moved:
        raise Conflict(_("This file is no longer where you left it. Look at it again."))


async def _note(act: str, actor: Actor, upload_id: int, chapter: Chapter, **more: Any) -> None:
    await note(act, actor=actor, record=f"roll:{upload_id}", chapter=chapter.slug, **more)


def _plain_name(filename: str) -> str:
    """The last part of the name a browser gave, without what does not print."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(mark for mark in last if mark.isprintable())[:200] or "members"
