"""Sort (§3.2.7): one or more result sets in a new order, under the same or another name."""

from __future__ import annotations

from typing import Any

from protocols.z3950 import oids
from protocols.z3950.association import Association, Response, ResultSet
from protocols.z3950.charset import text_of
from protocols.z3950.diagnostics import Diagnostic, Z3950Error
from unioncat.search.access_points import BY_BIB1, BY_CQL, AccessPoint
from unioncat.search.query import Or, SortKey

__all__ = ["sort", "sort_failed"]

SUCCESS, FAILURE = 0, 2  # sortStatus
NONE = 4  # resultSetStatus
_RELATIONS = {0: False, 1: True}  # ascending, descending
_FREQUENCY = frozenset({3, 4})


def _by_attributes(value: dict[str, Any]) -> AccessPoint | None:
    if value["id"] != oids.BIB_1:
        raise Z3950Error("attribute_set", value["id"])
    for element in value["list"]:
        kind, number = element["attributeValue"]
        if element["attributeType"] != 1:
            continue
        if kind == "numeric":
            return BY_BIB1.get(number)
        if kind == "complex":
            return BY_CQL.get(text_of(str(number["list"][0][1])).lower()) if number["list"] else None
    return None


def _access_point(element: tuple[str, Any]) -> AccessPoint:
    """The access point of a SortElement. Raises Z3950Error 207 if it cannot be sorted by."""
    kind, key = element
    if kind != "generic":
        if not key:
            raise Z3950Error("illegal_sort", "")
        key = key[0]["dbSort"]
    form, value = key
    if form == "sortAttributes":
        row, shown = _by_attributes(value), ", ".join(str(each["attributeValue"][1]) for each in value["list"])
    elif form == "sortfield":
        shown = text_of(value)
        row = BY_BIB1.get(int(shown)) if shown.isdecimal() and len(shown) < 6 else BY_CQL.get(shown.lower())
    else:
        shown = text_of(value["elementSpec"][1]) if value.get("elementSpec", ("", ""))[0] == "elementSetName" else ""
        row = BY_CQL.get(shown.lower())
    if row is None or not row.sort:
        raise Z3950Error("unsupported_sort", shown)
    return row


def _key(specification: dict[str, Any]) -> SortKey:
    relation = specification["sortRelation"]
    if relation not in _RELATIONS:
        raise Z3950Error("unsupported_sort" if relation in _FREQUENCY else "sort_relation", relation)
    missing = specification.get("missingValueAction")
    if missing is not None and missing[0] != "null":  # missing values stand last, whatever the direction
        raise Z3950Error("missing_data_action", missing[0])
    return SortKey(_access_point(specification["sortElement"]).name, _RELATIONS[relation])


def sort(association: Association, request: dict[str, Any]) -> Response:
    parts = association.parts
    names = [text_of(name) for name in request["inputResultSetNames"]]
    if not names or not request["sortedResultSetName"]:
        raise Z3950Error("no_sort_set", "")
    if len(names) > parts.limits.result_sets:
        raise Z3950Error("too_many_sort_inputs", len(names))
    inputs = [association.result_set(name) for name in names]
    if any(each.scope.explain for each in inputs):
        raise Z3950Error("illegal_sort", inputs[0].scope.name)
    if len(request["sortSequence"]) > parts.limits.sort_keys:
        raise Z3950Error("too_many_sort_keys", parts.limits.sort_keys)
    keys = tuple(map(_key, request["sortSequence"]))
    query = inputs[0].query if len(inputs) == 1 else Or(tuple(each.query for each in inputs))
    made = ResultSet(query, inputs[0].scope, keys, parts.limits.kept_ids)
    made.run(parts)
    association.store(text_of(request["sortedResultSetName"]), made)
    return "sortResponse", {"sortStatus": SUCCESS, "resultCount": made.total}


def sort_failed(diagnostic: Diagnostic) -> Response:
    return "sortResponse", {
        "sortStatus": FAILURE,
        "resultSetStatus": NONE,
        "diagnostics": [("defaultFormat", diagnostic.value())],
    }
