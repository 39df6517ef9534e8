"""Counts over days: up to five lines, or the bars of one count a day, with what happened marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor, log10
from typing import Any, Literal

from babel import dates

from advocacy.render import i18n
from advocacy.render.drawing import Chart, Frame, Sheet, amount, both, breadth, shorten
from advocacy.render.inlining import INKS

Days = Sequence[tuple[date, float]]

HUES = (INKS["action"], INKS["good"], INKS["warn"], INKS["bad"], INKS["ink"])
DASHES: tuple[list[int], ...] = ([], [6, 3], [2, 3], [10, 3, 2, 3], [1, 2])
HALO = {"stroke": INKS["paper"], "strokeWidth": 4, "strokeJoin": "round"}
FAR_GOAL = 5
LANE = 1.4


@dataclass(frozen=True)
class Event:
    """Something that happened on a day and may explain the line."""

    day: date
    label: str


@dataclass(frozen=True)
class _Flag:
    x: float
    begin: float
    finish: float
    words: str


def timeline(
    series: Mapping[str, Days],
    *,
    title: str,
    locale: str,
    events: Sequence[Event] = (),
    goal: float | None = None,
    goal_label: str = "",
    kind: Literal["line", "bars"] = "line",
) -> Chart:
    """Up to five lines over days, or the bars of one count a day; both start at zero.

    A goal more than five times above every value is left out: it would flatten the line.
    Time runs in reading direction. Raises ValueError for no days or more than five series.
    """
    if not 0 < len(series) <= len(HUES) or not any(series.values()):
        raise ValueError("A timeline needs one to five series with days.")
    days = [day for points in series.values() for day, _ in points]
    first, last = min(days), max(days)
    highest = max(value for points in series.values() for _, value in points)
    headroom = 1.15 if kind == "line" and len(series) == 1 else 1
    if goal is not None and goal > max(highest, 1) * FAR_GOAL:
        goal = None

    def sheet(frame: Frame) -> dict[str, Any]:
        ticks = steps(max(highest, goal or 0, 1), 4 if frame.is_wide else 3)
        labels = [amount(tick, frame.locale) for tick in ticks]
        span = (last - first).days + (1 if kind == "bars" else 0)
        plan = Sheet(
            frame,
            height=240 if frame.is_wide else 190,
            x_domain=(0, max(span, 1)),
            y_domain=(0, max(ticks[-1], highest * headroom, goal or 0)),
            start=max(breadth(label, frame.font) for label in labels) + 10,
            end=_room_for_names(series, frame),
            bottom=frame.font * 2,
        )
        _grid(plan, ticks, labels)
        _days(plan, first, last, kind)
        _events(plan, events, first, last, kind)
        if kind == "bars":
            _daily(plan, next(iter(series.values())), first)
        else:
            _lines(plan, series, first)
        if goal is not None:
            _goal(plan, goal, goal_label)
        return plan.spec()

    return both(sheet, title, locale)


def steps(highest: float, most: int) -> list[float]:
    """Round values from zero; the last is the highest one below, or one little above, the top."""
    rough = highest / most
    power = 10 ** floor(log10(rough))
    size = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= rough * 0.999)
    if highest >= 1:
        size = max(1, size if size < 1 or size == int(size) else ceil(size))
    return [size * i for i in range(floor(highest / size + 0.15) + 1)]


def _grid(plan: Sheet, ticks: list[float], labels: list[str]) -> None:
    heights = [plan.up(tick) for tick in ticks]
    plan.rule([(0, y, plan.width, y) for y in heights[1:]])
    plan.text(
        [(-8, y + plan.frame.font * 0.36, w) for y, w in zip(heights, labels, strict=True)],
        align="end",
        color=INKS["soft"],
    )
    plan.rule([(0, plan.height, plan.width, plan.height)], color=INKS["ink"])


def _days(plan: Sheet, first: date, last: date, kind: str) -> None:
    """Dates under the axis, evenly apart, the first of them at the first day."""
    font, tag = plan.frame.font, i18n.babel_locale(plan.frame.locale)
    span = (last - first).days
    widest = breadth(dates.format_skeleton("MMMd", last, locale=tag), font) * 1.6
    most = max(2, int(plan.width // widest))
    size = next(n for n in (1, 2, 7, 14, 28, 56, 91, 182, 364, 99_999) if span / n < most)
    days = [first + timedelta(days=n) for n in range(0, span + 1, size)]
    long = span > 330
    middle = 0.5 if kind == "bars" else 0
    spots = [(plan.across((day - first).days + middle), day) for day in days]
    plan.rule([(x, plan.height, x, plan.height + 5) for x, _ in spots], color=INKS["ink"])
    for x, day in spots:
        words = dates.format_skeleton("yMMM" if long else "MMMd", day, locale=tag)
        half = breadth(words, font) / 2
        room = plan.width + plan.end - x
        align = "end" if half > room else "start" if half > x + plan.start else "middle"
        plan.text([(x, plan.height + font * 1.45, words)], align=align, color=INKS["soft"])


def _events(plan: Sheet, events: Sequence[Event], first: date, last: date, kind: str) -> None:
    """Each event is a dashed line with its words on top, in a lane that no other line crosses."""
    font, middle = plan.frame.font, 0.5 if kind == "bars" else 0
    flags = [
        _flag(plan, plan.across((event.day - first).days + middle), event.label)
        for event in sorted(events, key=lambda event: event.day)
        if first <= event.day <= last
    ]
    lanes = _lanes(flags)
    plan.top = max(font * LANE * (max(lanes, default=-1) + 1) + 8, font)
    for flag, lane in zip(flags, lanes, strict=True):
        y = -plan.top + font * LANE * (lane + 1) - 4
        ends = [(flag.x, y - font * 0.8, flag.x, plan.height)]
        plan.rule(ends, color=INKS["soft"], strokeDash=[2, 3])
        ahead = flag.begin == flag.x
        spot = (flag.x + (5 if ahead else -5), y, flag.words)
        for style in (HALO, {}):
            plan.text([spot], align="start" if ahead else "end", **style)


def _flag(plan: Sheet, x: float, label: str) -> _Flag:
    font, ahead, back = plan.frame.font, plan.width + plan.end - x - 5, x + plan.start - 5
    forward = breadth(label, font) <= ahead or ahead >= back
    words = shorten(label, font, ahead if forward else back)
    far = breadth(words, font) + 12
    return _Flag(x, x if forward else x - far, x + far if forward else x, words)


def _lanes(flags: Sequence[_Flag]) -> list[int]:
    """The lane of each flag from the top: words stand above the lines that would cross them."""
    wanted = [0] * len(flags)
    for _ in flags:
        for i, upper in enumerate(flags):
            for j, lower in enumerate(flags):
                crosses = i != j and upper.begin <= lower.x <= upper.finish
                if crosses and wanted[j] <= wanted[i] < len(flags) - 1:
                    wanted[j] = wanted[i] + 1
    lanes: dict[int, int] = {}
    for i in sorted(range(len(flags)), key=lambda i: (wanted[i], i)):
        taken = {
            lane
            for j, lane in lanes.items()
            if flags[j].begin < flags[i].finish and flags[i].begin < flags[j].finish
        }
        lanes[i] = next(n for n in range(wanted[i], 2 * len(flags)) if n not in taken)
    used = sorted(set(lanes.values()))
    return [used.index(lanes[i]) for i in range(len(flags))]


def _lines(plan: Sheet, series: Mapping[str, Days], first: date) -> None:
    font, single = plan.frame.font, len(series) == 1
    ends = []
    for (name, points), hue, dash in zip(series.items(), HUES, DASHES, strict=False):
        values = [{"x": (day - first).days, "y": value} for day, value in sorted(points)]
        if single:
            plan.mark({"type": "area", "color": hue, "opacity": 0.12}, values, "x", "y")
        line = {"type": "line", "color": hue, "strokeWidth": 2.5, "strokeDash": dash}
        plan.mark(line, values, "x", "y")
        plan.mark(
            {
                "type": "point",
                "shape": "circle",
                "filled": True,
                "size": 50,
                "color": hue,
                "opacity": 1,
            },
            values[-1:],
            "x",
            "y",
        )
        last = values[-1]
        words = amount(last["y"], plan.frame.locale)
        if single:
            spot = (plan.across(last["x"]), plan.up(last["y"]) - 10, words)
            for style in (HALO, {}):
                plan.text([spot], align="end", fontWeight=700, fontSize=font + 2, **style)
        else:
            room = plan.end - 12 - breadth(f" {words}", font)
            ends.append((plan.up(last["y"]), f"{shorten(name, font, room)} {words}", hue))
    below = float("-inf")
    for y, words, hue in sorted(ends):
        below = max(y, below + font * 1.25)
        plan.text([(plan.width + 9, below + font * 0.36, words)], color=hue, fontWeight=600)


def _room_for_names(series: Mapping[str, Days], frame: Frame) -> float:
    if len(series) == 1:
        return 6
    widest = max(
        breadth(f"{name} {amount(max(points)[1], frame.locale)}", frame.font)
        for name, points in series.items()
        if points
    )
    return min(widest + 16, frame.width * 0.36)


def _daily(plan: Sheet, points: Days, first: date) -> None:
    values = [
        {"x": (day - first).days + 0.12, "x2": (day - first).days + 0.88, "y": value, "y2": 0}
        for day, value in points
    ]
    plan.mark({"type": "rect", "color": INKS["action"]}, values, "x", "x2", "y", "y2")


def _goal(plan: Sheet, goal: float, label: str) -> None:
    y = plan.up(goal)
    plan.rule([(0, y, plan.width, y)], color=INKS["accent"], strokeWidth=3)
    words = f"{label} {amount(goal, plan.frame.locale)}".strip()
    plan.text([(4, y + plan.frame.font * 1.2, words)], fontWeight=600)
