"""Init: what both sides can do, who is there (Z39.50-2003 §3.2.1)."""

from __future__ import annotations

from typing import Any

from protocols.z3950 import charset, oids
from protocols.z3950.apdu import DEFAULT_DIAG_FORMAT, OPTIONS, OTHER_INFORMATION
from protocols.z3950.asn1 import Choice, Sequence, SequenceOf, explicit, opt
from protocols.z3950.association import Association, Response
from protocols.z3950.charset import text_of
from protocols.z3950.diagnostics import Diagnostic, number_of

__all__ = ["initialize"]

IMPLEMENTATION_ID = "UnionCat"
_ALWAYS = (
    "search",
    "present",
    "delSet",
    "resourceReport",
    "triggerResourceCtrl",
    "scan",
    "sort",
    "level-1Segmentation",
    "namedResultSets",
    "negotiationModel",
    "queryType104",
    "stringSchema",
)
_VERSION_2, _VERSION_3 = 1, 2

_DIAGNOSTICS = SequenceOf(  # DiagnosticFormat diag-1, OID 1.2.840.10003.4.2, as far as we write it
    Sequence(
        "DiagnosticFormat",
        opt("diagnostic", explicit(1, Choice("diagnostic", opt("defaultDiagRec", DEFAULT_DIAG_FORMAT.at(1))))),
    )
)


def _user_information(diagnostic: Diagnostic) -> dict[str, Any]:
    """UserInfo-1 with a diagnostic: the place where a refused InitializeResponse says why."""
    diagnostics = _DIAGNOSTICS.write([{"diagnostic": ("defaultDiagRec", diagnostic.value())}])
    carried = {"direct-reference": f"{oids.Z3950}.4.2", "encoding": ("single-ASN1-type", diagnostics)}
    return {
        "direct-reference": f"{oids.Z3950}.10.3",
        "encoding": (
            "single-ASN1-type",
            OTHER_INFORMATION.write([{"information": ("externallyDefinedInfo", carried)}]),
        ),
    }


def credentials(authentication: tuple[str, Any] | None) -> tuple[str, str, str] | None:
    """User, password and group of an IdAuthentication; None for an anonymous one."""
    if authentication is None:
        return None
    kind, value = authentication
    if kind == "idPass":
        user, password, group = (text_of(value.get(name, "")) for name in ("userId", "password", "groupId"))
        return (user, password, group) if user or password else None
    if kind in ("open", "general"):
        user, slash, password = text_of(value).partition("/")
        return (user, password, "") if slash and user else None
    return None


def initialize(association: Association, request: dict[str, Any]) -> Response:
    """Opens the association, or refuses it: no common version, or name and password do not fit."""
    parts = association.parts
    asked_versions = request["protocolVersion"]
    supported = {OPTIONS[name] for name in _ALWAYS}
    if parts.contributor is not None:
        supported.add(OPTIONS["extendedServices"])
    negotiation = charset.answer(request)
    preferred = max(min(request["preferredMessageSize"], parts.limits.message_size), 1)
    exceptional = max(min(request["exceptionalRecordSize"], parts.limits.record_size), preferred)
    options = request["options"] & supported
    if negotiation.response is None:
        options -= {OPTIONS["negotiationModel"]}
    diagnostic = None
    association.who = None
    signing_in = credentials(request.get("idAuthentication"))
    if signing_in is not None and parts.contributor is not None:
        association.who = parts.contributor.sign_in(*signing_in)
        if association.who is None:
            diagnostic = Diagnostic(number_of("bad_password"))
    accepted = bool(asked_versions & {0, _VERSION_2, _VERSION_3}) and diagnostic is None
    response: dict[str, Any] = {
        "protocolVersion": frozenset({0, 1, 2}) if _VERSION_3 in asked_versions else frozenset({0, 1}),
        "options": options,
        "preferredMessageSize": preferred,
        "exceptionalRecordSize": exceptional,
        "result": accepted,
        "implementationId": IMPLEMENTATION_ID,
        "implementationName": f"{parts.name} / UnionCat Z39.50",
        "implementationVersion": parts.version,
    }
    if negotiation.response is not None:
        response["otherInfo"] = [negotiation.response]
    if diagnostic is not None:
        response["userInformationField"] = _user_information(diagnostic)
    association.opened = accepted
    association.version3 = _VERSION_3 in asked_versions
    association.options = options
    association.message_size = preferred
    association.record_size = exceptional
    association.utf8 = negotiation.utf8
    association.records_utf8 = negotiation.utf8 and negotiation.records
    association.language = negotiation.language or "vi"
    association.sets.clear()
    return "initResponse", response
