"""RPN queries (types 1 and 101) as query trees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from protocols.z3950 import oids
from protocols.z3950.attributes import read_attributes, term_query
from protocols.z3950.charset import text_of
from protocols.z3950.diagnostics import Z3950Error
from unioncat.search.query import And, Ids, Not, Or, Prox, Query, Relation, ResultSetRef

__all__ = ["to_query"]

MAX_OPERATORS = 1_000
MAX_DEPTH = 64
"""Nesting after chains of one operator are joined; what an engine may follow by recursion."""

Resolve = Callable[[str], Query]

_PROXIMITY_RELATIONS = {
    1: Relation.LT,
    2: Relation.LE,
    3: Relation.EQ,
    4: Relation.GE,
    5: Relation.GT,
    6: Relation.NE,
}
_PROXIMITY_UNITS = {2: "word", 3: "sentence", 4: "paragraph", 8: "element"}


def _proximity(left: Query, right: Query, operator: dict[str, Any]) -> Query:
    if isinstance(left, Ids | ResultSetRef) or isinstance(right, Ids | ResultSetRef):
        raise Z3950Error("set_in_proximity", "")
    if operator.get("exclusion"):
        raise Z3950Error("unsupported_operator", "prox, exclusion")
    relation = _PROXIMITY_RELATIONS.get(operator["relationType"])
    if relation is None:
        raise Z3950Error("proximity_relation", operator["relationType"])
    kind, number = operator["proximityUnitCode"]
    unit = _PROXIMITY_UNITS.get(number) if kind == "known" else None
    if unit is None:
        raise Z3950Error("proximity_unit", number)
    if not 0 <= operator["distance"] <= 1_000:
        raise Z3950Error("proximity_distance", operator["distance"])
    return Prox(left, right, operator["distance"], relation, unit, operator["ordered"])


def _joined(operator: tuple[str, Any], left: Query, right: Query) -> Query:
    """One node; chains of the same operator become one node with many children."""
    name, value = operator
    if name == "and":
        return And(
            (
                *(left.children if isinstance(left, And) else (left,)),
                *(right.children if isinstance(right, And) else (right,)),
            )
        )
    if name == "or":
        return Or(
            (
                *(left.children if isinstance(left, Or) else (left,)),
                *(right.children if isinstance(right, Or) else (right,)),
            )
        )
    if name == "and-not":
        return Not(left, right)
    return _proximity(left, right, value)


def _operand(value: tuple[str, Any], attribute_set: str, resolve: Resolve) -> Query:
    kind, operand = value
    if kind == "resultSet":
        return resolve(text_of(operand))
    if kind == "resultAttr":
        raise Z3950Error("restriction_operand", text_of(operand["resultSet"]))
    return term_query(read_attributes(operand["attributes"], attribute_set), operand["term"])


def to_query(rpn: dict[str, Any], resolve: Resolve) -> Query:
    """The query tree of an RPNQuery.

    resolve: name of a result set to the query that stands for it; raises Z3950Error 30 if there is none.
    Raises Z3950Error; never RecursionError, however deep the query nests.
    """
    attribute_set = rpn["attributeSet"]
    if attribute_set != oids.BIB_1:
        raise Z3950Error("attribute_set", attribute_set)
    values: list[tuple[Query, int]] = []  # query and its depth
    work: list[tuple[Any, Any]] = [(rpn["rpn"], None)]
    operators = 0
    while work:
        item, operator = work.pop()
        if operator is not None:
            right, right_depth = values.pop()
            left, left_depth = values.pop()
            joined = _joined(operator, left, right)
            same = And if operator[0] == "and" else Or if operator[0] == "or" else None
            depth = 1 + max(
                left_depth - (same is not None and isinstance(left, same)),
                right_depth - (same is not None and isinstance(right, same)),
            )
            if depth > MAX_DEPTH:
                raise Z3950Error("too_many_operators", f"> {MAX_DEPTH} deep")
            values.append((joined, depth))
            continue
        kind, value = item
        if kind == "op":
            values.append((_operand(value, attribute_set, resolve), 1))
            continue
        operators += 1
        if operators > MAX_OPERATORS:
            raise Z3950Error("too_many_operators", f"> {MAX_OPERATORS}")
        work.append((None, value["op"]))
        work.append((value["rpn2"], None))
        work.append((value["rpn1"], None))
    return values[0][0]
