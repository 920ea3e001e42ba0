"""Numbers inside titles: Toán 1 is not Toán 2."""

from __future__ import annotations

from unioncat.matching.view import MatchView

__all__ = ["compare_numbers"]


def compare_numbers(a: MatchView, b: MatchView) -> float | None:
    """1 if all numbers (title and volume together) are the same, 0.5 if one side has more, 0 if they differ."""
    if a.numbers == b.numbers and a.volume == b.volume:
        return 1.0 if a.numbers or a.volume else None
    left = set(a.numbers).union(number for _, number in a.volume)
    right = set(b.numbers).union(number for _, number in b.volume)
    if left == right:
        return 1.0
    if left <= right or right <= left:
        return 0.5
    return 0.0
