"""Present and segmentation (§3.2.3, §3.3): records of a result set, as many as fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from protocols.z3950 import oids
from protocols.z3950.apdu import NAME_PLUS_RECORD, OPTIONS
from protocols.z3950.asn1 import Encoded
from protocols.z3950.association import Association, Response, ResultSet
from protocols.z3950.charset import text_of
from protocols.z3950.databases import Scope
from protocols.z3950.diagnostics import Diagnostic, Z3950Error, number_of
from protocols.z3950.records import Composition, Wanted
from unioncat.model import ClusterId

__all__ = ["Page", "composition_of", "present", "present_failed", "records_of"]

SUCCESS, PARTIAL_SIZE, PARTIAL_LIMIT, FAILURE = 0, 2, 4, 5  # presentStatus
_OVERHEAD = 120  # octets of a response around its records
_AT_ONCE = 50  # records read from the store at a time
_LEVEL_1 = OPTIONS["level-1Segmentation"]


@dataclass(frozen=True, slots=True)
class Page:
    """records: NamePlusRecords, written. next_position: 0 behind the last of the set."""

    records: list[Encoded]
    next_position: int
    status: int


def _element_set(names: tuple[str, Any], scope: Scope) -> str:
    kind, value = names
    if kind == "genericElementSetName":
        return text_of(value)
    for each in value:
        if each["dbName"].lower() == scope.name.lower():
            return text_of(each["esn"])
    return ""


def _specification(specification: dict[str, Any]) -> tuple[str, str]:
    """Element set name and schema of a Specification."""
    elements = ""
    if "elementSpec" in specification:
        kind, value = specification["elementSpec"]
        if kind != "elementSetName":
            raise Z3950Error("element_sets", "externalEspec")
        elements = text_of(value)
    schema = ""
    if "schema" in specification:
        kind, value = specification["schema"]
        schema = oids.SCHEMAS.get(value, value) if kind == "oid" else text_of(value)
    return elements, schema


def composition_of(asked: tuple[str, Any] | None, syntaxes: tuple[str, ...], scope: Scope) -> Composition:
    """What a recordComposition and a preferredRecordSyntax ask for. Raises Z3950Error 24."""
    if asked is None:
        return Composition(syntaxes=syntaxes)
    kind, value = asked
    if kind == "simple":
        return Composition(_element_set(value, scope), syntaxes=syntaxes)
    specification = value.get("generic", {})
    for each in value.get("dbSpecific", ()):
        if each["db"].lower() == scope.name.lower():
            specification = each["spec"]
    elements, schema = _specification(specification)
    listed = tuple(value.get("recordSyntax", ())) or syntaxes
    return Composition(elements, schema, listed, value["selectAlternativeSyntax"])


def _diagnostic_record(name: str, diagnostic: Diagnostic) -> Encoded:
    record = ("surrogateDiagnostic", ("defaultFormat", diagnostic.value()))
    return Encoded(NAME_PLUS_RECORD.write({"name": name, "record": record}))


def _entries(association: Association, page: list[tuple[ClusterId, int]], wanted: Wanted) -> list[Encoded | Diagnostic]:
    """What each id comes to: octets already made, octets made now, or why there are none."""
    writer = association.parts.writer
    made: list[Encoded | Diagnostic | None] = [writer.cached(cluster, version, wanted) for cluster, version in page]
    missing = [place for place, octets in enumerate(made) if octets is None]
    if missing:
        _fill(association, page, wanted, made, missing)
    return [each for each in made if each is not None]


def _fill(
    association: Association,
    page: list[tuple[ClusterId, int]],
    wanted: Wanted,
    made: list[Encoded | Diagnostic | None],
    missing: list[int],
) -> None:
    parts = association.parts
    clusters = [page[place][0] for place in missing]
    make: Callable[[ClusterId, int], Encoded | None]
    if parts.writer.needs_marc_only(wanted):
        marc = parts.catalogue.marc(clusters)

        def make(cluster: ClusterId, version: int) -> Encoded | None:
            found = marc.get(cluster)
            return None if found is None else parts.writer.from_marc(cluster, found, wanted, version)
    else:
        records = {record.id: record for record in parts.catalogue.records(clusters) if not record.deleted}

        def make(cluster: ClusterId, version: int) -> Encoded | None:
            found = records.get(cluster)
            return None if found is None else parts.writer.from_record(found, wanted, version)

    for place in missing:
        try:
            made[place] = make(*page[place]) or Diagnostic(number_of("record_deleted"))
        except Z3950Error as error:
            made[place] = error.diagnostic


def _explained(result_set: ResultSet, start: int, count: int) -> list[Encoded | Diagnostic]:
    entries: list[Encoded | Diagnostic] = []
    for octets in result_set.records[start - 1 : start - 1 + count]:
        external = {"direct-reference": oids.EXPLAIN, "encoding": ("single-ASN1-type", octets)}
        entry = {"name": result_set.scope.name, "record": ("retrievalRecord", external)}
        entries.append(Encoded(NAME_PLUS_RECORD.write(entry)))
    return entries


def records_of(
    association: Association, result_set: ResultSet, ranges: list[tuple[int, int]], composition: Composition
) -> Page:
    """Records of the ranges (first position from 1, number), until a message of the preferred size is full.

    A record larger than that comes if it alone was asked for and is no larger than the exceptional record
    size; otherwise a diagnostic stands in its place: 16, or 17 if it would be too large even alone (§3.2.3.2).
    Raises Z3950Error 13 if a range leaves the set, and what `RecordWriter.wanted` raises.
    """
    for start, count in ranges:
        if start < 1 or count < 0 or start - 1 + count > result_set.total:
            raise Z3950Error("present_out_of_range", f"{start} + {count}; {result_set.total}")
    parts = association.parts
    scope = result_set.scope
    if scope.explain:
        wanted = None
    else:
        marc8 = scope.marc8 and not association.records_utf8
        wanted = parts.writer.wanted(composition, database=scope.name, marc8=marc8, language=association.language)
    alone = sum(count for _, count in ranges) == 1
    room = association.message_size - _OVERHEAD
    records: list[Encoded] = []
    for start, count in ranges:
        position = start
        end = start + count
        while position < end:
            number = min(end - position, _AT_ONCE)
            if wanted is None:
                made = _explained(result_set, position, number)
            else:
                page = result_set.page(parts.engine, position, number)
                made = _entries(association, page, wanted)
                made += [Diagnostic(number_of("record_deleted"))] * (number - len(made))
            for octets in made:
                entry = _entry(association, scope.name, octets, alone)
                if records and len(entry) > room:
                    return Page(records, position, PARTIAL_SIZE)
                if len(records) >= parts.limits.present_records:
                    return Page(records, position, PARTIAL_LIMIT)
                room -= len(entry)
                records.append(entry)
                position += 1
    last = ranges[-1][0] + ranges[-1][1] if ranges else 1
    return Page(records, last if last <= result_set.total else 0, SUCCESS)


def _entry(association: Association, name: str, octets: Encoded | Diagnostic, alone: bool) -> Encoded:
    if isinstance(octets, Diagnostic):
        return _diagnostic_record(name, octets)
    if len(octets) > association.record_size:
        return _diagnostic_record(name, Diagnostic(number_of("exceeds_record_size"), str(len(octets))))
    if len(octets) > association.message_size - _OVERHEAD and not alone:
        return _diagnostic_record(name, Diagnostic(number_of("exceeds_message_size"), str(len(octets))))
    return octets


def _ranges(request: dict[str, Any]) -> list[tuple[int, int]]:
    ranges = [(request["resultSetStartPoint"], request["numberOfRecordsRequested"])]
    ranges += [(each["startingPosition"], each["numberOfRecords"]) for each in request.get("additionalRanges", ())]
    return ranges


def _remaining(ranges: list[tuple[int, int]], done: int) -> list[tuple[int, int]]:
    """The ranges without their first `done` records."""
    left = []
    for start, count in ranges:
        skipped = min(done, count)
        done -= skipped
        if count > skipped:
            left.append((start + skipped, count - skipped))
    return left


def present(association: Association, request: dict[str, Any]) -> list[Response]:
    """One PresentResponse; with level 1 segmentation in force, as many Segments before it as it takes."""
    name = text_of(request["resultSetId"])
    result_set = association.result_set(name)
    ranges = _ranges(request)
    if len(ranges) > association.parts.limits.present_records:
        raise Z3950Error("additional_ranges", len(ranges))
    syntaxes = (request["preferredRecordSyntax"],) if "preferredRecordSyntax" in request else ()
    composition = composition_of(request.get("recordComposition"), syntaxes, result_set.scope)
    page = records_of(association, result_set, ranges, composition)
    responses: list[Response] = []
    returned = len(page.records)
    if _LEVEL_1 in association.options:
        most = request.get("maxSegmentCount", 1_000)
        while page.status == PARTIAL_SIZE and len(responses) + 1 < most:
            segment = {"numberOfRecordsReturned": len(page.records), "segmentRecords": page.records}
            responses.append(("segmentRequest", segment))
            if returned >= association.parts.limits.present_records:
                page = Page([], page.next_position, PARTIAL_LIMIT)
                break
            page = records_of(association, result_set, _remaining(ranges, returned), composition)
            returned += len(page.records)
    response: dict[str, Any] = {
        "numberOfRecordsReturned": returned,
        "nextResultSetPosition": page.next_position,
        "presentStatus": page.status,
    }
    if page.records:
        response["records"] = ("responseRecords", page.records)
    return [*responses, ("presentResponse", response)]


def present_failed(diagnostic: Diagnostic) -> Response:
    return "presentResponse", {
        "numberOfRecordsReturned": 0,
        "nextResultSetPosition": 0,
        "presentStatus": FAILURE,
        "records": ("nonSurrogateDiagnostic", diagnostic.value()),
    }
