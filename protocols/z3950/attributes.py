"""Bib-1 attributes of one term as a query (attribute set OID 1.2.840.10003.3.1).

Six types: use (1), relation (2), position (3), structure (4), truncation (5), completeness (6). Use attributes are a
column of the access-point table; the other five say how the words of the term must stand in the field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from protocols.z3950 import oids
from protocols.z3950.charset import readings, text_of
from protocols.z3950.diagnostics import Z3950Error
from protocols.z3950.masks import masked
from unioncat.search.access_points import BY_BIB1, BY_CQL, DEFAULT, AccessPoint
from unioncat.search.normalise import isbn13
from unioncat.search.query import Everything, Or, Position, Query, Relation, Term, Word

__all__ = ["Attributes", "read_attributes", "term_query", "term_texts"]

USE, RELATION, POSITION, STRUCTURE, TRUNCATION, COMPLETENESS = range(1, 7)

ALWAYS_MATCHES = 103
MAX_TEXT, MAX_WORDS = 8_000, 200
"""Longest term, in characters and in words: a title page, not a book."""

RELATIONS: Mapping[int, Relation] = {
    1: Relation.LT,
    2: Relation.LE,
    3: Relation.EQ,
    4: Relation.GE,
    5: Relation.GT,
    6: Relation.NE,
    102: Relation.EQ,  # relevance: results are ranked anyway
}
POSITIONS: Mapping[int, Position] = {
    1: Position.FIRST_IN_FIELD,
    2: Position.FIRST_IN_FIELD,  # first in subfield: we index fields, and the first subfield begins the field
    3: Position.ANY,
}
STRUCTURES: Mapping[int, Relation] = {
    1: Relation.ADJ,  # phrase
    2: Relation.ALL,  # word
    3: Relation.EQ,  # key
    4: Relation.EQ,  # year
    5: Relation.EQ,  # date, normalised
    6: Relation.ALL,  # word list
    100: Relation.EQ,  # date, as it is
    101: Relation.EQ,  # name, normalised
    102: Relation.EQ,  # name, as it is
    104: Relation.ADJ,  # URx
    105: Relation.ANY,  # free-form text
    106: Relation.ANY,  # document text
    107: Relation.EQ,  # local number
    108: Relation.ADJ,  # string
    109: Relation.EQ,  # numeric string
}
COMPLETE_SUBFIELD, COMPLETE_FIELD = 2, 3


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of one term, checked: each value is one that we support."""

    row: AccessPoint
    relation: int = 3
    position: int = 3
    structure: int | None = None
    truncation: int = 100
    completeness: int = 1


_KINDS: Mapping[int, tuple[str, frozenset[int]]] = {
    RELATION: ("unsupported_relation", frozenset({*RELATIONS, ALWAYS_MATCHES})),
    POSITION: ("unsupported_position", frozenset(POSITIONS)),
    STRUCTURE: ("unsupported_structure", frozenset(STRUCTURES)),
    TRUNCATION: ("unsupported_truncation", frozenset({1, 2, 3, 100, 101, 102, 104})),
    COMPLETENESS: ("unsupported_completeness", frozenset({1, COMPLETE_SUBFIELD, COMPLETE_FIELD})),
}


def _use(value: int | str) -> AccessPoint:
    row = BY_BIB1.get(value) if isinstance(value, int) else BY_CQL.get(text_of(value).lower())
    if row is None:
        raise Z3950Error("unsupported_access_point", value)
    return row


def read_attributes(elements: Sequence[dict[str, Any]], attribute_set: str) -> Attributes:
    """Checks an AttributeList against what we support; of two values for one type, the first counts.

    attribute_set: of the whole query; an element may name its own. A use attribute may also be a name of the
    access-point table (``@attr 1=dc.title``). Raises Z3950Error 113, 114, 117–122 or 246.
    """
    found: dict[int, int | str] = {}
    for element in elements:
        named = element.get("attributeSet", attribute_set)
        if named != oids.BIB_1:
            raise Z3950Error("attribute_set", named)
        kind = element["attributeType"]
        form, value = element["attributeValue"]
        if form == "complex":
            names = value["list"]
            if len(names) != 1 or "semanticAction" in value:
                raise Z3950Error("complex_value", kind)
            value = names[0][1]
        if kind != USE and kind not in _KINDS:
            raise Z3950Error("attribute_type", kind)
        found.setdefault(kind, value)
    for kind, value in found.items():
        if kind in _KINDS and value not in _KINDS[kind][1]:
            raise Z3950Error(_KINDS[kind][0], value)
    numbers = {kind: value for kind, value in found.items() if isinstance(value, int)}
    return Attributes(
        _use(found[USE]) if USE in found else DEFAULT,
        numbers.get(RELATION, 3),
        numbers.get(POSITION, 3),
        numbers.get(STRUCTURE),
        numbers.get(TRUNCATION, 100),
        numbers.get(COMPLETENESS, 1),
    )


def term_texts(term: tuple[str, Any]) -> tuple[str, ...]:
    """Every reading of a Term. Raises Z3950Error 229 for a kind of term that is no text."""
    kind, value = term
    if kind == "general":
        return readings(value)
    if kind in ("characterString", "dateTime"):
        return readings(value.encode("utf-8", "surrogateescape"))
    if kind == "oid":
        return (value,)
    if kind == "numeric":
        return (str(value),)
    if kind == "integerAndUnit":
        return (str(value["value"]),)
    raise Z3950Error("term_type", kind)


def _relation(attributes: Attributes, words: tuple[Word, ...]) -> tuple[Relation, Position]:
    """How `words` are compared, from relation, position, structure and completeness together."""
    relation = RELATIONS[attributes.relation]
    position = POSITIONS[attributes.position]
    if relation is not Relation.EQ or attributes.row.analysis != "words":
        return relation, Position.ANY
    open_ended = any(word.masks for word in words)
    if attributes.completeness == COMPLETE_FIELD and not open_ended:
        return Relation.EXACT, Position.ANY
    if attributes.completeness != 1:
        # a complete subfield, or a complete field that is open at an end: its words begin the field, side by side
        return Relation.ADJ, Position.FIRST_IN_FIELD
    structured = Relation.EQ if attributes.structure is None else STRUCTURES[attributes.structure]
    if position is Position.FIRST_IN_FIELD and len(words) > 1:
        return Relation.ADJ, position
    return structured, position


def _every_word_open(words: tuple[Word, ...]) -> tuple[Word, ...]:
    return tuple(word if word.masks else Word(word.text + "*", frozenset({len(word.text)})) for word in words)


def term_query(attributes: Attributes, term: tuple[str, Any]) -> Query:
    """The query of one term. Raises Z3950Error 125 for a term without words, and what `masked` raises."""
    row = attributes.row
    if attributes.relation == ALWAYS_MATCHES:
        return Everything() if row is DEFAULT else Term(row.name, (Word("*", frozenset({0})),))
    queries: list[Query] = []
    for text in term_texts(term):
        if len(text) > MAX_TEXT or text.count(" ") >= MAX_WORDS:
            raise Z3950Error("term_too_long", len(text))
        truncation = attributes.truncation
        if truncation in (1, 2, 3) and row.normaliser == "isbn" and isbn13(text):
            truncation = 100  # Koha opens every ISBN to the right; a whole one means itself, in either length
        for words in masked(text, truncation):
            if not words:
                continue
            if truncation == 1 and attributes.structure == 6:  # each word of a list is a term of its own
                words = _every_word_open(words)
            relation, position = _relation(attributes, words)
            queries.append(Term(row.name, words, relation, position))
    if not queries:
        raise Z3950Error("empty_term", "")
    return queries[0] if len(queries) == 1 else Or(tuple(queries))
