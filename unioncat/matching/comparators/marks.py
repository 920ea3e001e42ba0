"""Marks: vi mô is not vĩ mô. Folding proposes, marks decide."""

from __future__ import annotations

from functools import lru_cache
from unicodedata import normalize

from unioncat.matching.view import MatchView

__all__ = ["compare_marks"]

_TONES = {"\u0300": "`", "\u0309": "~", "\u0303": "~", "\u0301": "'", "\u0323": "."}  # hỏi and ngã are confused


@lru_cache(maxsize=20_000)
def _sound(syllable: str) -> tuple[str, str]:
    """(letters, tone): wherever the tone stands (điạ, địa), i or y (kĩ, kỹ), hỏi or ngã (kỷ, kỹ)."""
    letters: list[str] = []
    tone = ""
    for character in normalize("NFD", syllable):
        if character in _TONES:
            tone = _TONES[character]
        else:
            letters.append("i" if character == "y" else character)
    return "".join(letters), tone


def compare_marks(a: MatchView, b: MatchView) -> float | None:
    """1 where the folded heads are equal and no mark speaks against it; less for each syllable with other marks.

    A side that writes no marks contradicts none. Not known where the heads differ anyway.
    """
    if a.head != b.head or not a.head:
        return None
    if a.exact == b.exact or not a.exact or not b.exact:
        return 1.0
    left, right = a.exact.split(), b.exact.split()
    if len(left) != len(right):
        return 1.0
    unlike = sum(x != y and _sound(x) != _sound(y) for x, y in zip(left, right, strict=True))
    return max(0.0, 1.0 - unlike / min(len(left), 4))
