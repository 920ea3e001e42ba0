"""Identifiers: strong evidence, never sufficient."""

from __future__ import annotations

import re

from rapidfuzz.fuzz import ratio

from unioncat.matching.view import MatchView

__all__ = [
    "compare_isbn",
    "compare_publisher_numbers",
    "compare_system_numbers",
    "share_identifier",
    "share_registered",
    "unshared",
]

_NOT_DIGIT = re.compile(r"\D+")


def compare_isbn(a: MatchView, b: MatchView) -> float | None:
    """1 an ISBN in common, 0 both have some and none in common."""
    if not a.isbns or not b.isbns:
        return None
    return 1.0 if not set(a.isbns).isdisjoint(b.isbns) else 0.0


def compare_system_numbers(a: MatchView, b: MatchView) -> float | None:
    """1 an LCCN, OCLC or other prefixed number in common; 0 different ones under one prefix."""
    if not a.numbers_elsewhere or not b.numbers_elsewhere:
        return None
    left, right = a.system_numbers, b.system_numbers
    if not left.isdisjoint(right):
        return 1.0
    return None if a.system_prefixes.isdisjoint(b.system_prefixes) else 0.0


def compare_publisher_numbers(a: MatchView, b: MatchView) -> float | None:
    """Numbers printed on the thing (024, 028): 1 the same, 0.8 the same digits, else likeness up to 0.7."""
    if not a.numbers_elsewhere or not b.numbers_elsewhere:
        return None
    left, right = a.printed_numbers, b.printed_numbers
    if not left or not right:
        return None
    if not left.isdisjoint(right):
        return 1.0
    best = 0.0
    for one in left:
        digits = _digits(one)
        for other in right:
            theirs = _digits(other)
            if (
                digits
                and theirs
                and (
                    digits.endswith(theirs)
                    or theirs.endswith(digits)
                    or digits.startswith(theirs)
                    or theirs.startswith(digits)
                )
            ):
                return 0.8
            best = max(best, ratio(one[4:], other[4:]) / 100.0)
    return min(best, 0.7)


def _digits(number: str) -> str:
    """All digits, if there are four or more: labels and their codes stand before or after, or not at all."""
    digits = _NOT_DIGIT.sub("", number)
    return digits if len(digits) >= 4 else ""


def share_identifier(a: MatchView, b: MatchView) -> bool:
    """True if any identifier, or the identity of a standard, is in common."""
    if (a.isbns or a.numbers_elsewhere) and not a.identifiers.isdisjoint(b.identifiers):
        return True
    return bool(a.standards) and not set(a.standards).isdisjoint(b.standards)


def share_registered(a: MatchView, b: MatchView) -> bool:
    """True if a number of a world-wide register of records (OCLC, LCCN, DOI) is in common."""
    if not a.registered or not b.registered:
        return False
    return not a.registered.isdisjoint(b.registered)


def unshared(a: MatchView, b: MatchView) -> bool:
    """True if both name an ISBN, or both an LCCN, and none is in common."""
    if a.isbns and b.isbns and set(a.isbns).isdisjoint(b.isbns):
        return True
    left, right = a.registered, b.registered
    if not left or not right or not left.isdisjoint(right):
        return False
    return any(number.startswith("lccn:") for number in left) and any(number.startswith("lccn:") for number in right)
