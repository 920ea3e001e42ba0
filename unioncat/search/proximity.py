"""Proximity: two terms within so many words of each other, brought down to phrases with explicit offsets."""

from __future__ import annotations

from unioncat.model import BadQuery
from unioncat.search import plan
from unioncat.search.access_points import AccessPoint
from unioncat.search.analysis import MARKS
from unioncat.search.masks import word_steps
from unioncat.search.plan import Plan
from unioncat.search.query import Prox, Relation, Term

__all__ = ["MAX_DISTANCE", "proximity"]

MAX_DISTANCE = 50


def proximity(query: Prox, row: AccessPoint | None) -> Plan:
    """Phrases with explicit offsets, one for each distance. row: of the left term. Raises BadQuery."""
    if query.unit != "word":
        raise BadQuery("unsupported_proximity_unit", query.unit)
    left, right = query.left, query.right
    if not isinstance(left, Term) or not isinstance(right, Term):
        raise BadQuery("unsupported_proximity", "", "proximity is supported between two terms")
    if left.access_point != right.access_point:
        raise BadQuery("unsupported_proximity", f"{left.access_point} {right.access_point}")
    if row is None or not row.has_words or row.union:
        raise BadQuery("unsupported_proximity", left.access_point)
    distances = _distances(query)
    marks = left.marks and right.marks
    field = row.name + MARKS if marks else row.name
    first = [step for word in left.words for step in word_steps(word, marks=marks)]
    second = [step for word in right.words for step in word_steps(word, marks=marks)]
    if not first or not second:
        return plan.Nothing()
    found: list[Plan] = []
    for distance in distances:
        found.append(_apart(field, first, second, distance))
        if not query.ordered:
            found.append(_apart(field, second, first, distance))
    return found[0] if len(found) == 1 else plan.AnyOf(tuple(found))


def _distances(query: Prox) -> range:
    match query.relation:
        case Relation.EQ | Relation.EXACT:
            distances = range(query.distance, query.distance + 1)
        case Relation.LE:
            distances = range(1, query.distance + 1)
        case Relation.LT:
            distances = range(1, query.distance)
        case _:
            raise BadQuery("unsupported_proximity_relation", str(query.relation))
    if query.distance < 1 or not distances or distances[-1] > MAX_DISTANCE:
        raise BadQuery("unsupported_proximity_distance", str(query.distance))
    return distances


def _apart(
    field: str, left: list[str | tuple[plan.Shape, ...]], right: list[str | tuple[plan.Shape, ...]], distance: int
) -> Plan:
    """`right` begins `distance` words after `left` ends: 1 is side by side."""
    steps = [(place, step) for place, step in enumerate(left)]
    begin = len(left) - 1 + distance
    steps += [(begin + place, step) for place, step in enumerate(right)]
    return plan.Sequence(field, tuple(steps))
