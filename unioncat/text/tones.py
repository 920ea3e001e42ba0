"""Where a Vietnamese tone mark stands: hòa and hoà, ủy and uỷ, qúy and quý are one word each."""

from __future__ import annotations

import re
from unicodedata import normalize

__all__ = ["TONES", "place_tones"]

TONES = "\u0300\u0309\u0303\u0301\u0323"
"""Combining tone marks in dictionary order: huyền, hỏi, ngã, sắc, nặng."""

# First vowel → vowels after it that carry the tone instead. "ua" and "ia" are not here: in "mùa" and "mía"
# the tone stands on the first letter; only after q and g do u and i belong to the consonant.
_MOVES = {"o": "aeă", "u": "yêôơâ", "ư": "ơ", "i": "ê", "y": "ê"}


def _pairs() -> dict[str, str]:
    moved: dict[str, str] = {}
    sequences = [("", first, second) for first, seconds in _MOVES.items() for second in seconds]
    sequences += [("q", "u", vowel) for vowel in "aeăi"] + [("g", "i", vowel) for vowel in "aăâoôơuưe"]
    for before, first, second in sequences:
        for tone in TONES:
            wrong = normalize("NFC", before + first + tone) + second
            moved[wrong] = before + first + normalize("NFC", second + tone)
    return moved


_MOVED = _pairs()
_UPPER = {
    form(wrong): form(right)
    for wrong, right in _MOVED.items()
    for form in (str.upper, str.capitalize, lambda pair: pair)
}
_WRONG = re.compile("|".join(sorted(_UPPER, key=len, reverse=True)))


def place_tones(text: str) -> str:
    """The NFC text with tone marks on the main vowel: "hòa bình" → "hoà bình", "tóan" → "toán".

    Only pairs of vowels in which one place is right are touched; case is kept.
    """
    return _WRONG.sub(lambda found: _UPPER[found[0]], text)
