"""What travels inside EXTERNALs, as tables: OPAC and GRS-1 records, Update, task packages, character sets, reports."""

from __future__ import annotations

from typing import Final

from protocols.z3950.apdu import (
    DIAG_REC,
    INT_UNIT,
    PERMISSIONS,
    STRING_OR_NUMERIC,
    UNIT,
)
from protocols.z3950.asn1 import (
    BOOLEAN,
    EXTERNAL,
    GENERALIZED_TIME,
    INTEGER,
    INTERNATIONAL_STRING,
    NULL,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    Choice,
    Field,
    Lazy,
    Sequence,
    SequenceOf,
    explicit,
    must,
    opt,
)

__all__ = [
    "CHARSET_NEGOTIATION",
    "GENERIC_RECORD",
    "OPAC_RECORD",
    "RESOURCE_REPORT_2",
    "SUTRS_RECORD",
    "TASK_PACKAGE",
    "UPDATE",
    "UPDATE_0",
]


def _strings(*names: str, first: int = 1) -> list[Field]:
    return [opt(name, INTERNATIONAL_STRING.at(number)) for number, name in enumerate(names, first)]


# RecordSyntax-opac (Appendix 5)

OPAC_RECORD = Sequence(
    "OPACRecord",
    opt("bibliographicRecord", EXTERNAL.at(1)),
    opt(
        "holdingsData",
        SequenceOf(
            Choice(
                "HoldingsRecord",
                must("marcHoldingsRecord", EXTERNAL.at(1)),
                must(
                    "holdingsAndCirc",
                    Sequence(
                        "HoldingsAndCircData",
                        *_strings(
                            "typeOfRecord",
                            "encodingLevel",
                            "format",
                            "receiptAcqStatus",
                            "generalRetention",
                            "completeness",
                            "dateOfReport",
                            "nucCode",
                            "localLocation",
                            "shelvingLocation",
                            "callNumber",
                            "shelvingData",
                            "copyNumber",
                            "publicNote",
                            "reproductionNote",
                            "termsUseRepro",
                            "enumAndChron",
                        ),
                        opt(
                            "volumes",
                            SequenceOf(Sequence("Volume", *_strings("enumeration", "chronology", "enumAndChron"))).at(
                                18
                            ),
                        ),
                        opt(
                            "circulationData",
                            SequenceOf(
                                Sequence(
                                    "CircRecord",
                                    must("availableNow", BOOLEAN.at(1)),
                                    *_strings("availablityDate", "availableThru", "restrictions", "itemId", first=2),
                                    must("renewable", BOOLEAN.at(6)),
                                    must("onHold", BOOLEAN.at(7)),
                                    *_strings("enumAndChron", "midspine", "temporaryLocation", first=8),
                                )
                            ).at(19),
                        ),
                    ).at(2),
                ),
            )
        ).at(2),
    ),
)

# RecordSyntax-SUTRS

SUTRS_RECORD = INTERNATIONAL_STRING

# RecordSyntax-generic (GRS-1). Element metadata other than hits, tag paths and variants is read.

VARIANT = Sequence(
    "Variant",
    opt("globalVariantSetId", OBJECT_IDENTIFIER.at(1)),
    must(
        "triples",
        SequenceOf(
            Sequence(
                "triples",
                opt("variantSetId", OBJECT_IDENTIFIER.at(0)),
                must("class", INTEGER.at(1)),
                must("type", INTEGER.at(2)),
                must(
                    "value",
                    Choice(
                        "value",
                        must("integer", INTEGER),
                        must("internationalString", INTERNATIONAL_STRING),
                        must("octetString", OCTET_STRING),
                        must("objectIdentifier", OBJECT_IDENTIFIER),
                        must("boolean", BOOLEAN),
                        must("null", NULL),
                        must("unit", UNIT.at(1)),
                        must("valueAndUnit", INT_UNIT.at(2)),
                    ).at(3),
                ),
            )
        ).at(2),
    ),
)
TAGGED_ELEMENT: Final = Sequence(
    "TaggedElement",
    opt("tagType", INTEGER.at(1)),
    must("tagValue", STRING_OR_NUMERIC.at(2)),
    opt("tagOccurrence", INTEGER.at(3)),
    must(
        "content",
        Choice(
            "ElementData",
            must("octets", OCTET_STRING),
            must("numeric", INTEGER),
            must("date", GENERALIZED_TIME),
            must("ext", EXTERNAL),
            must("string", INTERNATIONAL_STRING),
            must("trueOrFalse", BOOLEAN),
            must("oid", OBJECT_IDENTIFIER),
            must("intUnit", INT_UNIT.at(1)),
            must("elementNotThere", NULL.at(2)),
            must("elementEmpty", NULL.at(3)),
            must("noDataRequested", NULL.at(4)),
            must("diagnostic", EXTERNAL.at(5)),
            must("subtree", explicit(6, Lazy(lambda: GENERIC_RECORD))),
        ).at(4),
    ),
    opt(
        "metaData",
        Sequence(
            "ElementMetaData",
            opt("displayName", INTERNATIONAL_STRING.at(4)),
            opt("message", INTERNATIONAL_STRING.at(6)),
            opt("elementDescriptor", OCTET_STRING.at(7)),
        ).at(5),
    ),
    opt("appliedVariant", VARIANT.at(6)),
)
GENERIC_RECORD: Final[SequenceOf] = SequenceOf(TAGGED_ELEMENT)

# ESFormat-Update, edition 1.1 (OID 1.2.840.10003.9.5.1.1) and the first edition, which yaz's ES clients still speak

CORRELATION_INFO = Sequence("CorrelationInfo", opt("note", INTERNATIONAL_STRING.at(1)), opt("id", INTEGER.at(2)))
SUPPLIED_RECORDS = SequenceOf(
    Sequence(
        "SuppliedRecords",
        opt(
            "recordId",
            Choice(
                "recordId",
                must("number", INTEGER.at(1)),
                must("string", INTERNATIONAL_STRING.at(2)),
                must("opaque", OCTET_STRING.at(3)),
            ).at(1),
        ),
        opt(
            "supplementalId",
            Choice(
                "supplementalId",
                must("timeStamp", GENERALIZED_TIME.at(1)),
                must("versionNumber", INTERNATIONAL_STRING.at(2)),
                must("previousVersion", EXTERNAL.at(3)),
            ).at(2),
        ),
        opt("correlationInfo", CORRELATION_INFO.at(3)),
        must("record", EXTERNAL.at(4)),
    )
)


def _update(edition: int) -> Choice:
    """edition 0: the first; 1: revision 1.1, with an action qualifier and diagnostics in lists."""
    to_keep = Sequence(
        "OriginPartToKeep",
        must("action", INTEGER.at(1)),
        must("databaseName", INTERNATIONAL_STRING.at(2)),
        opt("schema", OBJECT_IDENTIFIER.at(3)),
        opt("elementSetName", INTERNATIONAL_STRING.at(4)),
        opt("actionQualifier", EXTERNAL.at(5)),
    )
    failure = (
        must("surrogateDiagnostics", SequenceOf(DIAG_REC).at(2)) if edition else must("diagnostic", DIAG_REC.at(2))
    )
    target_part = Sequence(
        "TargetPart",
        must("updateStatus", INTEGER.at(1)),
        opt("globalDiagnostics", SequenceOf(DIAG_REC).at(2)),
        opt(
            "taskPackageRecords",
            SequenceOf(
                Sequence(
                    "TaskPackageRecordStructure",
                    opt("recordOrSurDiag", Choice("recordOrSurDiag", must("record", EXTERNAL.at(1)), failure).at(1)),
                    opt("correlationInfo", CORRELATION_INFO.at(2)),
                    must("recordStatus", INTEGER.at(3)),
                    opt("supplementalDiagnostics", SequenceOf(DIAG_REC).at(4)),
                )
            ).at(3),
        ),
    )
    return Choice(
        "Update",
        must(
            "esRequest",
            Sequence(
                "esRequest", must("toKeep", explicit(1, to_keep)), must("notToKeep", explicit(2, SUPPLIED_RECORDS))
            ).at(1),
        ),
        must(
            "taskPackage",
            Sequence(
                "taskPackage", must("originPart", explicit(1, to_keep)), must("targetPart", explicit(2, target_part))
            ).at(2),
        ),
    )


UPDATE = _update(1)
UPDATE_0 = _update(0)

TASK_PACKAGE = Sequence(
    "TaskPackage",
    must("packageType", OBJECT_IDENTIFIER.at(1)),
    opt("packageName", INTERNATIONAL_STRING.at(2)),
    opt("userId", INTERNATIONAL_STRING.at(3)),
    opt("retentionTime", INT_UNIT.at(4)),
    opt("permissions", PERMISSIONS.at(5)),
    opt("description", INTERNATIONAL_STRING.at(6)),
    opt("targetReference", OCTET_STRING.at(7)),
    opt("creationDateTime", GENERALIZED_TIME.at(8)),
    must("taskStatus", INTEGER.at(9)),
    opt("packageDiagnostics", SequenceOf(DIAG_REC).at(10)),
    must("taskSpecificParameters", EXTERNAL.at(11)),
)

# CharSetandLanguageNegotiation-3

_ISO_10646 = Sequence(
    "Iso10646", opt("collections", OBJECT_IDENTIFIER.at(1)), must("encodingLevel", OBJECT_IDENTIFIER.at(2))
)
_PRIVATE = Choice(
    "PrivateCharacterSet",
    must("viaOid", SequenceOf(OBJECT_IDENTIFIER).at(1)),
    must("externallySpecified", EXTERNAL.at(2)),
    must("previouslyAgreedUpon", NULL.at(3)),
)
_ENVIRONMENT = Choice("Environment", must("sevenBit", NULL.at(1)), must("eightBit", NULL.at(2)))
_INITIAL_SET = Sequence(
    "InitialSet", *[opt(name, INTEGER.at(number)) for number, name in enumerate(("g0", "g1", "g2", "g3", "c0", "c1"))]
)
_LEFT_AND_RIGHT = Sequence("LeftAndRight", must("gLeft", INTEGER.at(3)), opt("gRight", INTEGER.at(4)))
_ISO_2022 = Choice(
    "Iso2022",
    must(
        "originProposal",
        Sequence(
            "originProposal",
            opt("proposedEnvironment", _ENVIRONMENT.at(0)),
            must("proposedSets", SequenceOf(INTEGER).at(1)),
            must("proposedInitialSets", SequenceOf(_INITIAL_SET).at(2)),
            must("proposedLeftAndRight", _LEFT_AND_RIGHT.at(3)),
        ).at(1),
    ),
    must(
        "targetResponse",
        Sequence(
            "targetResponse",
            must("selectedEnvironment", _ENVIRONMENT.at(0)),
            must("selectedSets", SequenceOf(INTEGER).at(1)),
            must("selectedinitialSet", _INITIAL_SET.at(2)),
            must("selectedLeftAndRight", _LEFT_AND_RIGHT.at(3)),
        ).at(2),
    ),
)
CHARSET_NEGOTIATION = Choice(
    "CharSetandLanguageNegotiation",
    must(
        "proposal",
        Sequence(
            "OriginProposal",
            opt(
                "proposedCharSets",
                SequenceOf(
                    Choice(
                        "proposedCharSets",
                        must("iso2022", _ISO_2022.at(1)),
                        must("iso10646", _ISO_10646.at(2)),
                        must("private", _PRIVATE.at(3)),
                    )
                ).at(1),
            ),
            opt("proposedlanguages", SequenceOf(INTERNATIONAL_STRING).at(2)),
            opt("recordsInSelectedCharSets", BOOLEAN.at(3)),
        ).at(1),
    ),
    must(
        "response",
        Sequence(
            "TargetResponse",
            opt(
                "selectedCharSets",
                Choice(
                    "selectedCharSets",
                    must("iso2022", _ISO_2022.at(1)),
                    must("iso10646", _ISO_10646.at(2)),
                    must("private", _PRIVATE.at(3)),
                    must("none", NULL.at(4)),
                ).at(1),
            ),
            opt("selectedLanguage", INTERNATIONAL_STRING.at(2)),
            opt("recordsInSelectedCharSets", BOOLEAN.at(3)),
        ).at(2),
    ),
)

# ResourceReport-Format-Resource-2

RESOURCE_REPORT_2 = Sequence(
    "ResourceReport-2",
    opt(
        "estimates",
        SequenceOf(
            Sequence(
                "Estimate",
                must("type", STRING_OR_NUMERIC.at(1)),
                must("value", INT_UNIT.at(2)),
            )
        ).at(1),
    ),
    opt("message", INTERNATIONAL_STRING.at(2)),
)
