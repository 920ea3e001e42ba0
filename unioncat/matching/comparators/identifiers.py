"""Identifiers: strong evidence, never sufficient."""

from __future__ import annotations

from unioncat.matching.view import MatchView

__all__ = ["compare_isbn", "compare_numbers_elsewhere", "share_identifier"]


def compare_isbn(a: MatchView, b: MatchView) -> float | None:
    """1 an ISBN in common, 0 both have some and none in common."""
    if not a.isbns or not b.isbns:
        return None
    return 1.0 if not set(a.isbns).isdisjoint(b.isbns) else 0.0


def compare_numbers_elsewhere(a: MatchView, b: MatchView) -> float | None:
    """1 an LCCN, OCLC, publisher's or other prefixed number in common; 0 different ones under one prefix."""
    if not a.numbers_elsewhere or not b.numbers_elsewhere:
        return None
    left, right = set(a.numbers_elsewhere), set(b.numbers_elsewhere)
    if not left.isdisjoint(right):
        return 1.0
    prefixes = {number.split(":", 1)[0] for number in left} & {number.split(":", 1)[0] for number in right}
    return 0.0 if prefixes else None


def share_identifier(a: MatchView, b: MatchView) -> bool:
    """True if any identifier, or the identity of a standard, is in common."""
    if (a.isbns or a.numbers_elsewhere) and not a.identifiers.isdisjoint(b.identifiers):
        return True
    return bool(a.standards) and not set(a.standards).isdisjoint(b.standards)
