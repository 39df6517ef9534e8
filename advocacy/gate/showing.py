"""What the gate did, as the console shows it; reads only."""

from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from advocacy import moment
from advocacy.gate import counting
from advocacy.gate.models import GateCount
from advocacy.gate.rates import KINDS
from advocacy.render import charts, i18n
from advocacy.render.charts import Row
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext, ngettext

DAYS = 14
OUTCOMES = {
    "passed": lazy_gettext("Taken at once"),
    "proved": lazy_gettext("Taken after a solved check"),
    "slowed": lazy_gettext("Taken, letter later"),
    "asked": lazy_gettext("Asked for the check"),
    "refused": lazy_gettext("Refused"),
}
REASONS = {
    "untimed": lazy_gettext("Not from a page of ours"),
    "haste": lazy_gettext("Filled in within two seconds"),
    "stale": lazy_gettext("Page opened over a week ago"),
    "bait": lazy_gettext("The hidden field was filled in: a robot"),
    "disposable": lazy_gettext("A throw-away address"),
    "chosen": lazy_gettext("The check was left out"),
    **{name: kind.label for name, kind in KINDS.items()},
}


@dataclass(frozen=True)
class Line:
    """How often one outcome had one reason."""

    outcome: str
    reason: str
    today: int
    lately: int


@dataclass(frozen=True)
class Shown:
    """Today and the last fourteen days, by outcome and reason, with a drawing of today."""

    lines: list[Line]
    title: str
    svg: Markup
    total: int


async def lately() -> Shown:
    """What this process and, up to seconds ago, all others have judged."""
    await counting.write_down()
    today = moment.now().date()
    found = await counting.of_days(today - timedelta(days=DAYS - 1))
    lines = _lines(found, today.isoformat())
    sums = {
        key: sum(each.today for each in lines if each.outcome == str(label))
        for key, label in OUTCOMES.items()
    }
    total = sum(sums.values())
    title = ngettext("%(num)s form was judged today", "%(num)s forms were judged today", total)
    if total:
        share = i18n.percent(sums["passed"] / total)
        title = _("%(share)s of today's forms were taken at once", share=share)
    rows = [Row(str(OUTCOMES[key]), number) for key, number in sums.items()]
    chart = await charts.draw(charts.bars, rows, title=title, locale=i18n.current())
    return Shown(lines, title, chart.svg, total)


def _lines(found: list[GateCount], today: str) -> list[Line]:
    sums: dict[tuple[str, str], list[int]] = {}
    for each in found:
        if each.outcome in OUTCOMES:
            pair = sums.setdefault((each.outcome, each.reason), [0, 0])
            # SQLite hands a day out with a time behind it.
            pair[0] += each.count if str(each.day)[:10] == today else 0
            pair[1] += each.count
    order = list(OUTCOMES)
    return [
        Line(str(OUTCOMES[outcome]), str(REASONS.get(reason, reason)), *numbers)
        for (outcome, reason), numbers in sorted(
            sums.items(), key=lambda item: (order.index(item[0][0]), item[0][1])
        )
    ]
