"""The operation scan: the terms of an index in order, with the number of records that a search for each finds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lxml import etree

from protocols.cql import parse, scan_clause, to_xcql
from protocols.sru.diagnostics import Diagnostic, diagnostic
from protocols.sru.parameters import MAX_TERMS, Request
from protocols.sru.xml import child, cut, diagnostics, root
from unioncat.model import BadQuery, UnionCatError
from unioncat.search import ScanTerm
from unioncat.search.access_points import BY_NAME, AccessPoint
from unioncat.search.analysis import GAP
from unioncat.search.scanning import scan_fields, scan_start
from unioncat.services.find import Finder

__all__ = ["Scan"]

_ECHOED = ("scanClause", "responsePosition", "maximumTerms", "stylesheet")


class Scan:
    def __init__(self, finder: Finder) -> None:
        self._finder = finder

    def respond(self, request: Request) -> list[bytes]:
        """The document. Never raises for anything that the client sent."""
        complaints = list(request.warnings)
        terms: Sequence[ScanTerm] = ()
        first = last = False
        fatal = request.fatal
        if fatal is None:
            try:
                terms, first, last = self._terms(request)
            except UnionCatError as error:
                fatal = diagnostic(error)
        if fatal is not None:
            complaints.insert(0, fatal)
        return self._write(request, terms, first, last, complaints)

    def _terms(self, request: Request) -> tuple[Sequence[ScanTerm], bool, bool]:
        """(terms of the page, the first of the index is among them, the last is).

        responsePosition is the place of the wanted term in the list: 1 is the first, 0 just before it,
        maximumTerms + 1 just after the last (SRU 1.2 scan). One term more is read at either side to know whether
        the index ends there.
        """
        maximum = min(request.values["maximumTerms"], MAX_TERMS)
        position = request.values["responsePosition"]
        if position > maximum + 1:
            raise BadQuery("position_out_of_range", str(position))
        row, text, whole = scan_clause(parse(request.values["scanClause"]))
        before = max(position - 1, 0)
        below = self._finder.scan(row.name, text, before=before + 1, count=0, whole=whole)
        onward = self._finder.scan(row.name, text, count=maximum - before + 2, whole=whole)
        is_first = len(below) <= before
        if position == 0 and onward and onward[0].text == self._wanted(row, text, whole):
            onward, is_first = onward[1:], False
        terms = (*below[len(below) - min(before, len(below)) :], *onward[: maximum - before])
        return terms, is_first, len(onward) <= maximum - before

    def _wanted(self, row: AccessPoint, text: str, whole: bool) -> str:
        _, fields = scan_fields(row.name, whole)
        return scan_start(row, fields[0] in BY_NAME, text).replace(GAP, " ")

    def _write(
        self,
        request: Request,
        terms: Sequence[ScanTerm],
        first: bool,
        last: bool,
        complaints: Iterable[Diagnostic],
    ) -> list[bytes]:
        dialect = request.dialect
        response = root(dialect.scan, "scanResponse")
        child(response, "version", dialect.version)
        if terms:
            group = child(response, "terms")
            for place, each in enumerate(terms):
                term = child(group, "term")
                child(term, "value", each.text)
                child(term, "numberOfRecords", str(each.count))
                if each.display != each.text:
                    child(term, "displayTerm", each.display)
                where = _where(place, len(terms), first, last)
                if where:
                    child(term, "whereInList", where)
        self._echo(response, request)
        diagnostics(response, dialect, complaints)
        return cut(response)

    def _echo(self, response: etree._Element, request: Request) -> None:
        echo = child(response, "echoedScanRequest")
        if not request.dialect.is_2:
            child(echo, "version", request.dialect.version)
        for name in _ECHOED:
            if name in request.given or name == "scanClause":
                child(echo, name, request.given.get(name, ""))
            if name == "scanClause" and not request.dialect.is_2 and "scanClause" in request.given:
                try:
                    child(echo, "xScanClause").append(to_xcql(parse(request.given["scanClause"])))
                except BadQuery:
                    echo.remove(echo[-1])


def _where(place: int, count: int, first: bool, last: bool) -> str:
    """Only terms at an end of the whole list say where they are; all others are inside it."""
    is_first, is_last = first and place == 0, last and place == count - 1
    if is_first and is_last:
        return "only"
    return "first" if is_first else "last" if is_last else "inner"
