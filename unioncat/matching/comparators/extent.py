"""Extent: pages, volumes, units, minutes, height."""

from __future__ import annotations

from rapidfuzz.fuzz import ratio

from unioncat.matching.view import MatchView

__all__ = [
    "compare_height",
    "compare_minutes",
    "compare_pages",
    "compare_pagination",
    "compare_pieces",
    "minutes_agree",
    "pages_agree",
]


def pages_agree(a: MatchView, b: MatchView) -> bool | None:
    """True within max(5, 4 %) of the greater; None if a side names no pages."""
    if not a.pages or not b.pages:
        return None
    return abs(a.pages - b.pages) <= max(5, max(a.pages, b.pages) * 0.04)


def minutes_agree(a: MatchView, b: MatchView) -> bool:
    """Durations that both are said: within two minutes or 4 % of the longer."""
    return abs(a.minutes - b.minutes) <= max(2, max(a.minutes, b.minutes) * 0.04)


def compare_pages(a: MatchView, b: MatchView) -> float | None:
    """1 same number; falling with the relative difference, 0 from a quarter on. Sound and film: minutes for pages."""
    left, right = (a.pages, b.pages) if a.pages and b.pages else (a.minutes, b.minutes)
    if not left or not right:
        return None
    if left == right:
        return 1.0
    difference = abs(left - right)
    if difference <= 2:
        return 0.95
    return max(0.0, 0.9 - 3.6 * difference / max(left, right))


def compare_pieces(a: MatchView, b: MatchView) -> float | None:
    """Counted volumes or units: 1 same, 0 different."""
    if a.units and b.units:
        return 1.0 if a.units == b.units else 0.0
    if a.volumes and b.volumes:
        return 1.0 if a.volumes == b.volumes else 0.0
    return None


def compare_minutes(a: MatchView, b: MatchView) -> float | None:
    """Durations: 1 within 3 %, falling to 0 at a quarter."""
    if not a.minutes or not b.minutes:
        return None
    return max(0.0, 1.0 - 4.0 * max(0.0, abs(a.minutes - b.minutes) / max(a.minutes, b.minutes) - 0.03))


def compare_height(a: MatchView, b: MatchView) -> float | None:
    """Heights: 1 same, 0.9 one centimetre apart, falling to 0 at five."""
    if not a.height or not b.height:
        return None
    difference = abs(a.height - b.height)
    return 1.0 if difference == 0 else 0.9 if difference == 1 else max(0.0, 1.0 - difference / 5.0)


def compare_pagination(a: MatchView, b: MatchView) -> float | None:
    """Likeness of all numbers of the extent in order, roman ones too: "xii 294" beside "294"."""
    if not a.pagination or not b.pagination:
        return None
    return 1.0 if a.pagination == b.pagination else ratio(a.pagination, b.pagination) / 100.0
