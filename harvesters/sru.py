"""Harvester for SRU servers, versions 1.1, 1.2 and 2.0.

The endpoint of a source is the address of the server. Its format is the record schema asked for ("" finds out).
Quirks, beside those of `harvesters.fetching.Manners`:

==================  ==========================================================================================
``query``           CQL that finds what is wanted (``cql.allRecords=1``)
``changed_index``   index of the date of last change (``rec.lastModificationDate``), if the server has one: later
                    runs ask only for what changed since the last one
``version``         ``1.1``, ``1.2`` (default) or ``2.0``
``page``            records in one answer (100); servers may give fewer
``by_count``        go on by counting records even where the server names a nextRecordPosition
``sort``            CQL sort keys that keep pages steady (``rec.identifier``)
``param.<name>``    a further parameter of every request
==================  ==========================================================================================

Pages follow ``nextRecordPosition`` where the server gives one, else the number of records received. SRU knows no
deletions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson
from lxml import etree

from harvesters.base import HarvesterContext, Page, Probe, quirk_flag, quirk_int, resolve_credentials
from harvesters.fetching import Fetched, Fetcher, Manners
from unioncat.model import ConfigError, HarvestedRecord, RawRecord, Source, SourceUnavailable
from unioncat.model.harvest import OfferedFormat

__all__ = ["SruHarvester"]

_ALL = "cql.allRecords=1"
_READERS: Mapping[str, str] = {
    "http://www.loc.gov/MARC21/slim": "marcxml",
    "info:lc/xmlns/marcxchange-v1": "marcxml",
    "info:lc/xmlns/marcxchange-v2": "marcxml",
    "http://www.openarchives.org/OAI/2.0/oai_dc/": "oai_dc",
    "info:srw/schema/1/dc-schema": "oai_dc",
    "http://purl.org/dc/elements/1.1/": "oai_dc",
}
"""Namespace of a record's outermost element → reading format."""

_WANTED = ("marcxml", "info:srw/schema/1/marcxml-v1.1", "marcxchange", "oai_dc", "dc")
"""Record schemas in the order in which we prefer them."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """One searchRetrieveResponse. diagnostics: "number: message (details)" of those that are no record's own."""

    total: int
    records: tuple[etree._Element, ...]
    following: int | None
    diagnostics: tuple[str, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Progress:
    """All that a resume string holds. query: of the whole run. position: of the next record, counted from 1."""

    query: str
    position: int = 1
    received: int = 0

    def written(self) -> str:
        return orjson.dumps({"query": self.query, "position": self.position, "received": self.received}).decode()

    @classmethod
    def read(cls, text: str) -> _Progress:
        try:
            value = orjson.loads(text)
            return cls(str(value["query"]), int(value["position"]), int(value["received"]))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise ConfigError("the run's resume note is not one of ours; start the run anew with --full") from error


class SruHarvester:
    """See `harvesters.base.Harvester`."""

    name = "sru"

    def __init__(self, context: HarvesterContext) -> None:
        self._context = context

    def probe(self, endpoint: str, credentials: str = "") -> Probe:
        """Reads explain, then searches for everything and looks at one record."""
        manners = replace(Manners(), retries=1, backoff=1.0, timeout=20.0, deadline=60.0)
        with _Client(self._context, endpoint, manners, credentials, {}, "") as client:
            explain = client.explain()
            schemas = [
                (each.get("name") or "", each.get("identifier") or "")
                for each in explain.iterfind(".//{*}schemaInfo/{*}schema")
            ]
            indexes = {
                f"{name.get('set')}.{name.text}"
                for name in explain.iterfind(".//{*}indexInfo/{*}index/{*}map/{*}name")
                if name.get("set") and name.text
            }
            schema = _preferred(schemas)
            version = (explain.findtext("{*}version") or "1.2").strip()
            quirks: dict[str, str] = {}
            if version in ("1.1", "2.0"):
                quirks["version"] = version
            count, remarks = self._try(client.of_version(version), schema, quirks)
        title = explain.find(".//{*}databaseInfo/{*}title")
        if "rec.lastModificationDate" in indexes:
            quirks["changed_index"] = "rec.lastModificationDate"
        return Probe(
            harvester=self.name,
            endpoint=endpoint,
            name=(title.text or "").strip() if title is not None else "",
            email=(explain.findtext(".//{*}databaseInfo/{*}contact") or "").strip(),
            formats=[OfferedFormat(name, uri, _reads_as(name, uri)) for name, uri in schemas],
            deletions="no",
            count=count,
            suggested={"harvester": self.name, "endpoint": endpoint, "format": schema, "quirks": quirks},
            remarks=remarks,
        )

    def _try(self, client: _Client, schema: str, quirks: dict[str, str]) -> tuple[int | None, list[tuple[str, str]]]:
        """Whether everything can be asked for, and how much it is."""
        for query in (_ALL, "cql.serverChoice=*", "dc.title=*"):
            answer = client.search(query, 1, 1, schema)
            if not answer.numbers and answer.total:
                if query != _ALL:
                    quirks["query"] = query
                return answer.total, []
        return None, [
            (
                "Máy chủ không trả lời truy vấn lấy mọi biểu ghi; hãy tự viết truy vấn CQL vào quirk query.",
                "The server answers no query for everything; write one in CQL into the quirk query.",
            )
        ]

    def harvest(self, source: Source, since: datetime | None, resume: str = "") -> Iterator[Page]:
        extra = {
            name.removeprefix("param."): str(value)
            for name, value in source.quirks.items()
            if name.startswith("param.")
        }
        manners = Manners.of(source.quirks)
        version = source.quirks.get("version", "1.2")
        if version not in ("1.1", "1.2", "2.0"):
            raise ConfigError(f"quirk version={version!r}: say 1.1, 1.2 or 2.0")
        progress = _Progress.read(resume) if resume else _Progress(_query(source, since))
        with _Client(self._context, source.endpoint, manners, source.credentials, extra, version) as client:
            yield from _Walk(client, source).pages(progress)


def _query(source: Source, since: datetime | None) -> str:
    """The query of a run; from `since` on where the source has an index of changes."""
    query = source.quirks.get("query") or _ALL
    index = source.quirks.get("changed_index")
    if since is not None and index:
        day = since.astimezone(UTC).strftime("%Y-%m-%d")
        query = f'({query}) and {index} >= "{day}"'
    if sort := source.quirks.get("sort"):
        query = f"{query} sortBy {sort}"
    return query


def _preferred(schemas: list[tuple[str, str]]) -> str:
    """Short name of the schema that we read best; "" leaves the choice to the server."""
    known = {name.lower(): name for name, _ in schemas} | {uri.lower(): name for name, uri in schemas}
    return next((known[wanted.lower()] for wanted in _WANTED if wanted.lower() in known), "")


def _reads_as(name: str, uri: str) -> str:
    if "marcx" in name.lower() or "marcx" in uri.lower() or "MARC21" in uri:
        return "marcxml"
    return "oai_dc" if name.lower() in ("dc", "oai_dc") or "dc-v1" in uri else ""


class _Client:
    """One server. Its connections are closed in the end."""

    def __init__(
        self,
        context: HarvesterContext,
        endpoint: str,
        manners: Manners,
        credentials: str,
        extra: Mapping[str, str],
        version: str,
    ) -> None:
        if not endpoint.startswith(("http://", "https://")):
            raise ConfigError(f"{endpoint!r} is no SRU address; it begins with http:// or https://")
        secret = resolve_credentials(credentials)
        self._fetcher = Fetcher(manners, context.user_agent, contact=context.contact, credentials=secret)
        self._endpoint = endpoint
        self._extra = dict(extra)
        self._version = version or "1.2"

    def __enter__(self) -> _Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._fetcher.close()

    def of_version(self, version: str) -> _Client:
        if version in ("1.1", "1.2", "2.0"):
            self._version = version
        return self

    def explain(self) -> etree._Element:
        root = self._ask({"operation": "explain", "version": self._version})
        if etree.QName(root).localname != "explainResponse":
            raise SourceUnavailable(f"{self._endpoint} does not explain itself as an SRU server does")
        return root

    def search(self, query: str, start: int, count: int, schema: str) -> _Answer:
        parameters = {"query": query, "startRecord": str(start), "maximumRecords": str(count)}
        if self._version != "2.0":
            parameters |= {"operation": "searchRetrieve", "version": self._version}
        if schema:
            parameters["recordSchema"] = schema
        root = self._ask(parameters)
        if etree.QName(root).localname != "searchRetrieveResponse":
            raise SourceUnavailable(f"{self._endpoint} answered a search with <{etree.QName(root).localname}>")
        return _read(root, self._endpoint)

    def _ask(self, parameters: Mapping[str, str]) -> etree._Element:
        fetched = self._fetcher.get(self._endpoint, {**self._extra, **parameters}, check=_broken)
        if fetched.status != 200:
            raise ConfigError(f"{self._endpoint} answered HTTP {fetched.status}; is the address right?")
        return _parsed(fetched.content)


def _parsed(content: bytes) -> etree._Element:
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _broken(fetched: Fetched) -> str:
    if fetched.status != 200:
        return ""
    try:
        _parsed(fetched.content)
    except etree.XMLSyntaxError as error:
        return f"{fetched.url} answered with what is no XML ({error})"
    return ""


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _read(root: etree._Element, endpoint: str) -> _Answer:
    told: list[str] = []
    numbers: list[int] = []
    for each in root.iterfind("{*}diagnostics/{*}diagnostic"):
        uri = (each.findtext("{*}uri") or "").strip()
        message, details = (each.findtext(f"{{*}}{name}") or "" for name in ("message", "details"))
        told.append(f"{uri.rsplit('/', 1)[-1]} {message} ({details})".strip())
        numbers.append(_number(uri.rsplit("/", 1)[-1]) or 0)
    total = _number(root.findtext("{*}numberOfRecords"))
    if total is None and not told:
        raise SourceUnavailable(f"{endpoint} does not say how many records it found")
    return _Answer(
        total or 0,
        tuple(root.iterfind("{*}records/{*}record")),
        _number(root.findtext("{*}nextRecordPosition")),
        tuple(told),
        tuple(numbers),
    )


class _Walk:
    """One query from its first record, or from where it broke off, to its last."""

    def __init__(self, client: _Client, source: Source) -> None:
        self._client = client
        self._source = source
        self._size = max(quirk_int(source.quirks, "page", 100), 1)
        self._by_count = quirk_flag(source.quirks, "by_count")
        self._last = b""

    def pages(self, progress: _Progress) -> Iterator[Page]:
        """Raises SourceUnavailable where the list breaks off before its end, so that the run goes on later."""
        while True:
            answer = self._client.search(progress.query, progress.position, self._size, self._source.format)
            if answer.numbers and not answer.records:
                if not progress.received and answer.total == 0 and set(answer.numbers) <= {61}:
                    yield Page((), complete_size=0)
                    return
                raise _refusal(self._source.endpoint, answer)
            if not answer.records:
                if progress.position > answer.total:
                    yield Page((), complete_size=answer.total)
                    return
                raise SourceUnavailable(
                    f"{self._source.endpoint} gives no record at position {progress.position} of {answer.total}"
                )
            self._watch(answer)
            records = [_harvested(element, progress.position + place) for place, element in enumerate(answer.records)]
            progress = self._advanced(progress, answer)
            is_last = progress.position > answer.total
            yield Page(
                records,
                resume="" if is_last else progress.written(),
                complete_size=answer.total,
                warnings=answer.diagnostics,
            )
            if is_last:
                return

    def _advanced(self, progress: _Progress, answer: _Answer) -> _Progress:
        """By nextRecordPosition if it goes forward, else by counting: some servers leave it out, some lie."""
        counted = progress.position + len(answer.records)
        following = answer.following
        if self._by_count or following is None or not counted <= following <= progress.position + self._size:
            following = counted
        return _Progress(progress.query, following, progress.received + len(answer.records))

    def _watch(self, answer: _Answer) -> None:
        """A server that ignores startRecord would give the first page for ever."""
        digest = hashlib.sha256(b"".join(etree.tostring(_data(each)) for each in answer.records)).digest()
        if digest == self._last and answer.total > len(answer.records):
            raise SourceUnavailable(f"{self._source.endpoint} gives the same page again and again")
        self._last = digest


def _refusal(endpoint: str, answer: _Answer) -> Exception:
    """Errors of the request must be mended by somebody; others may pass."""
    text = f"{endpoint} refuses: {'; '.join(answer.diagnostics)}"
    if set(answer.numbers) & {1, 2, 52, 63, 64}:
        return SourceUnavailable(text)
    return ConfigError(text)


def _data(record: etree._Element) -> etree._Element:
    found = record.find("{*}recordData")
    return record if found is None else found


def _inner(content: etree._Element) -> etree._Element:
    """The record itself, where a server wraps it up (BIBSYS: ``metadata/marc:collection/marc:record``)."""
    for element in content.iter():
        if isinstance(element.tag, str):
            name = etree.QName(element)
            if name.namespace in _READERS and name.localname in ("record", "dc"):
                return element
    return content


def _harvested(record: etree._Element, position: int) -> HarvestedRecord:
    """The record inside ``recordData``, as an element or as escaped text; a surrogate diagnostic is a refusal."""
    identifier = (record.findtext("{*}recordIdentifier") or "").strip() or None
    data = _data(record)
    content = next((child for child in data if isinstance(child.tag, str)), None)
    if content is None:
        text = (data.text or "").strip()
        try:
            content = _parsed(text.encode()) if text else None
        except etree.XMLSyntaxError as error:
            return HarvestedRecord(
                identifier, RawRecord("marcxml", text.encode(), position), refused=f"no XML: {error}"
            )
    if content is None:
        return HarvestedRecord(identifier, RawRecord("marcxml", b"", position), refused="the record is empty")
    content = _inner(content)
    raw = etree.tostring(content, encoding="UTF-8", with_tail=False)
    name = etree.QName(content)
    if name.localname == "diagnostic":
        reason = f"{content.findtext('{*}message') or ''} {content.findtext('{*}details') or ''}".strip()
        return HarvestedRecord(identifier, RawRecord("marcxml", raw, position), refused=f"the server says: {reason}")
    reader = _READERS.get(name.namespace or "") or ("marcxml" if name.localname == "record" else "oai_dc")
    return HarvestedRecord(identifier, RawRecord(reader, raw, position))
