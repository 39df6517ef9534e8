"""The plain truth about the people of a town: who answers to a question, without any database."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from advocacy import moment
from advocacy.chapters.models import Chapter
from advocacy.segments.asking import Condition, Group
from tests.advocacy.segments.town import Facts, Town, days_joined


def answer(town: Town, question: Group, chapter: Chapter) -> set[int]:
    """Who answers to a question, without any database."""
    truth = Truth(town, chapter)
    return {each.id for each in town.within(chapter) if truth.of(question, each)}


class Truth:
    """What is true of a person, as one chapter may know it."""

    def __init__(self, town: Town, chapter: Chapter) -> None:
        self.town = town
        self.chapter = chapter
        self.now = moment.now()

    def of(self, part: Condition | Group, who: Facts) -> bool:
        """Whether a person answers to a question or to a part of it."""
        if isinstance(part, Group):
            if not part.parts:
                return True
            answers = [self.of(each, who) for each in part.parts]
            return {"all": all(answers), "any": any(answers), "none": not any(answers)}[part.word]
        key = part.field.partition(":")[0]
        turned = part.operator in ("is_not", "not_in", "not_within", "no", "not_allowed", "never")
        turned = (turned or part.operator == "has_not") and key != "custom"
        return bool(getattr(self, f"_{key}")(part, who)) != turned

    def _language(self, part: Condition, who: Facts) -> bool:
        return who.language == part.value or who.language.startswith(f"{part.value}-")

    def _country(self, part: Condition, who: Facts) -> bool:
        return who.country == part.value

    def _role(self, part: Condition, who: Facts) -> bool:
        return any(
            active
            and part.value in ("any", role)
            and (self.chapter.is_headquarters or chapter_id == self.chapter.id)
            for role, chapter_id, active in who.roles
        )

    def _member(self, part: Condition, who: Facts) -> bool:
        return days_joined(who, self.chapter) is not None

    def _joined(self, part: Condition, who: Facts) -> bool:
        days = [each for each in days_joined(who, self.chapter) or [] if each is not None]
        if part.operator == "within":
            today = self.now.astimezone(self.chapter.zone).date()
            return any(each > today - timedelta(days=int(str(part.value))) for each in days)
        limit = date.fromisoformat(str(part.value))
        return any(each >= limit if part.operator == "since" else each < limit for each in days)

    def _letters(self, part: Condition, who: Facts) -> bool:
        granted, changed = who.letters.get(self.chapter.id, (False, self.now))
        if part.operator != "since":
            return granted
        morning = datetime.combine(date.fromisoformat(str(part.value)), time(), self.chapter.zone)
        return granted and changed >= morning.astimezone(UTC)

    def _chapter(self, part: Condition, who: Facts) -> bool:
        return who.memberships.get(int(str(part.value)), ("", None))[0] == "current"

    def _region(self, part: Condition, who: Facts) -> bool:
        here = [each.id for each in self.town.chapters if each.region == part.value]
        return any(who.memberships.get(each, ("", None))[0] == "current" for each in here)

    def _tag(self, part: Condition, who: Facts) -> bool:
        return int(str(part.value)) in who.tags

    def _custom(self, part: Condition, who: Facts) -> bool:
        found = who.values.get(int(part.field.partition(":")[2]))
        if part.operator == "missing" or found is None:
            return (found is None) == (part.operator == "missing")
        text, number = found
        wanted: Any = part.value
        mine: Any = text if isinstance(wanted, str) else number
        kind = next(e.kind for e in self.town.fields if e.id == int(part.field.split(":")[1]))
        if kind == "text":
            mine, wanted = _ascii_lower(text), _ascii_lower(wanted)
        return {
            "is": lambda: mine == wanted,
            "is_not": lambda: mine != wanted,
            "contains": lambda: wanted in mine,
            "less": lambda: mine < wanted,
            "more": lambda: mine > wanted,
            "before": lambda: mine < wanted,
            "since": lambda: mine >= wanted,
            "between": lambda: wanted[0] <= number <= wanted[1],
        }[part.operator]()

    def _acted(self, part: Condition, who: Facts) -> bool:
        mine = [
            each
            for each in who.actions
            if each.state == "confirmed"
            and (self.chapter.is_headquarters or each.chapter_id == self.chapter.id)
        ]
        if part.operator in ("in", "not_in"):
            return any(str(each.campaign_id) == part.value for each in mine)
        since = self._since(part)
        return any(since is None or (each.confirmed_at or self.now) >= since for each in mine)

    def _clicked(self, part: Condition, who: Facts) -> bool:
        mine = [each for each in who.clicks if each[1] == self.chapter.id and not each[3]]
        if part.operator in ("in", "not_in"):
            return any(str(each[0]) == part.value for each in mine)
        since = self._since(part)
        return any(since is None or each[2] >= since for each in mine)

    def _got(self, part: Condition, who: Facts) -> bool:
        return any(
            str(mailing) == part.value and chapter == self.chapter.id and status == "sent"
            for mailing, chapter, status in who.got
        )

    def _engaged(self, part: Condition, who: Facts) -> bool:
        return self._acted(part, who) or self._clicked(part, who)

    def _since(self, part: Condition) -> datetime | None:
        return self.now - timedelta(days=int(part.value)) if isinstance(part.value, int) else None


def _ascii_lower(text: str) -> str:
    return "".join(each.lower() if each.isascii() else each for each in text)
