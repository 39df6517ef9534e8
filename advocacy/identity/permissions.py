"""Who may do what: one table of role and verb. What is not in it is denied."""

from dataclasses import dataclass, field
from datetime import datetime

from advocacy.chapters.models import Chapter

CHAPTER_READ = {"console.enter", "chapter.see", "campaigns.see", "mailings.see", "reach.see"}
CHAPTER_WORK = {"campaigns.edit", "mailings.write", "members.see", "members.edit", "segments.write"}
CHAPTER_LEAD = {
    "campaigns.publish",
    "mailings.approve",
    "mailings.send",
    "members.import",
    "members.export",
    "chapter.settings",
    "team.see",
    "grants.manage",
}
HQ_FIGURES = {"console.enter", "chapter.see", "campaigns.see", "reach.see", "hq.see"}
PROTECTION = {
    "audit.see",
    "audit.export",
    "rights.handle",
    "people.erase",
    "retention.run",
    "gate.manage",
}

VERBS: dict[str, set[str]] = {
    "hq_director": CHAPTER_READ
    | CHAPTER_WORK
    | CHAPTER_LEAD
    | {"hq.see", "audit.see", "audit.export", "gate.manage", "members.merge"},
    "hq_analyst": HQ_FIGURES,
    "data_protection_officer": HQ_FIGURES
    | PROTECTION
    | {"members.see", "members.edit", "members.merge", "members.export", "team.see"},
    "regional_manager": CHAPTER_READ | {"team.see"},
    "chapter_lead": CHAPTER_READ | CHAPTER_WORK | CHAPTER_LEAD,
    "chapter_organiser": CHAPTER_READ | CHAPTER_WORK,
    "campaign_helper": {"console.enter", "chapter.see", "campaigns.see", "campaigns.edit"},
}
# Verbs for which the reader must have proved who they are within the last minutes.
FRESH = {
    "members.export",
    "audit.export",
    "people.erase",
    "grants.manage",
    "retention.run",
    "mailings.approve",
}
EVERYWHERE = {"hq_director", "hq_analyst", "data_protection_officer"}


@dataclass(frozen=True)
class Held:
    """A grant as the session carries it."""

    role: str
    chapter_id: int | None
    region: str
    expires_at: datetime | None

    def covers(self, chapter: Chapter) -> bool:
        """True where the grant reaches this chapter."""
        if self.role in EVERYWHERE:
            return True
        if self.region:
            return bool(chapter.region == self.region and not chapter.is_headquarters)
        return bool(self.chapter_id == chapter.id)


@dataclass(frozen=True)
class Reader:
    """The signed-in user of a request, with what was granted."""

    user_id: int
    email: str
    canonical: str
    name: str
    language: str
    session_id: int
    grants: tuple[Held, ...] = field(default_factory=tuple)
    proved_at: datetime | None = None

    @property
    def is_staff(self) -> bool:
        """True for anyone who holds a grant."""
        return bool(self.grants)

    def may(self, verb: str, chapter: Chapter) -> bool:
        """True when a grant that covers the chapter allows the verb."""
        return any(verb in VERBS[held.role] and held.covers(chapter) for held in self.grants)

    def may_somewhere(self, verb: str) -> bool:
        """True when any grant allows the verb, wherever it reaches."""
        return any(verb in VERBS[held.role] for held in self.grants)

    def may_everywhere(self, verb: str) -> bool:
        """True when a grant of headquarters allows the verb."""
        return any(held.role in EVERYWHERE and verb in VERBS[held.role] for held in self.grants)
