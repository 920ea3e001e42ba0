"""Diagnostics of set Bib-1 (OID 1.2.840.10003.4.1): a table of conditions, and the way from exception to number.

``diagnostics.csv`` has a row for every condition that we send or explain: its number in the standard's list, the
word by which the code and `BadQuery.kind` name it, and our texts for people.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from protocols.z3950 import oids
from protocols.z3950.ber import MalformedBer
from protocols.z3950.charset import printable
from unioncat.model import BadQuery, NotAllowed, NotFound, UnionCatError

__all__ = ["Diagnostic", "Z3950Error", "diagnostic_of", "number_of", "text_of_condition"]


@dataclass(frozen=True, slots=True)
class Row:
    condition: int
    kind: str
    vi: str
    en: str


@cache
def _rows() -> tuple[dict[str, Row], dict[int, Row]]:
    with (files("protocols.z3950") / "diagnostics.csv").open(encoding="utf-8") as table:
        rows = [Row(int(row["condition"]), row["kind"], row["vi"], row["en"]) for row in csv.DictReader(table)]
    return {row.kind: row for row in rows}, {row.condition: row for row in rows}


_ALSO = {
    "syntax": "malformed_query",
    "too_complex": "too_many_operators",
    "too_many_masks": "too_many_truncated_words",
    "bad_term": "illegal_term",
    "unknown_result_set": "no_result_set",
    "unsupported_anchor": "unsupported_position",
    "unsupported_boolean": "unsupported_operator",
    "unsupported_boolean_modifier": "unsupported_operator",
    "unsupported_context_set": "attribute_set",
    "unsupported_masking": "unsupported_truncation",
    "unsupported_missing_value": "missing_data_action",
    "unsupported_proximity_distance": "proximity_distance",
    "unsupported_proximity_relation": "proximity_relation",
    "unsupported_proximity_unit": "proximity_unit",
    "unsupported_relation_modifier": "unsupported_relation",
    "unsupported_sort_modifier": "unsupported_sort",
}
"""Other words that a BadQuery may carry."""


def number_of(kind: str) -> int:
    """Condition of a word in the table; 100 (unspecified) for one that is not there."""
    by_kind, _ = _rows()
    row = by_kind.get(_ALSO.get(kind, kind))
    return row.condition if row else 100


def text_of_condition(condition: int, language: str = "en") -> str:
    """What a condition means, for people; "" if we do not know it."""
    row = _rows()[1].get(condition)
    return "" if row is None else (row.vi if language == "vi" else row.en)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One condition with what exactly it is about: DefaultDiagFormat, always in set Bib-1."""

    condition: int
    addinfo: str = ""

    def value(self) -> dict[str, Any]:
        """As a value of DefaultDiagFormat. VisibleString has no place for marks, so we choose v3Addinfo for them."""
        addinfo = printable(self.addinfo)
        kind = "v2Addinfo" if addinfo.isascii() else "v3Addinfo"
        return {"diagnosticSetId": oids.DIAG_BIB_1, "condition": self.condition, "addinfo": (kind, addinfo)}


class Z3950Error(UnionCatError):
    """A request gets this diagnostic. kind: a word of the table."""

    def __init__(self, kind: str, addinfo: object = "") -> None:
        self.diagnostic = Diagnostic(number_of(kind), printable(addinfo))
        super().__init__(f"{kind}: {printable(addinfo)}")


def diagnostic_of(error: UnionCatError) -> Diagnostic:
    """The diagnostic of any of our own errors."""
    if isinstance(error, Z3950Error):
        return error.diagnostic
    if isinstance(error, BadQuery):
        return Diagnostic(number_of(error.kind), error.details)
    if isinstance(error, MalformedBer):
        return Diagnostic(number_of("malformed_apdu"), str(error))
    if isinstance(error, NotAllowed):
        return Diagnostic(number_of("not_authorized"), str(error))
    if isinstance(error, NotFound):
        return Diagnostic(number_of("record_deleted"), str(error))
    return Diagnostic(number_of("unspecified"), str(error))
