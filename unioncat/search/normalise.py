"""Numbers and codes in the one form in which they are compared.

Each normaliser takes the text as it stands in a record, or as a user typed it, and gives the forms under
which it is indexed; the first of them is the one searched for. No form: the value is not indexed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from unioncat.text import fold

__all__ = ["NORMALISERS", "isbn13", "normalise", "pattern_form"]

_NOT_ALNUM = re.compile(r"[^0-9a-z]+")
_ISBN = re.compile(r"(?<![0-9])(?:97[89][-\s‐-―]?)?(?:[0-9][-\s‐-―]?){9}[0-9Xx](?![0-9])")
_ISSN = re.compile(r"(?<![0-9])([0-9]{4})[-\s‐-―]?([0-9]{3}[0-9Xx])(?![0-9])")
_DIGITS = re.compile(r"[0-9]+")
_PREFIX = re.compile(r"\A\s*\(([^)]*)\)\s*(.*)\Z", re.DOTALL)


def _compact(text: str) -> str:
    if text.isascii():
        return _NOT_ALNUM.sub("", text.lower())
    return fold(text).replace(" ", "")


def _check_digit_13(first12: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(first12))
    return str(-total % 10)


def _valid_10(text: str) -> bool:
    total = sum((10 if digit == "x" else int(digit)) * (10 - place) for place, digit in enumerate(text))
    return total % 11 == 0


def isbn13(text: str) -> str | None:
    """The first well-formed ISBN in a text as 13 digits (ISO 2108); None if there is none with a right check digit."""
    for found in _ISBN.finditer(text):
        digits = _NOT_ALNUM.sub("", found[0].lower())
        if len(digits) == 13 and digits.isdigit() and digits[12] == _check_digit_13(digits[:12]):
            return digits
        if len(digits) == 10 and _valid_10(digits):
            return "978" + digits[:9] + _check_digit_13("978" + digits[:9])
    return None


def _one(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def _isbn(text: str) -> tuple[str, ...]:
    """A valid ISBN as 13 digits; a wrong one as it was printed, without hyphens and qualifiers."""
    valid = isbn13(text)
    if valid is not None:
        return (valid,)
    head = text.split("(", 1)[0].split(":", 1)[0]
    digits = re.sub(r"[^0-9x*?]+", "", head.lower())
    return _one(digits if any(map(str.isdigit, digits)) else "")


def _issn(text: str) -> tuple[str, ...]:
    found = _ISSN.search(text)
    return (found[1] + found[2].lower(),) if found else _one(_compact(text))


def _lccn(text: str) -> tuple[str, ...]:
    """The normal form of LC's rule: no blanks, nothing after a slash, the number after a hyphen filled to six."""
    plain = re.sub(r"\s+", "", text).split("/", 1)[0].lower()
    if "-" in plain:
        head, _, tail = plain.partition("-")
        if tail.isdigit() and len(tail) <= 6:
            plain = head + tail.zfill(6)
    return _one(_compact(plain))


def _digits(text: str) -> tuple[str, ...]:
    """The number alone: ``(OCoLC)ocm00123456`` is ``123456``."""
    found = _DIGITS.search(text.rsplit(")", 1)[-1])
    return _one(found[0].lstrip("0") or "0") if found else ()


def _control(text: str) -> tuple[str, ...]:
    """With the prefix that names the system, and without it."""
    found = _PREFIX.match(text)
    whole = _compact(text)
    if found is None:
        return _one(whole)
    return tuple(dict.fromkeys(form for form in (whole, _compact(found[2])) if form))


def _code(text: str) -> tuple[str, ...]:
    return _one(text.strip().lower())


def _level(text: str) -> tuple[str, ...]:
    """Leader/17: a blank is "full level" and must be findable."""
    code = text.strip().lower()
    return ("full",) if code in ("", "#", "blank", "full") else (code,)


def _number(text: str) -> tuple[str, ...]:
    """Any standard number: an ISBN as 13 digits, else compact."""
    valid = isbn13(text)
    return (valid,) if valid is not None else _one(_compact(text))


NORMALISERS: dict[str, Callable[[str], tuple[str, ...]]] = {
    "isbn": _isbn,
    "issn": _issn,
    "lccn": _lccn,
    "digits": _digits,
    "control": _control,
    "compact": lambda text: _one(_compact(text)),
    "code": _code,
    "level": _level,
    "number": _number,
}


def normalise(normaliser: str, text: str) -> tuple[str, ...]:
    """Forms of `text` by the named normaliser, the one to search for first."""
    return NORMALISERS[normaliser](text)


def pattern_form(normaliser: str, text: str) -> str:
    """Literal piece of a masked term: the characters that the normaliser keeps, nothing completed or converted."""
    return text.lower() if normaliser in ("code", "level") else _compact(text)
