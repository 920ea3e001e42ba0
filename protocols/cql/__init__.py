"""CQL 1.2 and 2.0 (OASIS searchRetrieve part 5): parser, serialiser, XCQL, and the way into the query tree."""

from protocols.cql.ast import Boolean, CqlQuery, Modifier, Prefix, SearchClause, SortSpec
from protocols.cql.parser import MAX_CLAUSES, MAX_DEPTH, MAX_LENGTH, CqlSyntaxError, parse
from protocols.cql.serialise import serialise
from protocols.cql.to_query import Interpreted, scan_clause, to_query
from protocols.cql.xcql import to_xcql

__all__ = [
    "MAX_CLAUSES",
    "MAX_DEPTH",
    "MAX_LENGTH",
    "Boolean",
    "CqlQuery",
    "CqlSyntaxError",
    "Interpreted",
    "Modifier",
    "Prefix",
    "SearchClause",
    "SortSpec",
    "parse",
    "scan_clause",
    "serialise",
    "to_query",
    "to_xcql",
]
