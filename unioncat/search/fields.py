"""The engine fields that the access-point table asks for: what every engine creates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from unioncat.search.access_points import ACCESS_POINTS, AccessPoint
from unioncat.search.analysis import FACET, HAS, MARKS, SORT, WHOLE

__all__ = ["FIELDS", "LAYOUT", "EngineField", "facet_field", "sort_field"]

LAYOUT = 2
"""Raise it when documents or fields change so that an index must be built anew."""

Kind = Literal["words", "terms", "ordered", "counted", "sort", "facet"]


@dataclass(frozen=True, slots=True)
class EngineField:
    """kind: words: tokens with positions; terms: whole terms; ordered: whole terms, often asked for by range;
    counted: whole terms that are also a facet; sort: at most one key a record; facet: values as shown, counted.
    """

    name: str
    kind: Kind


def facet_field(row: AccessPoint) -> str:
    """Where the values of a facet are: codes and years are shown as they are searched for."""
    return row.name + (WHOLE if row.analysis == "year" or row.normaliser == "code" else FACET)


def sort_field(row: AccessPoint) -> str:
    """Where sort keys are: dates are their own."""
    return row.name + (WHOLE if row.analysis == "date" else SORT)


def _fields() -> tuple[EngineField, ...]:
    found = [EngineField(HAS, "terms")]
    for row in ACCESS_POINTS:
        if row.has_words and not row.union:
            found += [EngineField(row.name, "words"), EngineField(row.name + MARKS, "words")]
        if row.has_whole:
            counted = row.facet and facet_field(row) == row.name + WHOLE
            kind: Kind = "ordered" if row.analysis in ("year", "date") else "counted" if counted else "terms"
            found.append(EngineField(row.name + WHOLE, kind))
        if row.sort and sort_field(row) == row.name + SORT:
            found.append(EngineField(row.name + SORT, "sort"))
        if row.facet and facet_field(row) == row.name + FACET:
            found.append(EngineField(row.name + FACET, "facet"))
    return tuple(found)


FIELDS: tuple[EngineField, ...] = _fields()
