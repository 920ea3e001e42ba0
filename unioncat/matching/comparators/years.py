"""Years of issue and copyright."""

from __future__ import annotations

from unioncat.matching.view import MatchView

__all__ = ["compare_dated", "compare_reissued", "compare_years", "year_distance"]


def year_distance(a: MatchView, b: MatchView) -> int | None:
    """Least distance between years of issue; None if a side has none."""
    if not a.issued or not b.issued:
        return None
    if a.issued == b.issued:
        return 0
    return min(abs(x - y) for x in a.issued for y in b.issued)


def compare_years(a: MatchView, b: MatchView) -> float | None:
    """1 same year; 0.9 the same range; 0.75 one's copyright is the other's issue; 0.6 within the other's range;
    0.5 one year apart; towards 0 with ten years."""
    distance = year_distance(a, b)
    if distance is None:
        if a.span and a.span == b.span:
            return 0.9
        return 0.6 if _in_span(a, b) or _in_span(b, a) else None
    if distance == 0:
        return 1.0
    if a.copyright or b.copyright:
        left, right = {*a.issued, *a.copyright}, {*b.issued, *b.copyright}
        if left & right:
            return 0.75
    if (a.span or b.span) and (_in_span(a, b) or _in_span(b, a)):
        return 0.6
    return 0.5 if distance == 1 else max(0.0, 0.4 - distance / 25.0)


def _in_span(vague: MatchView, other: MatchView) -> bool:
    if not vague.span:
        return False
    return any(vague.span[0] <= year <= vague.span[1] for year in other.issued)


def compare_dated(a: MatchView, b: MatchView) -> float | None:
    """The years of these very issues, reprints of older ones included: 1 same, 0.5 one apart, 0 further."""
    if not a.dated or not b.dated:
        return None
    distance = abs(a.dated - b.dated)
    return 1.0 if not distance else 0.5 if distance == 1 else 0.0


def compare_reissued(a: MatchView, b: MatchView) -> float | None:
    """Year of reissue said in the title: 1 same, 0.5 the other's year of issue, 0 different, -1 on one side only."""
    if not a.reissued and not b.reissued:
        return None
    if a.reissued == b.reissued:
        return 1.0
    if a.reissued and b.reissued:
        return 0.0
    said, other = (a.reissued, b) if a.reissued else (b.reissued, a)
    if other.issued:
        return 0.5 if said in other.issued else 0.0
    return -1.0
