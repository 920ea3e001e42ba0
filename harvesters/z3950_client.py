"""A Z39.50 client on a blocking socket: init, search, present, each within a deadline."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from protocols.z3950 import ber, oids
from protocols.z3950.apdu import OPTIONS, decode_pdu, encode_pdu
from protocols.z3950.asn1 import INTERNATIONAL_STRING
from protocols.z3950.ber import MalformedBer
from protocols.z3950.charset import printable, propose_utf8
from protocols.z3950.diagnostics import text_of_condition
from protocols.z3950.structures import OPAC_RECORD
from unioncat.model import BadQuery, ConfigError, SourceUnavailable

__all__ = ["Address", "Diagnosed", "Hits", "Retrieved", "Z3950Client", "batches", "cql_query", "parse_address"]

MAX_PDU = 64 * 1024 * 1024
MESSAGE_SIZE = 4 * 1024 * 1024
DEFAULT_PORT = 210
_WANTED = ("search", "present", "delSet", "scan", "sort", "namedResultSets", "negotiationModel", "queryType104")
_QUERY_CONDITIONS = frozenset({3, 6, 7, 9, 11, *range(107, 133), 201, 202, 203, 229, 245, 246, 247})
"""Conditions that say: not that query. A retry would be in vain, another query might do."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a target is. databases: at least one."""

    host: str
    port: int
    databases: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.host}:{self.port}/{'+'.join(self.databases)}"


def parse_address(text: str) -> Address:
    """``host``, ``host:port``, ``host:port/database`` or ``…/database+database``. Raises ConfigError."""
    place, _, databases = text.strip().removeprefix("tcp:").removeprefix("z3950://").partition("/")
    host, colon, port = place.rpartition(":") if ":" in place else (place, "", "")
    if place.startswith("["):  # IPv6
        host, _, rest = place[1:].partition("]")
        port = rest.removeprefix(":")
        colon = port
    number = int(port) if port.isascii() and port.isdecimal() else 0
    if not host or (colon and not 0 < number < 65_536):
        raise ConfigError(f"{text!r} is no Z39.50 address; it looks like host:210/database")
    return Address(host, number or DEFAULT_PORT, tuple(part for part in databases.split("+") if part) or ("Default",))


class Diagnosed(SourceUnavailable):
    """The target answered with a diagnostic of set Bib-1.

    condition: its number; 0 if it is of another set
    """

    def __init__(self, condition: int, addinfo: str) -> None:
        self.condition = condition
        self.addinfo = addinfo
        meaning = text_of_condition(condition) or "diagnostic"
        super().__init__(f"{meaning} [{condition}] {addinfo}".rstrip())


@dataclass(frozen=True, slots=True)
class Hits:
    """records: what came with the search response (piggy-back), from position 1."""

    total: int
    records: tuple[Retrieved, ...] = ()


@dataclass(frozen=True, slots=True)
class Retrieved:
    """One record as it came. syntax: OID. error: why there is none (a surrogate diagnostic); None if there is one."""

    syntax: str
    data: bytes
    error: Diagnosed | None = None


def _diagnosed(value: dict[str, Any]) -> Diagnosed:
    condition = value["condition"] if value["diagnosticSetId"] == oids.DIAG_BIB_1 else 0
    return Diagnosed(condition, printable(value["addinfo"][1]))


def _of_record(entry: dict[str, Any]) -> Retrieved:
    kind, value = entry["record"]
    if kind == "retrievalRecord":
        try:
            return _of_external(value)
        except MalformedBer as error:
            return Retrieved("", b"", Diagnosed(0, f"the record is broken: {printable(error)}"))
    if kind == "surrogateDiagnostic":
        form, diagnostic = value
        return Retrieved("", b"", _diagnosed(diagnostic) if form == "defaultFormat" else Diagnosed(0, ""))
    return Retrieved("", b"", Diagnosed(0, kind))


def _of_external(external: dict[str, Any]) -> Retrieved:
    """A record as octets; of an OPAC record, the bibliographic part."""
    syntax = external.get("direct-reference", oids.USMARC)
    form, data = external["encoding"]
    if form == "octet-aligned":
        return Retrieved(syntax, bytes(data))
    if form != "single-ASN1-type":
        raise MalformedBer("a bit string")
    _, content = ber.parse(data)
    if syntax == oids.OPAC:
        inner = OPAC_RECORD.read(0, content).get("bibliographicRecord")
        if inner is None or inner.get("direct-reference") == oids.OPAC:
            raise MalformedBer("an OPAC record without a bibliographic one")
        return _of_external(inner)
    return Retrieved(syntax, bytes(data) if isinstance(content, list) else content)


class Z3950Client:
    """One association. Not for several threads.

    seconds:      for each answer, however slowly it drips
    credentials:  ``user/password`` or ``group/user/password``; "" for an anonymous one
    """

    def __init__(self, address: Address, *, seconds: float = 30.0, credentials: str = "", language: str = "") -> None:
        self.address = address
        self.name = ""
        self.version3 = False
        self.utf8 = False
        self._seconds = seconds
        self._framer = ber.Framer(MAX_PDU)
        self._socket: socket.socket | None = None
        self._end = time.monotonic() + seconds
        try:
            self._socket = socket.create_connection((address.host, address.port), timeout=seconds)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            raise SourceUnavailable(f"{address}: {error}") from error
        try:
            self._initialize(credentials, language)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Z3950Client:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    # ------------------------------------------------------------ one question, one answer

    def _unavailable(self, reason: object) -> SourceUnavailable:
        self.close()
        return SourceUnavailable(f"{self.address}: {printable(reason)}")

    def _send(self, name: str, value: dict[str, Any]) -> None:
        if self._socket is None:
            raise SourceUnavailable(f"{self.address}: the association has ended")
        self._end = time.monotonic() + self._seconds
        try:
            self._socket.settimeout(self._seconds)
            self._socket.sendall(encode_pdu(name, value))
        except OSError as error:
            raise self._unavailable(error) from error

    def _receive(self) -> tuple[str, dict[str, Any]]:
        if self._socket is None:
            raise SourceUnavailable(f"{self.address}: the association has ended")
        try:
            while (pdu := self._framer.next()) is None:
                left = self._end - time.monotonic()
                if left <= 0:
                    raise self._unavailable(f"no answer within {self._seconds:g} s")
                self._socket.settimeout(left)
                data = self._socket.recv(262_144)
                if not data:
                    raise self._unavailable("hung up")
                self._framer.feed(data)
            return decode_pdu(pdu)
        except TimeoutError:
            raise self._unavailable(f"no answer within {self._seconds:g} s") from None
        except OSError as error:
            raise self._unavailable(error) from error
        except MalformedBer as error:
            raise self._unavailable(f"not Z39.50: {error}") from error

    def _answer(self, wanted: str) -> dict[str, Any]:
        """The response of kind `wanted`. A Close, or anything else, ends the association."""
        name, value = self._receive()
        if name == wanted:
            return value
        if name == "close":
            message = value.get("diagnosticInformation", "")
            raise self._unavailable(f"closed the association (reason {value['closeReason']}) {message}".rstrip())
        raise self._unavailable(f"{name} instead of {wanted}")

    def _initialize(self, credentials: str, language: str) -> None:
        request: dict[str, Any] = {
            "protocolVersion": frozenset({0, 1, 2}),
            "options": frozenset(OPTIONS[name] for name in _WANTED),
            "preferredMessageSize": MESSAGE_SIZE,
            "exceptionalRecordSize": MAX_PDU,
            "implementationId": "UnionCat",
            "implementationName": "UnionCat",
            "implementationVersion": "0.1.0",
            "otherInfo": [propose_utf8(language)],
        }
        if credentials:
            request["idAuthentication"] = _authentication(credentials)
        self._send("initRequest", request)
        response = self._answer("initResponse")
        if not response["result"]:
            self.close()
            raise ConfigError(f"{self.address} refuses us: it wants other credentials, or another version of Z39.50")
        self.version3 = 2 in response["protocolVersion"]
        self.utf8 = OPTIONS["negotiationModel"] in response["options"]
        self.name = printable(response.get("implementationName", ""))
        self._named_sets = OPTIONS["namedResultSets"] in response["options"]

    def search(
        self,
        query: tuple[str, Any],
        *,
        databases: Sequence[str] = (),
        name: str = "default",
        piggyback: int = 0,
        syntax: str = oids.USMARC,
    ) -> Hits:
        """query: ("type-1", RPNQuery) or a query made by `cql_query`. piggyback: records wanted at once.

        Raises Diagnosed, or BadQuery if the target does not take the query.
        """
        self._send(
            "searchRequest",
            {
                "smallSetUpperBound": piggyback,
                "largeSetLowerBound": piggyback + 1,
                "mediumSetPresentNumber": 0,
                "replaceIndicator": True,
                "resultSetName": name if self._named_sets else "default",
                "databaseNames": list(databases or self.address.databases),
                "preferredRecordSyntax": syntax,
                "query": query,
            },
        )
        response = self._answer("searchResponse")
        kind, records = response.get("records", ("responseRecords", []))
        if not response["searchStatus"]:
            error = _first_diagnostic(kind, records)
            if error.condition in _QUERY_CONDITIONS:
                raise BadQuery("target", f"{error.condition} {error.addinfo}", f"{self.address}: {error}")
            raise error
        found = tuple(map(_of_record, records)) if kind == "responseRecords" else ()
        return Hits(response["resultCount"], found)

    def present(
        self, start: int, count: int, *, syntax: str = oids.USMARC, elements: str = "F", name: str = "default"
    ) -> list[Retrieved]:
        """Records from position `start` (from 1); fewer than `count` if that is all the target sends at once.

        Raises Diagnosed if it sends none of them.
        """
        request: dict[str, Any] = {
            "resultSetId": name if self._named_sets else "default",
            "resultSetStartPoint": start,
            "numberOfRecordsRequested": count,
            "preferredRecordSyntax": syntax,
        }
        if elements:
            request["recordComposition"] = ("simple", ("genericElementSetName", elements))
        self._send("presentRequest", request)
        found: list[Retrieved] = []
        while True:
            answered, response = self._receive()
            if answered == "segmentRequest":
                found += map(_of_record, response["segmentRecords"])
                continue
            break
        if answered != "presentResponse":
            raise self._unavailable(f"{answered} instead of presentResponse")
        kind, records = response.get("records", ("responseRecords", []))
        if kind != "responseRecords":
            raise _first_diagnostic(kind, records)
        found += map(_of_record, records)
        return found

    def say_goodbye(self) -> None:
        """Close as version 3 has it; errors do not matter any more."""
        if self._socket is not None and self.version3:
            try:
                self._seconds = min(self._seconds, 2.0)
                self._send("close", {"closeReason": 0})
                self._receive()
            except SourceUnavailable:
                pass
        self.close()


def _first_diagnostic(kind: str, records: Any) -> Diagnosed:
    if kind == "nonSurrogateDiagnostic":
        return _diagnosed(records)
    if kind == "multipleNonSurDiagnostics" and records and records[0][0] == "defaultFormat":
        return _diagnosed(records[0][1])
    return Diagnosed(0, "no reason given")


def _authentication(credentials: str) -> tuple[str, Any]:
    parts = credentials.split("/", 2)
    if len(parts) == 1:
        return "open", credentials
    group, user, password = parts if len(parts) == 3 else ("", *parts)
    value = {"userId": user, "password": password}
    return "idPass", {"groupId": group, **value} if group else value


def cql_query(text: str) -> tuple[str, Any]:
    """A type-104 query with a CQL text."""
    octets = INTERNATIONAL_STRING.write(text)
    return "type-104", {"direct-reference": oids.CQL, "encoding": ("single-ASN1-type", octets)}


def batches(
    client: Z3950Client,
    start: int,
    total: int,
    size: int,
    syntaxes: Sequence[str],
    elements: str,
    name: str = "default",
) -> Iterator[tuple[int, list[Retrieved]]]:
    """Records `start` to `total`, (position of the first, records) a batch, whatever the target can stand.

    A batch that fails is halved, down to one record; one record that fails is asked for in the other syntaxes;
    one that cannot be had at all comes with its error, so that no position is left out. After a success
    the batches grow again. Raises SourceUnavailable when the association ends, or when not one of the first
    records could be had in any syntax.
    """
    position = start
    wanted = size
    refused_in_a_row = 0
    delivered = False
    while position <= total:
        count = min(wanted, total - position + 1)
        try:
            records = client.present(position, count, syntax=syntaxes[0], elements=elements, name=name)
        except Diagnosed as error:
            if count > 1:
                wanted = max(count // 2, 1)
                continue
            records = [_otherwise(client, position, syntaxes[1:], elements, name, error)]
        if not records:
            if count > 1:
                wanted = max(count // 2, 1)
                continue
            records = [_otherwise(client, position, syntaxes[1:], elements, name, Diagnosed(0, "no record was sent"))]
        records = [
            _otherwise(client, position + place, syntaxes[1:], elements, name, record.error) if record.error else record
            for place, record in enumerate(records[:count])
        ]
        failed = all(record.error for record in records)
        delivered = delivered or not failed
        refused_in_a_row = refused_in_a_row + len(records) if failed else 0
        if not delivered and refused_in_a_row >= min(_GIVE_UP, total - start + 1):
            raise SourceUnavailable(f"{client.address} finds {total} records and sends none: {records[-1].error}")
        yield position, records
        position += len(records)
        if len(records) >= count:
            wanted = min(size, wanted * 2)


_GIVE_UP = 5


def _otherwise(
    client: Z3950Client, position: int, syntaxes: Sequence[str], elements: str, name: str, error: Diagnosed
) -> Retrieved:
    """One record in another syntax, or the error."""
    for syntax in syntaxes:
        for set_name in dict.fromkeys((elements, "")):
            try:
                records = client.present(position, 1, syntax=syntax, elements=set_name, name=name)
            except Diagnosed:
                continue
            if records and records[0].error is None:
                return records[0]
    return Retrieved("", b"", error)
