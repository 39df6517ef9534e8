"""Marks: a small network map for each chapter or campaign, drawn from its slug alone.

The same slug gives the same arcs, nodes and hue everywhere: on pages, in letters' share pictures,
in charts. The colour stands out at least 3:1 from light and from dark paper.
"""

from colorsys import hls_to_rgb
from functools import lru_cache
from hashlib import blake2s
from math import cos, radians, sin

from markupsafe import Markup, escape

RINGS = (8.5, 14.5, 20.5)
MIDDLE = 24
SATURATION = 0.62
# Relative luminance at which a colour is about 4:1 against the light and the dark paper.
LUMINANCE = 0.19


def mark(slug: str, size: int = 48, title: str | None = None) -> Markup:
    """Inline SVG under 1 kB, `size` pixels wide; decorative unless it has a title."""
    if title:
        told = Markup('role="img" aria-label="{}"').format(title)
    else:
        told = Markup('aria-hidden="true" focusable="false"')
    return Markup(
        '<svg class="mark" viewBox="0 0 48 48" width="{}" height="{}" {}>{}</svg>'
    ).format(
        size,
        size,
        told,
        Markup(_drawing(slug)),  # noqa: S704
    )


def mark_svg(slug: str, size: int = 48) -> str:
    """The same mark as a file of its own."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="{size}"'
        f' height="{size}" role="img" aria-label="{escape(slug)}">{_drawing(slug)}</svg>'
    )


def hue(slug: str) -> int:
    """The slug's hue in degrees, 0 to 359."""
    return int.from_bytes(_numbers(slug)[:2], "big") % 360


@lru_cache(maxsize=1024)
def colour(slug: str) -> str:
    """The slug's colour as #rrggbb: its hue, as light as both papers allow."""
    low, high = 0.0, 1.0
    for _ in range(20):
        middle = (low + high) / 2
        if luminance(_hex(hue(slug), middle)) < LUMINANCE:
            low = middle
        else:
            high = middle
    return _hex(hue(slug), low)


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb as WCAG 2 defines it, 0 to 1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two #rrggbb colours as WCAG 2 defines it, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=1024)
def _drawing(slug: str) -> str:
    """Three broken rings with a node at an end of each, joined from the middle outwards."""
    numbers = _numbers(slug)
    arcs, nodes, path = [], [], f"M{MIDDLE} {MIDDLE}"
    at = numbers[2] * 360 / 256
    for ring, (turn, sweep, extra) in zip(RINGS, _triples(numbers[3:12]), strict=True):
        at += (20 + turn * 45 / 255) * (1 if extra & 4 else -1)
        width = 150 + sweep * 130 / 255
        (x, y), (u, v) = _spot(ring, at), _spot(ring, at + width)
        arcs.append(f"M{x:g} {y:g}A{ring:g} {ring:g} 0 {int(width > 180)} 1 {u:g} {v:g}")
        nodes.append(f'<circle cx="{x:g}" cy="{y:g}" r="{2.6 + extra % 3 * 0.4:g}"/>')
        if extra % 2:
            nodes.append(f'<circle cx="{u:g}" cy="{v:g}" r="2"/>')
        path += f"L{x:g} {y:g}"
    tone = colour(slug)
    return (
        f'<g fill="none" stroke="{tone}" stroke-linecap="round"><path stroke-width="2"'
        f' d="{"".join(arcs)}"/><path stroke-width="1.2" d="{path}"/></g>'
        f'<g fill="{tone}"><circle cx="{MIDDLE}" cy="{MIDDLE}" r="3.6"/>{"".join(nodes)}</g>'
    )


def _triples(numbers: bytes) -> list[tuple[int, int, int]]:
    return list(zip(numbers[0::3], numbers[1::3], numbers[2::3], strict=True))


def _spot(ring: float, angle: float) -> tuple[float, float]:
    turned = radians(angle)
    return round(MIDDLE + ring * cos(turned), 1), round(MIDDLE + ring * sin(turned), 1)


def _numbers(slug: str) -> bytes:
    return blake2s(slug.encode("utf-8"), digest_size=16).digest()


def _hex(degrees: int, lightness: float) -> str:
    parts = hls_to_rgb(degrees / 360, lightness, SATURATION)
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
