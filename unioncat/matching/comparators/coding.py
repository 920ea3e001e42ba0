"""Language, class, carrier and form of score."""

from __future__ import annotations

from unioncat.matching.view import MatchView

__all__ = [
    "compare_class",
    "compare_country",
    "compare_form",
    "compare_language",
    "compare_reprint",
    "compare_score_form",
    "kind_of",
]


def compare_language(a: MatchView, b: MatchView) -> float | None:
    """1 same language code, 0 different."""
    if not a.language or not b.language:
        return None
    return 1.0 if a.language == b.language else 0.0


def compare_class(a: MatchView, b: MatchView) -> float | None:
    """Digits in common from the left of the nearest class numbers, over the length of the shorter."""
    if not a.classes or not b.classes:
        return None
    best = 0.0
    for left in a.classes:
        for right in b.classes:
            shorter = min(len(left), len(right))
            same = 0
            while same < shorter and left[same] == right[same]:
                same += 1
            best = max(best, same / shorter)
    return best


def compare_country(a: MatchView, b: MatchView) -> float | None:
    """1 same code of the country of publication, 0 different."""
    if not a.country or not b.country:
        return None
    return 1.0 if a.country == b.country else 0.0


_KINDS = {"text": 0.0, "mixed": 0.0, "kit": 0.0, "map": 1.0, "picture": 1.0, "score": 2.0, "music": 3.0, "speech": 3.0}


def kind_of(a: MatchView, b: MatchView) -> float | None:
    """What is compared, since two scores are told apart by other things than two books are: 0 text, 1 maps and
    pictures, 2 scores, 3 sound, 4 all others (films, software). Kinds that a veto keeps apart never come here.
    """
    if a.kind == b.kind:
        return _KINDS.get(a.kind, 4.0)
    return min(_KINDS.get(a.kind, 4.0), _KINDS.get(b.kind, 4.0))


def compare_reprint(a: MatchView, b: MatchView) -> float | None:
    """1 both are said to be reprints, 0 only one; unknown if neither is."""
    if not a.reprint and not b.reprint:
        return None
    return 1.0 if a.reprint and b.reprint else 0.0


def compare_form(a: MatchView, b: MatchView) -> float | None:
    """1 same carrier, 0 different."""
    if not a.form or not b.form:
        return None
    return 1.0 if a.form == b.form else 0.0


def compare_score_form(a: MatchView, b: MatchView) -> float | None:
    """1 same form of score (vocal, study, parts, full), 0 different."""
    if not a.score or not b.score:
        return None
    return 1.0 if a.score == b.score else 0.0
