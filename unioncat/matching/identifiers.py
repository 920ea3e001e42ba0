"""Numbers that name a publication or a record elsewhere: as few forms as there are things.

An ISBN is its 13 digits, whatever its dress; a running number in 020$a is none. A bar code that lost its
check digit gets it back.
"""

from __future__ import annotations

import re

__all__ = ["bar_code", "doi", "isbn13", "issn", "lccn", "system_number"]

_NOT_DIGIT = re.compile(r"[\s\-‐‑–.]")
_ISBN = re.compile(r"(?<!\d)(97[89]\d{10}|97[89]\d{9}|\d{9}[\dXx])(?![\dXx])")
_PREFIXED = re.compile(r"\(([^()]{2,20})\)\s*(\S[^\s]{1,40})")
_DOI = re.compile(r"(?<![\w.])10\.\d{4,9}/\S{1,200}")
_OCLC = re.compile(r"\(?(?:ocolc|oclc)\)?[\s:]*(?:ocm|ocn|on)?0*(\d{4,14})\b|^(?:ocm|ocn)0*(\d{4,12})\b", re.IGNORECASE)
_ISSN = re.compile(r"(?<!\d)(\d{4})-?(\d{3}[\dXx])(?![\dXx])")


def _check_13(body: str) -> str:
    return str(-sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body)) % 10)


def _valid_10(number: str) -> bool:
    total = sum(int(digit) * (10 - place) for place, digit in enumerate(number[:9]))
    total += 10 if number[9] in "Xx" else int(number[9])
    return total % 11 == 0


def isbn13(text: str) -> str:
    """Thirteen digits of the first valid ISBN in 020$a; "" if there is none. Repairs a missing check digit of 978…"""
    found = _ISBN.search(_NOT_DIGIT.sub("", text))
    if not found:
        return ""
    number = found[1]
    if len(number) == 13:
        return number if _check_13(number[:12]) == number[12] else ""
    if len(number) == 12:
        return number + _check_13(number)
    if not _valid_10(number) or number[:9] == "000000000":
        return ""
    return "978" + number[:9] + _check_13("978" + number[:9])


def bar_code(text: str) -> str:
    """An EAN of a Vietnamese article (893…) that lost its check digit gets it back; anything else as it is."""
    return text + _check_13(text) if len(text) == 12 and text.isdigit() and text.startswith("893") else text


def doi(text: str) -> str:
    """A digital object identifier (ISO 26324) without resolver or prefix, in small letters; "" if there is none."""
    found = _DOI.search(text)
    return found[0].lower().rstrip(".,;") if found else ""


def issn(text: str) -> str:
    """Eight characters of a valid ISSN (ISO 3297), without hyphen; "" if there is none."""
    found = _ISSN.search(text)
    if not found:
        return ""
    body, check = found[1] + found[2][:3], found[2][3].upper()
    total = sum(int(digit) * (8 - place) for place, digit in enumerate(body)) % 11
    expected = "0" if total == 0 else ("X" if total == 1 else str(11 - total))
    return body + check if check == expected else ""


def lccn(text: str) -> str:
    """LC control number of 010$a, normalised (prefix, year, serial of six); "" if it has no form of one."""
    text = text.strip().lower().replace(" ", "").split("/")[0]
    found = re.match(r"([a-z]{0,3})(\d{2}|\d{4})-?(\d{1,6})\Z", text)
    return f"{found[1]}{found[2]}{found[3].zfill(6)}" if found and len(text) > 5 else ""


def system_number(text: str) -> str:
    """``(OCoLC)ocm00012345`` → ``oclc:12345``; ``(RERO)R0035`` → ``rero:r0035``; "" for a number without prefix."""
    oclc = _OCLC.search(text)
    if oclc:
        return f"oclc:{oclc[1] or oclc[2]}"
    found = _PREFIXED.match(text.strip())
    return f"{found[1].lower()}:{found[2].lower().rstrip('.,;')}" if found else ""
