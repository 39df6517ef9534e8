"""One line of a benchmark: what we did, what the bare machine or a peer did, how far apart."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """A figure with its limit. `met` is None where nothing is promised."""

    figure: str
    ours: str
    limit: str = ""
    ratio: str = ""
    wanted: str = ""
    met: bool | None = None


def times(ours: float, limit: float) -> str:
    """`3.4 x`: how many times the limit, or which part of it."""
    return f"{ours / limit:.2g} x" if limit else ""


def seconds(value: float) -> str:
    """`850 ms` or `12.3 s`."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def rate(count: float, duration: float, noun: str) -> str:
    """`1,230 messages/s`."""
    return f"{count / duration:,.0f} {noun}/s"
