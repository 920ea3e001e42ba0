"""A small catalogue behind the real engine, and a server for it on a free port of the loopback address."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from protocols.z3950 import ber
from protocols.z3950.apdu import OPTIONS, decode_pdu, encode_pdu
from protocols.z3950.association import Parts
from protocols.z3950.limits import Limits
from protocols.z3950.pqf import parse_pqf
from protocols.z3950.records import RecordWriter
from protocols.z3950.server import Z3950Server
from protocols.z3950.wiring import read_cql
from unioncat.marc import Field, Indicators, Record, Subfield, from_json, to_json, to_marcxml
from unioncat.marc.formats import ExportRecord
from unioncat.model import ClusterId, Holding, Item, Member, MemberCode, RecordKey, UnionRecord, public_id
from unioncat.search import document_from_json, open_writer
from unioncat.search.tantivy_engine import TantivyEngine
from unioncat.services.oai_sets import set_specs

STAMP = datetime(2026, 5, 22, 10, 30, tzinfo=UTC)
MEMBERS = {
    MemberCode(code): Member(MemberCode(code), name, kind, english)
    for code, name, kind, english in (
        ("VN-BT", "Thư viện Nguyễn Đình Chiểu", "public", "Nguyen Dinh Chieu Library"),
        ("VN-MC", "Thư viện Mỏ Cày", "district", "Mo Cay Library"),
        ("VN-CD", "Thư viện Cao đẳng Bến Tre", "college", ""),
        ("VN-TH", "Thư viện THPT", "school", ""),
    )
} | {MemberCode("VN-OLD"): Member(MemberCode("VN-OLD"), "Thư viện cũ", "school", active=False)}

# title, author, year, isbn, subject, language, libraries
BOOKS: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    ("Truyện Kiều", "Nguyễn Du", "1999", "9786049123450", "Văn học Việt Nam", "vie", "VN-BT VN-MC VN-CD VN-TH"),
    ("Lục Vân Tiên", "Nguyễn Đình Chiểu", "2005", "", "Văn học Việt Nam", "vie", "VN-BT"),
    ("Truyện Kiều chú giải", "Nguyễn Du", "2010", "", "Thơ", "vie", "VN-MC"),
    ("Bến Tre đất và người", "Thạch Phương", "2001", "", "Bến Tre", "vie", "VN-BT VN-CD"),
    ("Đồng khởi Bến Tre", "Nguyễn Thị Định", "1968", "", "Lịch sử", "vie", "VN-BT"),
    ("Introduction to algorithms", "Cormen, Thomas H.", "2009", "9780262033848", "Computer algorithms", "eng", "VN-CD"),
    ("The art of computer programming", "Knuth, Donald E.", "1997", "", "Computer algorithms", "eng", "VN-CD"),
    ("Dừa trong đời sống Bến Tre", "Lư Văn Hội", "2015", "", "Cây dừa", "vie", "VN-BT VN-TH"),
    ("Café d'Orient", "Müller, Ängela", "1950", "", "Roman", "fre", "VN-BT"),
    ("Kỹ thuật trồng dừa", "Nguyễn Văn A", "2003", "", "Cây dừa", "vie", "VN-MC"),
)


def make_record(number: int, book: Sequence[str]) -> Record:
    title, author, year, isbn, subject, language, _ = book
    record = Record(leader="00000nam a2200000 i 4500")
    record.add_field(Field("001", data=public_id(ClusterId(number))))
    record.add_field(Field("008", data=f"050101s{year}    vm            000 0 {language}  "))

    def add(tag: str, first: str, second: str, **subfields: str) -> None:
        parts = [Subfield(code, value) for code, value in subfields.items()]
        record.add_field(Field(tag, Indicators(first, second), parts))

    if isbn:
        add("020", " ", " ", a=isbn)
    add("100", "0", " ", a=author)
    add("245", "1", "0", a=title, c=author)
    add("260", " ", " ", a="Bến Tre", b="NXB Trẻ", c=year)
    add("650", " ", "4", a=subject)
    return record


class SmallCatalogue:
    """In memory, with the methods of ``services.catalogue.Catalogue`` that the server uses."""

    def __init__(self, books: Sequence[Sequence[str]] = BOOKS) -> None:
        self.by_id: dict[ClusterId, UnionRecord] = {}
        for number, book in enumerate(books, 1):
            cluster = ClusterId(number)
            holdings = tuple(
                Holding(
                    MemberCode(code),
                    RecordKey(f"{code}/{number}"),
                    call_number=f"895.92 {code[-1]}{number}",
                    location="Kho mở",
                    copies=2,
                    local_id=f"{code}-{number}",
                    items=(Item("b1", None, None), Item("b2", None, None)),
                )
                for code in book[6].split()
            )
            record = make_record(number, book)
            sets = set_specs(record, holdings, MEMBERS)
            self.by_id[cluster] = UnionRecord(
                cluster, to_json(record), b"f", STAMP, STAMP, holdings=holdings, sets=sets
            )
        self.reads = 0

    def records(self, clusters: Sequence[ClusterId]) -> list[UnionRecord]:
        self.reads += len(clusters)
        return [self.by_id[each] for each in clusters if each in self.by_id]

    def marc(self, clusters: Sequence[ClusterId]) -> dict[ClusterId, bytes]:
        return {each.id: each.marc for each in self.records(clusters)}

    def members(self) -> Mapping[MemberCode, Member]:
        return MEMBERS

    def export(self, record: UnionRecord, base_url: str = "") -> ExportRecord:
        return ExportRecord(record.public_id, from_json(record.marc), record.datestamp, record.holdings, MEMBERS)


class Marcxml:
    name = "marcxml"
    media_type = "application/marcxml+xml"
    extension = "xml"
    namespace = "http://www.loc.gov/MARC21/slim"
    schema = ""

    def render(self, export: ExportRecord) -> bytes:
        return to_marcxml(export.record)


class Dc(Marcxml):
    name = "oai_dc"
    namespace = "http://www.openarchives.org/OAI/2.0/oai_dc/"

    def render(self, export: ExportRecord) -> bytes:
        return b'<dc xmlns="http://www.openarchives.org/OAI/2.0/oai_dc/"/>'


def build_index(folder: Path, catalogue: SmallCatalogue) -> TantivyEngine:
    writer = open_writer(f"tantivy://{folder}")
    writer.put(
        document_from_json(
            record.marc,
            record.holdings,
            MEMBERS,
            STAMP,
            cluster=record.id,
            created=STAMP,
            sets=record.sets,
            version=int(record.id),
        )
        for record in catalogue.by_id.values()
    )
    writer.commit(1)
    writer.close()
    return TantivyEngine(folder)


def make_parts(folder: Path, *, limits: Limits | None = None, books: Any = BOOKS, **more: Any) -> Parts:
    catalogue = SmallCatalogue(books)
    engine = build_index(folder, catalogue)
    writer = RecordWriter(catalogue, {"marcxml": Marcxml(), "oai_dc": Dc()})
    return Parts(engine, catalogue, engine, writer, limits or Limits(), read_cql, **more)


@contextmanager
def served(parts: Parts) -> Iterator[tuple[str, int]]:
    """The server in a thread with an event loop of its own; gives its address."""
    loop = asyncio.new_event_loop()
    server = Z3950Server(parts, "127.0.0.1", 0)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
    try:
        yield server.address
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(1.0), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


class Peer:
    """A client of few words: sends values of APDUs, gives back values of APDUs."""

    def __init__(self, address: tuple[str, int], *, init: bool = True, **init_values: Any) -> None:
        self.socket = socket.create_connection(address, timeout=10)
        self.framer = ber.Framer(50_000_000)
        if init:
            self.init_response = self.ask("initRequest", init_request(**init_values))[1]

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *exc: object) -> None:
        self.socket.close()

    def send(self, name: str, value: dict[str, Any]) -> None:
        self.socket.sendall(encode_pdu(name, value))

    def receive(self) -> tuple[str, dict[str, Any]] | None:
        """The next APDU; None when the server has hung up."""
        while (pdu := self.framer.next()) is None:
            try:
                data = self.socket.recv(65_536)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self.framer.feed(data)
        return decode_pdu(pdu)

    def ask(self, name: str, value: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        self.send(name, value)
        received = self.receive()
        assert received is not None
        return received

    def search(self, pqf: str, **more: Any) -> dict[str, Any]:
        return self.ask("searchRequest", search_request(pqf, **more))[1]

    def present(self, start: int = 1, count: int = 1, **more: Any) -> dict[str, Any]:
        return self.ask("presentRequest", present_request(start, count, **more))[1]


def init_request(**more: Any) -> dict[str, Any]:
    return {
        "protocolVersion": frozenset({0, 1, 2}),
        "options": frozenset(OPTIONS.values()),
        "preferredMessageSize": 1_048_576,
        "exceptionalRecordSize": 1_048_576,
    } | more


def search_request(pqf: str, **more: Any) -> dict[str, Any]:
    return {
        "smallSetUpperBound": 0,
        "largeSetLowerBound": 1,
        "mediumSetPresentNumber": 0,
        "replaceIndicator": True,
        "resultSetName": "default",
        "databaseNames": ["Default"],
        "query": ("type-1", parse_pqf(pqf)) if pqf else ("type-2", b""),
    } | more


def present_request(start: int, count: int, **more: Any) -> dict[str, Any]:
    return {"resultSetId": "default", "resultSetStartPoint": start, "numberOfRecordsRequested": count} | more


def condition(response: dict[str, Any]) -> int | None:
    """Condition of the (first) non-surrogate diagnostic of a response."""
    if "records" in response and response["records"][0] == "nonSurrogateDiagnostic":
        return int(response["records"][1]["condition"])
    if "entries" in response and "nonsurrogateDiagnostics" in response["entries"]:
        return int(response["entries"]["nonsurrogateDiagnostics"][0][1]["condition"])
    if response.get("diagnostics"):
        return int(response["diagnostics"][0][1]["condition"])
    return None
