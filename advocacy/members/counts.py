"""What became of the rows of a roll: how many were taken, repeated or refused, and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from advocacy.members.judging import Entry
from advocacy.members.refusals import Refusal


@dataclass(slots=True)
class Counts:
    """Figures about the whole file; the `new_` ones say what the import added to the database."""

    rows: int = 0
    accepted: int = 0
    duplicate: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    by_status: Counter[str] = field(default_factory=Counter)
    by_consent: Counter[str] = field(default_factory=Counter)
    by_language: Counter[str] = field(default_factory=Counter)
    by_chapter: Counter[str] = field(default_factory=Counter)
    new_persons: int = 0
    new_memberships: int = 0
    new_subscriptions: int = 0
    suppressed: int = 0
    state: str = "running"
    import_id: int = 0

    def add(self, judged: Sequence[Entry | Refusal], main_language: dict[str, str]) -> None:
        """Count rows as they were judged; an empty language is the chapter's main one."""
        entries = [row for row in judged if isinstance(row, Entry)]
        refused = [row for row in judged if isinstance(row, Refusal)]
        self.rows += len(judged)
        self.accepted += len(entries)
        self.by_status.update(row.status for row in entries)
        self.by_consent.update("yes" if row.agrees else "no" for row in entries)
        self.by_language.update(row.language or main_language[row.chapter] for row in entries)
        self.by_chapter.update(row.chapter for row in entries)
        self.duplicate.update(row.reason.partition(":")[2] for row in refused if row.repeats)
        self.rejected.update(row.reason for row in refused if not row.repeats)

    def as_dict(self) -> dict[str, object]:
        """The counts as plain data for a report or a column of JSON."""
        return {
            "state": self.state,
            "rows": self.rows,
            "accepted": self.accepted,
            "duplicate": {"total": self.duplicate.total(), "by_kind": _sorted(self.duplicate)},
            "rejected": {"total": self.rejected.total(), "by_reason": _sorted(self.rejected)},
            "accepted_by_email_status": _sorted(self.by_status),
            "accepted_by_consent": _sorted(self.by_consent),
            "accepted_by_language": _sorted(self.by_language),
            "accepted_by_chapter": _sorted(self.by_chapter),
            "new": {
                "persons": self.new_persons,
                "memberships": self.new_memberships,
                "subscriptions": self.new_subscriptions,
            },
            # Accepted by the rules for rows, and not added: these people asked to be erased.
            "suppressed": {"erased": self.suppressed},
        }


def _sorted(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items()))
