"""The console's side list: the way through a chapter's desk, as far as the reader may go."""

from dataclasses import dataclass

from starlette.requests import Request

from advocacy.chapters.models import Chapter
from advocacy.identity.permissions import EVERYWHERE, Reader
from advocacy.render.i18n import gettext as _
from advocacy.web.pages import link


@dataclass(frozen=True)
class Entry:
    """One line of the list."""

    key: str
    label: str
    href: str
    current: bool = False
    group: str = ""


def side(request: Request, current: str) -> list[Entry]:
    """The entries that this reader may open in the chapter of the request.

    `current` is the key of the open page: home, campaigns, mailings, members, segments, reach…
    """
    reader: Reader = request.state.user
    chapter: Chapter | None = getattr(request.state, "chapter", None)
    entries = []
    if chapter is not None:
        entries = [(*each, chapter.name) for each in _of_chapter(reader, chapter)]
    if reader.may_somewhere("hq.see"):
        if chapter is None or not chapter.is_headquarters:
            entries.append(("hq", _("Headquarters"), "/console/hq", _("Elsewhere")))
    elif has_several(reader):
        group = _("Elsewhere") if chapter is not None else ""
        entries.append(("chapters", _("All my chapters"), "/console", group))
    return [
        Entry(key, label, link(request, path), key == current, group)
        for key, label, path, group in entries
    ]


def has_several(reader: Reader) -> bool:
    """True for a reader whose grants reach more than one chapter."""
    reaches = {(held.chapter_id, held.region) for held in reader.grants}
    wide = any(held.region or held.role in EVERYWHERE for held in reader.grants)
    return wide or len(reaches) > 1


def _of_chapter(reader: Reader, chapter: Chapter) -> list[tuple[str, str, str]]:
    base = f"/console/{chapter.slug}"
    entries = [
        ("home", _("Overview"), base, "chapter.see"),
        ("campaigns", _("Campaigns"), f"{base}/campaigns", "campaigns.see"),
        ("mailings", _("Mailings"), f"{base}/mailings", "mailings.see"),
        ("members", _("Members"), f"{base}/members", "members.see"),
        ("segments", _("Segments"), f"{base}/segments", "members.see"),
        ("reach", _("Reach"), f"{base}/reach", "reach.see"),
        ("team", _("Team"), f"{base}/team", "team.see"),
        ("audit", _("Audit log"), f"{base}/audit", "audit.see"),
        ("settings", _("Settings"), f"{base}/settings", "chapter.settings"),
    ]
    if chapter.is_headquarters:
        entries += [
            ("rights", _("Requests about data"), f"{base}/rights", "rights.handle"),
            ("retention", _("How long we keep"), f"{base}/retention", "rights.handle"),
            ("gate", _("Gate"), f"{base}/gate", "gate.manage"),
        ]
    return [(key, label, path) for key, label, path, verb in entries if reader.may(verb, chapter)]
