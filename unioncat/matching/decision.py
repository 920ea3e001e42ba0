"""From two views to a decision: vetoes, title floor, evidence floor, score, band."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from unioncat.matching.bounds import FIRST
from unioncat.matching.comparators import FEATURES
from unioncat.matching.comparators.extent import minutes_agree, pages_agree
from unioncat.matching.comparators.identifiers import share_identifier, share_registered, unshared
from unioncat.matching.comparators.marks import compare_marks
from unioncat.matching.comparators.names import authors_agree
from unioncat.matching.comparators.publisher import compare_publisher
from unioncat.matching.comparators.title import titles_agree
from unioncat.matching.comparators.years import compare_years
from unioncat.matching.model import Model
from unioncat.matching.ruleset import Ruleset
from unioncat.matching.vetoes import is_vetoed, vetoes_of
from unioncat.matching.view import MatchView
from unioncat.model import RecordKey

__all__ = [
    "Band",
    "Decision",
    "ScoredPair",
    "banded",
    "below",
    "decide",
    "decide_by",
    "evidence_of",
    "feature_values",
    "in_order",
    "linked",
]

Band = Literal["merge", "review", "different"]
Comparator = Callable[[MatchView, MatchView], float | None]
_NAN = float("nan")
_NO_LIMIT = -math.inf


@dataclass(frozen=True, slots=True)
class Decision:
    """score: 0-1; 0.0 where a veto or a floor spoke before the model.

    vetoes:  hard vetoes that forbid the pair
    floors:  which floor kept a liked pair from merging: ``title``, ``evidence``, ``against``, ``old``,
             ``identifier``, ``unshared``, ``marks``; ``registered`` is the one that lifted it
    """

    score: float
    band: Band
    vetoes: tuple[str, ...] = ()
    floors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class ScoredPair:
    """A decided pair of source records, left < right."""

    left: RecordKey
    right: RecordKey
    score: float
    band: str


_SAME_STANDARD = Decision(0.99, "merge")
_DIFFERENT_TITLE = Decision(0.0, "different", (), ("title",))


def feature_values(a: MatchView, b: MatchView, names: Iterable[str]) -> list[float]:
    """Values of the named comparators in order; NaN where a side has nothing to compare."""
    return [_NAN if (value := compare(a, b)) is None else value for compare in _comparators(tuple(names))]


@lru_cache(maxsize=64)
def _comparators(names: tuple[str, ...]) -> tuple[Comparator, ...]:
    return tuple(FEATURES[name].compare for name in names)


def evidence_of(a: MatchView, b: MatchView) -> dict[str, bool | None]:
    """What agrees besides the title: True, False, or None where a side says nothing."""
    a, b = in_order(a, b)
    year = compare_years(a, b)
    publisher = compare_publisher(a, b)
    return {
        "year": None if year is None else year >= 0.75,
        "extent": pages_agree(a, b) if a.pages and b.pages else _pieces(a, b),
        "publisher": None if publisher is None else publisher >= 0.7,
        "author": authors_agree(a, b),
    }


def _pieces(a: MatchView, b: MatchView) -> bool | None:
    if a.volume and b.volume:
        return True  # vetoes have seen to it that they agree
    if a.minutes and b.minutes:
        return minutes_agree(a, b)
    if a.units and b.units:
        return a.units == b.units
    if a.host and a.host == b.host:
        return True  # the same issue of the same journal
    return None


def _weighed(a: MatchView, b: MatchView, wanted: int) -> tuple[bool, bool]:
    """(so many of year, extent, author and publisher agree, two of year, extent and publisher disagree)."""
    found = against = 0
    year = compare_years(a, b)
    if year is not None:
        if year >= 0.75:
            found += 1
        else:
            against += 1
    extent = pages_agree(a, b) if a.pages and b.pages else _pieces(a, b)
    if extent:
        found += 1
    elif extent is False:
        against += 1
    if found >= wanted and not against and a.pages and b.pages:
        return True, False
    publisher = compare_publisher(a, b)
    if publisher is not None:
        if publisher >= 0.7:
            found += 1
        else:
            against += 1
    if found + 1 < wanted:
        return False, against >= 2
    authors = authors_agree(a, b)
    if authors:
        found += 1
    elif authors is False and extent and a.volume and b.volume and not (a.pages and b.pages):
        wanted += 1  # volume two of a year is shared by many books of one title: it says nothing of their authors
    return found >= wanted, against >= 2


def in_order(a: MatchView, b: MatchView) -> tuple[MatchView, MatchView]:
    """The two in an order of their content: some comparators look at them one after the other, and nothing may
    depend on which record came first."""
    if a.title < b.title or (a.title == b.title and a.digest <= b.digest):
        return a, b
    return b, a


def below(threshold: float) -> float:
    """The greatest score that does not reach a threshold."""
    return math.nextafter(threshold, 0.0)


def _other_marks(a: MatchView, b: MatchView) -> bool:
    """The titles differ in marks (vi mô, vĩ mô) and no class number says that it is a slip."""
    marks = compare_marks(a, b)
    if marks is None or marks == 1.0:
        return False
    return {number[:3] for number in a.classes}.isdisjoint(number[:3] for number in b.classes)


def _is_disputed(a: MatchView, b: MatchView) -> bool:
    """Two things or more disagree and fewer agree, besides title and identifier."""
    says = list(evidence_of(a, b).values())
    return says.count(False) >= 2 and says.count(True) < says.count(False)


def _is_registered(a: MatchView, b: MatchView) -> bool:
    """One number in a register that the world shares, and nothing against it."""
    if not share_registered(a, b):
        return False
    evidence = evidence_of(a, b)
    return all(evidence[name] is not False for name in ("year", "extent", "publisher"))


def decide(a: MatchView, b: MatchView, ruleset: Ruleset) -> Decision:
    """Whether two records describe one thing. Symmetric; equal views give the same as any others of their content.

    The score of a "different" pair is exact only as far as it matters: below the review threshold and the floor.
    """
    return decide_by(a, b, ruleset, ruleset.model)


def decide_by(a: MatchView, b: MatchView, ruleset: Ruleset, model: Model) -> Decision:
    """`decide` with another model, for cross-validation."""
    a, b = in_order(a, b)
    if is_vetoed(a, b, ruleset.vetoes):
        return Decision(0.0, "different", vetoes_of(a, b, ruleset.vetoes))
    if not titles_agree(a, b, ruleset.title_floor, ruleset.title_clear):
        return _DIFFERENT_TITLE
    if a.standards and a.standards == b.standards:
        return _SAME_STANDARD  # number and year are the identity of a standard
    limit = _NO_LIMIT if share_registered(a, b) else ruleset.least_log_odds
    return banded(a, b, model.score(feature_values(a, b, model.features), limit), ruleset)


def linked(a: MatchView, b: MatchView, ruleset: Ruleset) -> Decision | None:
    """`decide` for a pair that merges or asks for review; None for a different one, without working out why."""
    a, b = in_order(a, b)
    if is_vetoed(a, b, ruleset.vetoes) or not titles_agree(a, b, ruleset.title_floor, ruleset.title_clear):
        return None
    if a.standards and a.standards == b.standards:
        return _SAME_STANDARD
    model = ruleset.model
    first, others, year = _in_turn(model.features)
    values = [_NAN] * len(model.features)
    for place, compare in first:
        value = compare(a, b)
        if value is not None:
            values[place] = value
    limit = ruleset.review_log_odds
    if share_registered(a, b):
        limit = _NO_LIMIT
    elif (year < 0 or values[year] != 1.0) and ruleset.hopeless(values, limit):
        return None  # pairs of one year hardly ever are, and asking costs a tenth of the decision
    for place, compare in others:
        value = compare(a, b)
        if value is not None:
            values[place] = value
    decision = banded(a, b, model.score(values, limit), ruleset)
    return None if decision.band == "different" else decision


Places = tuple[tuple[int, Comparator], ...]


@lru_cache(maxsize=16)
def _in_turn(names: tuple[str, ...]) -> tuple[Places, Places, int]:
    """The named comparators with their places: those to begin with, and the others; the place of the year, or -1."""
    first = tuple((place, FEATURES[name].compare) for place, name in enumerate(names) if name in FIRST)
    others = tuple((place, FEATURES[name].compare) for place, name in enumerate(names) if name not in FIRST)
    return first, others, names.index("year") if "year" in names else -1


def banded(a: MatchView, b: MatchView, score: float, ruleset: Ruleset) -> Decision:
    """The band of a scored pair that no veto and no title floor forbids: evidence floor and thresholds."""
    lifted: tuple[str, ...] = ()
    if score < ruleset.merge_at and _is_registered(a, b):
        score, lifted = ruleset.merge_at, ("registered",)
    if score < ruleset.review_at:
        return Decision(score, "different")
    if score >= ruleset.merge_at:
        if _other_marks(a, b):
            return Decision(below(ruleset.merge_at), "review", (), ("marks",))
        if unshared(a, b):
            return Decision(below(ruleset.merge_at), "review", (), ("unshared",))
    if share_identifier(a, b):
        # an identifier that everything else speaks against is demoted: ISBNs are reused
        if score >= ruleset.merge_at and _is_disputed(a, b):
            return Decision(below(ruleset.merge_at), "review", (), ("identifier",))
    else:
        old = a.old or b.old
        if old and score < ruleset.old_merge_at:
            return Decision(
                min(score, below(ruleset.merge_at)), "review", (), ("old",) if score >= ruleset.merge_at else ()
            )
        enough, against = _weighed(a, b, ruleset.old_evidence if old else ruleset.evidence)
        if not enough:
            return Decision(min(score, below(ruleset.merge_at)), "review", (), ("evidence",))
        if against and score >= ruleset.merge_at:
            return Decision(below(ruleset.merge_at), "review", (), ("against",))  # another edition, whoever wrote it
    return Decision(score, "merge" if score >= ruleset.merge_at else "review", (), lifted)
