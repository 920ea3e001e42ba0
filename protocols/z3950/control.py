"""Delete result set, resource report, duplicate detection, Close: the small services."""

from __future__ import annotations

from typing import Any

from protocols.z3950 import oids
from protocols.z3950.association import Association, Response
from protocols.z3950.charset import text_of
from protocols.z3950.diagnostics import Diagnostic
from protocols.z3950.structures import RESOURCE_REPORT_2

__all__ = ["CloseReason", "close_of", "delete", "delete_failed", "duplicates_failed", "report", "report_failed"]

_LIST = 0
_DONE, _DID_NOT_EXIST, _SYSTEM_PROBLEM, _NOT_ALL = 0, 1, 3, 9


class CloseReason:
    FINISHED, SHUTDOWN, SYSTEM_PROBLEM, COST_LIMIT, RESOURCES = 0, 1, 2, 3, 4
    SECURITY_VIOLATION, PROTOCOL_ERROR, LACK_OF_ACTIVITY, PEER_ABORT, UNSPECIFIED = 5, 6, 7, 8, 9


def close_of(reason: int, message: str = "") -> Response:
    value: dict[str, Any] = {"closeReason": reason}
    if message:
        value["diagnosticInformation"] = message
    return "close", value


def delete(association: Association, request: dict[str, Any]) -> Response:
    """§3.2.4: the sets of the list, or all; each answered for itself."""
    if request["deleteFunction"] != _LIST:
        association.sets.clear()
        return "deleteResultSetResponse", {"deleteOperationStatus": _DONE}
    statuses = []
    for name in request.get("resultSetList", ()):
        found = association.sets.pop(text_of(name), None)
        statuses.append({"id": name, "status": _DONE if found is not None else _DID_NOT_EXIST})
    failed = any(each["status"] for each in statuses)
    return "deleteResultSetResponse", {
        "deleteOperationStatus": _NOT_ALL if failed else _DONE,
        "deleteListStatuses": statuses,
    }


def delete_failed(diagnostic: Diagnostic) -> Response:
    return "deleteResultSetResponse", {
        "deleteOperationStatus": _SYSTEM_PROBLEM,
        "deleteMessage": f"{diagnostic.condition} {diagnostic.addinfo}",
    }


def report(association: Association, request: dict[str, Any]) -> Response:
    """§3.2.6.4: searching costs nothing here, and says so."""
    english = association.language == "en"
    sets = len(association.sets)
    message = f"{sets} result sets; free of charge" if english else f"{sets} tập kết quả; miễn phí"
    octets = RESOURCE_REPORT_2.write({"message": message})
    external = {"direct-reference": oids.RESOURCE_REPORT_2, "encoding": ("single-ASN1-type", octets)}
    return "resourceReportResponse", {"resourceReportStatus": 0, "resourceReport": external}


def report_failed(diagnostic: Diagnostic) -> Response:
    return "resourceReportResponse", {"resourceReportStatus": 6}


def duplicates_failed(diagnostic: Diagnostic) -> Response:
    """Duplicate detection: our records are already one for each edition."""
    return "duplicateDetectionResponse", {"status": 1, "diagnostics": [("defaultFormat", diagnostic.value())]}
