"""A light map of the world with a dot for each place, drawn by hand as inline SVG of about 3 kB.

The page's stylesheet gives `.map-land` and `.map-dot` their colours; without it the attributes do.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import cos, hypot, radians, sin
from pathlib import Path

from markupsafe import Markup

MAPS = Path(__file__).parent / "maps"
WIDTH, HEIGHT = 720, 338
CENTRE = 11.5
SCALE, LEFT, TOP = 140.2441, 360.7463, 197.3599
APART = 6.5
LAND, DOT = "#d9d6cc", "#0b5fff"


@dataclass(frozen=True)
class Point:
    """A dot: its country (ISO 3166-1 alpha-2), the words shown for it, and where it leads."""

    country: str
    title: str
    region: str = ""
    place: str = ""
    href: str = ""


def world(points: Sequence[Point], *, title: str, width: int = WIDTH) -> Markup:
    """The map; points with no known country are left out, crowded ones are moved apart.

    Dots with an `href` are links, so the same links must also stand in a list on the page.
    """
    known = [point for point in points if where(point.country, point.place)]
    linked = any(point.href for point in known)
    groups: dict[str, list[Markup]] = {}
    for point, (x, y) in zip(known, _spread(tuple(map(_position, known))), strict=True):
        groups.setdefault(point.region, []).append(_dot(point, round(x), round(y)))
    return Markup(
        '<svg class="map" viewBox="0 0 {} {}" width="{}" height="{}" role="{}" aria-label="{}">'
        '<path class="map-land" fill="{}" d="{}"/>{}</svg>'
    ).format(
        WIDTH,
        HEIGHT,
        width,
        round(width * HEIGHT / WIDTH),
        "group" if linked else "img",
        title,
        LAND,
        _land(),
        Markup().join(_group(region, dots) for region, dots in groups.items()),
    )


def where(country: str, place: str = "") -> tuple[float, float] | None:
    """Longitude and latitude of a place or, where unknown, of its country's middle; or None."""
    known = places()
    return known.get((country.upper(), place)) or known.get((country.upper(), ""))


@lru_cache(maxsize=1)
def places() -> dict[tuple[str, str], tuple[float, float]]:
    """Every country (its place is "") and the places within countries that we know."""
    with (MAPS / "places.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["country"], row["place"]): (float(row["longitude"]), float(row["latitude"]))
            for row in csv.DictReader(file)
        }


def project(longitude: float, latitude: float) -> tuple[float, float]:
    """Degrees to map units, by the Natural Earth projection in which the land is drawn."""
    turned = radians((longitude - CENTRE + 540) % 360 - 180)
    phi = radians(latitude)
    p2 = phi * phi
    p4 = p2 * p2
    x = turned * (0.8707 - 0.131979 * p2 + p4 * (-0.013791 + p4 * (0.003971 * p2 - 0.001529 * p4)))
    y = phi * (1.007226 + p2 * (0.015085 + p4 * (-0.044475 + 0.028874 * p2 - 0.005916 * p4)))
    return LEFT + SCALE * x, TOP - SCALE * y


@lru_cache(maxsize=1)
def _land() -> str:
    return (MAPS / "land.path").read_text(encoding="ascii").strip()


def _position(point: Point) -> tuple[float, float]:
    return project(*(where(point.country, point.place) or (0.0, 0.0)))


def _dot(point: Point, x: int, y: int) -> Markup:
    if point.href:
        return Markup('<a href="{}"><title>{}</title><circle cx="{}" cy="{}" r="4"/></a>').format(
            point.href, point.title, x, y
        )
    return Markup('<circle cx="{}" cy="{}" r="4"><title>{}</title></circle>').format(
        x, y, point.title
    )


def _group(region: str, dots: list[Markup]) -> Markup:
    kind = re.sub(r"[^a-z]+", "-", region.lower()).strip("-")
    classes = f"map-dot map-{kind}" if kind else "map-dot"
    return Markup('<g class="{}" fill="{}">{}</g>').format(classes, DOT, Markup().join(dots))


@lru_cache(maxsize=8)
def _spread(positions: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
    """The same positions, pushed apart step by step until hardly any two dots overlap."""
    spots = [(x + cos(i * 2.4) / 10, y + sin(i * 2.4) / 10) for i, (x, y) in enumerate(positions)]
    for _ in range(40):
        crowded = False
        for i, j in combinations(range(len(spots)), 2):
            (ax, ay), (bx, by) = spots[i], spots[j]
            dx, dy = bx - ax, by - ay
            if abs(dx) >= APART or abs(dy) >= APART or hypot(dx, dy) >= APART:
                continue
            crowded = True
            far = hypot(dx, dy) or 0.1
            push = (APART - far) / far / 2
            spots[i] = (ax - dx * push, ay - dy * push)
            spots[j] = (bx + dx * push, by + dy * push)
        if not crowded:
            break
    return spots
