"""Extended Services Update (§3.2.9, Appendix 8): cataloguers' records through the same door as the workbench.

Both editions of the format: 1.2.840.10003.9.5.1.1 (and its older number 9.5.1), and the first one, 9.5.
"""

from __future__ import annotations

from typing import Any

from protocols.z3950 import oids
from protocols.z3950.asn1 import Choice, decode
from protocols.z3950.association import Association, Response
from protocols.z3950.ber import MalformedBer
from protocols.z3950.charset import text_of
from protocols.z3950.databases import scope_of
from protocols.z3950.diagnostics import Diagnostic, Z3950Error, diagnostic_of
from protocols.z3950.marc_input import read_record
from protocols.z3950.ports import Action, Cataloguer, Contribution, Contributor
from protocols.z3950.structures import TASK_PACKAGE, UPDATE, UPDATE_0
from unioncat.marc import first
from unioncat.model import BadRecord, MemberCode, NotAllowed, UnionCatError

__all__ = ["extended_services", "extended_services_failed"]

CREATE = 1
DONE, FAILURE = 1, 3  # operationStatus
COMPLETE, ABORTED = 2, 3  # taskStatus
ALL, SOME, NONE = 1, 2, 3  # updateStatus
STORED, REFUSED = 1, 4  # recordStatus
DO_NOT_RETURN = 4  # waitAction
_EDITIONS: dict[str, Choice] = {oids.ES_UPDATE: UPDATE_0, oids.ES_UPDATE_R1: UPDATE, oids.ES_UPDATE_R1_1: UPDATE}
_ACTIONS: dict[int, Action] = {1: "insert", 2: "replace", 3: "delete", 5: "special"}


def _request_of(request: dict[str, Any]) -> dict[str, Any]:
    edition = _EDITIONS.get(request["packageType"])
    if edition is None:
        raise Z3950Error("extended_service", request["packageType"])
    if request["function"] != CREATE:
        raise Z3950Error("no_package" if request["function"] in (2, 3) else "invalid_function", request["function"])
    external = request.get("taskSpecificParameters")
    if external is None or external["encoding"][0] != "single-ASN1-type":
        raise Z3950Error("task_oid", request["packageType"])
    try:
        kind, value = decode(edition, external["encoding"][1])
    except MalformedBer as error:
        raise Z3950Error("malformed_apdu", error) from error
    if kind != "esRequest":
        raise Z3950Error("task_oid", kind)
    update: dict[str, Any] = value
    return update


def _member(association: Association, database: str, who: Cataloguer) -> MemberCode:
    """The library that a database name means; Default means the account's own, if it has exactly one."""
    scope = scope_of([database], association.parts.catalogue.members(), 1)
    if scope.explain:
        raise Z3950Error("service_for_database", database)
    if len(scope.members) == 1:
        return scope.members[0]
    if len(who.members) == 1:
        return next(iter(who.members))
    raise Z3950Error("service_for_database", database)


def _identifier(supplied: dict[str, Any]) -> str:
    if "recordId" not in supplied:
        return ""
    kind, value = supplied["recordId"]
    if kind == "opaque":
        return text_of(bytes(value).decode("utf-8", "surrogateescape"))
    return str(value) if kind == "number" else text_of(value)


def _one(
    contributor: Contributor, who: Cataloguer, action: Action, member: MemberCode, supplied: dict[str, Any]
) -> dict[str, Any]:
    """Stores one record; a TaskPackageRecordStructure without its diagnostics, or raises."""
    identifier = _identifier(supplied)
    record = None if action == "delete" and identifier else read_record(supplied["record"])
    if record is not None and not identifier:
        identifier = first(record, "001") or ""
    if action == "delete":
        record = None
        if not identifier:
            raise BadRecord("a record to be deleted needs its number, in recordId or in 001")
    receipt = contributor.contribute(who, Contribution(action, member, record, identifier))
    structure: dict[str, Any] = {"recordStatus": STORED}
    if receipt.identifier and receipt.identifier != identifier:
        structure["correlationInfo"] = {"note": receipt.identifier}  # under which it can be replaced and deleted
    return structure


def _refused(diagnostic: Diagnostic, first_edition: bool) -> dict[str, Any]:
    value = ("defaultFormat", diagnostic.value())
    shown = ("diagnostic", value) if first_edition else ("surrogateDiagnostics", [value])
    return {"recordStatus": REFUSED, "recordOrSurDiag": shown}


def extended_services(association: Association, request: dict[str, Any]) -> Response:
    contributor = association.parts.contributor
    update = _request_of(request)
    if contributor is None:
        raise Z3950Error("extended_service", request["packageType"])
    who = association.who
    if who is None:
        raise Z3950Error("not_authorized", "")
    keep = update["toKeep"]
    action = _ACTIONS.get(keep["action"])
    if action is None:
        raise Z3950Error("invalid_action", keep["action"])
    records = update["notToKeep"]
    if len(records) > association.parts.limits.update_records:
        raise Z3950Error("too_many_records", association.parts.limits.update_records)
    member = _member(association, keep["databaseName"], who)
    if member not in who.members:
        raise Z3950Error("not_authorized", member)
    first_edition = request["packageType"] == oids.ES_UPDATE
    structures = []
    failures: list[Diagnostic] = []
    for supplied in records:
        try:
            structure = _one(contributor, who, action, member, supplied)
        except UnionCatError as error:
            kept = isinstance(error, Z3950Error | NotAllowed)
            diagnostic = diagnostic_of(error) if kept else Diagnostic(224, str(error))
            failures.append(diagnostic)
            structure = _refused(diagnostic, first_edition)
        if "correlationInfo" in supplied:
            structure["correlationInfo"] = structure.get("correlationInfo", {}) | supplied["correlationInfo"]
        structures.append(structure)
    response: dict[str, Any] = {"operationStatus": FAILURE if failures and len(failures) == len(records) else DONE}
    if failures:
        response["diagnostics"] = [("defaultFormat", each.value()) for each in failures]
    if request["waitAction"] != DO_NOT_RETURN:
        response["taskPackage"] = _package(association, request, keep, structures, len(failures))
    return "extendedServicesResponse", response


def _package(
    association: Association, request: dict[str, Any], keep: dict[str, Any], structures: list[Any], failed: int
) -> dict[str, Any]:
    edition = _EDITIONS[request["packageType"]]
    status = ALL if not failed else NONE if failed == len(structures) else SOME
    target = {"updateStatus": status, "taskPackageRecords": structures}
    octets = edition.write(("taskPackage", {"originPart": keep, "targetPart": target}))
    association.packages += 1
    package: dict[str, Any] = {
        "packageType": request["packageType"],
        "targetReference": str(association.packages).encode(),
        "taskStatus": ABORTED if status == NONE else COMPLETE,
        "taskSpecificParameters": {
            "direct-reference": request["packageType"],
            "encoding": ("single-ASN1-type", octets),
        },
    }
    package |= {name: request[name] for name in ("packageName", "userId", "description") if name in request}
    octets = TASK_PACKAGE.write(package)
    return {"direct-reference": oids.ES_TASK_PACKAGE, "encoding": ("single-ASN1-type", octets)}


def extended_services_failed(diagnostic: Diagnostic) -> Response:
    return "extendedServicesResponse", {
        "operationStatus": FAILURE,
        "diagnostics": [("defaultFormat", diagnostic.value())],
    }
