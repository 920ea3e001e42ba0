"""Publisher, place and series."""

from __future__ import annotations

from rapidfuzz.fuzz import partial_ratio, ratio, token_set_ratio

from unioncat.matching.view import MatchView

__all__ = ["compare_place", "compare_publisher", "compare_series"]


def _initials(text: str) -> str:
    return "".join(word[0] for word in text.split())


def compare_publisher(a: MatchView, b: MatchView) -> float | None:
    """Best likeness between core words; an abbreviation equals what it stands for."""
    if not a.publishers or not b.publishers:
        return None
    if a.publishers[0] == b.publishers[0]:
        return 1.0
    best = 0.0
    for left in a.publishers[:4]:
        for right in b.publishers[:4]:
            if left == right:
                return 1.0
            best = max(best, ratio(left, right), 0.95 * token_set_ratio(left, right))
            if best >= 90:
                continue
            short, long = (left, right) if len(left) < len(right) else (right, left)
            if 2 <= len(short) <= 6 and short.replace(" ", "") == _initials(long):
                best = 90.0
    return best / 100.0


def compare_place(a: MatchView, b: MatchView) -> float | None:
    """Best likeness between places; one place of two is enough (London/New York)."""
    if not a.places or not b.places:
        return None
    if a.places[0] == b.places[0]:
        return 1.0
    return max(partial_ratio(left, right) for left in a.places for right in b.places) / 100.0


def compare_series(a: MatchView, b: MatchView) -> float | None:
    """Best likeness between series titles."""
    if not a.series or not b.series:
        return None
    if a.series[0] == b.series[0]:
        return 1.0
    return max(token_set_ratio(left, right) for left in a.series for right in b.series) / 100.0
