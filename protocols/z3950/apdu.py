"""The APDUs of Z39.50-2003 (ISO 23950) as tables, under the standard's own names (Appendix 1, OID 1.2.840.10003.2.1).

``decode_pdu(octets)`` gives ``(name, value)``, e.g. ``("searchRequest", {"query": ("type-1", …), …})``;
``encode_pdu(name, value)`` is its inverse.
"""

from __future__ import annotations

from typing import Any

from protocols.z3950.asn1 import (
    ANY,
    BIT_STRING,
    BOOLEAN,
    EXTERNAL,
    GENERALIZED_TIME,
    INTEGER,
    INTERNATIONAL_STRING,
    NULL,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    VISIBLE_STRING,
    Choice,
    Sequence,
    SequenceOf,
    decode,
    explicit,
    must,
    opt,
)
from protocols.z3950.rpn_type import RpnStructure

__all__ = ["OPTIONS", "PDU", "decode_pdu", "encode_pdu"]

# Global auxiliary definitions

REFERENCE_ID = OCTET_STRING.at(2)
RESULT_SET_ID = INTERNATIONAL_STRING.at(31)
ELEMENT_SET_NAME = INTERNATIONAL_STRING.at(103)
DATABASE_NAME = INTERNATIONAL_STRING.at(105)
ATTRIBUTE_SET_ID = OBJECT_IDENTIFIER

STRING_OR_NUMERIC = Choice(
    "StringOrNumeric", must("string", INTERNATIONAL_STRING.at(1)), must("numeric", INTEGER.at(2))
)
UNIT = Sequence(
    "Unit",
    opt("unitSystem", explicit(1, INTERNATIONAL_STRING)),
    opt("unitType", STRING_OR_NUMERIC.at(2)),
    opt("unit", STRING_OR_NUMERIC.at(3)),
    opt("scaleFactor", INTEGER.at(4)),
)
INT_UNIT = Sequence("IntUnit", must("value", INTEGER.at(1)), must("unitUsed", UNIT.at(2)))

INFO_CATEGORY = Sequence(
    "InfoCategory", opt("categoryTypeId", OBJECT_IDENTIFIER.at(1)), must("categoryValue", INTEGER.at(2))
)
OTHER_INFORMATION = SequenceOf(
    Sequence(
        "OtherInformation",
        opt("category", INFO_CATEGORY.at(1)),
        must(
            "information",
            Choice(
                "information",
                must("characterInfo", INTERNATIONAL_STRING.at(2)),
                must("binaryInfo", OCTET_STRING.at(3)),
                must("externallyDefinedInfo", EXTERNAL.at(4)),
                must("oid", OBJECT_IDENTIFIER.at(5)),
            ),
        ),
    )
).at(201)

_REFERENCE = opt("referenceId", REFERENCE_ID)
_OTHER = opt("otherInfo", OTHER_INFORMATION)

# Initialize

OPTIONS = {
    name: bit
    for bit, name in enumerate(
        (
            "search",
            "present",
            "delSet",
            "resourceReport",
            "triggerResourceCtrl",
            "resourceCtrl",
            "accessCtrl",
            "scan",
            "sort",
            "",  # not used
            "extendedServices",
            "level-1Segmentation",
            "level-2Segmentation",
            "concurrentOperations",
            "namedResultSets",
            "encapsulation",
            "resultCount",
            "negotiationModel",
            "duplicateDetection",
            "queryType104",
            "pQESCorrection",
            "stringSchema",
        )
    )
    if name
}

ID_AUTHENTICATION = Choice(
    "IdAuthentication",
    must("open", VISIBLE_STRING),
    must(
        "idPass",
        Sequence(
            "idPass",
            opt("groupId", INTERNATIONAL_STRING.at(0)),
            opt("userId", INTERNATIONAL_STRING.at(1)),
            opt("password", INTERNATIONAL_STRING.at(2)),
        ),
    ),
    must("anonymous", NULL),
    must("other", EXTERNAL),
    must("general", INTERNATIONAL_STRING),  # not in the standard; clients send an open id as GeneralString too
)
_IMPLEMENTATION = (
    opt("implementationId", INTERNATIONAL_STRING.at(110)),
    opt("implementationName", INTERNATIONAL_STRING.at(111)),
    opt("implementationVersion", INTERNATIONAL_STRING.at(112)),
    opt("userInformationField", explicit(11, EXTERNAL)),
    _OTHER,
)
_PROTOCOL = (
    must("protocolVersion", BIT_STRING.at(3)),
    must("options", BIT_STRING.at(4)),
    must("preferredMessageSize", INTEGER.at(5)),
    must("exceptionalRecordSize", INTEGER.at(6)),
)
INITIALIZE_REQUEST = Sequence(
    "InitializeRequest", _REFERENCE, *_PROTOCOL, opt("idAuthentication", ID_AUTHENTICATION.at(7)), *_IMPLEMENTATION
)
INITIALIZE_RESPONSE = Sequence(
    "InitializeResponse", _REFERENCE, *_PROTOCOL, must("result", BOOLEAN.at(12)), *_IMPLEMENTATION
)

# Queries

ATTRIBUTE_ELEMENT = Sequence(
    "AttributeElement",
    opt("attributeSet", ATTRIBUTE_SET_ID.at(1)),
    must("attributeType", INTEGER.at(120)),
    must(
        "attributeValue",
        Choice(
            "attributeValue",
            must("numeric", INTEGER.at(121)),
            must(
                "complex",
                Sequence(
                    "complex",
                    must("list", SequenceOf(STRING_OR_NUMERIC).at(1)),
                    opt("semanticAction", SequenceOf(INTEGER).at(2)),
                ).at(224),
            ),
        ),
    ),
)
ATTRIBUTE_LIST = SequenceOf(ATTRIBUTE_ELEMENT).at(44)
TERM = Choice(
    "Term",
    must("general", OCTET_STRING.at(45)),
    must("numeric", INTEGER.at(215)),
    must("characterString", INTERNATIONAL_STRING.at(216)),
    must("oid", OBJECT_IDENTIFIER.at(217)),
    must("dateTime", GENERALIZED_TIME.at(218)),
    must("external", EXTERNAL.at(219)),
    must("integerAndUnit", INT_UNIT.at(220)),
    must("null", NULL.at(221)),
)
ATTRIBUTES_PLUS_TERM = Sequence("AttributesPlusTerm", must("attributes", ATTRIBUTE_LIST), must("term", TERM)).at(102)
OPERAND = Choice(
    "Operand",
    must("attrTerm", ATTRIBUTES_PLUS_TERM),
    must("resultSet", RESULT_SET_ID),
    must(
        "resultAttr",
        Sequence("ResultSetPlusAttributes", must("resultSet", RESULT_SET_ID), must("attributes", ATTRIBUTE_LIST)).at(
            214
        ),
    ),
)
PROXIMITY_OPERATOR = Sequence(
    "ProximityOperator",
    opt("exclusion", BOOLEAN.at(1)),
    must("distance", INTEGER.at(2)),
    must("ordered", BOOLEAN.at(3)),
    must("relationType", INTEGER.at(4)),
    must(
        "proximityUnitCode",
        Choice("proximityUnitCode", must("known", INTEGER.at(1)), must("private", INTEGER.at(2))).at(5),
    ),
)
OPERATOR = Choice(
    "Operator",
    must("and", NULL.at(0)),
    must("or", NULL.at(1)),
    must("and-not", NULL.at(2)),
    must("prox", PROXIMITY_OPERATOR.at(3)),
).at(46)
RPN_QUERY = Sequence("RPNQuery", must("attributeSet", ATTRIBUTE_SET_ID), must("rpn", RpnStructure(OPERAND, OPERATOR)))
QUERY = Choice(
    "Query",
    must("type-0", explicit(0, ANY)),
    must("type-1", RPN_QUERY.at(1)),
    must("type-2", explicit(2, OCTET_STRING)),
    must("type-100", explicit(100, OCTET_STRING)),
    must("type-101", RPN_QUERY.at(101)),
    must("type-102", explicit(102, OCTET_STRING)),
    must("type-104", EXTERNAL.at(104)),
)

# Records

DEFAULT_DIAG_FORMAT = Sequence(
    "DefaultDiagFormat",
    must("diagnosticSetId", OBJECT_IDENTIFIER),
    must("condition", INTEGER),
    must(
        "addinfo",
        Choice("addinfo", must("v2Addinfo", VISIBLE_STRING), must("v3Addinfo", INTERNATIONAL_STRING)),
    ),
)
DIAG_REC = Choice("DiagRec", must("defaultFormat", DEFAULT_DIAG_FORMAT), must("externallyDefined", EXTERNAL))
FRAGMENT_SYNTAX = Choice(
    "FragmentSyntax", must("externallyTagged", EXTERNAL), must("notExternallyTagged", OCTET_STRING)
)
NAME_PLUS_RECORD = Sequence(
    "NamePlusRecord",
    opt("name", DATABASE_NAME.at(0)),
    must(
        "record",
        Choice(
            "record",
            must("retrievalRecord", explicit(1, EXTERNAL)),
            must("surrogateDiagnostic", DIAG_REC.at(2)),
            must("startingFragment", FRAGMENT_SYNTAX.at(3)),
            must("intermediateFragment", FRAGMENT_SYNTAX.at(4)),
            must("finalFragment", FRAGMENT_SYNTAX.at(5)),
        ).at(1),
    ),
)
RECORDS = Choice(
    "Records",
    must("responseRecords", SequenceOf(NAME_PLUS_RECORD).at(28)),
    must("nonSurrogateDiagnostic", DEFAULT_DIAG_FORMAT.at(130)),
    must("multipleNonSurDiagnostics", SequenceOf(DIAG_REC).at(205)),
)
ELEMENT_SET_NAMES = Choice(
    "ElementSetNames",
    must("genericElementSetName", INTERNATIONAL_STRING.at(0)),
    must(
        "databaseSpecific",
        SequenceOf(Sequence("databaseSpecific", must("dbName", DATABASE_NAME), must("esn", ELEMENT_SET_NAME))).at(1),
    ),
)
PRESENT_STATUS = INTEGER.at(27)
SPECIFICATION = Sequence(
    "Specification",
    opt(
        "schema",
        Choice("schema", must("oid", OBJECT_IDENTIFIER.at(1)), must("uri", INTERNATIONAL_STRING.at(300))),
    ),
    opt(
        "elementSpec",
        Choice(
            "elementSpec",
            must("elementSetName", INTERNATIONAL_STRING.at(1)),
            must("externalEspec", EXTERNAL.at(2)),
        ).at(2),
    ),
)
COMP_SPEC = Sequence(
    "CompSpec",
    must("selectAlternativeSyntax", BOOLEAN.at(1)),
    opt("generic", SPECIFICATION.at(2)),
    opt(
        "dbSpecific",
        SequenceOf(
            Sequence("dbSpecific", must("db", explicit(1, DATABASE_NAME)), must("spec", SPECIFICATION.at(2)))
        ).at(3),
    ),
    opt("recordSyntax", SequenceOf(OBJECT_IDENTIFIER).at(4)),
)

# Search and Present

SEARCH_REQUEST = Sequence(
    "SearchRequest",
    _REFERENCE,
    must("smallSetUpperBound", INTEGER.at(13)),
    must("largeSetLowerBound", INTEGER.at(14)),
    must("mediumSetPresentNumber", INTEGER.at(15)),
    must("replaceIndicator", BOOLEAN.at(16)),
    must("resultSetName", INTERNATIONAL_STRING.at(17)),
    must("databaseNames", SequenceOf(DATABASE_NAME).at(18)),
    opt("smallSetElementSetNames", ELEMENT_SET_NAMES.at(100)),
    opt("mediumSetElementSetNames", ELEMENT_SET_NAMES.at(101)),
    opt("preferredRecordSyntax", OBJECT_IDENTIFIER.at(104)),
    must("query", QUERY.at(21)),
    opt("additionalSearchInfo", SequenceOf(OTHER_INFORMATION.kind).at(203)),
    _OTHER,
)
SEARCH_RESPONSE = Sequence(
    "SearchResponse",
    _REFERENCE,
    must("resultCount", INTEGER.at(23)),
    must("numberOfRecordsReturned", INTEGER.at(24)),
    must("nextResultSetPosition", INTEGER.at(25)),
    must("searchStatus", BOOLEAN.at(22)),
    opt("resultSetStatus", INTEGER.at(26)),
    opt("presentStatus", PRESENT_STATUS),
    opt("records", RECORDS),
    opt("additionalSearchInfo", SequenceOf(OTHER_INFORMATION.kind).at(203)),
    _OTHER,
)
RANGE = Sequence("Range", must("startingPosition", INTEGER.at(1)), must("numberOfRecords", INTEGER.at(2)))
PRESENT_REQUEST = Sequence(
    "PresentRequest",
    _REFERENCE,
    must("resultSetId", RESULT_SET_ID),
    must("resultSetStartPoint", INTEGER.at(30)),
    must("numberOfRecordsRequested", INTEGER.at(29)),
    opt("additionalRanges", SequenceOf(RANGE).at(212)),
    opt(
        "recordComposition",
        Choice(
            "recordComposition",
            must("simple", ELEMENT_SET_NAMES.at(19)),
            must("complex", COMP_SPEC.at(209)),
        ),
    ),
    opt("preferredRecordSyntax", OBJECT_IDENTIFIER.at(104)),
    opt("maxSegmentCount", INTEGER.at(204)),
    opt("maxRecordSize", INTEGER.at(206)),
    opt("maxSegmentSize", INTEGER.at(207)),
    _OTHER,
)
SEGMENT = Sequence(
    "Segment",
    _REFERENCE,
    must("numberOfRecordsReturned", INTEGER.at(24)),
    must("segmentRecords", SequenceOf(NAME_PLUS_RECORD).at(0)),
    _OTHER,
)
PRESENT_RESPONSE = Sequence(
    "PresentResponse",
    _REFERENCE,
    must("numberOfRecordsReturned", INTEGER.at(24)),
    must("nextResultSetPosition", INTEGER.at(25)),
    must("presentStatus", PRESENT_STATUS),
    opt("records", RECORDS),
    _OTHER,
)

# Delete

DELETE_SET_STATUS = INTEGER.at(33)
LIST_STATUSES = SequenceOf(Sequence("ListStatuses", must("id", RESULT_SET_ID), must("status", DELETE_SET_STATUS)))
DELETE_RESULT_SET_REQUEST = Sequence(
    "DeleteResultSetRequest",
    _REFERENCE,
    must("deleteFunction", INTEGER.at(32)),
    opt("resultSetList", SequenceOf(RESULT_SET_ID)),
    _OTHER,
)
DELETE_RESULT_SET_RESPONSE = Sequence(
    "DeleteResultSetResponse",
    _REFERENCE,
    must("deleteOperationStatus", INTEGER.at(0)),
    opt("deleteListStatuses", LIST_STATUSES.at(1)),
    opt("numberNotDeleted", INTEGER.at(34)),
    opt("bulkStatuses", LIST_STATUSES.at(35)),
    opt("deleteMessage", INTERNATIONAL_STRING.at(36)),
    _OTHER,
)

# Access and resource control

RESOURCE_REPORT = EXTERNAL
ACCESS_CONTROL_REQUEST = Sequence(
    "AccessControlRequest",
    _REFERENCE,
    must(
        "securityChallenge",
        Choice(
            "securityChallenge",
            must("simpleForm", OCTET_STRING.at(37)),
            must("externallyDefined", explicit(0, EXTERNAL)),
        ),
    ),
    _OTHER,
)
ACCESS_CONTROL_RESPONSE = Sequence(
    "AccessControlResponse",
    _REFERENCE,
    opt(
        "securityChallengeResponse",
        Choice(
            "securityChallengeResponse",
            must("simpleForm", OCTET_STRING.at(38)),
            must("externallyDefined", explicit(0, EXTERNAL)),
        ),
    ),
    opt("diagnostic", DIAG_REC.at(223)),
    _OTHER,
)
RESOURCE_CONTROL_REQUEST = Sequence(
    "ResourceControlRequest",
    _REFERENCE,
    opt("suspendedFlag", BOOLEAN.at(39)),
    opt("resourceReport", explicit(40, RESOURCE_REPORT)),
    opt("partialResultsAvailable", INTEGER.at(41)),
    must("responseRequired", BOOLEAN.at(42)),
    opt("triggeredRequestFlag", BOOLEAN.at(43)),
    _OTHER,
)
RESOURCE_CONTROL_RESPONSE = Sequence(
    "ResourceControlResponse",
    _REFERENCE,
    must("continueFlag", BOOLEAN.at(44)),
    opt("resultSetWanted", BOOLEAN.at(45)),
    _OTHER,
)
TRIGGER_RESOURCE_CONTROL_REQUEST = Sequence(
    "TriggerResourceControlRequest",
    _REFERENCE,
    must("requestedAction", INTEGER.at(46)),
    opt("prefResourceReportFormat", OBJECT_IDENTIFIER.at(47)),
    opt("resultSetWanted", BOOLEAN.at(48)),
    _OTHER,
)
RESOURCE_REPORT_REQUEST = Sequence(
    "ResourceReportRequest",
    _REFERENCE,
    opt("opId", REFERENCE_ID.at(210)),
    opt("prefResourceReportFormat", OBJECT_IDENTIFIER.at(49)),
    _OTHER,
)
RESOURCE_REPORT_RESPONSE = Sequence(
    "ResourceReportResponse",
    _REFERENCE,
    must("resourceReportStatus", INTEGER.at(50)),
    opt("resourceReport", explicit(51, RESOURCE_REPORT)),
    _OTHER,
)

# Scan

SCAN_REQUEST = Sequence(
    "ScanRequest",
    _REFERENCE,
    must("databaseNames", SequenceOf(DATABASE_NAME).at(3)),
    opt("attributeSet", ATTRIBUTE_SET_ID),
    must("termListAndStartPoint", ATTRIBUTES_PLUS_TERM),
    opt("stepSize", INTEGER.at(5)),
    must("numberOfTermsRequested", INTEGER.at(6)),
    opt("preferredPositionInResponse", INTEGER.at(7)),
    _OTHER,
)
TERM_INFO = Sequence(
    "TermInfo",
    must("term", TERM),
    opt("displayTerm", INTERNATIONAL_STRING.at(0)),
    opt("suggestedAttributes", ATTRIBUTE_LIST),
    opt("alternativeTerm", SequenceOf(ATTRIBUTES_PLUS_TERM).at(4)),
    opt("globalOccurrences", INTEGER.at(2)),
    opt(
        "byAttributes",
        SequenceOf(
            Sequence(
                "OccurrenceByAttributes",
                must("attributes", explicit(1, ATTRIBUTE_LIST)),
                opt(
                    "occurrences",
                    Choice(
                        "occurrences",
                        must("global", explicit(2, INTEGER)),
                        must(
                            "byDatabase",
                            SequenceOf(
                                Sequence(
                                    "byDatabase",
                                    must("db", DATABASE_NAME),
                                    opt("num", INTEGER.at(1)),
                                    opt("otherDbInfo", OTHER_INFORMATION),
                                )
                            ).at(3),
                        ),
                    ),
                ),
                opt("otherOccurInfo", OTHER_INFORMATION),
            )
        ).at(3),
    ),
    opt("otherTermInfo", OTHER_INFORMATION),
)
ENTRY = Choice("Entry", must("termInfo", TERM_INFO.at(1)), must("surrogateDiagnostic", DIAG_REC.at(2)))
SCAN_RESPONSE = Sequence(
    "ScanResponse",
    _REFERENCE,
    opt("stepSize", INTEGER.at(3)),
    must("scanStatus", INTEGER.at(4)),
    must("numberOfEntriesReturned", INTEGER.at(5)),
    opt("positionOfTerm", INTEGER.at(6)),
    opt(
        "entries",
        Sequence(
            "ListEntries",
            opt("entries", SequenceOf(ENTRY).at(1)),
            opt("nonsurrogateDiagnostics", SequenceOf(DIAG_REC).at(2)),
        ).at(7),
    ),
    opt("attributeSet", ATTRIBUTE_SET_ID.at(8)),
    _OTHER,
)

# Sort

SORT_KEY = Choice(
    "SortKey",
    must("sortfield", INTERNATIONAL_STRING.at(0)),
    must("elementSpec", SPECIFICATION.at(1)),
    must(
        "sortAttributes",
        Sequence("sortAttributes", must("id", ATTRIBUTE_SET_ID), must("list", ATTRIBUTE_LIST)).at(2),
    ),
)
SORT_KEY_SPEC = Sequence(
    "SortKeySpec",
    must(
        "sortElement",
        Choice(
            "SortElement",
            must("generic", SORT_KEY.at(1)),
            must(
                "datbaseSpecific",
                SequenceOf(
                    Sequence("datbaseSpecific", must("databaseName", DATABASE_NAME), must("dbSort", SORT_KEY))
                ).at(2),
            ),
        ),
    ),
    must("sortRelation", INTEGER.at(1)),
    must("caseSensitivity", INTEGER.at(2)),
    opt(
        "missingValueAction",
        Choice(
            "missingValueAction",
            must("abort", NULL.at(1)),
            must("null", NULL.at(2)),
            must("missingValueData", OCTET_STRING.at(3)),
        ).at(3),
    ),
)
SORT_REQUEST = Sequence(
    "SortRequest",
    _REFERENCE,
    must("inputResultSetNames", SequenceOf(INTERNATIONAL_STRING).at(3)),
    must("sortedResultSetName", INTERNATIONAL_STRING.at(4)),
    must("sortSequence", SequenceOf(SORT_KEY_SPEC).at(5)),
    _OTHER,
)
SORT_RESPONSE = Sequence(
    "SortResponse",
    _REFERENCE,
    must("sortStatus", INTEGER.at(3)),
    opt("resultSetStatus", INTEGER.at(4)),
    opt("diagnostics", SequenceOf(DIAG_REC).at(5)),
    opt("resultCount", INTEGER.at(6)),
    _OTHER,
)

# Extended services

PERMISSIONS = SequenceOf(
    Sequence(
        "Permissions",
        opt("userId", INTERNATIONAL_STRING.at(1)),
        must("allowableFunctions", SequenceOf(INTEGER).at(2)),
    )
)
EXTENDED_SERVICES_REQUEST = Sequence(
    "ExtendedServicesRequest",
    _REFERENCE,
    must("function", INTEGER.at(3)),
    must("packageType", OBJECT_IDENTIFIER.at(4)),
    opt("packageName", INTERNATIONAL_STRING.at(5)),
    opt("userId", INTERNATIONAL_STRING.at(6)),
    opt("retentionTime", INT_UNIT.at(7)),
    opt("permissions", PERMISSIONS.at(8)),
    opt("description", INTERNATIONAL_STRING.at(9)),
    opt("taskSpecificParameters", EXTERNAL.at(10)),
    must("waitAction", INTEGER.at(11)),
    opt("elements", ELEMENT_SET_NAME),
    _OTHER,
)
EXTENDED_SERVICES_RESPONSE = Sequence(
    "ExtendedServicesResponse",
    _REFERENCE,
    must("operationStatus", INTEGER.at(3)),
    opt("diagnostics", SequenceOf(DIAG_REC).at(4)),
    opt("taskPackage", EXTERNAL.at(5)),
    _OTHER,
)

# Close

CLOSE = Sequence(
    "Close",
    _REFERENCE,
    must("closeReason", INTEGER.at(211)),
    opt("diagnosticInformation", INTERNATIONAL_STRING.at(3)),
    opt("resourceReportFormat", OBJECT_IDENTIFIER.at(4)),
    opt("resourceReport", explicit(5, RESOURCE_REPORT)),
    _OTHER,
)

# Duplicate detection: answered with a diagnostic, so what matters is that it can be read

DUPLICATE_DETECTION_REQUEST = Sequence(
    "DuplicateDetectionRequest",
    _REFERENCE,
    must("inputResultSetIds", SequenceOf(INTERNATIONAL_STRING).at(3)),
    must("outputResultSetName", INTERNATIONAL_STRING.at(4)),
    opt("applicablePortionOfRecord", EXTERNAL.at(5)),
    opt(
        "duplicateDetectionCriteria",
        SequenceOf(
            Choice(
                "DuplicateDetectionCriterion",
                must("levelOfMatch", INTEGER.at(1)),
                must("caseSensitive", NULL.at(2)),
                must("punctuationSensitive", NULL.at(3)),
                must("regularExpression", EXTERNAL.at(4)),
                must("rsDuplicates", NULL.at(5)),
            )
        ).at(6),
    ),
    opt("clustering", BOOLEAN.at(7)),
    must(
        "retentionCriteria",
        SequenceOf(
            Choice(
                "RetentionCriterion",
                must("numberOfEntries", INTEGER.at(1)),
                must("percentOfEntries", INTEGER.at(2)),
                must("duplicatesOnly", NULL.at(3)),
                must("discardRsDuplicates", NULL.at(4)),
            )
        ).at(8),
    ),
    opt(
        "sortCriteria",
        SequenceOf(
            Choice(
                "SortCriterion",
                must("mostComprehensive", NULL.at(1)),
                must("leastConmprehensive", NULL.at(2)),
                must("mostRecent", NULL.at(3)),
                must("oldest", NULL.at(4)),
                must("leastCost", NULL.at(5)),
                must("preferredDatabases", SequenceOf(INTERNATIONAL_STRING).at(6)),
            )
        ).at(9),
    ),
    _OTHER,
)
DUPLICATE_DETECTION_RESPONSE = Sequence(
    "DuplicateDetectionResponse",
    _REFERENCE,
    must("status", INTEGER.at(3)),
    opt("resultSetCount", INTEGER.at(4)),
    opt("diagnostics", SequenceOf(DIAG_REC).at(5)),
    _OTHER,
)

PDU = Choice(
    "PDU",
    must("initRequest", INITIALIZE_REQUEST.at(20)),
    must("initResponse", INITIALIZE_RESPONSE.at(21)),
    must("searchRequest", SEARCH_REQUEST.at(22)),
    must("searchResponse", SEARCH_RESPONSE.at(23)),
    must("presentRequest", PRESENT_REQUEST.at(24)),
    must("presentResponse", PRESENT_RESPONSE.at(25)),
    must("deleteResultSetRequest", DELETE_RESULT_SET_REQUEST.at(26)),
    must("deleteResultSetResponse", DELETE_RESULT_SET_RESPONSE.at(27)),
    must("accessControlRequest", ACCESS_CONTROL_REQUEST.at(28)),
    must("accessControlResponse", ACCESS_CONTROL_RESPONSE.at(29)),
    must("resourceControlRequest", RESOURCE_CONTROL_REQUEST.at(30)),
    must("resourceControlResponse", RESOURCE_CONTROL_RESPONSE.at(31)),
    must("triggerResourceControlRequest", TRIGGER_RESOURCE_CONTROL_REQUEST.at(32)),
    must("resourceReportRequest", RESOURCE_REPORT_REQUEST.at(33)),
    must("resourceReportResponse", RESOURCE_REPORT_RESPONSE.at(34)),
    must("scanRequest", SCAN_REQUEST.at(35)),
    must("scanResponse", SCAN_RESPONSE.at(36)),
    must("sortRequest", SORT_REQUEST.at(43)),
    must("sortResponse", SORT_RESPONSE.at(44)),
    must("segmentRequest", SEGMENT.at(45)),
    must("extendedServicesRequest", EXTENDED_SERVICES_REQUEST.at(46)),
    must("extendedServicesResponse", EXTENDED_SERVICES_RESPONSE.at(47)),
    must("close", CLOSE.at(48)),
    must("duplicateDetectionRequest", DUPLICATE_DETECTION_REQUEST.at(49)),
    must("duplicateDetectionResponse", DUPLICATE_DETECTION_RESPONSE.at(50)),
)


def decode_pdu(data: bytes) -> tuple[str, dict[str, Any]]:
    """Name and value of one APDU. Raises MalformedBer, and nothing else, for any octets."""
    name, value = decode(PDU, data)
    return name, value


def encode_pdu(name: str, value: dict[str, Any]) -> bytes:
    return PDU.write((name, value))
