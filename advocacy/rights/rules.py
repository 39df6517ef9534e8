"""How long we keep what: one table of rules, shortened where a chapter's country asks for care.

A rule counts what it would touch and applies itself in batches; applying it twice changes nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from advocacy import db, moment
from advocacy.chapters.safety import OPEN, PROFILES, Profile
from advocacy.members.ties import all_ties
from advocacy.render.i18n import lazy_gettext
from advocacy.rights import copying

BATCH = 1000


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Rows `t` of a table that are over when `where` holds for the cut-off `$1`.

    `days` is a number, or what a safety profile says; `chapter` is SQL for the chapter whose
    profile decides. `sets` is what blanks a row; without it the row is removed.
    """

    name: str
    label: Any
    table: str
    where: str | Callable[[], str]
    days: int | Callable[[Profile], int]
    chapter: str = ""
    sets: str = ""
    key: str = "id"

    def days_of(self, profile: Profile) -> int:
        """After how many days it applies under a profile."""
        return self.days if isinstance(self.days, int) else self.days(profile)

    async def count(self) -> int:
        """How many rows it would touch now."""
        total = 0
        for condition, cut_off in self._parts():
            total += int(
                await db.value(f"SELECT count(*) FROM {self.table} t WHERE {condition}", cut_off)
            )
        return total

    async def apply(self) -> int:
        """Touches one batch; how many rows. 0 once nothing is left."""
        for condition, cut_off in self._parts():
            chosen = (
                f"{self.key} IN (SELECT t.{self.key} FROM {self.table} t"
                f" WHERE {condition} LIMIT {BATCH})"
            )
            act = (
                f"UPDATE {self.table} SET {self.sets}" if self.sets else f"DELETE FROM {self.table}"
            )
            touched = await db.execute(f"{act} WHERE {chosen}", cut_off)
            if touched:
                return touched
        return 0

    def _parts(self) -> Iterator[tuple[str, datetime]]:
        where = self.where if isinstance(self.where, str) else self.where()
        profiles = PROFILES.values() if self.chapter else (OPEN,)
        for profile in profiles:
            of = f"SELECT c.id FROM advocacy_chapter c WHERE c.safety = '{profile.name}'"
            narrowed = f"({where}) AND {self.chapter} IN ({of})" if self.chapter else where
            yield narrowed, moment.now() - timedelta(days=self.days_of(profile))


@dataclass(frozen=True, kw_only=True)
class Copies(Rule):
    """Copies of somebody's data: the file goes with the row's mention of it."""

    async def apply(self) -> int:
        """Deletes every file that is over."""
        return await copying.expire()


def _alone() -> str:
    """SQL: nothing in any slice hangs on the person."""
    held = [holding for tie in all_ties() if not tie.by_address for holding in tie.holdings]
    hangs = [
        f"NOT EXISTS (SELECT 1 FROM {each.table} WHERE {each.where.replace('$1', 't.id')})"
        for each in held
    ]
    hangs.append("NOT EXISTS (SELECT 1 FROM advocacy_person o WHERE o.merged_into_id = t.id)")
    return (
        "t.created_at < $1 AND t.confirmed_at IS NULL AND t.erased_at IS NULL"
        f" AND t.merged_into_id IS NULL AND {' AND '.join(hangs)}"
    )


def _unconfirmed(profile: Profile) -> int:
    return profile.retention_days.unconfirmed


_rules: list[Rule] = [
    Rule(
        name="sign_ups",
        label=lazy_gettext("Sign-ups for a chapter, confirmed or not: removed"),
        table="advocacy_sign_up",
        where="t.created_at < $1",
        days=_unconfirmed,
        chapter="t.chapter_id",
    ),
    Rule(
        name="origins",
        label=lazy_gettext("Networks from which people consented: blanked"),
        table="advocacy_consent",
        where="t.origin <> '' AND t.at < $1",
        days=lambda profile: profile.retention_days.origins,
        chapter="t.chapter_id",
        sets="origin = ''",
    ),
    Rule(
        name="persons",
        label=lazy_gettext("People who never confirmed and did nothing: removed"),
        table="advocacy_person",
        where=_alone,
        days=365,
    ),
    Rule(
        name="sign_in_links",
        label=lazy_gettext("Sign-in links that ran out: removed"),
        table="advocacy_sign_in_link",
        where="t.expires_at < $1",
        days=7,
    ),
    Rule(
        name="sign_in_requests",
        label=lazy_gettext("Wishes for a sign-in link: removed"),
        table="advocacy_sign_in_request",
        where="t.created_at < $1",
        days=1,
    ),
    Rule(
        name="sessions",
        label=lazy_gettext("Sessions that ended: removed"),
        table="advocacy_session",
        where="t.expires_at < $1 OR t.revoked_at < $1",
        days=30,
    ),
    Rule(
        name="challenges",
        label=lazy_gettext("Questions to passkeys that ran out: removed"),
        table="advocacy_challenge",
        where="t.expires_at < $1",
        days=1,
    ),
    Rule(
        name="departures",
        label=lazy_gettext("Sign-ins at a provider that nobody finished: removed"),
        table="advocacy_openid_departure",
        where="t.expires_at < $1",
        days=1,
    ),
    Rule(
        name="proofs",
        label=lazy_gettext("Proofs of work that ran out: removed"),
        table="advocacy_spent_proof",
        where="t.expires_at < $1",
        days=1,
        key="digest",
    ),
    Copies(
        name="copies",
        label=lazy_gettext("Files with a copy of somebody's data: removed"),
        table="advocacy_rights_request",
        where="t.file <> '' AND t.finished_at < $1",
        days=copying.KEPT.days,
    ),
    Rule(
        name="requests",
        label=lazy_gettext("Requests about data and their receipts: removed"),
        table="advocacy_rights_request",
        where="t.state IN ('done', 'cancelled') AND t.file = '' AND t.finished_at < $1",
        days=1095,
    ),
    Rule(
        name="runs",
        label=lazy_gettext("Runs of these rules: removed"),
        table="advocacy_retention_run",
        where="t.state IN ('done', 'failed') AND t.finished_at < $1",
        days=730,
    ),
]


def add(*rules: Rule) -> None:
    """Adds rules of other packages, once each; before those of persons, who must stand alone."""
    for rule in rules:
        if all(each.name != rule.name for each in _rules):
            _rules.insert(0, rule)


def all_rules() -> list[Rule]:
    """Every rule in the order in which it applies."""
    return list(_rules)
