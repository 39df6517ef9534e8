"""Charts are clean inline SVG that says the same in every language and both directions."""

import asyncio
import re
import time
import unicodedata
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import altair
import pytest
from markupsafe import Markup

from advocacy.render import charts, inlining, press
from advocacy.render.charts import Chart, Event, Row
from advocacy.render.choropleth import classes
from advocacy.render.timeline import steps

START = date(2026, 3, 2)
ARABIC = "وقّعت كينيا أكثر من غيرها"
LOCALES = ("en", "fr", "es", "ar")
SVG = "{http://www.w3.org/2000/svg}"


def days(*values: float) -> list[tuple[date, float]]:
    return [(START + timedelta(days=n), value) for n, value in enumerate(values)]


def every_chart(locale: str) -> list[Chart]:
    title = ARABIC if locale == "ar" else "Kenya signed most"
    events = [Event(START + timedelta(days=n), f"Letter {n} & <more>") for n in (1, 2, 2, 5)]
    week = days(10, 40, 90, 400, 900, 1200, 1300)
    rows = [Row("Kenya", 4318), Row(ARABIC, 950, "(12%)", strong=False), Row("Fiji", 0)]
    return [
        charts.timeline({"": week}, title=title, locale=locale, events=events, goal=2000),
        charts.timeline({"": week}, title=title, locale=locale, events=events, kind="bars"),
        charts.timeline({"Kenya": week, ARABIC: week}, title=title, locale=locale),
        charts.bars(rows, title=title, locale=locale),
        charts.funnel(rows, title=title, locale=locale),
        charts.choropleth({"KE": 4318, "SG": 12, "LU": 3, "QQ": 9}, title=title, locale=locale),
        charts.sparkline([1, 5, 3], title=title),
    ]


def drawings(svg: Markup) -> list[ET.Element]:
    return list(ET.fromstring(f'<all xmlns="http://www.w3.org/2000/svg">{svg}</all>'))  # noqa: S314


def words(element: ET.Element) -> list[str]:
    return [text.text or "" for text in element.iter(f"{SVG}text")]


@pytest.mark.parametrize("locale", LOCALES)
def test_a_chart_holds_nothing_that_a_strict_policy_refuses(locale: str) -> None:
    for chart in every_chart(locale):
        assert not re.search(r"<style|style=|<script|\son\w+=|https?:|url\(|<image|id=", chart.svg)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_chart_is_one_named_picture_in_either_size(locale: str) -> None:
    for chart in every_chart(locale):
        for drawing in drawings(chart.svg):
            assert drawing.get("role") == "img"
            assert drawing.get("aria-label") == chart.title
            left, top, width, height = map(float, drawing.get("viewBox", "").split())
            assert (left, top) == (0, 0) and 0 < width <= 680 and 0 < height <= 700


def test_every_colour_has_its_class_for_the_stylesheet() -> None:
    for chart in every_chart("en"):
        for element in ET.fromstring(f"<all>{chart.svg}</all>").iter():  # noqa: S314
            names = (element.get("class") or "").split()
            for kind in ("fill", "stroke"):
                colour = element.get(kind, "none")
                if colour != "none":
                    assert f"{kind[0]}-{inlining.NAMES[colour]}" in names


def test_labels_can_be_read_on_a_phone() -> None:
    for chart in every_chart("en")[:-1]:
        narrow = drawings(chart.svg)[1]
        assert narrow.get("class") == "plot plot-narrow"
        shown = 328 / float(narrow.get("viewBox", "").split()[2])
        for text in narrow.iter(f"{SVG}text"):
            assert float(text.get("font-size", "0").removesuffix("px")) * shown >= 11


@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_leaves_the_drawing(locale: str) -> None:
    for chart in every_chart(locale)[:-1]:
        for drawing in drawings(chart.svg):
            width = float(drawing.get("viewBox", "").split()[2])
            for left, right, text in extents(drawing):
                assert left >= -2 and right <= width + 2, text


def extents(drawing: ET.Element) -> list[tuple[float, float, str]]:
    """Where each text begins and ends, if a letter takes 0.45 em."""
    found = []

    def walk(element: ET.Element, x: float) -> None:
        for step in re.findall(r"translate\((-?[\d.]+)", element.get("transform", "")):
            x += float(step)
        if element.tag == f"{SVG}text":
            text = (element.text or "").strip("\u2068\u2069")
            letters = sum(not unicodedata.combining(letter) for letter in text)
            far = letters * 0.45 * float(element.get("font-size", "0").removesuffix("px"))
            before = {"middle": far / 2, "end": far}.get(element.get("text-anchor", "start"), 0)
            found.append((x - before, x - before + far, text))
        for child in element:
            walk(child, x)

    walk(drawing, 0)
    return found


def test_numbers_and_dates_are_written_as_the_language_does() -> None:
    def labels(locale: str) -> list[str]:
        chart = charts.timeline({"": days(0, 2500)}, title="Signed", locale=locale)
        return words(drawings(chart.svg)[0])

    assert {"2,000", "2,500", "Mar 2"} <= set(labels("en"))
    assert {"2\u202f000", "2\u202f500", "2 mars"} <= set(labels("fr"))
    assert "2 mar" in labels("es")
    assert "\u20682 مارس\u2069" in labels("ar")


def test_arabic_runs_from_the_right() -> None:
    def start_of_first_bar(locale: str) -> list[str]:
        chart = charts.bars([Row("أ", 10), Row("ب", 5)], title="Signed", locale=locale)
        return re.findall(r'text-anchor="(\w+)"', chart.svg)

    assert start_of_first_bar("ar") != start_of_first_bar("fr")
    chart = charts.bars([Row(ARABIC, 10)], title="Signed", locale="ar")
    wide = drawings(chart.svg)[0]
    places = {text.strip("\u2068\u2069"): left for left, _, text in extents(wide)}
    assert places["10"] < 340 < places[ARABIC]
    assert wide.get("direction") == "ltr"


def test_bars_start_at_zero_and_keep_their_ratio() -> None:
    chart = charts.bars([Row("A", 100), Row("B", 25)], title="Signed", locale="en")
    widths = [float(width) for width in re.findall(r"h([\d.]+)v", chart.svg)]
    assert widths[0] == pytest.approx(4 * widths[1], rel=0.02)


def test_a_goal_far_out_of_reach_does_not_flatten_the_line() -> None:
    near = charts.timeline({"": days(1, 100)}, title="Signed", locale="en", goal=300)
    far = charts.timeline({"": days(1, 100)}, title="Signed", locale="en", goal=90_000)
    assert "s-accent" in near.svg
    assert "s-accent" not in far.svg


def test_labels_of_events_never_cover_each_other() -> None:
    events = [Event(START + timedelta(days=n), f"The letter of day {n}") for n in range(7)]
    for locale in ("en", "ar"):
        chart = charts.timeline({"": days(*range(7))}, title="Signed", locale=locale, events=events)
        for drawing in drawings(chart.svg):
            labels = [
                (text.get("transform"), text.text)
                for text in drawing.iter(f"{SVG}text")
                if "letter" in (text.text or "") and not text.get("stroke")
            ]
            assert len(labels) == 7
            rows: dict[str, list[tuple[float, float]]] = {}
            for place, text in labels:
                rows.setdefault((place or "").split(",")[1], []).append(
                    next((left, right) for left, right, words in extents(drawing) if words == text)
                )
            for row in rows.values():
                ordered = sorted(row)
                assert all(a[1] <= b[0] for a, b in pairwise(ordered))


def test_a_map_shades_large_countries_and_dots_small_ones() -> None:
    chart = charts.choropleth({"KE": 4318, "SG": 12}, title="Signed", locale="en")
    wide = ET.tostring(drawings(chart.svg)[0], encoding="unicode")
    assert "Kenya: 4,318" in wide and "Singapore: 12" in wide
    assert len(chart.svg) < 90_000
    empty = charts.choropleth({}, title="Nobody signed yet", locale="en")
    assert "f-action" not in empty.svg


@pytest.mark.parametrize("values", [[1], [3, 3, 3], [1, 2, 3, 4, 5, 6], [7, 90, 4000, 4001, 0.5]])
def test_classes_of_a_map_are_round_rising_and_all_used(values: list[float]) -> None:
    starts = classes(values)
    assert starts == sorted(set(starts)) and 1 <= len(starts) <= 5
    assert starts[0] <= min(values)
    assert all(str(start).strip("0.") in {"1", "2", "5"} for start in starts)
    ends = [*starts[1:], float("inf")]
    for low, high in zip(starts, ends, strict=True):
        assert any(low <= value < high for value in values)


@pytest.mark.parametrize("highest", [1, 2, 7, 99, 2981, 133_000, 0.4])
def test_gridlines_are_few_and_round(highest: float) -> None:
    ticks = steps(highest, 4)
    assert ticks[0] == 0 and 2 <= len(ticks) <= 7
    assert ticks[-1] >= highest * 0.5


@pytest.mark.parametrize("span", [0, 1, 6, 42, 200, 800])
def test_a_timeline_of_any_length_can_be_drawn(span: int) -> None:
    for kind in ("line", "bars"):
        series = {"": days(*range(span + 1))}
        chart = charts.timeline(series, title="Signed", locale="en", kind=kind)  # type: ignore[arg-type]
        assert "NaN" not in chart.svg


def test_a_timeline_refuses_what_it_cannot_show() -> None:
    with pytest.raises(ValueError, match="one to five"):
        charts.timeline({}, title="Signed", locale="en")
    with pytest.raises(ValueError, match="one to five"):
        charts.timeline({str(n): days(1) for n in range(6)}, title="Signed", locale="en")


async def test_drawing_does_not_hold_up_the_server() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    press.stop()
    ticking = asyncio.create_task(tick())
    rows = [Row(f"Chapter {n}", n + time.monotonic() % 1) for n in range(30)]
    chart = await charts.draw(charts.bars, rows, title="Signed", locale="en")
    ticking.cancel()
    assert "Chapter 29" in chart.svg
    assert ticks > 20


def test_a_press_that_died_is_started_again() -> None:
    charts.bars([Row("Kenya", time.monotonic())], title="Signed", locale="en")
    assert press._process
    press._process.kill()
    press._process.wait()
    assert "Kenya" in charts.bars([Row("Kenya", time.monotonic())], title="T", locale="en").svg


def test_a_drawing_that_cannot_be_made_is_an_error_and_not_a_silence() -> None:
    with pytest.raises(ValueError, match=r"\w"):
        press.draw('{"mark": "no such mark"}')


def test_nothing_is_fetched_from_elsewhere() -> None:
    spec = (
        '{"data": {"url": "http://127.0.0.1:9/rows.csv"}, "mark": "bar",'
        ' "encoding": {"x": {"field": "a"}}}'
    )
    with pytest.raises(ValueError, match=r"not allowed"):
        press.draw(spec)


def test_the_same_chart_is_drawn_once() -> None:
    row = Row("Kenya", time.monotonic())
    charts.bars([row], title="Signed", locale="en")
    before = inlining._drawn.cache_info()
    charts.bars([row], title="Another title", locale="en")
    after = inlining._drawn.cache_info()
    assert (after.hits, after.misses) == (before.hits + 2, before.misses)


def test_specifications_are_valid_vega_lite(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def keep(spec: dict[str, object], *, title: str, size: str) -> Markup:
        seen.append(spec)
        return Markup()

    monkeypatch.setattr("advocacy.render.drawing.svg", keep)
    every_chart("en")
    assert len(seen) == 12
    for spec in seen:
        altair.LayerChart.from_dict(spec, validate=True)
