"""Charts drawn on the server as inline SVG: one message each, titled by that message.

Each function is synchronous and takes some 50 ms; `await draw(timeline, ...)` runs it in a thread.
A chart holds a wide and a narrow drawing, `plot-wide` and `plot-narrow`; the page shows one of
them. The stylesheet also colours `f-NAME` (fill) and `s-NAME` (stroke), where NAME is one of the
tokens ink, soft, rule, paper, action, good, warn, bad, accent. A sparkline has the class `spark`.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec

from markupsafe import Markup

from advocacy.render import i18n
from advocacy.render.choropleth import choropleth
from advocacy.render.drawing import Chart, Frame, Sheet, amount, both, breadth, share, shorten
from advocacy.render.inlining import INKS
from advocacy.render.timeline import Event, timeline

__all__ = [
    "Chart",
    "Event",
    "Row",
    "amount",
    "bars",
    "choropleth",
    "draw",
    "funnel",
    "share",
    "sparkline",
    "timeline",
]

P = ParamSpec("P")


@dataclass(frozen=True)
class Row:
    """A bar or a step: its label, its value and words to stand behind the value."""

    label: str
    value: float
    note: str = ""
    strong: bool = True


async def draw(make: Callable[P, Chart], *args: P.args, **kwargs: P.kwargs) -> Chart:
    """The chart that `make` returns, drawn in a thread so that the server goes on answering."""
    return await asyncio.to_thread(make, *args, **kwargs)


def bars(
    rows: Sequence[Row],
    *,
    title: str,
    locale: str,
    show: Callable[[float, str], str] | None = None,
) -> Chart:
    """Horizontal bars from zero in the order given, each with its value; not strong means grey."""

    def sheet(frame: Frame) -> dict[str, Any]:
        values = [f"{(show or amount)(row.value, frame.locale)} {row.note}".strip() for row in rows]
        room = max((breadth(value, frame.font) for value in values), default=0) + 12
        names = max((breadth(row.label, frame.font) for row in rows), default=0) + 12
        start = min(names, frame.width * 0.42) if frame.is_wide else 0
        pitch = 30.0 if frame.is_wide else frame.font * 3.1
        plan = Sheet(
            frame,
            height=pitch * len(rows),
            start=start,
            end=room,
            x_domain=(0, max([row.value for row in rows] + [1e-9])),
            y_domain=(len(rows), 0),
            top=2,
            bottom=2,
        )
        thick = 18 if frame.is_wide else 14
        _beams(plan, rows, pitch, thick)
        middle = -thick / 2 + frame.font * 0.36
        ends = [
            (plan.across(row.value) + 6, pitch * (i + 1) - 5 + middle, value)
            for i, (row, value) in enumerate(zip(rows, values, strict=True))
        ]
        plan.text(ends, fontWeight=600)
        if frame.is_wide:
            labels = [
                (-10.0, pitch * (i + 1) - 5 + middle, shorten(row.label, frame.font, start - 10))
                for i, row in enumerate(rows)
            ]
            plan.text(labels, align="end")
            plan.rule([(0, 0, 0, plan.height)], color=INKS["ink"])
        else:
            _labels_above(plan, rows, pitch, thick)
        return plan.spec()

    return both(sheet, title, locale)


def funnel(steps: Sequence[Row], *, title: str, locale: str) -> Chart:
    """What was left at each step, and the share of the step before that went on."""

    def sheet(frame: Frame) -> dict[str, Any]:
        pitch = frame.font * 4.6
        plan = Sheet(
            frame,
            height=pitch * len(steps),
            x_domain=(0, max([step.value for step in steps] + [1e-9])),
            y_domain=(len(steps), 0),
            start=1,
            end=1,
            top=2,
            bottom=-frame.font * 1.6,
        )
        return _funnel(plan, steps, pitch).spec()

    return both(sheet, title, locale)


def sparkline(values: Sequence[float], *, title: str) -> Chart:
    """A line of a word's size for tables, drawn directly because a table may hold hundreds."""
    top = max([*values, 1e-9])
    apart = 92 / max(len(values) - 1, 1)
    spots = [(round(4 + i * apart, 1), round(20 - v / top * 16, 1)) for i, v in enumerate(values)]
    if i18n.direction() == "rtl":
        spots = [(round(100 - x, 1), y) for x, y in spots]
    line = " ".join(f"{x:g},{y:g}" for x, y in spots)
    x, y = spots[-1] if spots else (0, 0)
    drawing = Markup(
        '<svg class="spark" viewBox="0 0 100 24" width="100" height="24" role="img"'
        ' aria-label="{}"><polyline class="s-action" fill="none" stroke="{}" stroke-width="1.5"'
        ' points="{}"/><circle class="f-action" fill="{}" cx="{:g}" cy="{:g}" r="2.5"/></svg>'
    ).format(title, INKS["action"], line, INKS["action"], x, y)
    return Chart(svg=drawing, title=title)


def _beams(plan: Sheet, rows: Sequence[Row], pitch: float, thick: float) -> None:
    for strong in (True, False):
        values = [
            {"x": 0, "x2": row.value, "y": i + 1 - 5 / pitch, "y2": i + 1 - (5 + thick) / pitch}
            for i, row in enumerate(rows)
            if row.strong == strong
        ]
        mark = {"type": "rect", "color": INKS["action" if strong else "soft"]}
        plan.mark(mark | {"opacity": 1 if strong else 0.6}, values, "x", "x2", "y", "y2")


def _labels_above(plan: Sheet, rows: Sequence[Row], pitch: float, thick: float) -> None:
    room = plan.width + plan.end - 2
    plan.text(
        [
            (0, pitch * (i + 1) - thick - 10, shorten(row.label, plan.frame.font, room))
            for i, row in enumerate(rows)
        ]
    )


def _funnel(plan: Sheet, steps: Sequence[Row], pitch: float) -> Sheet:
    font, locale = plan.frame.font, plan.frame.locale
    rows = [
        {"x": 0, "x2": s.value, "y": i + font * 1.5 / pitch, "y2": i + font * 2.9 / pitch}
        for i, s in enumerate(steps)
    ]
    track = [row | {"x2": plan.x_domain[1]} for row in rows]
    plan.mark({"type": "rect", "color": INKS["rule"], "opacity": 0.5}, track, "x", "x2", "y", "y2")
    plan.mark({"type": "rect", "color": INKS["action"]}, rows, "x", "x2", "y", "y2")
    for i, step in enumerate(steps):
        y = pitch * i + font * 1.1
        value = f"{amount(step.value, locale)} {step.note}".strip()
        room = plan.width - breadth(value, font) - 16
        plan.text([(0, y, shorten(step.label, font, room))])
        plan.text([(plan.width, y, value)], align="end", fontWeight=700)
        if i and steps[i - 1].value:
            kept = share(step.value / steps[i - 1].value, locale)
            plan.text([(2, y - font * 1.6, f"↓ {kept}")], color=INKS["soft"])
    return plan
