"""Titles: how like they are, whole and head, with their alternates."""

from __future__ import annotations

from rapidfuzz.fuzz import ratio, token_set_ratio, token_sort_ratio

from unioncat.matching.view import MatchView
from unioncat.matching.words import word_list

__all__ = [
    "best_title",
    "compare_alternate",
    "compare_head",
    "compare_subtitle",
    "compare_title",
    "compare_unmatched",
    "title_length",
    "title_words",
]


_LITTLE = word_list("not_significant")


def compare_title(a: MatchView, b: MatchView) -> float | None:
    """Characters in common of the whole titles, 0-1."""
    if not a.title or not b.title:
        return None
    return 1.0 if a.title == b.title else ratio(a.title, b.title) / 100.0


def compare_head(a: MatchView, b: MatchView) -> float | None:
    """Characters in common of the titles before subtitle and volume, 0-1."""
    if not a.head or not b.head:
        return None
    if a.head == b.head:
        return 1.0
    return max(ratio(a.head, b.head), ratio(a.head.replace(" ", ""), b.head.replace(" ", ""))) / 100.0


def title_words(a: MatchView, b: MatchView) -> float | None:
    """Words of the shorter title that the longer one has too, 0-1: an absent subtitle is no difference."""
    if not a.title or not b.title:
        return None
    return token_set_ratio(a.title, b.title) / 100.0


def compare_subtitle(a: MatchView, b: MatchView) -> float | None:
    """Words in common of the subtitles; not known if a side has none."""
    if not a.subtitle or not b.subtitle:
        return None
    return token_sort_ratio(a.subtitle, b.subtitle) / 100.0


def compare_alternate(a: MatchView, b: MatchView) -> float | None:
    """Best likeness between one's title and the other's parallel, variant or linked titles."""
    if not a.alternates and not b.alternates:
        return None
    best = 0.0
    for title in a.alternates:
        best = max(best, ratio(title, b.head), ratio(title, b.title))
        for other in b.alternates:
            best = max(best, ratio(title, other))
    for title in b.alternates:
        best = max(best, ratio(title, a.head), ratio(title, a.title))
    return best / 100.0


def compare_unmatched(a: MatchView, b: MatchView) -> float | None:
    """1.0 if one title has all words of the other; lower the more words each has that the other lacks.

    A missing subtitle lacks words on one side only and costs nothing; "charleston sc" beside "roanoke va" does.
    Words one slip apart count as the same.
    """
    if not a.title_words or not b.title_words:
        return None
    left = [word for word in a.title_words if word not in b.title_words and word not in _LITTLE]
    right = [word for word in b.title_words if word not in a.title_words and word not in _LITTLE]
    if not left or not right:
        return 1.0
    if len(left) + len(right) <= 16:
        for word in sorted(left):
            match = next((other for other in sorted(right) if _one_slip(word, other)), None)
            if match is not None:
                right.remove(match)
                left.remove(word)
    return 1.0 / (1.0 + min(len(left), len(right)))


def _one_slip(word: str, other: str) -> bool:
    shorter = min(len(word), len(other))
    if word.isdigit() or other.isdigit():
        return False
    if word.startswith(other) or other.startswith(word):
        return shorter >= 3
    return ratio(word, other) >= (75 if shorter > 4 else 66)


def title_length(a: MatchView, b: MatchView) -> float | None:
    """Words of the shorter title, up to 12: "Report" says less than a sentence does."""
    return float(min(len(a.title_words), len(b.title_words), 12))


def best_title(a: MatchView, b: MatchView) -> float:
    """The likeness that the title floor asks for: the best of whole, head, contained words and alternates."""
    if not a.title or not b.title:
        return 0.0
    if a.head == b.head or a.title == b.title:
        return 1.0
    best = ratio(a.title, b.title)
    if best < 60:
        best = max(best, ratio(a.head, b.head))
        if best < 60:
            best = max(best, token_set_ratio(a.title, b.title))
            if best < 60 and (a.alternates or b.alternates):
                best = max(best, 100.0 * (compare_alternate(a, b) or 0.0))
    return best / 100.0
