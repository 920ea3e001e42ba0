"""Marks: vi mô is not vĩ mô. Folding proposes, marks decide."""

from __future__ import annotations

from unioncat.matching.view import MatchView

__all__ = ["compare_marks"]


def compare_marks(a: MatchView, b: MatchView) -> float | None:
    """Share of equal syllables with marks where the folded heads are equal; not known if a side writes no marks."""
    if not a.exact or not b.exact or a.head != b.head:
        return None
    if a.exact == b.exact:
        return 1.0
    left, right = a.exact.split(), b.exact.split()
    if len(left) != len(right):
        return None
    pairs = [(x, y) for x, y in zip(left, right, strict=True) if not (x.isascii() and y.isascii())]
    if not pairs:
        return None
    return max(0.0, 1.0 - sum(x != y for x, y in pairs) / min(len(pairs), 4))
