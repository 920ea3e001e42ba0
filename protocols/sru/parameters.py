"""Parameters of the three operations, version by version, as a table; and the reading of one request.

A request is taken apart completely before anything is searched: every complaint about it is known at once.
Complaints that stop the operation are `fatal`; about others the client is told beside the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from protocols.sru.diagnostics import Diagnostic, of_kind
from protocols.sru.dialects import BY_VERSION, LATEST, V12, V20, Dialect

__all__ = ["DEFAULT_RECORDS", "MAX_RECORDS", "MAX_TERMS", "MAX_TTL", "OPERATIONS", "Request", "read"]

DEFAULT_RECORDS, MAX_RECORDS = 10, 250
DEFAULT_TERMS, MAX_TERMS = 20, 500
MAX_TTL = 3600

Reader = Callable[[str], Any]


def _number(low: int) -> Reader:
    def read_number(text: str) -> int:
        plain = text.strip()
        if not (plain.isascii() and plain.isdigit() and len(plain) <= 15) or int(plain) < low:
            raise ValueError(text)
        return int(plain)

    return read_number


def _text(text: str) -> str:
    return text


def _one_of(*values: str) -> Reader:
    def read_word(text: str) -> str:
        if text.lower() not in values:
            raise ValueError(text)
        return text.lower()

    return read_word


@dataclass(frozen=True, slots=True)
class Parameter:
    """kind: of the complaint about a wrong value; its details are the name, or the value if `says_value`."""

    read: Reader = _text
    default: Any = None
    required: bool = False
    versions: frozenset[str] = frozenset(BY_VERSION)
    kind: str = "bad_parameter"
    says_value: bool = False


_V1, _V2 = frozenset({"1.1", "1.2"}), frozenset({"2.0"})
_PACKING = {"kind": "unsupported_packing", "says_value": True}

_COMMON = {
    "operation": Parameter(),
    "version": Parameter(),
    "stylesheet": Parameter(),
    "httpAccept": Parameter(versions=_V2),
    "renderedBy": Parameter(_one_of("client", "server"), versions=_V2),
    "responseType": Parameter(versions=_V2),
}

OPERATIONS: Mapping[str, Mapping[str, Parameter]] = {
    "searchRetrieve": {
        **_COMMON,
        "query": Parameter(required=True),
        "startRecord": Parameter(_number(1), 1),
        "maximumRecords": Parameter(_number(0), DEFAULT_RECORDS),
        "recordPacking": Parameter(_one_of("xml", "string"), "xml", versions=_V1, **_PACKING),  # type: ignore[arg-type]
        "recordXMLEscaping": Parameter(_one_of("xml", "string"), "xml", versions=_V2, **_PACKING),  # type: ignore[arg-type]
        "recordSchema": Parameter(),
        "recordXPath": Parameter(versions=_V1),
        "resultSetTTL": Parameter(_number(0), 0),
        "sortKeys": Parameter(),
        "queryType": Parameter(_one_of("cql"), "cql", versions=_V2, says_value=True),
        "facetLimit": Parameter(versions=_V2),
        "facetStart": Parameter(_number(1), 1, versions=_V2),
        "facetSort": Parameter(versions=_V2),
        "extraRequestData": Parameter(),
    },
    "scan": {
        **_COMMON,
        "scanClause": Parameter(required=True),
        "responsePosition": Parameter(_number(0), 1, kind="position_out_of_range", says_value=True),
        "maximumTerms": Parameter(_number(1), DEFAULT_TERMS),
        "extraRequestData": Parameter(),
    },
    "explain": {
        **_COMMON,
        "recordPacking": Parameter(_one_of("xml", "string"), "xml", versions=_V1, **_PACKING),  # type: ignore[arg-type]
        "recordXMLEscaping": Parameter(_one_of("xml", "string"), "xml", versions=_V2, **_PACKING),  # type: ignore[arg-type]
        "recordSchema": Parameter(),
        "extraRequestData": Parameter(),
    },
}  # fmt: skip
"""SRU 1.1, SRU 1.2, OASIS searchRetrieve parts 2, 3, 6, 7. ``recordPacking`` of 2.0 is another matter; see `read`."""


@dataclass(slots=True)
class Request:
    """One request, taken apart.

    values:   parameter → its value, defaults filled in
    given:    what the client sent of them, as it sent it, for the echo
    fatal:    the complaint that stops the operation; None: go on
    warnings: complaints that do not
    """

    dialect: Dialect
    operation: str
    values: dict[str, Any] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    fatal: Diagnostic | None = None
    warnings: list[Diagnostic] = field(default_factory=list)

    @property
    def packing(self) -> str:
        """ "xml" or "string"."""
        return str(self.values.get(self.dialect.packing, "xml"))


def read(pairs: Iterable[tuple[str, str]]) -> Request:
    """The request of these query or form parameters; the first of several with one name counts."""
    given: dict[str, str] = {}
    repeated: list[str] = []
    for name, value in pairs:
        if name in given:
            repeated.append(name)
        else:
            given[name] = value
    request = _operation(given)
    if request.fatal is not None:
        return request
    table = OPERATIONS[request.operation]
    version = request.dialect.version
    for name, value in given.items():
        row = table.get(name)
        if row is None or version not in row.versions:
            if request.dialect.is_2 and name == "recordPacking":
                _packing_of_2(request, value)
            elif not name.startswith("x-"):
                request.warnings.append(of_kind("unknown_parameter", name))
            continue
        request.given[name] = value
        try:
            request.values[name] = row.read(value)
        except ValueError:
            request.fatal = request.fatal or of_kind(row.kind, value if row.says_value else name)
    for name, row in table.items():
        if version not in row.versions:
            continue
        if row.required and not given.get(name, "").strip():
            missing = name not in given
            request.fatal = of_kind("missing_parameter", name) if missing else of_kind("empty_term", name)
        request.values.setdefault(name, row.default)
    request.warnings += [of_kind("bad_parameter", name) for name in dict.fromkeys(repeated) if name in table]
    if given.get("stylesheet"):
        request.warnings.append(of_kind("stylesheet", given["stylesheet"]))
    return request


def _operation(given: Mapping[str, str]) -> Request:
    """Version and operation. 2.0 has neither parameter: there the operation follows from the others (part 3 §4)."""
    version, operation = given.get("version"), given.get("operation")
    fatal: Diagnostic | None
    inferred = "searchRetrieve" if "query" in given else "scan" if "scanClause" in given else "explain"
    if version is None:
        if operation is None:
            return Request(V12 if inferred == "explain" else V20, inferred)
        if operation == "explain":
            return Request(V12, "explain")
        dialect = V12
        fatal = of_kind("missing_parameter", "version")
    else:
        known = BY_VERSION.get(version.strip())
        dialect = known or (V12 if operation is not None or inferred == "explain" else LATEST)
        fatal = None if known else of_kind("unsupported_version", LATEST.version)
    if operation is None:
        if not dialect.is_2 and fatal is None and inferred != "explain":
            fatal = of_kind("missing_parameter", "operation")
        return Request(dialect, inferred, fatal=fatal)
    if operation not in OPERATIONS:
        return Request(dialect, "explain", fatal=fatal or of_kind("unsupported_operation", operation))
    return Request(dialect, operation, fatal=fatal)


def _packing_of_2(request: Request, value: str) -> None:
    """In 2.0 recordPacking is "packed" or "unpacked" (part 3 §5.3); clients of 1.x still say xml or string."""
    word = value.lower()
    if word in ("xml", "string"):
        request.values["recordXMLEscaping"] = word
        request.given["recordXMLEscaping"] = value
    elif word not in ("packed", "unpacked"):
        request.fatal = request.fatal or of_kind("unsupported_packing", value)
