"""A map of the world that shades countries by a value, with a dot where a country is too small."""

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import floor, log10
from typing import Any

from advocacy.render import i18n, worldmap
from advocacy.render.drawing import CONFIG, Chart, Frame, Sheet, amount, both, breadth
from advocacy.render.inlining import INKS

SHADES = (0.3, 0.47, 0.64, 0.82, 1.0)


def choropleth(values: Mapping[str, float], *, title: str, locale: str) -> Chart:
    """Up to five shades by value; keys are ISO 3166-1 alpha-2, unknown ones and zeros stay blank.

    The classes begin at round numbers and grow by a factor, since counts of people do.
    """
    known = {code: value for code, value in values.items() if value > 0 and worldmap.where(code)}
    starts = classes(list(known.values()))
    return both(lambda frame: _sheet(frame, known, starts), title, locale)


def classes(values: Sequence[float]) -> list[float]:
    """Where each class begins: round numbers, each about as many times the one before."""
    if not values:
        return []
    low, high = min(values), max(values)
    powers = range(floor(log10(low)), floor(log10(high)) + 1)
    steps = [10.0**power * m for power in powers for m in (1, 2, 5)]
    first = bisect_right(steps, low * 1.0001) - 1
    steps = steps[first : bisect_right(steps, high * 1.0001)]
    most = min(len(SHADES), len(steps))
    starts = [steps[round(i * (len(steps) - 1) / max(most - 1, 1))] for i in range(most)]
    used = {bisect_right(starts, value * 1.0001) for value in values}
    return [start for i, start in enumerate(starts) if i + 1 in used]


def _sheet(frame: Frame, values: Mapping[str, float], starts: Sequence[float]) -> dict[str, Any]:
    zoom = frame.width / worldmap.WIDTH
    plan = Sheet(
        frame,
        height=worldmap.HEIGHT * zoom,
        x_domain=(0, 1),
        bottom=frame.font * 2.9 if starts else 4,
    )
    data = [_datum(frame, code, value, starts) for code, value in values.items()]
    plan.layers += [
        _shapes([datum for datum in data if datum["id"] in _large()]),
        _dots([datum for datum in data if datum["id"] not in _large()]),
    ]
    _legend(plan, starts)
    projection = {
        "type": "naturalEarth1",
        "rotate": [-worldmap.CENTRE, 0, 0],
        "scale": worldmap.SCALE * zoom,
        "translate": [worldmap.LEFT * zoom, worldmap.TOP * zoom],
        "precision": 10,
    }
    return plan.spec(projection=projection, config=CONFIG | {"aria": True})


def _datum(frame: Frame, code: str, value: float, starts: Sequence[float]) -> dict[str, Any]:
    name = i18n.babel_locale(frame.locale).territories.get(code, code)
    longitude, latitude = worldmap.where(code) or (0, 0)
    return {
        "id": code,
        "shade": SHADES[_shade(bisect_right(starts, value * 1.0001) - 1, len(starts))],
        "words": f"{name}: {amount(value, frame.locale)}",
        "longitude": longitude,
        "latitude": latitude,
    }


def _shade(index: int, count: int) -> int:
    return len(SHADES) - count + index


def _shapes(data: list[dict[str, Any]]) -> dict[str, Any]:
    lookup = {"data": {"values": data}, "key": "id", "fields": ["shade", "words"]}
    valued = {"test": "isValid(datum.shade)"}
    shade = {"field": "shade", "type": "quantitative", "scale": None}
    return {
        "data": {"values": _world(), "format": {"type": "topojson", "feature": "countries"}},
        "transform": [{"lookup": "id", "from": lookup}],
        "mark": {"type": "geoshape", "stroke": INKS["paper"], "strokeWidth": 0.5, "aria": True},
        "encoding": {
            "color": {"condition": valued | {"value": INKS["action"]}, "value": INKS["rule"]},
            "fillOpacity": {"condition": valued | shade, "value": 0.6},
            "description": {"condition": valued | {"field": "words"}, "value": ""},
        },
    }


def _dots(data: list[dict[str, Any]]) -> dict[str, Any]:
    """Small countries: a dot in a ring, so that a light shade is seen on the sea too."""
    shade = {"field": "shade", "type": "quantitative", "scale": None}
    return {
        "data": {"values": data},
        "mark": {
            "type": "circle",
            "size": 60,
            "color": INKS["action"],
            "stroke": INKS["action"],
            "strokeWidth": 1,
            "aria": True,
        },
        "encoding": {
            "longitude": {"field": "longitude", "type": "quantitative"},
            "latitude": {"field": "latitude", "type": "quantitative"},
            "opacity": {"value": 1},
            "fillOpacity": shade,
            "description": {"field": "words", "type": "nominal"},
        },
    }


def _legend(plan: Sheet, starts: Sequence[float]) -> None:
    """A swatch for each class with the number at which it begins."""
    font = plan.frame.font
    words = [amount(start, plan.frame.locale) + "+" for start in starts]
    wide = max([breadth(word, font) for word in words] + [36]) + 8
    for i, word in enumerate(words):
        y = plan.height + font * 0.8
        middle = y + 5
        plan.rule(
            [(i * wide, middle, (i + 1) * wide - 2, middle)],
            color=INKS["action"],
            strokeWidth=10,
            opacity=SHADES[_shade(i, len(starts))],
        )
        plan.text([(i * wide, y + 12 + font, word)], color=INKS["soft"])


@lru_cache(maxsize=1)
def _world() -> dict[str, Any]:
    text = (worldmap.MAPS / "countries.json").read_text(encoding="utf-8")
    world: dict[str, Any] = json.loads(text)
    return world


@lru_cache(maxsize=1)
def _large() -> frozenset[str]:
    """Countries whose shade can be seen; the maps mark those under 20,000 square kilometres."""
    shapes = _world()["objects"]["countries"]["geometries"]
    return frozenset(shape["id"] for shape in shapes if "properties" not in shape)
