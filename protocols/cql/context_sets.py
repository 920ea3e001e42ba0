"""Context sets (CQL 1.2 §2): their names, identifiers, and how a qualified index name finds its access point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from unioncat.model import BadQuery
from unioncat.search.access_points import BY_CQL, DEFAULT, AccessPoint

__all__ = ["CONTEXT_SETS", "SPECIAL", "ContextSet", "access_point_of", "resolve"]


@dataclass(frozen=True, slots=True)
class ContextSet:
    """name: the prefix without which nobody needs an assignment. identifiers: the first is the one explain shows."""

    name: str
    identifiers: tuple[str, ...]
    title: str


CONTEXT_SETS: tuple[ContextSet, ...] = (
    ContextSet(
        "cql",
        (
            "info:srw/cql-context-set/1/cql-v1.2",
            "info:srw/cql-context-set/1/cql-v1.1",
            "http://docs.oasis-open.org/ns/search-ws/cqlContextSet",
            "http://www.loc.gov/zing/cql/context-sets/cql/v1.1/",
            "http://www.loc.gov/zing/cql/srw-indexes/v1.0/",
        ),
        "CQL",
    ),
    ContextSet(
        "dc",
        ("info:srw/cql-context-set/1/dc-v1.1", "http://www.loc.gov/zing/cql/dc-indexes/v1.0/", "http://purl.org/dc/elements/1.1/"),
        "Dublin Core",
    ),
    ContextSet("bath", ("http://zing.z3950.org/cql/bath/2.0/",), "Bath"),
    ContextSet("rec", ("info:srw/cql-context-set/2/rec-1.1", "info:srw/cql-context-set/2/rec-1.0"), "Record metadata"),
    ContextSet("marc", ("info:srw/cql-context-set/1/marc-v1.1",), "MARC"),
    ContextSet("bib", ("info:srw/cql-context-set/1/bib-v1.0", "info:srw/cql-context-set/1/bib-v1"), "Bibliographic"),
)  # fmt: skip

SORT_SET = "info:srw/cql-context-set/1/sort-v1.0"

BY_NAME = {each.name: each for each in CONTEXT_SETS} | {"srw": CONTEXT_SETS[0]}
BY_IDENTIFIER = {identifier.rstrip("/"): each.name for each in CONTEXT_SETS for identifier in each.identifiers}

SPECIAL: Mapping[str, str] = {
    "cql.allrecords": "all",
    "cql.resultsetid": "result_set",
    "cql.allindexes": DEFAULT.name,
    "cql.anyindexes": DEFAULT.name,
    "cql.keywords": DEFAULT.name,
}
"""Indexes of the CQL context set that are no access points of ours: "all", "result_set", or the one meant."""


def resolve(name: str, prefixes: Mapping[str, str]) -> str:
    """An index name with the prefix that we know its context set by: ``x.title`` after ``>x="info:…dc-v1.1"``.

    prefixes: prefix → URI as assigned in the query; "" the default set. Raises BadQuery (unsupported_context_set).
    """
    head, dot, tail = name.partition(".")
    if not dot:
        uri = prefixes.get("")
        return f"{_known(uri, uri)}.{name}" if uri is not None else name
    assigned = prefixes.get(head.lower())
    if assigned is not None:
        return f"{_known(assigned, head)}.{tail}"
    if head.lower() not in BY_NAME:
        raise BadQuery("unsupported_context_set", head)
    return f"cql.{tail}" if head.lower() == "srw" else name


def _known(uri: str, shown: str) -> str:
    found = BY_IDENTIFIER.get(uri.rstrip("/"))
    if found is None:
        raise BadQuery("unsupported_context_set", shown)
    return found


def access_point_of(name: str, prefixes: Mapping[str, str]) -> AccessPoint:
    """The row of an index name. Raises BadQuery: unsupported_context_set or unsupported_access_point."""
    resolved = resolve(name, prefixes).lower()
    special = SPECIAL.get(resolved)
    row = BY_CQL.get(special or resolved)
    if row is None:
        raise BadQuery("unsupported_access_point", name)
    return row
