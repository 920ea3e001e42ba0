"""Search (§3.2.2): a query becomes a result set, and a small or medium one comes with its records."""

from __future__ import annotations

from typing import Any

from protocols.z3950 import ber, oids
from protocols.z3950.association import Association, Response, ResultSet
from protocols.z3950.charset import readings, text_of
from protocols.z3950.databases import Scope, scope_of
from protocols.z3950.diagnostics import Diagnostic, Z3950Error, diagnostic_of
from protocols.z3950.explain import explain_records
from protocols.z3950.presenting import composition_of, records_of
from protocols.z3950.rpn import Resolve, to_query
from unioncat.model import UnionCatError
from unioncat.search.query import And, Ids, Not, Or, Query, ResultSetRef, SortKey

__all__ = ["NONE", "query_of", "search", "search_failed"]

NONE = 3  # resultSetStatus
FAILURE = 5  # presentStatus


def _cql_text(external: dict[str, Any]) -> str:
    """The text of a type-104 query: a character string in an EXTERNAL, as yaz writes it, or bare octets."""
    if external.get("direct-reference") not in (oids.CQL, None):
        raise Z3950Error("query_type", f"104 {external.get('direct-reference')}")
    kind, octets = external["encoding"]
    if kind == "single-ASN1-type":
        octets = ber.join(ber.parse(octets)[1])
    elif kind != "octet-aligned":
        raise Z3950Error("malformed_query", "104")
    return readings(octets)[0]


def _resolved(query: Query, resolve: Resolve) -> Query:
    """A query tree of the CQL reader (which bounds its depth) with result sets in place of their names."""
    match query:
        case ResultSetRef(name):
            return resolve(name)
        case And(children):
            return And(tuple(_resolved(child, resolve) for child in children))
        case Or(children):
            return Or(tuple(_resolved(child, resolve) for child in children))
        case Not(left, right):
            return Not(_resolved(left, resolve), _resolved(right, resolve))
        case _:
            return query


def query_of(association: Association, query: tuple[str, Any]) -> tuple[Query, tuple[SortKey, ...]]:
    """Query tree and sort keys of a Query. Raises Z3950Error or BadQuery."""

    def resolve(name: str) -> Query:
        return association.result_set(name).operand()

    kind, value = query
    if kind in ("type-1", "type-101"):
        return to_query(value, resolve), ()
    if kind == "type-104" and association.parts.read_cql is not None:
        found, sort = association.parts.read_cql(_cql_text(value))
        return _resolved(found, resolve), sort
    raise Z3950Error("query_type", kind.removeprefix("type-"))


def _names_sets(query: tuple[str, Any]) -> bool:
    """A result set stands in it, or may: what it comes to depends on more than the query itself."""
    kind, value = query
    return kind == "type-104" or value["rpn"][0] != "op" or value["rpn"][1][0] != "attrTerm"


def _make_set(association: Association, request: dict[str, Any], scope: Scope) -> ResultSet:
    parts = association.parts
    if scope.explain:
        return ResultSet(Ids(), scope, records=explain_records(parts, request["query"]))
    known = association.memo.get("query")
    if known is None:
        known = query_of(association, request["query"])
        if not _names_sets(request["query"]):
            association.memo["query"] = known
    query, sort = known
    made = ResultSet(scope.limited(query), scope, sort, parts.limits.kept_ids)
    made.run(parts)
    return made


def search(association: Association, request: dict[str, Any]) -> Response:
    parts = association.parts
    name = text_of(request["resultSetName"])
    if name in association.sets and not request["replaceIndicator"]:
        raise Z3950Error("result_set_exists", name)
    scope = scope_of(request["databaseNames"], parts.catalogue.members(), parts.limits.databases)
    try:
        made = _make_set(association, request, scope)
    except UnionCatError:
        association.sets.pop(name, None)  # what is replaced is gone, whatever the search comes to (§3.2.2.1.4)
        raise
    association.store(name, made)
    response: dict[str, Any] = {
        "resultCount": made.total,
        "numberOfRecordsReturned": 0,
        "nextResultSetPosition": 1 if made.total else 0,
        "searchStatus": True,
    }
    if made.total <= request["smallSetUpperBound"]:
        count, names = made.total, request.get("smallSetElementSetNames")
    elif made.total < request["largeSetLowerBound"]:
        count, names = min(request["mediumSetPresentNumber"], made.total), request.get("mediumSetElementSetNames")
    else:
        count, names = 0, None
    if count > 0:
        syntaxes = (request["preferredRecordSyntax"],) if "preferredRecordSyntax" in request else ()
        response |= _piggybacked(association, made, count, names, syntaxes)
    return "searchResponse", response


def _piggybacked(
    association: Association, made: ResultSet, count: int, names: Any, syntaxes: tuple[str, ...]
) -> dict[str, Any]:
    """Records in the search response; what goes wrong with them leaves the search itself successful."""
    try:
        composition = composition_of(("simple", names) if names else None, syntaxes, made.scope)
        page = records_of(association, made, [(1, count)], composition)
    except UnionCatError as error:
        diagnostic = diagnostic_of(error)
        return {
            "nextResultSetPosition": 1,
            "presentStatus": FAILURE,
            "records": ("nonSurrogateDiagnostic", diagnostic.value()),
        }
    return {
        "numberOfRecordsReturned": len(page.records),
        "nextResultSetPosition": page.next_position,
        "presentStatus": page.status,
        "records": ("responseRecords", page.records),
    }


def search_failed(diagnostic: Diagnostic) -> Response:
    return "searchResponse", {
        "resultCount": 0,
        "numberOfRecordsReturned": 0,
        "nextResultSetPosition": 0,
        "searchStatus": False,
        "resultSetStatus": NONE,
        "presentStatus": FAILURE,
        "records": ("nonSurrogateDiagnostic", diagnostic.value()),
    }
