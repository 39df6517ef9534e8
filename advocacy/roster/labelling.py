"""Tags: made, renamed and removed by a chapter, put on one member or on all it has found."""

from collections.abc import Collection
from typing import Any

from advocacy import db, moment
from advocacy.audit.recording import Actor, note
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid, NotFound
from advocacy.render.i18n import gettext as _
from advocacy.roster.models import Tag
from advocacy.roster.sifting import Sieve, Values, found
from advocacy.roster.spelling import plain

MOST_TAGS = 200
MOST_NAME = 60


async def tags_of(chapter_id: int) -> list[dict[str, Any]]:
    """The tags of a chapter by name: id and name."""
    rows = await db.rows("SELECT id, name FROM advocacy_tag WHERE chapter_id = $1", chapter_id)
    return sorted(rows, key=lambda each: plain(each["name"]))


async def counted(chapter_id: int) -> list[dict[str, Any]]:
    """The tags of a chapter by name with the number of current members who have each."""
    rows = await db.rows(
        "SELECT t.id, t.name, (SELECT count(*) FROM advocacy_tagging g"
        " JOIN advocacy_membership m ON m.person_id = g.person_id AND m.chapter_id = t.chapter_id"
        " AND m.state = 'current' WHERE g.tag_id = t.id) AS members"
        " FROM advocacy_tag t WHERE t.chapter_id = $1",
        chapter_id,
    )
    return sorted(rows, key=lambda each: plain(each["name"]))


async def make(chapter: Chapter, name: str) -> int:
    """The tag of a name, made where the chapter has none: one row however it is written.

    Raises Invalid on `name` for an empty or long name, and beyond 200 tags.
    """
    name = checked(name)
    async with db.transaction():
        await _hold(chapter)
        known = await tags_of(chapter.id)
        for each in known:
            if plain(each["name"]) == plain(name):
                return int(each["id"])
        if len(known) >= MOST_TAGS:
            raise Invalid(_("A chapter can have 200 tags. Remove one first."), field="name")
        made = await Tag.create(chapter=chapter, name=name)
    return int(made.id)


async def rename(chapter: Chapter, tag_id: int, name: str) -> None:
    """Gives a tag another name. Raises NotFound, Invalid, or Conflict when the name is taken."""
    name = checked(name)
    async with db.transaction():
        await _hold(chapter)
        for each in await tags_of(chapter.id):
            if plain(each["name"]) == plain(name) and each["id"] != tag_id:
                raise Conflict(_("There is a tag with this name already."))
        if not await Tag.filter(id=tag_id, chapter=chapter).update(name=name):
            raise NotFound()


async def remove(chapter: Chapter, tag_id: int, *, actor: Actor) -> int:
    """Removes a tag from everybody and for good; how many had it. Raises NotFound."""
    async with db.transaction():
        await _hold(chapter)
        if not await Tag.exists(id=tag_id, chapter=chapter):
            raise NotFound()
        had = await db.execute("DELETE FROM advocacy_tagging WHERE tag_id = $1", tag_id)
        await Tag.filter(id=tag_id, chapter=chapter).delete()
        await note(
            "tag.removed", actor=actor, record=f"tag:{tag_id}", chapter=chapter.slug, members=had
        )
    return had


async def tag_found(chapter: Chapter, sieve: Sieve, name: str, *, actor: Actor) -> int:
    """Puts a tag on all current members whom the sieve lets through; how many are new to it."""
    _own(chapter, sieve)
    async with db.transaction():
        tag_id = await make(chapter, name)
        values = Values()
        tag, at = values.mark(tag_id), values.mark(moment.now())
        if db.dialect() == "postgres":
            tag, at = f"{tag}::bigint", f"{at}::timestamptz"
        put = await db.execute(
            f"INSERT INTO advocacy_tagging (tag_id, person_id, at) SELECT {tag}, m.person_id, {at}"
            f" {found(sieve, values)} ON CONFLICT (tag_id, person_id) DO NOTHING",
            *values.bound,
        )
        await note(
            "tag.put", actor=actor, record=f"tag:{tag_id}", chapter=chapter.slug, members=put
        )
    return put


async def untag_found(chapter: Chapter, sieve: Sieve, name: str, *, actor: Actor) -> int:
    """Takes a tag off all whom the sieve lets through; how many had it. Raises Invalid on `name`
    when the chapter has no such tag."""
    _own(chapter, sieve)
    wanted = plain(checked(name))
    async with db.transaction():
        await _hold(chapter)
        known = {plain(each["name"]): int(each["id"]) for each in await tags_of(chapter.id)}
        tag_id = known.get(wanted)
        if tag_id is None:
            raise Invalid(_("There is no tag with this name."), field="name")
        values = Values()
        tag = values.mark(tag_id)
        taken = await db.execute(
            f"DELETE FROM advocacy_tagging WHERE tag_id = {tag} AND person_id IN"
            f" (SELECT m.person_id {found(sieve, values)})",
            *values.bound,
        )
        await note(
            "tag.taken", actor=actor, record=f"tag:{tag_id}", chapter=chapter.slug, members=taken
        )
    return taken


async def tag_one(chapter: Chapter, person_id: int, tag_ids: Collection[int]) -> None:
    """Leaves the person with exactly these tags of the chapter; inside the caller's transaction."""
    own = {int(each["id"]) for each in await tags_of(chapter.id)}
    if own:
        kept = [0, *(own & set(tag_ids))]
        await db.execute(
            "DELETE FROM advocacy_tagging WHERE person_id = $1 AND tag_id IN"
            " (SELECT id FROM advocacy_tag WHERE chapter_id = $2)"
            f" AND tag_id NOT IN ({db.marks(len(kept), 3)})",
            person_id,
            chapter.id,
            *kept,
        )
    await db.execute_many(
        "INSERT INTO advocacy_tagging (tag_id, person_id, at) VALUES ($1, $2, $3)"
        " ON CONFLICT (tag_id, person_id) DO NOTHING",
        [(each, person_id, moment.now()) for each in sorted(own & set(tag_ids))],
    )


def checked(name: str) -> str:
    """The name of a tag without needless spaces. Raises Invalid on `name`."""
    name = " ".join(name.split())
    if not plain(name).strip() or len(name) > MOST_NAME or not name.isprintable():
        raise Invalid(_("Enter a name of up to 60 letters for the tag."), field="name")
    return name


def _own(chapter: Chapter, sieve: Sieve) -> None:
    if sieve.chapter_id != chapter.id or chapter.is_headquarters:
        raise Invalid(_("Only a chapter tags its own members."))


async def _hold(chapter: Chapter) -> None:
    """Two who make or rename tags of one chapter wait for each other."""
    await db.execute("UPDATE advocacy_chapter SET slug = slug WHERE id = $1", chapter.id)
