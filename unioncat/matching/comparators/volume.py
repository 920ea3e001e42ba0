"""Volume and part: number, title of the part, whole set."""

from __future__ import annotations

from rapidfuzz.fuzz import ratio

from unioncat.matching.view import MatchView
from unioncat.matching.volumes import compare_volumes

__all__ = ["compare_part", "compare_set", "compare_volume"]

_VALUE = {"same": 1.0, "partial": 0.5, "differ": 0.0}


def compare_volume(a: MatchView, b: MatchView) -> float | None:
    """1 same, 0.5 one names a level more, 0 different, -1 only one side names a volume; unknown if none does."""
    if a.volume and b.volume:
        return _VALUE[compare_volumes(a.volume, b.volume)]
    if not a.volume and not b.volume:
        return None
    named, silent = (a, b) if a.volume else (b, a)
    # "Công nghệ chế tạo máy 2" beside "Công nghệ chế tạo máy", T. 2
    return 1.0 if any(number in silent.numbers and number not in named.numbers for _, number in named.volume) else -1.0


def compare_part(a: MatchView, b: MatchView) -> float | None:
    """Likeness of the titles of the part."""
    if not a.part or not b.part:
        return None
    return ratio(a.part, b.part) / 100.0


def compare_set(a: MatchView, b: MatchView) -> float | None:
    """1 both a whole set or neither, 0 a set beside a single volume, -1 sets of different size."""
    if not a.in_set and not b.in_set:
        return 1.0
    if bool(a.in_set) != bool(b.in_set):
        return 0.0
    return 1.0 if a.in_set == b.in_set or 1 in (a.in_set, b.in_set) else -1.0
