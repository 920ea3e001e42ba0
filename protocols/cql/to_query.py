"""From CQL to the query tree: indexes, relations, modifiers, masks and anchors get their meaning here.

Modifiers that change nothing for us (``/relevant``, ``/ignoreCase``, …) are taken; those that would have to
change something and cannot are refused with their diagnostic, never ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from protocols.cql.ast import Boolean, CqlQuery, Modifier, Node, Prefix, SearchClause, SortSpec
from protocols.cql.context_sets import SPECIAL, access_point_of, resolve
from unioncat.model import BadQuery
from unioncat.search.access_points import DEFAULT, AccessPoint
from unioncat.search.lower import MAX_DEPTH
from unioncat.search.query import (
    And,
    Everything,
    Not,
    Or,
    Position,
    Prox,
    Query,
    Relation,
    ResultSetRef,
    SortKey,
    Term,
    Word,
    masked_words,
)

__all__ = ["MAX_TERM", "Interpreted", "scan_clause", "to_query"]

_RELATIONS: Mapping[str, Relation] = {
    "=": Relation.EQ,
    "scr": Relation.EQ,
    "==": Relation.EXACT,
    "exact": Relation.EXACT,
    "any": Relation.ANY,
    "all": Relation.ALL,
    "adj": Relation.ADJ,
    "<": Relation.LT,
    "<=": Relation.LE,
    ">": Relation.GT,
    ">=": Relation.GE,
    "<>": Relation.NE,
    "within": Relation.WITHIN,
    "encloses": Relation.ENCLOSES,
}
_HARMLESS = frozenset(
    {"relevant", "word", "isodate", "number", "masked", "ignorecase", "ignoreaccents", "ignorepunctuation", "locale"}
)
"""Relation modifiers that say what we do anyway."""

_MAX_SORT_KEYS = 8
MAX_TERM = 4096
"""Characters of one term: longer than any title."""


@dataclass(frozen=True, slots=True)
class Interpreted:
    """The query tree, and the sort keys of its ``sortBy``."""

    query: Query
    sort: tuple[SortKey, ...] = ()


def to_query(cql: CqlQuery) -> Interpreted:
    """The query tree. Raises BadQuery with the kind that the protocols' diagnostic tables know."""
    query, _ = _node(cql.root, {})
    return Interpreted(query, _sort_keys(cql.sort))


def scan_clause(cql: CqlQuery) -> tuple[AccessPoint, str, bool]:
    """(access point, text, whole values are scanned) of a scan clause: ``index relation term`` and nothing else."""
    clause = cql.root
    if not isinstance(clause, SearchClause) or cql.sort:
        raise BadQuery("syntax", "a scan clause is one index, relation and term")
    if len(clause.term) > MAX_TERM:
        raise BadQuery("term_too_long", str(MAX_TERM))
    row = DEFAULT if clause.index is None else access_point_of(clause.index, _assigned(clause.prefixes, {}))
    relation = _relation(clause)
    _modifiers(clause.modifiers)
    whole = relation is Relation.EXACT or _wants_string(clause.modifiers)
    text = " ".join(word.text for word in masked_words(clause.term)).strip("^")
    return row, text, whole


def _assigned(prefixes: Iterable[Prefix], known: Mapping[str, str]) -> Mapping[str, str]:
    found = {each.name.lower(): each.uri for each in prefixes}
    return {**known, **found} if found else known


# ---------------------------------------------------------------- booleans


def _node(node: Node, prefixes: Mapping[str, str]) -> tuple[Query, int]:
    """The query and its depth. Neighbours under one operator become one And or Or, which is no deeper.

    Left spines are walked, not recursed into. Raises BadQuery (too_complex) beyond MAX_DEPTH.
    """
    spine: list[tuple[Boolean, Mapping[str, str]]] = []
    first: Node = node
    while isinstance(first, Boolean):
        prefixes = _assigned(first.prefixes, prefixes)
        spine.append((first, prefixes))
        first = first.left
    query = _clause(first, _assigned(first.prefixes, prefixes))
    depth = 0
    for each, scope in reversed(spine):
        right, below = _node(each.right, scope)
        joined = _join(each, query, right)
        grown = isinstance(joined, And | Or) and len(joined.children) > 2
        depth = max(depth if grown else depth + 1, below + 1)
        if depth > MAX_DEPTH:
            raise BadQuery("too_complex", str(MAX_DEPTH), f"more than {MAX_DEPTH} levels of operators")
        query = joined
    return query, depth


def _join(boolean: Boolean, left: Query, right: Query) -> Query:
    if boolean.operator == "prox":
        return _prox(boolean, left, right)
    if boolean.modifiers:
        raise BadQuery("unsupported_boolean_modifier", boolean.modifiers[0].name)
    match boolean.operator:
        case "and":
            return And((*(left.children if isinstance(left, And) else (left,)), right))
        case "or":
            return Or((*(left.children if isinstance(left, Or) else (left,)), right))
        case "not":
            return Not(left, right)
        case other:
            raise BadQuery("unsupported_boolean", other)


def _prox(boolean: Boolean, left: Query, right: Query) -> Query:
    unit, ordered = "word", False
    distance: int | None = None
    relation = Relation.LE
    for each in boolean.modifiers:
        name = each.name.lower().removeprefix("cql.")
        value = each.value.lower()
        if name == "unit" and each.comparison in ("=", "=="):
            unit = value
        elif name == "distance" and each.comparison:
            if not (value.isascii() and value.isdigit() and len(value) < 10):
                raise BadQuery("unsupported_proximity_distance", each.value)
            distance, relation = int(value), _RELATIONS[each.comparison]
        elif name in ("ordered", "unordered") and not each.comparison:
            ordered = name == "ordered"
        else:
            raise BadQuery("unsupported_boolean_modifier", each.name)
    if distance is None:
        distance = 1 if unit == "word" else 0
    return Prox(left, right, distance, relation, unit, ordered)


# ---------------------------------------------------------------- one search clause


def _relation(clause: SearchClause) -> Relation:
    name = clause.relation.lower()
    relation = _RELATIONS.get(name.removeprefix("cql."))
    if relation is None:
        raise BadQuery("unsupported_relation", clause.relation)
    return relation


def _wants_string(modifiers: Iterable[Modifier]) -> bool:
    return any(each.name.lower().removeprefix("cql.") == "string" for each in modifiers)


def _modifiers(modifiers: Iterable[Modifier]) -> tuple[bool, bool]:
    """(marks as typed, masks are literal). Raises BadQuery for what would have to change something."""
    marks = literal = False
    for each in modifiers:
        name = each.name.lower().removeprefix("cql.")
        if name == "respectaccents":
            marks = True
        elif name == "unmasked":
            literal = True
        elif name not in _HARMLESS and name != "string":
            raise BadQuery("unsupported_relation_modifier", each.name)
    return marks, literal


def _clause(clause: SearchClause, prefixes: Mapping[str, str]) -> Query:
    if len(clause.term) > MAX_TERM:
        raise BadQuery("term_too_long", str(MAX_TERM))
    special = None
    row = DEFAULT
    if clause.index is not None:
        special = SPECIAL.get(resolve(clause.index, prefixes).lower())
        if special not in ("all", "result_set"):
            row = access_point_of(clause.index, prefixes)
    relation = _relation(clause)
    marks, literal = _modifiers(clause.modifiers)
    if special == "all":
        return Everything()
    if special == "result_set":
        name = "".join(word.text for word in masked_words(clause.term))
        if relation not in (Relation.EQ, Relation.EXACT):
            raise BadQuery("unsupported_relation", clause.relation)
        return ResultSetRef(name)
    if relation is Relation.EQ and _wants_string(clause.modifiers):
        relation = Relation.EXACT
    if literal:
        words = tuple(Word(part) for part in _unescaped(clause.term).split())
        if not words:
            raise BadQuery("empty_term", clause.index or "")
        return Term(row.name, words, relation, Position.ANY, marks)
    return _term(row, clause, relation, marks)


def _unescaped(text: str) -> str:
    found, place = [], 0
    while place < len(text):
        if text[place] == "\\" and place + 1 < len(text):
            place += 1
        found.append(text[place])
        place += 1
    return "".join(found)


def _term(row: AccessPoint, clause: SearchClause, relation: Relation, marks: bool) -> Query:
    """Anchors stand at the ends of the term, or with ``any`` and ``all`` at the ends of each word (CQL 1.2 §3.2)."""
    pieces = clause.term.split()
    anchored = [_anchors(piece) for piece in pieces]
    if any("^" in _without_escapes(text) for text, _, _ in anchored):
        raise BadQuery("unsupported_anchor", clause.term)
    word_wise = relation in (Relation.ANY, Relation.ALL)
    inner = any(first for _, first, _ in anchored[1:]) or any(last for _, _, last in anchored[:-1])
    if not any(text for text, _, _ in anchored):
        raise BadQuery("empty_term", clause.index or "")
    if word_wise and len(pieces) > 1 and any(first or last for _, first, last in anchored):
        parts = tuple(
            Term(row.name, masked_words(text), Relation.EQ, _position(first, last), marks)
            for text, first, last in anchored
            if text
        )
        return Or(parts) if relation is Relation.ANY else And(parts)
    if inner:
        raise BadQuery("unsupported_anchor", clause.term)
    position = _position(anchored[0][1], anchored[-1][2])
    words = tuple(word for text, _, _ in anchored for word in masked_words(text))
    return Term(row.name, words, relation, position, marks)


def _anchors(piece: str) -> tuple[str, bool, bool]:
    """(word without anchors, anchored at its beginning, at its end)."""
    first = piece.startswith("^")
    if first:
        piece = piece[1:]
    last = piece.endswith("^") and not _escaped(piece, len(piece) - 1)
    return (piece[:-1] if last else piece), first, last


def _escaped(text: str, place: int) -> bool:
    backslashes = 0
    while place > backslashes and text[place - 1 - backslashes] == "\\":
        backslashes += 1
    return backslashes % 2 == 1


def _without_escapes(text: str) -> str:
    found, place = [], 0
    while place < len(text):
        if text[place] == "\\":
            place += 2
        else:
            found.append(text[place])
            place += 1
    return "".join(found)


def _position(first: bool, last: bool) -> Position:
    if first and last:
        return Position.WHOLE_FIELD
    if first:
        return Position.FIRST_IN_FIELD
    return Position.LAST_IN_FIELD if last else Position.ANY


# ---------------------------------------------------------------- sorting


def _sort_keys(specs: Iterable[SortSpec]) -> tuple[SortKey, ...]:
    found: list[SortKey] = []
    for spec in specs:
        descending = False
        for each in spec.modifiers:
            name = each.name.lower().removeprefix("sort.").removeprefix("cql.")
            if name in ("descending", "ascending") and not each.comparison:
                descending = name == "descending"
            elif name not in ("ignorecase", "respectaccents", "missingomit", "missinghigh", "locale"):
                raise BadQuery("unsupported_sort_modifier", each.name)
            elif name == "missingomit":
                raise BadQuery("unsupported_missing_value", each.name)
        name = spec.index.lower().removeprefix("cql.")
        if name in ("relevance", "score", "rel.score"):
            found.append(SortKey("relevance", descending))
            continue
        row = access_point_of(spec.index, {})
        if not row.sort:
            raise BadQuery("unsupported_sort", spec.index)
        if any(key.access_point == row.name for key in found):
            raise BadQuery("duplicate_sort_key", spec.index)
        found.append(SortKey(row.name, descending))
    if len(found) > _MAX_SORT_KEYS:
        raise BadQuery("too_many_sort_keys", str(_MAX_SORT_KEYS))
    return tuple(found)
