"""ISBN and ISSN as they stand in records: is it one, and is its check digit right?"""

from __future__ import annotations

import re

__all__ = ["isbn_fault", "issn_fault"]

_DROP = str.maketrans("", "", "-\u2010\u2011\u2012\u2013\u2014\u2212 \u00a0.")
_NUMBER = re.compile(r"[0-9Xx]+")
_SHORTEST = 5
_WEIGHTS_10 = range(10, 0, -1)


def isbn_fault(text: str) -> str:
    """Rule id of what is wrong with 020$a; "" if it holds a right ISBN (qualifiers after it are allowed).

    A number of up to five digits, or one that nowhere near fits, is no ISBN at all but a running number.
    """
    compact = text.translate(_DROP)
    found = _NUMBER.match(compact)
    if found is None:
        found = _NUMBER.search(compact)
        if found is None or found.end() - found.start() < _SHORTEST:
            return "" if not compact else "isbn-fake" if compact[:1].isdigit() else "isbn-format"
    digits = found[0].upper()
    length = len(digits)
    if length == 13:
        if not digits.isdigit():
            return "isbn-length"
        if digits[:3] not in ("978", "979"):
            return "isbn-fake"
        total = sum(map(int, digits[::2])) + 3 * sum(map(int, digits[1::2]))
        return "isbn-check-digit" if total % 10 else ""
    if length == 10:
        if not digits[:9].isdigit():
            return "isbn-length"
        total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS_10, digits[:9], strict=False))
        return "isbn-check-digit" if (total + (10 if digits[9] == "X" else int(digits[9]))) % 11 else ""
    if length <= 7 or (length < 10 and compact == found[0]) or len(set(digits)) == 1:
        return "isbn-fake" if length <= 7 or len(set(digits)) == 1 else "isbn-length"
    return "isbn-length"


def issn_fault(text: str) -> str:
    """Rule id of what is wrong with 022$a; "" if it is right or holds no number of eight digits."""
    digits = text.translate(_DROP).upper()[:8]
    if len(digits) != 8 or not digits[:7].isdigit() or digits[7] not in "0123456789X":
        return "issn-check-digit" if digits else ""
    total = sum(weight * int(digit) for weight, digit in zip(range(8, 1, -1), digits, strict=False))
    return "issn-check-digit" if (total + (10 if digits[7] == "X" else int(digits[7]))) % 11 else ""
