"""The map of the directory is light, complete and safe under the strict policy for content."""

import csv
import re
from math import hypot

import brotli
import pytest
from babel import Locale
from markupsafe import Markup

from advocacy import settings
from advocacy.render.worldmap import Point, places, project, where, world

CHAPTERS = settings.ROOT / "advocacy" / "chapters" / "chapters.csv"


def chapter_points() -> list[Point]:
    with CHAPTERS.open(encoding="utf-8", newline="") as file:
        return [
            Point(
                country=row["country_code"],
                title=row["name"],
                region=row["region"],
                place=row["city_or_territory"],
            )
            for row in csv.DictReader(file)
        ]


def dots(svg: Markup) -> list[tuple[int, int]]:
    found = re.findall(r'cx="(-?\d+)" cy="(-?\d+)"', svg)
    return [(int(x), int(y)) for x, y in found]


def test_every_chapter_has_its_dot_inside_the_map() -> None:
    points = chapter_points()
    placed = dots(world(points, title="Chapters"))
    assert len(placed) == len(points) == 130
    assert all(4 <= x <= 716 and 4 <= y <= 334 for x, y in placed)


def test_a_chapter_of_a_town_is_placed_at_that_town() -> None:
    for point in chapter_points():
        if point.place:
            assert where(point.country, point.place) != where(point.country), point.place


def test_every_country_that_has_a_name_has_a_middle() -> None:
    named = {code for code in Locale("en").territories if len(code) == 2 and code.isalpha()}
    no_country = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
    part_of_another = {"AC", "CP", "CQ", "DG", "EA", "IC", "TA"}
    missing = {code for code in named if where(code) is None}
    assert missing == no_country | part_of_another
    assert {"HK", "SG", "BH", "MU", "TV", "MT", "XK"} <= {country for country, _ in places()}


def test_no_two_dots_of_the_directory_cover_each_other() -> None:
    placed = dots(world(chapter_points(), title="Chapters"))
    gaps = [hypot(ax - bx, ay - by) for i, (ax, ay) in enumerate(placed) for bx, by in placed[:i]]
    assert min(gaps) >= 4


def test_the_map_is_light() -> None:
    assert len(brotli.compress(world([], title="Chapters").encode())) < 2_000
    assert len(brotli.compress(world(chapter_points(), title="Chapters").encode())) < 3_700


def test_the_map_has_no_styles_scripts_or_addresses_of_others() -> None:
    svg = world(chapter_points(), title="Chapters")
    assert not re.search(r"<style|style=|<script|\bon\w+=|https?:|url\(", svg)


def test_names_are_escaped_and_addresses_become_links() -> None:
    svg = world([Point("FR", '<b>"Dôme"</b>', href="/chapters/a?b&c")], title="<Ours>")
    assert "<b>" not in svg
    assert 'href="/chapters/a?b&amp;c"' in svg
    assert 'role="group"' in svg
    assert 'role="img"' in world([Point("FR", "France")], title="Ours")


def test_an_unknown_country_is_left_out() -> None:
    assert dots(world([Point("QQ", "Nowhere"), Point("fr", "France")], title="Ours")) != []
    assert len(dots(world([Point("QQ", "Nowhere")], title="Ours"))) == 0


@pytest.mark.parametrize(
    ("longitude", "latitude", "is_land"),
    [
        (2.3, 47.0, True),
        (-99.0, 39.0, True),
        (-60.0, -3.0, True),
        (145.0, -25.0, True),
        (175.0, 67.5, True),
        (-157.0, 66.0, True),
        (16.0, -31.5, False),
        (22.0, -31.5, True),
        (-30.0, 40.0, False),
        (80.0, -20.0, False),
        (150.0, 30.0, False),
        (-171.0, 62.0, False),
    ],
)
def test_degrees_fall_where_the_land_is_drawn(
    longitude: float, latitude: float, is_land: bool
) -> None:
    assert is_inside(outlines(), *project(longitude, latitude)) is is_land


def outlines() -> list[list[tuple[int, int]]]:
    path = re.search(r'class="map-land"[^>]* d="([^"]+)"', world([], title="Land"))
    assert path
    rings = []
    for part in path.group(1).split("z")[:-1]:
        numbers = [int(n) for n in re.findall(r"-?\d+", part)]
        x, y = numbers[:2]
        ring = [(x, y)]
        for dx, dy in zip(numbers[2::2], numbers[3::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x, y))
        rings.append(ring)
    return rings


def is_inside(rings: list[list[tuple[int, int]]], x: float, y: float) -> bool:
    crossings = 0
    for ring in rings:
        for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
            if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
                crossings += 1
    return crossings % 2 == 1
