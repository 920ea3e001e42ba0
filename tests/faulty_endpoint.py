"""An OAI-PMH endpoint that does everything wrong that endpoints do: a real HTTP server, told what to spoil.

`Fault` says what happens to which requests; without faults it is a well-behaved repository of some records
in pages of five, with tokens, tombstones and both granularities.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from tests.http_server import handling

PAGE = 5
NOW = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
MARC = "http://www.loc.gov/MARC21/slim"


@dataclass
class Repository:
    """titles: identifier number → title, or None for a tombstone; stamps: number → datestamp."""

    titles: dict[int, str | None]
    stamps: dict[int, datetime] = field(default_factory=dict)
    sets: tuple[str, ...] = ("all",)
    granularity: str = "YYYY-MM-DDThh:mm:ssZ"
    spoil: Callable[[Exchange], None] = lambda exchange: None
    asked: list[dict[str, str]] = field(default_factory=list)
    clock: datetime = NOW
    page: int = PAGE
    user_agents: set[str] = field(default_factory=set)

    def stamp(self, number: int) -> datetime:
        return self.stamps.get(number, NOW - timedelta(days=100) + timedelta(minutes=number))

    def selected(self, arguments: dict[str, str]) -> list[int]:
        low = arguments.get("from", "")
        high = arguments.get("until", "9999")
        width = len(low or high) if (low or "until" in arguments) else 20
        stamps = {number: f"{self.stamp(number):%Y-%m-%dT%H:%M:%SZ}"[:width] for number in self.titles}
        return sorted((n for n in self.titles if low <= stamps[n] <= high), key=lambda n: (self.stamp(n), n))


@dataclass
class Exchange:
    """One request and the answer being made. A fault changes the answer, or takes the sending over with `send`."""

    number: int
    arguments: dict[str, str]
    repository: Repository
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    send: Callable[[BaseHTTPRequestHandler, bytes], None] | None = None

    @property
    def place(self) -> int:
        """Which page of a list is asked for, from 0; -1 for other verbs."""
        if not self.arguments.get("verb", "").startswith("ListRec"):
            return -1
        token = self.arguments.get("resumptionToken")
        return 0 if token is None else int(token.split("!")[-1]) // self.repository.page

    def replace(self, old: bytes | str, new: bytes | str) -> None:
        old, new = (each.encode() if isinstance(each, str) else each for each in (old, new))
        self.body = self.body.replace(old, new)


def record(repository: Repository, number: int) -> str:
    title = repository.titles[number]
    head = (
        f"<identifier>oai:f:{number}</identifier><datestamp>{repository.stamp(number):%Y-%m-%dT%H:%M:%SZ}</datestamp>"
    )
    if title is None:
        return f'<record><header status="deleted">{head}</header></record>'
    return (
        f"<record><header>{head}<setSpec>all</setSpec></header><metadata>"
        f'<marc:record xmlns:marc="{MARC}"><marc:leader>00000nam a2200000 a 4500</marc:leader>'
        f'<marc:controlfield tag="001">{number}</marc:controlfield>'
        f'<marc:datafield tag="245" ind1="1" ind2="0"><marc:subfield code="a">{escape(title)}</marc:subfield>'
        "</marc:datafield></marc:record></metadata></record>"
    )


def answer(repository: Repository, arguments: dict[str, str]) -> str:
    verb = arguments.get("verb", "")
    if verb == "Identify":
        return (
            "<Identify><repositoryName>Faulty</repositoryName><baseURL>http://faulty/</baseURL>"
            "<protocolVersion>2.0</protocolVersion><adminEmail>a@example.vn</adminEmail>"
            "<earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp><deletedRecord>persistent</deletedRecord>"
            f"<granularity>{repository.granularity}</granularity></Identify>"
        )
    if verb == "ListMetadataFormats":
        return (
            "<ListMetadataFormats><metadataFormat><metadataPrefix>marcxml</metadataPrefix><schema>x</schema>"
            f"<metadataNamespace>{MARC}</metadataNamespace></metadataFormat></ListMetadataFormats>"
        )
    if verb == "ListSets":
        if not repository.sets:
            return '<error code="noSetHierarchy"/>'
        return f"<ListSets>{''.join(f'<set><setSpec>{each}</setSpec></set>' for each in repository.sets)}</ListSets>"
    if verb not in ("ListRecords", "ListIdentifiers"):
        return '<error code="badVerb"/>'
    return listed(repository, verb, arguments)


def listed(repository: Repository, verb: str, arguments: dict[str, str]) -> str:
    token = arguments.get("resumptionToken")
    if token is not None:
        low, high, start = token.split("!")
        bounds = {name: value for name, value in (("from", low), ("until", high)) if value}
        begin = int(start)
    else:
        bounds = {name: arguments[name] for name in ("from", "until") if name in arguments}
        begin = 0
        if arguments.get("set") not in (None, *repository.sets):
            return '<error code="noRecordsMatch"/>'
    numbers = repository.selected(bounds)
    if not numbers:
        return '<error code="noRecordsMatch">nothing</error>'
    body = "".join(record(repository, number) for number in numbers[begin : begin + repository.page])
    if verb == "ListIdentifiers":
        heads = [piece.partition("</header>")[0] for piece in body.split("<record>")[1:]]
        body = "".join(f"{head}</header>" for head in heads)
    if len(numbers) > repository.page:
        following = begin + repository.page
        text = f"{bounds.get('from', '')}!{bounds.get('until', '')}!{following}" if following < len(numbers) else ""
        body += f'<resumptionToken completeListSize="{len(numbers)}" cursor="{begin}">{text}</resumptionToken>'
    return f"<{verb}>{body}</{verb}>"


@contextmanager
def faulty(repository: Repository, context: Any = None) -> Iterator[str]:
    """The endpoint's address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            pairs = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
            arguments = {name: values[0] for name, values in pairs.items()}
            repository.asked.append(arguments)
            repository.user_agents.add(self.headers.get("User-Agent", ""))
            exchange = Exchange(len(repository.asked), arguments, repository)
            exchange.headers["Content-Type"] = "text/xml; charset=utf-8"
            exchange.body = (
                '<?xml version="1.0" encoding="UTF-8"?>\n'
                '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
                f"<responseDate>{repository.clock:%Y-%m-%dT%H:%M:%SZ}</responseDate>"
                f'<request verb="{escape(arguments.get("verb", ""))}">http://faulty/</request>'
                f"{answer(repository, arguments)}</OAI-PMH>"
            ).encode()
            repository.spoil(exchange)
            if exchange.send is not None:
                exchange.send(self, exchange.body)
                self.close_connection = True
                return
            self.send_response(exchange.status)
            for name, value in {"Content-Length": str(len(exchange.body)), **exchange.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(exchange.body)

        def log_message(self, *_: Any) -> None:
            """Tests read no access log."""

    with handling(Handler, context) as url:
        yield url + "/oai"


# --- ready-made faults ------------------------------------------------------------------------------------


def on_page(place: int, what: Callable[[Exchange], None], times: int = 1_000_000) -> Callable[[Exchange], None]:
    """`what` happens to that page of the list, the first so many times that it is asked for."""
    left = [times]

    def spoil(exchange: Exchange) -> None:
        if exchange.place == place and left[0] > 0:
            left[0] -= 1
            what(exchange)

    return spoil


def status(code: int, retry_after: str = "", body: bytes = b"no") -> Callable[[Exchange], None]:
    def what(exchange: Exchange) -> None:
        exchange.status, exchange.body = code, body
        if retry_after:
            exchange.headers["Retry-After"] = retry_after

    return what


def soon(seconds: float) -> str:
    """Retry-After as a date."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def replaced(old: bytes | str, new: bytes | str) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.replace(old, new)


def body(content: bytes) -> Callable[[Exchange], None]:
    def what(exchange: Exchange) -> None:
        exchange.body = content

    return what


def before(junk: bytes) -> Callable[[Exchange], None]:
    def what(exchange: Exchange) -> None:
        exchange.body = junk + exchange.body

    return what


def after(junk: bytes) -> Callable[[Exchange], None]:
    def what(exchange: Exchange) -> None:
        exchange.body += junk

    return what


def cut(at: float, declared: bool = True) -> Callable[[Exchange], None]:
    """The connection ends after this share of the bytes. declared: Content-Length tells the whole length."""

    def send(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        handler.send_response(200)
        if declared:
            handler.send_header("Content-Length", str(len(content)))
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(content[: int(len(content) * at)])

    def what(exchange: Exchange) -> None:
        exchange.send = send

    return what


def dripping(seconds: float) -> Callable[[Exchange], None]:
    """A byte every so many seconds."""

    def send(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        try:
            for byte in content:
                handler.wfile.write(bytes([byte]))
                handler.wfile.flush()
                time.sleep(seconds)
        except OSError:
            return  # the client had enough

    def what(exchange: Exchange) -> None:
        exchange.send = send

    return what


def gzip_unsaid(exchange: Exchange) -> None:
    exchange.body = gzip.compress(exchange.body)


def gzip_lie(exchange: Exchange) -> None:
    exchange.headers["Content-Encoding"] = "gzip"


def gzip_cut(exchange: Exchange) -> None:
    exchange.body = gzip.compress(exchange.body)[:-20]
    exchange.headers["Content-Encoding"] = "gzip"


def redirected(times: int = 1_000_000) -> Callable[[Exchange], None]:
    left = [times]

    def what(exchange: Exchange) -> None:
        if left[0] > 0:
            left[0] -= 1
            query = "&".join(f"{name}={value}" for name, value in exchange.arguments.items())
            exchange.status, exchange.body = 302, b""
            exchange.headers["Location"] = f"/oai?{query}"

    return what
