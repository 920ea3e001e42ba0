"""Names: main entry, all names, statement of responsibility. No overlap proves nothing by itself."""

from __future__ import annotations

from rapidfuzz.fuzz import ratio, token_set_ratio

from unioncat.matching.view import MatchView

__all__ = [
    "authors_agree",
    "compare_author",
    "compare_cutter",
    "compare_names",
    "compare_others",
    "compare_responsibility",
]


def compare_author(a: MatchView, b: MatchView) -> float | None:
    """The first name of each looked for among the other's names, word order aside; the better of both, 0-1."""
    if not a.names or not b.names:
        return None
    ours, theirs = a.sorted_names, b.sorted_names
    first, second = ours[0], theirs[0]
    if first in theirs or second in ours:
        return 1.0
    best = ratio(first, second)
    for other in theirs[1:]:
        best = max(best, ratio(first, other, score_cutoff=best))
    for other in ours[1:]:
        best = max(best, ratio(other, second, score_cutoff=best))
    return best / 100.0


def compare_names(a: MatchView, b: MatchView) -> float | None:
    """Share of the syllables of the side with fewer that the other has too, statement of responsibility included."""
    left, right = a.name_words, b.name_words
    if len(left) > len(right):
        left, right, other = right, left, a
    else:
        other = b
    if not left:
        return (
            None
            if not (a.responsible_words and b.responsible_words)
            else _share(a.responsible_words, b.responsible_words)
        )
    if not right:
        return None
    return len(left & other.responsible_words) / len(left)


def _share(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / min(len(left), len(right))


def compare_others(a: MatchView, b: MatchView) -> float | None:
    """Names beside the main one (performers, editors): share of the fewer that the other side has; None without any."""
    if len(a.names) < 2 or len(b.names) < 2:
        return None
    if a.names == b.names:
        return 1.0
    ours, theirs = a.sorted_names, b.sorted_names
    mains = (ours[0], theirs[0])
    left = [name for name in ours if name not in mains]
    right = [name for name in theirs if name not in mains]
    if not left or not right:
        return None
    if len(left) > len(right):
        left, right = right, left
    found = sum(name in right or any(ratio(name, other, score_cutoff=85) for other in right) for name in left)
    return found / len(left)


def compare_responsibility(a: MatchView, b: MatchView) -> float | None:
    """Likeness of the statements of responsibility."""
    if not a.responsibility or not b.responsibility:
        return None
    if a.responsibility == b.responsibility:
        return 1.0
    return token_set_ratio(a.responsibility, b.responsibility) / 100.0


def _initials(name: str) -> set[str]:
    words = name.split()
    return {f"{words[0][:2]} {words[-1][0]}", f"{words[-1][:2]} {words[0][0]}"} if len(words) > 1 else {name[:3]}


def compare_cutter(a: MatchView, b: MatchView) -> float | None:
    """Letters of the shelf mark ("HA-D"): 1 same or the initials of the other's main entry, 0 not."""
    if a.cutter and b.cutter:
        return 1.0 if a.cutter == b.cutter else 0.0
    cutter, names = (a.cutter, b.names) if a.cutter else (b.cutter, a.names)
    if not cutter or not names:
        return None
    return 1.0 if any(cutter in _initials(name) or name.startswith(cutter) for name in names) else 0.0


def authors_agree(a: MatchView, b: MatchView) -> bool | None:
    """Evidence that the makers are the same: a name like another, or most syllables; None if a side names nobody."""
    author = compare_author(a, b)
    if author is not None and author >= 0.8:
        return True
    names = compare_names(a, b)
    if names is not None and names >= 0.6:
        return True
    cutter = compare_cutter(a, b)
    if cutter == 1.0:
        return True
    if author is None and names is None and cutter is None:
        return None
    return False
