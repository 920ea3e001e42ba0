"""The SRU side of copy cataloguing, over HTTP on the loopback address."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from harvesters.sru_search import SruSearcher
from unioncat.model import BadQuery, SourceUnavailable, UnionCatError
from unioncat.model.target import Target, TargetQuery

RECORD = (
    "<record><recordSchema>marcxml</recordSchema><recordPacking>xml</recordPacking><recordData>"
    '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 i 4500</leader>'
    '<datafield tag="245" ind1="0" ind2="0"><subfield code="a">Title {}</subfield></datafield></record>'
    "</recordData></record>"
)


@contextmanager
def sru_server(total: int, cap: int = 10) -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """A server that finds `total` records and sends at most `cap` at once."""
    asked: list[dict[str, list[str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            asked.append(query)
            start, most = int(query["startRecord"][0]), min(int(query["maximumRecords"][0]), cap)
            last = min(start + most - 1, total)
            records = "".join(RECORD.format(number) for number in range(start, last + 1))
            following = f"<nextRecordPosition>{last + 1}</nextRecordPosition>" if last < total else ""
            body = (
                '<searchRetrieveResponse xmlns="http://www.loc.gov/zing/srw/"><version>1.1</version>'
                f"<numberOfRecords>{total}</numberOfRecords><records>{records}</records>{following}"
                "</searchRetrieveResponse>"
            ).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/db", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def test_records_from_a_position_on_over_several_answers() -> None:
    with sru_server(30) as (url, asked):
        target = Target("t", "t", "sru", url, syntax="marcxml")
        found = SruSearcher().search(target, TargetQuery(cql="dc.title = x"), start=5, count=12)
    assert found.total == 30
    assert [record.position for record in found.records] == list(range(5, 17))
    assert b"Title 5<" in found.records[0].data
    assert {record.format for record in found.records} == {"marcxml"}
    assert len(asked) == 2
    assert asked[0]["query"] == ["dc.title = x"]
    assert asked[0]["recordSchema"] == ["marcxml"]


def test_fewer_records_than_wanted_and_none() -> None:
    with sru_server(3) as (url, _):
        found = SruSearcher().search(Target("t", "t", "sru", url), TargetQuery(cql="x"), count=10)
        assert (found.total, len(found.records)) == (3, 3)
    with sru_server(0) as (url, _):
        assert SruSearcher().search(Target("t", "t", "sru", url), TargetQuery(cql="x")).total == 0


def test_what_cannot_be_asked() -> None:
    with pytest.raises(BadQuery):
        SruSearcher().search(Target("t", "t", "sru", "http://127.0.0.1:1/"), TargetQuery(pqf="@attr 1=4 x"))
    with pytest.raises(SourceUnavailable):
        SruSearcher().search(Target("t", "t", "sru", "http://127.0.0.1:1/"), TargetQuery(cql="x"), seconds=2)
    with pytest.raises(UnionCatError):
        SruSearcher().search(Target("t", "t", "sru", "gopher://x"), TargetQuery(cql="x"))
