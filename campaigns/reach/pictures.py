"""The charts of a report, each with a title that says what it shows and a text for ears."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from advocacy.render import charts, choropleth, i18n
from advocacy.render.charts import Chart, Event, Row
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import ngettext
from campaigns.reach.measuring import DEFINITIONS
from campaigns.reach.reports import Report


@dataclass(frozen=True)
class Picture:
    """A chart with the sentence over it and the summary beneath."""

    title: str
    svg: Markup
    summary: str


async def draw(report: Report) -> list[Picture]:
    """The funnel, the curve and the map of a report; a picture without data is left out."""
    wanted = [_funnel(report)]
    if len(report.days) > 1:
        wanted.append(_curve(report))
    if any(line.key and line.acted for line in report.countries):
        wanted.append(_map(report))
    return list(await asyncio.gather(*wanted))


async def _funnel(report: Report) -> Picture:
    totals = report.totals
    title = ngettext("%(num)s person acted", "%(num)s people acted", totals["acted"])
    if totals["reached"]:
        share = i18n.percent(totals["engaged"] / totals["reached"])
        title = _("%(share)s of the people reached were engaged", share=share)
    steps = [Row(str(each.label), totals[each.key]) for each in DEFINITIONS]
    chart = await charts.draw(charts.bars, steps, title=title, locale=i18n.current())
    summary = i18n.listing(_pair(step.label, step.value) for step in steps)
    return Picture(title, chart.svg, summary)


async def _curve(report: Report) -> Picture:
    days = [date.fromisoformat(each.day) for each in report.days]
    best = max(report.days, key=lambda each: each.acted)
    when = i18n.day(date.fromisoformat(best.day))
    title = _("Most people acted on %(day)s: %(number)s", day=when, number=i18n.number(best.acted))
    chart = await charts.draw(
        charts.timeline,
        {
            _("People who acted"): [
                (day, float(each.acted)) for day, each in zip(days, report.days, strict=True)
            ]
        },
        title=title,
        locale=i18n.current(),
        events=_events(report.mailings),
        kind="bars",
    )
    summary = _(
        "From %(first)s to %(last)s %(sum)s people acted for the first time. "
        "Dashed lines mark letters.",
        first=i18n.day(days[0]),
        last=i18n.day(days[-1]),
        sum=i18n.number(report.totals["acted"]),
    )
    return Picture(title, chart.svg, summary)


def _events(mailings: list[dict[str, Any]]) -> list[Event]:
    events = []
    for each in mailings:
        started = each["started_at"]
        if isinstance(started, str):
            started = datetime.fromisoformat(started)
        if started is not None:
            events.append(Event(started.date(), each["name"]))
    return events


def _pair(label: str, number: float) -> str:
    return _("%(label)s: %(number)s", label=label, number=i18n.number(number))


async def _map(report: Report) -> Picture:
    acted = {line.key: line.acted for line in report.countries if line.key and line.acted}
    top = max(acted, key=lambda code: acted[code])
    title = ngettext(
        "People in %(top)s acted",
        "People in %(num)s countries acted, most of them in %(top)s",
        len(acted),
        top=i18n.country(top),
    )
    chart: Chart = await charts.draw(
        choropleth.choropleth,
        {code: float(number) for code, number in acted.items()},
        title=title,
        locale=i18n.current(),
    )
    leading = sorted(acted.items(), key=lambda pair: -pair[1])[:5]
    summary = i18n.listing(_pair(i18n.country(code), number) for code, number in leading)
    return Picture(title, chart.svg, summary)
