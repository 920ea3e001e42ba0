"""Two small repositories on loopback, as a provincial Koha and a college's DSpace would offer them.

A plain OAI-PMH 2.0 provider over a list in memory: pages with resumption tokens, a deleted record, and the
errors that a harvester meets. It is another program than our own provider on purpose: the demo harvests from
somebody else.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from lxml import etree

from unioncat.demo.editions import Edition, held_by
from unioncat.demo.libraries import marc_records
from unioncat.marc import to_marcxml

OAI = "http://www.openarchives.org/OAI/2.0/"
OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DC = "http://purl.org/dc/elements/1.1/"
STAMP = "2025-03-01T02:00:00Z"
PAGE = 40


@dataclass(frozen=True, slots=True)
class Held:
    """identifier, and the metadata element; None is a deleted record."""

    identifier: str
    metadata: etree._Element | None


@dataclass(frozen=True, slots=True)
class Repository:
    name: str
    prefix: str
    namespace: str
    schema: str
    records: Sequence[Held]


def provincial_repository() -> Repository:
    records = [
        Held(f"oai:thuvienbentre.example:{number:06d}", etree.fromstring(to_marcxml(record)))
        for number, record in enumerate(marc_records("P"), 1)
    ]
    records.append(Held("oai:thuvienbentre.example:009999", None))
    return Repository(
        "Thư viện Nguyễn Đình Chiểu",
        "marc21",
        "http://www.loc.gov/MARC21/slim",
        "http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd",
        records,
    )


def college_repository() -> Repository:
    records = [Held(f"oai:caodangbentre.example:123456789/{e.number}", dublin_core(e)) for e in held_by("C")]
    return Repository(
        "Trường Cao đẳng Bến Tre", "oai_dc", OAI_DC, "http://www.openarchives.org/OAI/2.0/oai_dc.xsd", records
    )


def dublin_core(edition: Edition) -> etree._Element:
    """What a DSpace makes of a book: flat, the volume in the title, the language in two letters."""
    root = etree.Element(f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC})
    title = f"{edition.title}. {edition.part}" if edition.part else edition.title
    if edition.other_title:
        title = f"{title} : {edition.other_title}"
    values = [
        ("title", title),
        ("creator", edition.author),
        *[("subject", subject) for subject in edition.subjects],
        ("description", edition.edition),
        ("publisher", edition.publisher),
        ("date", edition.year),
        ("type", "Book"),
        ("format", f"{edition.pages} tr."),
        ("identifier", f"ISBN {edition.isbn}" if edition.isbn else ""),
        ("identifier", f"http://dspace.caodangbentre.example/handle/123456789/{edition.number}"),
        ("language", {"vie": "vi", "eng": "en", "fre": "fr"}[edition.language]),
    ]
    for name, value in values:
        if value:
            etree.SubElement(root, f"{{{DC}}}{name}").text = value
    return root


class RepositoryServer:
    """A repository on a free loopback port, in a thread of its own; a context manager."""

    def __init__(self, repository: Repository) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(repository))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/oai"

    def __enter__(self) -> RepositoryServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(repository: Repository) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name is http.server's
            arguments = dict(parse_qsl(urlsplit(self.path).query))
            body = answer(repository, arguments, f"http://{self.headers.get('Host', 'localhost')}/oai")
            self.send_response(200)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: the demo prints its own story."""

    return Handler


def answer(repository: Repository, arguments: dict[str, str], base_url: str) -> bytes:
    """The OAI-PMH response to one request."""
    root = etree.Element(f"{{{OAI}}}OAI-PMH", nsmap=cast("dict[str, str]", {None: OAI}))
    _text(root, "responseDate", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _text(root, "request", base_url)
    verb = arguments.get("verb", "")
    if verb == "Identify":
        body = etree.SubElement(root, f"{{{OAI}}}Identify")
        for name, value in (
            ("repositoryName", repository.name),
            ("baseURL", base_url),
            ("protocolVersion", "2.0"),
            ("adminEmail", "admin@example.org"),
            ("earliestDatestamp", STAMP),
            ("deletedRecord", "persistent"),
            ("granularity", "YYYY-MM-DDThh:mm:ssZ"),
        ):
            _text(body, name, value)
    elif verb == "ListMetadataFormats":
        body = etree.SubElement(root, f"{{{OAI}}}ListMetadataFormats")
        entry = etree.SubElement(body, f"{{{OAI}}}metadataFormat")
        _text(entry, "metadataPrefix", repository.prefix)
        _text(entry, "schema", repository.schema)
        _text(entry, "metadataNamespace", repository.namespace)
    elif verb == "ListSets":
        _error(root, "noSetHierarchy", "no sets here")
    elif verb in ("ListRecords", "ListIdentifiers"):
        _list(root, verb, repository, arguments)
    elif verb == "GetRecord":
        found = [held for held in repository.records if held.identifier == arguments.get("identifier")]
        if found:
            _record(etree.SubElement(root, f"{{{OAI}}}GetRecord"), found[0], with_metadata=True)
        else:
            _error(root, "idDoesNotExist", "unknown identifier")
    else:
        _error(root, "badVerb", f"unknown verb {verb!r}")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _list(root: etree._Element, verb: str, repository: Repository, arguments: dict[str, str]) -> None:
    token = arguments.get("resumptionToken")
    if token is None and arguments.get("metadataPrefix") != repository.prefix:
        _error(root, "cannotDisseminateFormat", f"only {repository.prefix} here")
        return
    if token is not None and not token.isdecimal():
        _error(root, "badResumptionToken", "not a token of ours")
        return
    start = int(token or 0)
    low, high = arguments.get("from", ""), arguments.get("until", "9999")
    matching = [] if low > STAMP or high < STAMP[: len(high)] else list(repository.records)
    page = matching[start : start + PAGE]
    if not page:
        _error(root, "noRecordsMatch", "nothing changed in this time")
        return
    body = etree.SubElement(root, f"{{{OAI}}}{verb}")
    for held in page:
        _record(body, held, with_metadata=verb == "ListRecords")
    if start + PAGE < len(matching):
        _text(body, "resumptionToken", str(start + PAGE))
    elif start:
        _text(body, "resumptionToken", "")


def _record(body: etree._Element, held: Held, *, with_metadata: bool) -> None:
    parent = etree.SubElement(body, f"{{{OAI}}}record") if with_metadata else body
    header = etree.SubElement(parent, f"{{{OAI}}}header")
    if held.metadata is None:
        header.set("status", "deleted")
    _text(header, "identifier", held.identifier)
    _text(header, "datestamp", STAMP)
    if with_metadata and held.metadata is not None:
        metadata = etree.SubElement(parent, f"{{{OAI}}}metadata")
        metadata.append(etree.fromstring(etree.tostring(held.metadata)))


def _error(root: etree._Element, code: str, message: str) -> None:
    _text(root, "error", message).set("code", code)


def _text(parent: etree._Element, name: str, value: str) -> etree._Element:
    child = etree.SubElement(parent, f"{{{OAI}}}{name}")
    child.text = value
    return child
