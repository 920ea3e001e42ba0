"""Titles: how like they are, whole and head, with their alternates."""

from __future__ import annotations

from rapidfuzz.fuzz import ratio, token_set_ratio, token_sort_ratio

from unioncat.matching.view import MatchView

__all__ = [
    "compare_alternate",
    "compare_head",
    "compare_subtitle",
    "compare_title",
    "compare_unmatched",
    "title_length",
    "title_words",
    "titles_agree",
]


def compare_title(a: MatchView, b: MatchView) -> float | None:
    """Characters in common of the whole titles, 0-1; where one has no subtitle, at least nine tenths of the heads'."""
    if not a.title or not b.title:
        return None
    if a.title == b.title:
        return 1.0
    likeness = ratio(a.title, b.title) / 100.0
    if likeness < 0.9 and bool(a.subtitle) != bool(b.subtitle) and a.part == b.part:
        return max(likeness, 0.9 * ratio(a.head, b.head) / 100.0)
    return likeness


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
    return 1.0 if a.title == b.title else token_set_ratio(a.title, b.title) / 100.0


def compare_subtitle(a: MatchView, b: MatchView) -> float | None:
    """Words in common of the subtitles; not known if a side has none."""
    if not a.subtitle or not b.subtitle:
        return None
    if a.subtitle == b.subtitle:
        return 1.0
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
    if not a.title or not b.title:
        return None
    if a.title == b.title:
        return 1.0
    ours, theirs = a.significant_words, b.significant_words
    missing = ours - theirs
    here, there = len(missing), len(theirs) - len(ours) + len(missing)
    if not here or not there:
        return 1.0
    if here > 3 and there > 3:
        return 1.0 / (1.0 + min(here, there))
    left, right = list(missing), sorted(theirs - ours)
    if len(left) + len(right) <= 16:
        for word in sorted(missing):
            for other in right:
                # a slip seldom hits both ends of a word
                if (word[0] == other[0] or word[-1] == other[-1]) and _one_slip(word, other):
                    right.remove(other)
                    left.remove(word)
                    break
            if not right:
                return 1.0
    return 1.0 / (1.0 + min(len(left), len(right)))


def _one_slip(word: str, other: str) -> bool:
    shorter = min(len(word), len(other))
    if abs(len(word) - len(other)) > 3 and shorter < 3:
        return False
    if word.isdigit() or other.isdigit():
        return False
    if shorter >= 3 and (word.startswith(other) or other.startswith(word)):
        return True
    least = 75.0 if shorter > 4 else 66.0
    return ratio(word, other, score_cutoff=least) > 0


def title_length(a: MatchView, b: MatchView) -> float | None:
    """Words of the shorter title, up to 12: "Report" says less than a sentence does."""
    shorter = min(len(a.title_words), len(b.title_words))
    return 12.0 if shorter > 12 else float(shorter)


def titles_agree(a: MatchView, b: MatchView, floor: float, clear: float) -> bool:
    """Whether the titles are alike enough for anything else to matter, identifiers included.

    floor: least likeness of whole title, head, contained words or other titles. Between `floor` and `clear`, two
    titles that each have two or more words of their own name different things, unless another title says not.
    """
    if not a.title or not b.title:
        return False
    if a.head == b.head or a.title == b.title:
        return True
    best = ratio(a.title, b.title) / 100.0
    if best >= clear:
        return True
    best = max(best, ratio(a.head, b.head) / 100.0)
    if best >= clear:
        return True
    if best < floor:
        best = token_set_ratio(a.title, b.title) / 100.0
    if best >= floor and (compare_unmatched(a, b) or 0.0) > 0.34:
        return True
    other = compare_alternate(a, b) or 0.0
    return other >= max(floor, 0.8)
