"""Facets of SRU 2.0 (OASIS searchRetrieve part 3 §5.9, §9): facetLimit, facetStart, facetSort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml import etree

from protocols.cql.context_sets import access_point_of
from protocols.sru.dialects import FACETS
from protocols.sru.xml import child
from unioncat.model import BadQuery
from unioncat.search import FacetRequest, FacetValue
from unioncat.search.access_points import BY_NAME

__all__ = ["MAX_FACET_VALUES", "facet_requests", "faceted_results", "ordering"]

MAX_FACET_VALUES = 200
_SORTS = ("recordcount", "alphanumeric")


def facet_requests(limit: str, start: int) -> tuple[FacetRequest, ...]:
    """What ``facetLimit=10:dc.subject,5:language`` asks for; each with so many values that `start` can be skipped.

    Raises BadQuery (unsupported_facet), also for a limit without an index: there is no facet by default.
    """
    found: list[FacetRequest] = []
    for part in filter(None, (piece.strip() for piece in limit.split(","))):
        number, colon, name = part.partition(":")
        if not colon or not (number.isascii() and number.isdigit()) or int(number) > MAX_FACET_VALUES:
            raise BadQuery("unsupported_facet", f"facetLimit: {part}")
        try:
            row = access_point_of(name, {})
        except BadQuery as error:
            raise BadQuery("unsupported_facet", f"facetLimit: {name}") from error
        if not row.facet:
            raise BadQuery("unsupported_facet", f"facetLimit: {name}")
        found.append(FacetRequest(row.name, int(number) + start - 1))
    return tuple(found)


def ordering(text: str) -> tuple[str, bool]:
    """(by, descending) of ``facetSort=recordCount,descending``. Raises BadQuery."""
    by, _, direction = text.partition(",")
    by, direction = by.strip().lower() or "recordcount", direction.strip().lower()
    if by not in _SORTS or direction not in ("", "ascending", "descending"):
        raise BadQuery("unsupported_facet", f"facetSort: {text}")
    return by, direction == "descending" or (not direction and by == "recordcount")


def faceted_results(
    requests: Sequence[FacetRequest],
    values: Mapping[str, Sequence[FacetValue]],
    start: int,
    sort: str,
    title: str,
) -> etree._Element:
    """``<facetedResults>`` with one data source, this catalogue."""
    by, descending = ordering(sort)
    results = etree.Element(f"{{{FACETS}}}facetedResults", nsmap={"facet": FACETS})
    source = child(results, "datasource")
    child(source, "datasourceDisplayLabel", title)
    facets = child(source, "facets")
    for request in requests:
        row = BY_NAME[request.name]
        facet = child(facets, "facet")
        child(facet, "facetDisplayLabel", row.vi)
        child(facet, "facetDescription", row.en)
        child(facet, "index", row.cql[0])
        child(facet, "relation", "==")
        terms = child(facet, "terms")
        found = list(values.get(request.name, ()))[start - 1 :]
        if by == "alphanumeric":
            found.sort(key=lambda each: each.value, reverse=descending)
        elif not descending:
            found.reverse()
        for each in found:
            term = child(terms, "term")
            child(term, "actualTerm", each.value)
            quoted = each.value.replace("\\", "\\\\").replace('"', '\\"')
            for mask in "*?^":
                quoted = quoted.replace(mask, f"\\{mask}")
            child(term, "query", f'{row.cql[0]} == "{quoted}"')
            child(term, "count", str(each.count))
    return results
