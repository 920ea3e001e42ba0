"""Edition: number, reissue, revision, words, and the dress that shops tell editions by."""

from __future__ import annotations

from rapidfuzz.fuzz import token_set_ratio

from unioncat.matching.view import MatchView

__all__ = ["compare_dress", "compare_edition", "compare_reissue", "compare_revised", "compare_statement"]


def compare_edition(a: MatchView, b: MatchView) -> float | None:
    """1 same number, 0 different, 0.5 the first beside one that says nothing, 0.25 a later one beside nothing."""
    if a.edition and b.edition:
        return 1.0 if a.edition == b.edition else 0.0
    if not a.edition and not b.edition:
        return None
    return 0.5 if "1" in (a.edition, b.edition) else 0.25


def compare_reissue(a: MatchView, b: MatchView) -> float | None:
    """1 both say "tái bản", 0 only one; unknown if neither does."""
    if not a.reissue and not b.reissue:
        return None
    return 1.0 if a.reissue and b.reissue else 0.0


def compare_revised(a: MatchView, b: MatchView) -> float | None:
    """1 both revised, 0 only one; unknown if neither says so."""
    if not a.revised and not b.revised:
        return None
    return 1.0 if a.revised and b.revised else 0.0


def compare_statement(a: MatchView, b: MatchView) -> float | None:
    """Words in common of the edition statements."""
    if not a.statement or not b.statement:
        return None
    return token_set_ratio(a.statement, b.statement) / 100.0


def compare_dress(a: MatchView, b: MatchView) -> float | None:
    """1 same binding and dress, 0 contradictory, 0.5 one side says more."""
    if not a.variants and not b.variants:
        return None
    if a.variants == b.variants:
        return 1.0
    left, right = set(a.variants), set(b.variants)
    special_left, special_right = left - {"bia mem"}, right - {"bia mem"}
    if special_left == special_right:
        return 0.8
    if special_left and special_right and not special_left & special_right:
        return 0.0
    return 0.4 if left and right else 0.3
