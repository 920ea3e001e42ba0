"""Scan (§3.2.8): a stretch of an index, each term with the number of records that a search for it finds."""

from __future__ import annotations

from typing import Any

from protocols.z3950 import oids
from protocols.z3950.association import Association, Response
from protocols.z3950.attributes import COMPLETE_FIELD, Attributes, read_attributes, term_query, term_texts
from protocols.z3950.charset import printable
from protocols.z3950.databases import Scope, scope_of
from protocols.z3950.diagnostics import Diagnostic, Z3950Error
from unioncat.search.engine import ScanTerm

__all__ = ["scan", "scan_failed"]

SUCCESS, SHORTENED, FAILURE = 0, 5, 6  # scanStatus; 5: the list begins or ends here
_LOOKED_AT = 5_000  # terms of other libraries passed over before the list is cut short
_PHRASES = frozenset({1, 101, 102, 104, 108})  # structures whose term list is one of whole values


class _TermList:
    """The terms of one access point, each with what a search with the same attributes finds in the same databases.

    The engine's own counts are right for a word, and for a whole value if the search asks for a complete field,
    as long as all libraries are searched. Otherwise each term is searched for, and those without hits are left out.
    """

    def __init__(self, association: Association, attributes: Attributes, scope: Scope) -> None:
        self._parts = association.parts
        self._attributes = attributes
        self._scope = scope
        words = attributes.row.analysis == "words"
        complete = attributes.completeness == COMPLETE_FIELD
        self._whole = words and (attributes.structure in _PHRASES or complete)
        self._counts_hold = not scope.members and (complete or not self._whole)

    def _scan(self, text: str, before: int, count: int) -> tuple[ScanTerm, ...]:
        name = self._attributes.row.name
        return self._parts.headings.scan(name, text, before=before, count=count, whole=self._whole)

    def _count(self, entry: ScanTerm) -> int:
        if self._counts_hold:
            return entry.count
        query = self._scope.limited(term_query(self._attributes, ("general", entry.text.encode())))
        return self._parts.engine.search(query, count=0).total

    def from_(self, text: str, number: int) -> list[tuple[ScanTerm, int]]:
        """`number` terms from `text` on; fewer at the end of the list, or after many without hits."""
        found: list[tuple[ScanTerm, int]] = []
        looked_at = 0
        entries = self._scan(text, 0, number)
        while entries:
            found += [(entry, count) for entry in entries if (count := self._count(entry))]
            looked_at += len(entries)
            if len(found) >= number or self._counts_hold or looked_at >= _LOOKED_AT:
                break
            last = entries[-1].text
            entries = tuple(entry for entry in self._scan(last, 0, number + 1) if entry.text != last)
        return found[:number]

    def below(self, text: str, number: int) -> list[tuple[ScanTerm, int]]:
        """`number` terms before `text`; fewer at the beginning of the list, or after many without hits."""
        found: list[tuple[ScanTerm, int]] = []
        looked_at = 0
        entries = self._scan(text, number, 0)
        while entries:
            found = [(entry, count) for entry in entries if (count := self._count(entry))] + found
            looked_at += len(entries)
            if len(found) >= number or self._counts_hold or looked_at >= _LOOKED_AT:
                break
            entries = self._scan(entries[0].text, number, 0)
        return found[-number:]


def scan(association: Association, request: dict[str, Any]) -> Response:
    parts = association.parts
    scope = scope_of(request["databaseNames"], parts.catalogue.members(), parts.limits.databases)
    if scope.explain:
        raise Z3950Error("no_term_list", scope.name)
    if request.get("stepSize", 0) != 0:
        raise Z3950Error("step_size", request["stepSize"])
    number = request["numberOfTermsRequested"]
    if number > parts.limits.scan_terms:
        raise Z3950Error("too_many_scan_terms", parts.limits.scan_terms)
    place = request.get("preferredPositionInResponse", 1)
    if number < 1 or not 0 <= place <= number + 1:
        raise Z3950Error("position_in_response", place)
    start = request["termListAndStartPoint"]
    attributes = read_attributes(start["attributes"], request.get("attributeSet", oids.BIB_1))
    text = "" if start["term"][0] == "null" else term_texts(start["term"])[0]
    terms = _TermList(association, attributes, scope)
    lower = terms.below(text, place - 1) if place > 1 else []
    if place:
        upper = terms.from_(text, number - place + 1) if number >= place else []
    else:  # the response begins behind the term
        upper = terms.from_(text, number + 1)[1:]
    counted = lower + upper
    response: dict[str, Any] = {
        "stepSize": 0,
        "scanStatus": SUCCESS if len(counted) == number else SHORTENED,
        "numberOfEntriesReturned": len(counted),
        "positionOfTerm": len(lower) + 1 if place else 0,
        "attributeSet": oids.BIB_1,
    }
    if counted:
        response["entries"] = {"entries": [("termInfo", _term_info(entry, count)) for entry, count in counted]}
    return "scanResponse", response


def _term_info(entry: ScanTerm, count: int) -> dict[str, Any]:
    info: dict[str, Any] = {"term": ("general", entry.text.encode("utf-8")), "globalOccurrences": count}
    if entry.display and entry.display != entry.text:
        info["displayTerm"] = printable(entry.display)
    return info


def scan_failed(diagnostic: Diagnostic) -> Response:
    return "scanResponse", {
        "stepSize": 0,
        "scanStatus": FAILURE,
        "numberOfEntriesReturned": 0,
        "entries": {"nonsurrogateDiagnostics": [("defaultFormat", diagnostic.value())]},
    }
