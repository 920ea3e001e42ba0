"""The operation searchRetrieve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from protocols.cql import parse, to_query, to_xcql
from protocols.cql.ast import CqlQuery
from protocols.sru.diagnostics import Diagnostic, diagnostic, of_kind
from protocols.sru.dialects import Dialect
from protocols.sru.facets import facet_requests, faceted_results, ordering
from protocols.sru.parameters import MAX_RECORDS, MAX_TTL, Request
from protocols.sru.rendering import Rendering
from protocols.sru.result_sets import MAX_IDS, ResultSets
from protocols.sru.schemas import RecordSchema
from protocols.sru.sorting import sort_keys
from protocols.sru.xml import child, cut, diagnostics, root, splice
from unioncat.model import BadQuery, ClusterId, UnionCatError
from unioncat.search import FacetRequest
from unioncat.search.query import And, Ids, Not, Or, Prox, Query, ResultSetRef, SortKey
from unioncat.services.find import Finder, Found

__all__ = ["SearchRetrieve"]

_ECHOED = (
    "version", "query", "startRecord", "maximumRecords", "recordPacking", "recordXMLEscaping", "recordSchema",
    "recordXPath", "resultSetTTL", "sortKeys", "stylesheet",
)  # fmt: skip
_ECHOED_IN_2 = (
    "query", "queryType", "startRecord", "maximumRecords", "recordXMLEscaping", "recordSchema", "resultSetTTL",
    "sortKeys", "stylesheet", "renderedBy", "httpAccept", "responseType", "facetLimit", "facetStart", "facetSort",
)  # fmt: skip
_DEEPEST = 50


@lru_cache(maxsize=2048)
def _parsed(text: str) -> CqlQuery:
    return parse(text)


@lru_cache(maxsize=2048)
def _xcql(text: str) -> bytes:
    """b"" for a query nested so deeply that XML parsers, which stop at 256 levels, would refuse the answer."""
    element = to_xcql(_parsed(text))
    inner, depth = element, 0
    while depth <= _DEEPEST and (operand := inner.find("{*}leftOperand")) is not None:
        inner, depth = operand[0], depth + 1
    return b"" if depth > _DEEPEST else etree.tostring(element, encoding="UTF-8", xml_declaration=False)


@dataclass(slots=True)
class _Answer:
    """What was found, before it is written down."""

    total: int = 0
    ids: Sequence[ClusterId] = ()
    versions: Sequence[int] = ()
    found: Found | None = None
    set_name: str = ""
    set_seconds: int = 0
    facets: Sequence[FacetRequest] = ()


class SearchRetrieve:
    """Searches and writes the response. title: of the catalogue, for the facets' data source."""

    def __init__(self, finder: Finder, rendering: Rendering, sets: ResultSets, title: str) -> None:
        self._finder = finder
        self._rendering = rendering
        self._sets = sets
        self._title = title

    def respond(self, request: Request) -> list[bytes]:
        """The document in pieces. Never raises for anything that the client sent."""
        answer = _Answer()
        complaints = list(request.warnings)
        schema = self._rendering.schemas.find(None)
        fatal = request.fatal
        if fatal is None:
            try:
                schema = self._prepare(request, complaints)
                self._search(request, answer, complaints)
            except UnionCatError as error:
                fatal = diagnostic(error)
        if fatal is not None:
            answer = _Answer()
            complaints.insert(0, fatal)
        return self._write(request, answer, schema, complaints)

    def _prepare(self, request: Request, complaints: list[Diagnostic]) -> RecordSchema:
        """Syntax before everything else, then the record schema and what else is refused."""
        _parsed(request.values["query"])
        if request.values.get("recordXPath"):
            raise BadQuery("unsupported_xpath", request.values["recordXPath"])
        return self._rendering.schemas.find(request.values["recordSchema"])

    # ------------------------------------------------------------ searching

    def _search(self, request: Request, answer: _Answer, complaints: list[Diagnostic]) -> None:
        values = request.values
        interpreted = to_query(_parsed(values["query"]))
        sort = interpreted.sort
        if values["sortKeys"]:
            if sort:
                complaints.append(of_kind("two_sorts"))
            else:
                sort = sort_keys(values["sortKeys"])
        start, count = values["startRecord"], min(values["maximumRecords"], MAX_RECORDS)
        if values.get("facetLimit"):
            answer.facets = facet_requests(values["facetLimit"], values["facetStart"])
            ordering(values.get("facetSort") or "")
        if isinstance(interpreted.query, ResultSetRef) and not sort and not answer.facets:
            self._present(interpreted.query.name, start, count, answer)
        else:
            query = self._resolved(interpreted.query)
            self._find(query, start, count, sort, answer)
            self._keep(query, sort, values["resultSetTTL"], answer)
        if start > max(answer.total, 1):
            complaints.append(of_kind("start_out_of_range"))

    def _present(self, name: str, start: int, count: int, answer: _Answer) -> None:
        """Records of a kept set in the order that it has."""
        kept = self._sets.find(name)
        if kept is None:
            raise BadQuery("unknown_result_set", name)
        answer.total, answer.set_name = kept.total, name
        answer.ids = kept.ids[start - 1 : start - 1 + count]

    def _find(self, query: Query, start: int, count: int, sort: Sequence[SortKey], answer: _Answer) -> None:
        hits = self._finder.engine.search(query, start=start - 1, count=count, sort=sort, facets=answer.facets)
        answer.total, answer.ids, answer.versions = hits.total, hits.ids, hits.versions
        answer.found = Found(hits.total, hits.ids, [], hits.facets, hits.versions)

    def _keep(self, query: Query, sort: Sequence[SortKey], ttl: int, answer: _Answer) -> None:
        if ttl and answer.total and answer.total <= MAX_IDS:
            seconds = min(ttl, MAX_TTL)
            _, ids = self._finder.ids(query, answer.total, sort)
            answer.set_name = self._sets.keep(ids, seconds)
            answer.set_seconds = seconds if answer.set_name else 0

    def _resolved(self, query: Query) -> Query:
        """With the records of kept sets in place of their names. Raises BadQuery (unknown_result_set)."""
        match query:
            case ResultSetRef(name):
                kept = self._sets.find(name)
                if kept is None:
                    raise BadQuery("unknown_result_set", name)
                return Ids(frozenset(kept.ids))
            case And(children):
                return And(tuple(self._resolved(child) for child in children))
            case Or(children):
                return Or(tuple(self._resolved(child) for child in children))
            case Not(left, right):
                return Not(self._resolved(left), self._resolved(right))
            case Prox() | _:
                return query

    # ------------------------------------------------------------ writing

    def _write(
        self, request: Request, answer: _Answer, schema: RecordSchema, complaints: Iterable[Diagnostic]
    ) -> list[bytes]:
        dialect = request.dialect
        response = root(dialect.search, "searchRetrieveResponse")
        child(response, "version", dialect.version)
        child(response, "numberOfRecords", str(answer.total))
        if answer.set_name:
            child(response, "resultSetId", answer.set_name)
            if answer.set_seconds:
                child(response, dialect.idle, str(answer.set_seconds))
        start = request.values.get("startRecord") or 1
        fillings: list[list[bytes]] = []
        if answer.ids:
            splice(child(response, "records"))
            fillings.append(
                self._rendering.records(dialect, schema, request.packing, answer.ids, answer.versions, start)
            )
            following = start + len(answer.ids)
            if following <= answer.total:
                child(response, "nextRecordPosition", str(following))
        self._echo(response, request, fillings)
        diagnostics(response, dialect, complaints)
        if dialect.is_2 and request.fatal is None:
            child(response, "resultCountPrecision", "info:srw/vocabulary/resultCountPrecision/1/exact")
            if answer.facets and answer.found is not None:
                first, order = request.values["facetStart"], request.values.get("facetSort") or ""
                response.append(faceted_results(answer.facets, answer.found.facets, first, order, self._title))
        return _filled(cut(response), fillings)

    def _echo(self, response: etree._Element, request: Request, fillings: list[list[bytes]]) -> None:
        """The request as it was understood; the query in XCQL beside it, where versions know that."""
        dialect: Dialect = request.dialect
        echo = child(response, "echoedSearchRetrieveRequest")
        for name in _ECHOED_IN_2 if dialect.is_2 else _ECHOED:
            if name == "version":
                child(echo, "version", dialect.version)
            elif name in request.given:
                child(echo, name, request.given[name])
            elif name == "query":
                child(echo, "query", "")
            if name == "query" and not dialect.is_2 and "query" in request.given:
                try:
                    xcql = _xcql(request.given["query"])
                except BadQuery:
                    continue
                if not xcql:
                    continue
                splice(child(echo, "xQuery"))
                fillings.append([xcql])


def _filled(pieces: list[bytes], fillings: list[list[bytes]]) -> list[bytes]:
    found = [pieces[0]]
    for filling, piece in zip(fillings, pieces[1:], strict=True):
        found += filling
        found.append(piece)
    return found
