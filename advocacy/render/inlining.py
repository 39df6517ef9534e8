"""Makes Vega-Lite's drawing fit to stand in a page: no styles, no network, colours by classes.

Every fill becomes the class `f-NAME` and every stroke `s-NAME` for the colours in INKS, beside the
attribute itself, which is what shows where no stylesheet is (letters, files). Text stays text.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree as ET

from markupsafe import Markup

from advocacy.render import press

INKS = {
    "ink": "#14213d",
    "soft": "#4b556d",
    "rule": "#d9d6cc",
    "paper": "#fdfcf9",
    "action": "#0b5fff",
    "good": "#0a7d55",
    "warn": "#9a5b00",
    "bad": "#b3261e",
    "accent": "#ffb703",
}
NAMES = {colour: name for name, colour in INKS.items()}
SVG = "{http://www.w3.org/2000/svg}"
PLACES = {"d", "x", "x1", "x2", "y", "y1", "y2", "cx", "cy", "r", "transform"}
PAINT = {"fill", "fill-opacity", "opacity", "stroke", "stroke-opacity", "stroke-width"}
LINES = {"stroke-dasharray", "stroke-linecap", "stroke-linejoin"}
WORDS = {"text-anchor", "font-size", "font-weight"}
KEPT = PLACES | PAINT | LINES | WORDS | {"width", "height"}
NOTHING = {"none", "transparent", "", "translate(0,0)"}
DEFAULTS = {("opacity", "1"), ("font-weight", "normal"), ("stroke-width", "1")}
LONG = re.compile(r"-?\d+\.\d{2,}")
POLYGON = re.compile(r"M([^MLZ]+(?:L[^MLZ]+){3,})(Z?)")
RTL = {"R", "AL"}


def svg(spec: Mapping[str, Any], *, title: str, size: str) -> Markup:
    """The drawing as inline SVG named by its title; the same spec is drawn only once."""
    body, width, height = _drawn(json.dumps(spec, sort_keys=True))
    return Markup(
        '<svg class="plot plot-{}" viewBox="0 0 {} {}" role="img" aria-label="{}"'
        ' direction="ltr" font-family="system-ui, sans-serif" fill="none">{}</svg>'
    ).format(size, width, height, title, Markup(body))  # noqa: S704 (drawn below)


@lru_cache(maxsize=128)
def _drawn(spec: str) -> tuple[str, str, str]:
    root = ET.fromstring(press.draw(spec))  # noqa: S314 (made by ourselves)
    _clean(root)
    inner = "".join(ET.tostring(child, encoding="unicode") for child in root)
    inner = inner.replace(' xmlns:ns0="http://www.w3.org/2000/svg"', "").replace("ns0:", "")
    return inner, root.get("width", "0"), root.get("height", "0")


def _clean(parent: ET.Element) -> None:
    """Drops what draws nothing, unwraps bare groups, joins like paths, names colours."""
    kept: list[ET.Element] = []
    for child in list(parent):
        _clean(child)
        _dress(child)
        kind = child.tag.removeprefix(SVG)
        if kind == "g":
            kept.extend([child] if child.attrib and len(child) else child)
        elif kind in {"text", "title"}:
            kept.extend([child] if child.text else [])
        elif child.attrib.keys() & {"fill", "stroke"}:
            if kept and _alike(kept[-1], child):
                kept[-1].set("d", kept[-1].get("d", "") + child.get("d", ""))
            else:
                kept.append(child)
    parent[:] = kept


def _alike(one: ET.Element, other: ET.Element) -> bool:
    """Whether two paths differ in their course only; then they can be one."""
    if one.tag != f"{SVG}path" or other.tag != one.tag or len(one) or len(other):
        return False
    return {**one.attrib, "d": ""} == {**other.attrib, "d": ""}


def _dress(element: ET.Element) -> None:
    given = dict(element.attrib)
    element.attrib.clear()
    classes = []
    for name, value in given.items():
        if name not in KEPT or value in NOTHING or (name, value) in DEFAULTS:
            continue
        if name in {"fill", "stroke"} and value in NAMES:
            classes.append(f"{name[0]}-{NAMES[value]}")
        course = POLYGON.sub(_shortened, value) if name == "d" else value
        element.set(name, LONG.sub(_rounded, course) if name in PLACES else value)
    if words := given.get("aria-label"):
        ET.SubElement(element, f"{SVG}title").text = words
    if classes:
        element.set("class", " ".join(classes))
    if element.text and any(unicodedata.bidirectional(letter) in RTL for letter in element.text):
        element.text = f"\u2068{element.text}\u2069"


def _rounded(number: re.Match[str]) -> str:
    return f"{round(float(number[0]), 1):g}"


def _shortened(course: re.Match[str]) -> str:
    """A long straight-lined course in tenths of a pixel and relative steps, half as long."""
    spots = [
        tuple(round(float(number) * 10) for number in pair.split(","))
        for pair in course[1].split("L")
    ]
    x, y = spots[0]
    text = f"M{x / 10:g},{y / 10:g}l"
    for nx, ny in spots[1:]:
        if (nx, ny) != (x, y):
            text += " ".join(f"{step / 10:g}" for step in (nx - x, ny - y)) + " "
        x, y = nx, ny
    return re.sub(r"(?<![\d.])0\.", ".", text.rstrip()).replace(" -", "-") + course[2].lower()
