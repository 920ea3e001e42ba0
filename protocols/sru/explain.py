"""The operation explain: a ZeeRex record (explain.z3950.org, DTD 2.0) made from the tables that the server runs on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from lxml import etree

from protocols.cql import MAX_CLAUSES, MAX_DEPTH, MAX_LENGTH
from protocols.cql.context_sets import CONTEXT_SETS
from protocols.cql.to_query import MAX_TERM
from protocols.sru.diagnostics import Diagnostic, of_kind
from protocols.sru.dialects import EXPLAIN, Dialect
from protocols.sru.facets import MAX_FACET_VALUES
from protocols.sru.parameters import DEFAULT_RECORDS, DEFAULT_TERMS, MAX_RECORDS, MAX_TERMS, MAX_TTL, Request
from protocols.sru.schemas import DEFAULT, RecordSchema, Schemas
from protocols.sru.xml import child, cut, diagnostics, escaped, root, splice
from unioncat.search.access_points import ACCESS_POINTS, AccessPoint
from unioncat.search.masks import MAX_MASKS
from unioncat.search.proximity import MAX_DISTANCE

__all__ = ["Explain", "Identity"]

_XML = "{http://www.w3.org/XML/1998/namespace}lang"
_RELATIONS = ("=", "==", "exact", "any", "all", "adj", "<", "<=", ">", ">=", "<>", "within")
_RELATION_MODIFIERS = ("relevant", "word", "string", "isoDate", "number", "masked", "unmasked", "ignoreCase",
                       "ignoreAccents", "respectAccents", "ignorePunctuation")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Identity:
    """What the catalogue says of itself."""

    title_vi: str
    title_en: str
    contact: str = ""


class Explain:
    def __init__(self, schemas: Schemas, identity: Identity) -> None:
        self._schemas = schemas
        self._identity = identity

    def respond(self, request: Request, address: str) -> list[bytes]:
        """The document. address: URL of this server without parameters."""
        dialect = request.dialect
        response = root(dialect.search, "explainResponse")
        child(response, "version", dialect.version)
        wanted = (request.values.get("recordSchema") or EXPLAIN).rstrip("/").lower()
        complaints = [*([request.fatal] if request.fatal else []), *request.warnings]
        if wanted not in (EXPLAIN.rstrip("/"), "zeerex", "explain"):
            complaints.append(of_kind("unknown_schema", request.values["recordSchema"]))
        record = child(response, "record")
        child(record, "recordSchema", EXPLAIN)
        child(record, dialect.packing, request.packing)
        splice(child(record, "recordData"))
        self._echo(response, request)
        diagnostics(response, dialect, _once(complaints))
        data = etree.tostring(self.record(dialect, address), encoding="UTF-8", xml_declaration=False)
        before, after = cut(response)
        return [before, escaped(data) if request.packing == "string" else data, after]

    def _echo(self, response: etree._Element, request: Request) -> None:
        dialect = request.dialect
        echo = child(response, "echoedExplainRequest")
        if not dialect.is_2:
            child(echo, "version", dialect.version)
        for name in (dialect.packing, "recordSchema", "stylesheet"):
            if name in request.given:
                child(echo, name, request.given[name])

    def record(self, dialect: Dialect, address: str) -> etree._Element:
        """``<explain>``."""
        explain = root(EXPLAIN, "explain", "zr")
        parts = urlsplit(address)
        server = child(explain, "serverInfo")
        server.set("protocol", "SRU")
        server.set("version", dialect.version)
        server.set("transport", parts.scheme or "http")
        server.set("method", "GET POST")
        child(server, "host", parts.hostname or "localhost")
        child(server, "port", str(parts.port or (443 if parts.scheme == "https" else 80)))
        child(server, "database", parts.path.strip("/") or "sru")
        self._database(explain)
        self._indexes(explain)
        group = child(explain, "schemaInfo")
        for schema in self._schemas.offered():
            _schema(group, schema)
        _configuration(explain)
        return explain

    def _database(self, explain: etree._Element) -> None:
        database = child(explain, "databaseInfo")
        for language, text in (("vi", self._identity.title_vi), ("en", self._identity.title_en)):
            title = child(database, "title", text)
            title.set("lang", language)
            if language == "vi":
                title.set("primary", "true")
        if self._identity.contact:
            child(database, "contact", self._identity.contact)
        meta = child(explain, "metaInfo")
        child(meta, "dateModified", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))

    def _indexes(self, explain: etree._Element) -> None:
        group = child(explain, "indexInfo")
        for each in CONTEXT_SETS:
            context = child(group, "set")
            context.set("name", each.name)
            context.set("identifier", each.identifiers[0])
            child(context, "title", each.title)
        for row in ACCESS_POINTS:
            _index(group, row)
        for name, title in (("allRecords", "Mọi biểu ghi"), ("resultSetId", "Tập kết quả")):
            index = child(group, "index")
            index.set("search", "true")
            index.set("scan", "false")
            index.set("sort", "false")
            child(index, "title", title).set("lang", "vi")
            child(child(index, "map"), "name", name).set("set", "cql")


def _index(group: etree._Element, row: AccessPoint) -> None:
    index = child(group, "index")
    index.set("id", row.name)
    index.set("search", "true")
    index.set("scan", "true")
    index.set("sort", "true" if row.sort else "false")
    for language, text in (("vi", row.vi), ("en", row.en)):
        child(index, "title", text).set("lang", language)
    for name in row.cql:  # bare names work, too, but clients (sruthi) take a name without a set for broken
        context, _, local = name.rpartition(".")
        child(child(index, "map"), "name", local).set("set", context)
    for use in row.bib1:
        attribute = child(child(index, "map"), "attr", str(use))
        attribute.set("type", "1")
        attribute.set("set", "bib-1")
    if row.facet:
        settings = child(index, "configInfo")
        child(settings, "supports", "facet").set("type", "facet")


def _schema(group: etree._Element, schema: RecordSchema) -> None:
    for name in schema.names[:1]:
        element = child(group, "schema")
        element.set("identifier", schema.uris[0])
        element.set("name", name)
        element.set("sort", "false")
        element.set("retrieve", "true")
        child(element, "title", schema.title)


def _configuration(explain: etree._Element) -> None:
    info = child(explain, "configInfo")
    for kind, value in (
        ("numberOfRecords", DEFAULT_RECORDS),
        ("retrieveSchema", DEFAULT),
        ("contextSet", "cql"),
        ("index", "cql.serverChoice"),
        ("relation", "="),
        ("numberOfTerms", DEFAULT_TERMS),
    ):
        child(info, "default", str(value)).set("type", kind)
    for kind, number in (
        ("maximumRecords", MAX_RECORDS),
        ("maximumTerms", MAX_TERMS),
        ("resultSetTTL", MAX_TTL),
        ("queryLength", MAX_LENGTH),
        ("termLength", MAX_TERM),
        ("queryClauses", MAX_CLAUSES),
        ("queryDepth", MAX_DEPTH),
        ("masksInTerm", MAX_MASKS),
        ("proximityDistance", MAX_DISTANCE),
        ("facetValues", MAX_FACET_VALUES),
    ):
        child(info, "setting", str(number)).set("type", kind)
    for relation in _RELATIONS:
        child(info, "supports", relation).set("type", "relation")
    for modifier in _RELATION_MODIFIERS:
        child(info, "supports", modifier).set("type", "relationModifier")
    for kind, value in (
        ("maskingCharacter", "*"),
        ("maskingCharacter", "?"),
        ("anchoring", "^"),
        ("proximity", ""),
        ("proximityModifier", "unit=word"),
        ("proximityModifier", "distance"),
        ("proximityModifier", "ordered"),
        ("resultSets", ""),
        ("scan", ""),
        ("sort", ""),
        ("facets", ""),
    ):
        child(info, "supports", str(value)).set("type", kind)


def _once(found: list[Diagnostic]) -> list[Diagnostic]:
    return list(dict.fromkeys(found))
