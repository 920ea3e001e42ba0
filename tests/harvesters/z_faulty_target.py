"""A Z39.50 target that does what real ones do: caps, refusals, broken records, hang-ups. Threads, blocking sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from protocols.z3950 import ber, oids
from protocols.z3950.apdu import decode_pdu, encode_pdu

Sent = tuple[str, dict[str, Any]]


def diagnostic(condition: int, addinfo: str = "") -> dict[str, Any]:
    return {"diagnosticSetId": oids.DIAG_BIB_1, "condition": condition, "addinfo": ("v2Addinfo", addinfo)}


def marc(number: int) -> bytes:
    body = b"\x1e" + f"n{number:05d}".encode() + b"\x1e00\x1faTitle " + str(number).encode() + b"\x1e\x1d"
    first, second = 7, len(body) - 9
    directory = f"001{first:04d}00000245{second:04d}{first:05d}".encode()
    length = 24 + len(directory) + len(body)
    return f"{length:05d}nam a22{24 + len(directory) + 1:05d}   4500".encode() + directory + body


@dataclass
class FaultyTarget:
    """records: how many a search finds, by the text of its first term, or `hits`.

    cap:            most records in one present; more is a diagnostic
    broken:         positions that can be had in no syntax
    only_xml:       positions that can be had as XML only
    hang_up_after:  answers on one connection before it hangs up; 0: never
    """

    hits: int = 10
    by_term: dict[str, int] = field(default_factory=dict)
    cap: int = 1_000
    broken: frozenset[int] = frozenset()
    only_xml: frozenset[int] = frozenset()
    hang_up_after: int = 0
    refuse_query: int = 0
    silent: bool = False
    before_answer: Callable[[str, dict[str, Any]], bytes | None] = lambda name, value: None
    asked: list[Sent] = field(default_factory=list)
    total: int = 0

    def search(self, value: dict[str, Any]) -> Sent:
        response = {"resultCount": 0, "numberOfRecordsReturned": 0, "nextResultSetPosition": 1, "searchStatus": True}
        if self.refuse_query:
            found = ("nonSurrogateDiagnostic", diagnostic(self.refuse_query, "1"))
            return "searchResponse", response | {"searchStatus": False, "records": found}
        text = repr(value["query"])
        self.total = next((count for term, count in self.by_term.items() if repr(term.encode()) in text), self.hits)
        return "searchResponse", response | {"resultCount": self.total}

    def present(self, value: dict[str, Any]) -> Sent:
        start, count = value["resultSetStartPoint"], value["numberOfRecordsRequested"]
        syntax = value["preferredRecordSyntax"]
        response: dict[str, Any] = {"numberOfRecordsReturned": 0, "nextResultSetPosition": 0, "presentStatus": 5}
        if count > self.cap:
            return "presentResponse", response | {"records": ("nonSurrogateDiagnostic", diagnostic(14))}
        if syntax not in (oids.USMARC, oids.TEXT_XML):
            return "presentResponse", response | {"records": ("nonSurrogateDiagnostic", diagnostic(239))}
        records: list[dict[str, Any]] = []
        for position in range(start, start + count):
            if position in self.broken or (position in self.only_xml and syntax == oids.USMARC):
                records.append({"record": ("surrogateDiagnostic", ("defaultFormat", diagnostic(238)))})
                continue
            data = marc(position) if syntax == oids.USMARC else f"<record>{position}</record>".encode()
            external = {"direct-reference": syntax, "encoding": ("octet-aligned", data)}
            records.append({"record": ("retrievalRecord", external)})
        return "presentResponse", response | {
            "presentStatus": 0,
            "numberOfRecordsReturned": len(records),
            "records": ("responseRecords", records),
        }

    def answer(self, name: str, value: dict[str, Any]) -> Sent | None:
        if name == "initRequest":
            return "initResponse", {
                "protocolVersion": value["protocolVersion"],
                "options": value["options"],
                "preferredMessageSize": 1_000_000,
                "exceptionalRecordSize": 1_000_000,
                "result": True,
                "implementationName": "faulty\n\x1b[31m",
            }
        if name == "searchRequest":
            return self.search(value)
        if name == "presentRequest":
            return self.present(value)
        return ("close", {"closeReason": 0}) if name == "close" else None

    def serve(self, connection: socket.socket) -> None:
        framer = ber.Framer(1_000_000)
        answers = 0
        with connection:
            while True:
                while (pdu := framer.next()) is None:
                    try:
                        data = connection.recv(65_536)
                    except OSError:
                        return
                    if not data:
                        return
                    framer.feed(data)
                name, value = decode_pdu(pdu)
                self.asked.append((name, value))
                if self.silent:
                    continue
                octets = self.before_answer(name, value)
                if octets is None:
                    answer = self.answer(name, value)
                    if answer is None:
                        return
                    octets = encode_pdu(*answer)
                connection.sendall(octets)
                answers += 1
                if self.hang_up_after and answers >= self.hang_up_after:
                    return


@contextmanager
def running(target: FaultyTarget) -> Iterator[str]:
    """The address of the target, ``127.0.0.1:port/Default``."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=target.serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}/Default"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
