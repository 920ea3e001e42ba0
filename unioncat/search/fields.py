"""The engine fields that the access-point table asks for: what every engine creates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from unioncat.search.access_points import ACCESS_POINTS
from unioncat.search.analysis import FACET, HAS, MARKS, SORT, WHOLE

__all__ = ["FIELDS", "LAYOUT", "EngineField"]

LAYOUT = 1
"""Raise it when documents or fields change so that an index must be built anew."""

Kind = Literal["words", "terms", "ordered", "sort", "facet"]


@dataclass(frozen=True, slots=True)
class EngineField:
    """kind: words: tokens with positions; terms: whole terms; ordered: whole terms, often asked for by range;
    sort: at most one key a record; facet: whole terms that are counted.
    """

    name: str
    kind: Kind


def _fields() -> tuple[EngineField, ...]:
    found = [EngineField(HAS, "terms")]
    for row in ACCESS_POINTS:
        if row.has_words and not row.union:
            found += [EngineField(row.name, "words"), EngineField(row.name + MARKS, "words")]
        if row.has_whole:
            ordered = row.analysis in ("year", "date")
            found.append(EngineField(row.name + WHOLE, "ordered" if ordered else "terms"))
        if row.sort:
            found.append(EngineField(row.name + SORT, "sort"))
        if row.facet:
            found.append(EngineField(row.name + FACET, "facet"))
    return tuple(found)


FIELDS: tuple[EngineField, ...] = _fields()
