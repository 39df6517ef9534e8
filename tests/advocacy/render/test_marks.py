"""Marks: the same everywhere, small, and seen on both papers."""

import csv
from pathlib import Path
from xml.etree import ElementTree

import pytest

from advocacy.render.marks import colour, contrast, hue, mark, mark_svg

LIGHT, DARK = "#fdfcf9", "#10172a"
CHAPTERS = Path(__file__).parents[3] / "advocacy" / "chapters" / "chapters.csv"


def slugs() -> list[str]:
    with CHAPTERS.open(encoding="utf-8", newline="") as file:
        return [row["slug"] for row in csv.DictReader(file)]


def test_a_slug_always_gives_the_same_mark_and_another_slug_another() -> None:
    assert mark("kenya") == mark("kenya")
    assert len({mark(slug) for slug in slugs()}) == len(slugs())


def test_every_mark_is_under_one_kilobyte() -> None:
    assert max(len(mark(slug, 480, "A fairly long title").encode()) for slug in slugs()) < 1000
    assert max(len(mark_svg(slug).encode()) for slug in slugs()) < 1000


def test_every_mark_is_well_formed_and_stays_in_its_box() -> None:
    for slug in slugs():
        drawing = ElementTree.fromstring(mark_svg(slug))  # noqa: S314
        for circle in drawing.iter("{http://www.w3.org/2000/svg}circle"):
            for axis in ("cx", "cy"):
                assert float(circle.attrib[axis]) - float(circle.attrib["r"]) >= 0
                assert float(circle.attrib[axis]) + float(circle.attrib["r"]) <= 48


@pytest.mark.parametrize("paper", [LIGHT, DARK])
def test_every_hue_stands_out_from_light_and_dark_paper(paper: str) -> None:
    seen = {hue(f"slug-{number}"): colour(f"slug-{number}") for number in range(2000)}
    assert len(seen) > 350
    assert min(contrast(tone, paper) for tone in seen.values()) >= 3


def test_a_mark_is_decorative_unless_it_has_a_title() -> None:
    assert 'aria-hidden="true"' in mark("kenya")
    titled = mark("kenya", 32, 'Kenya "east" & <co>')
    assert 'role="img"' in titled and "aria-hidden" not in titled
    assert "Kenya &#34;east&#34; &amp; &lt;co&gt;" in titled


def test_a_mark_needs_no_inline_style() -> None:
    assert "style" not in mark("kenya") + mark_svg("kenya")
