"""From the octets of a request to the octets of its answer: one table, one function, no sockets."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from protocols.z3950.apdu import decode_pdu, encode_pdu
from protocols.z3950.association import Association, Response
from protocols.z3950.ber import MalformedBer
from protocols.z3950.charset import printable
from protocols.z3950.control import (
    CloseReason,
    close_of,
    delete,
    delete_failed,
    duplicates_failed,
    report,
    report_failed,
)
from protocols.z3950.diagnostics import Diagnostic, Z3950Error, diagnostic_of, number_of
from protocols.z3950.initialize import initialize
from protocols.z3950.presenting import present, present_failed
from protocols.z3950.scanning import scan, scan_failed
from protocols.z3950.searching import search, search_failed
from protocols.z3950.sorting import sort, sort_failed
from protocols.z3950.updating import extended_services, extended_services_failed
from unioncat.model import UnionCatError

__all__ = ["Answer", "answer", "farewell", "too_slow"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """octets: APDUs one behind the other; b"" for a request that gets none. close: hang up after them."""

    octets: bytes
    close: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """One kind of request: what answers it, and what answer it gets when something is wrong with it."""

    handle: Callable[[Association, dict[str, Any]], Response | list[Response]]
    failed: Callable[[Diagnostic], Response]


def _no_duplicates(association: Association, request: dict[str, Any]) -> Response:
    raise Z3950Error("unsupported_search", "duplicate detection")


SERVICES: dict[str, Service] = {
    "searchRequest": Service(search, search_failed),
    "presentRequest": Service(present, present_failed),
    "scanRequest": Service(scan, scan_failed),
    "sortRequest": Service(sort, sort_failed),
    "deleteResultSetRequest": Service(delete, delete_failed),
    "resourceReportRequest": Service(report, report_failed),
    "extendedServicesRequest": Service(extended_services, extended_services_failed),
    "duplicateDetectionRequest": Service(_no_duplicates, duplicates_failed),
}

UNANSWERED = frozenset({"triggerResourceControlRequest", "resourceControlResponse", "accessControlResponse"})
"""Requests that the standard leaves without an answer, and answers to what we never ask."""


def _encode(responses: list[Response], reference: bytes | None) -> bytes:
    parts = []
    for name, value in responses:
        if reference is not None:
            value["referenceId"] = reference
        parts.append(encode_pdu(name, value))
    return parts[0] if len(parts) == 1 else b"".join(parts)


def farewell(reason: int, message: str = "", reference: bytes | None = None) -> Answer:
    """A Close of ours, after which the connection ends."""
    return Answer(_encode([close_of(reason, message)], reference), close=True)


_REMEMBERED = 512
"""Octets of the longest request that is remembered with what it says: clients repeat their small ones."""


@lru_cache(maxsize=2_048)
def _known(octets: bytes) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Name and value of a small APDU, never changed by anybody, and a memo of what was worked out of it."""
    return (*decode_pdu(octets), {})


def answer(association: Association, octets: bytes) -> Answer:
    """Answers one APDU. Never raises: a fault of ours is logged, and the client gets diagnostic 2 (temporary error)."""
    try:
        if len(octets) <= _REMEMBERED:
            name, request, association.memo = _known(octets)
        else:
            (name, request), association.memo = decode_pdu(octets), {}
    except MalformedBer as error:
        return farewell(CloseReason.PROTOCOL_ERROR, printable(error))
    reference = request.get("referenceId")
    try:
        return _answered(association, name, request, reference)
    except Exception:
        log.exception("%s from %s", name, printable(association.peer))
        service = SERVICES.get(name)
        if service is None:
            return farewell(CloseReason.SYSTEM_PROBLEM, reference=reference)
        return Answer(_encode([service.failed(Diagnostic(number_of("temporary_error")))], reference))


def _answered(association: Association, name: str, request: dict[str, Any], reference: bytes | None) -> Answer:
    if name == "initRequest":
        response = initialize(association, request)
        return Answer(_encode([response], reference), close=not association.opened)
    if name == "close":
        return farewell(CloseReason.FINISHED, reference=reference)
    if not association.opened:
        return farewell(CloseReason.PROTOCOL_ERROR, "Init?", reference)
    if name in UNANSWERED:
        return Answer(b"")
    service = SERVICES.get(name)
    if service is None:
        return farewell(CloseReason.PROTOCOL_ERROR, name, reference)
    try:
        given = service.handle(association, request)
        responses = given if isinstance(given, list) else [given]
    except UnionCatError as error:
        responses = [service.failed(diagnostic_of(error))]
    return Answer(_encode(responses, reference))


def too_slow(octets: bytes) -> Answer:
    """The answer to a request that takes too long: diagnostic 31 where the request has an answer with one."""
    try:
        name, request = decode_pdu(octets)
    except MalformedBer as error:
        return farewell(CloseReason.PROTOCOL_ERROR, printable(error))
    service = SERVICES.get(name)
    if service is None:
        return farewell(CloseReason.RESOURCES)
    response = service.failed(Diagnostic(number_of("resources_no_results")))
    return Answer(_encode([response], request.get("referenceId")))
