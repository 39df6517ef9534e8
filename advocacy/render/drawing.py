"""The sheet that charts are laid out on, in two sizes and both reading directions.

No font is asked how wide a text is, since the reader's is unknown: layouts leave room instead.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from babel import numbers
from markupsafe import Markup

from advocacy.render import i18n
from advocacy.render.inlining import INKS, RTL, svg

Values = Sequence[Mapping[str, Any]]

CONFIG = {"view": {"stroke": None}, "aria": False, "font": "sans-serif"}


@dataclass(frozen=True)
class Chart:
    """Inline SVG for the page, and the sentence that the page prints over it."""

    svg: Markup
    title: str


@dataclass(frozen=True)
class Frame:
    """One of the two sizes a chart is drawn in, and the language it speaks."""

    name: str
    width: int
    font: float
    locale: str

    @property
    def is_wide(self) -> bool:
        return self.name == "wide"

    @property
    def is_rtl(self) -> bool:
        return i18n.direction(self.locale) == "rtl"


def frames(locale: str) -> tuple[Frame, Frame]:
    """A sheet for 40rem and more, and one for a phone whose labels stay above 11 px at 360 px."""
    step = 1.0 if i18n.direction(locale) == "rtl" else 0.0
    return Frame("wide", 680, 14 + step, locale), Frame("narrow", 360, 13 + step, locale)


@dataclass
class Sheet:
    """Layers over one plot. Places in pixels run from the reading start, so rtl mirrors all."""

    frame: Frame
    height: float
    x_domain: tuple[float, float]
    y_domain: tuple[float, float] = (0, 1)
    start: float = 0
    end: float = 0
    top: float = 0
    bottom: float = 0
    layers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def width(self) -> float:
        """The plot's own width, without the margins."""
        return round(self.frame.width - self.start - self.end, 1)

    def across(self, value: float) -> float:
        """How far from the reading start a value of the horizontal scale lies."""
        low, high = self.x_domain
        return (value - low) / ((high - low) or 1) * self.width

    def up(self, value: float) -> float:
        """How far below the plot's top a value of the vertical scale lies."""
        low, high = self.y_domain
        return self.height - (value - low) / ((high - low) or 1) * self.height

    def mark(self, kind: Mapping[str, Any], values: Values, *fields: str) -> None:
        """A mark over the scales; the fields are any of x, y, x2, y2."""
        scales = {
            "x": {"domain": list(self.x_domain), "nice": False, "reverse": self.frame.is_rtl},
            "y": {"domain": list(self.y_domain), "nice": False},
        }
        encoding: dict[str, Any] = {}
        for name in fields:
            encoding[name] = {"field": name}
            if name in scales:
                encoding[name] |= {"type": "quantitative", "scale": scales[name], "axis": None}
                encoding[name]["stack"] = None
        self.layers.append({"data": {"values": values}, "mark": kind, "encoding": encoding})

    def text(
        self, items: Iterable[tuple[float, float, str]], *, align: str = "start", **style: Any
    ) -> None:
        """Words at pixels; `align` is start, middle or end in reading direction."""
        sides = {"start": "left", "middle": "center", "end": "right"}
        if self.frame.is_rtl:
            sides |= {"start": "right", "end": "left"}
        mark = {
            "type": "text",
            "aria": False,
            "align": sides[align],
            "baseline": "alphabetic",
            "fontSize": self.frame.font,
            "color": INKS["ink"],
            **style,
        }
        values = [{"x": self.side(x), "y": y, "text": words} for x, y, words in items]
        encoding = {
            "x": {"field": "x", "type": "quantitative", "scale": None, "axis": None},
            "y": {"field": "y", "type": "quantitative", "scale": None, "axis": None},
            "text": {"field": "text", "type": "nominal"},
        }
        self.layers.append({"data": {"values": values}, "mark": mark, "encoding": encoding})

    def rule(self, ends: Iterable[tuple[float, float, float, float]], **style: Any) -> None:
        """Straight lines between two places in pixels."""
        values = [
            {"x": self.side(x), "y": y, "x2": self.side(x2), "y2": y2} for x, y, x2, y2 in ends
        ]
        encoding = {
            name: {"field": name, "type": "quantitative", "scale": None, "axis": None}
            for name in ("x", "y")
        } | {name: {"field": name} for name in ("x2", "y2")}
        mark = {"type": "rule", "aria": False, "color": INKS["rule"], **style}
        self.layers.append({"data": {"values": values}, "mark": mark, "encoding": encoding})

    def side(self, x: float) -> float:
        """A place counted from the reading start as one counted from the left."""
        return round(self.width - x if self.frame.is_rtl else x, 1)

    def spec(self, **more: Any) -> dict[str, Any]:
        """The whole as Vega-Lite."""
        left = self.end if self.frame.is_rtl else self.start
        margins = {"left": round(left, 1), "top": round(self.top, 1)}
        margins |= {"right": round(self.frame.width - self.width - margins["left"], 1)}
        margins |= {"bottom": round(self.bottom, 1)}
        return {
            "width": self.width,
            "height": round(self.height, 1),
            "padding": margins,
            "autosize": "none",
            "background": "transparent",
            "config": CONFIG,
            "layer": self.layers,
            **more,
        }


def both(sheet: Callable[[Frame], Mapping[str, Any]], title: str, locale: str) -> Chart:
    """The chart in both sizes, from a function that lays one out and returns its Vega-Lite."""
    drawings = [svg(sheet(frame), title=title, size=frame.name) for frame in frames(locale)]
    return Chart(svg=Markup().join(drawings), title=title)


def breadth(text: str, font: float) -> float:
    """About how wide a text is, in pixels; no font is asked, since the reader's is unknown."""
    ems = 0.0
    for letter in text:
        if unicodedata.combining(letter):
            continue
        if unicodedata.east_asian_width(letter) in "WF":
            ems += 1
        elif unicodedata.bidirectional(letter) in RTL:
            ems += 0.48
        else:
            ems += 0.68 if letter.isupper() else 0.3 if letter in " .,:;'ilj|" else 0.56
    return ems * font


def shorten(text: str, font: float, room: float) -> str:
    """The text, cut with an ellipsis where it would not fit, between words if one is near."""
    if breadth(text, font) <= room:
        return text
    cut = text
    while cut and breadth(cut + "…", font) > room:
        cut = cut[:-1]
    whole = cut.rpartition(" ")[0]
    return (whole if len(whole) > len(cut) / 2 else cut).rstrip() + "…"


def amount(value: float, locale: str) -> str:
    """A number as the locale writes it; from 100,000 on in its short form."""
    tag = i18n.babel_locale(locale)
    if value >= 100_000:
        return str(numbers.format_compact_decimal(value, locale=tag, fraction_digits=1))
    pattern = "#,##0" if value >= 100 else "#,##0.#"
    return str(numbers.format_decimal(value, format=pattern, locale=tag))


def share(value: float, locale: str) -> str:
    """A ratio as a percentage, such as 0.25 as 25%."""
    return numbers.format_percent(value, format="#,##0%", locale=i18n.babel_locale(locale))
