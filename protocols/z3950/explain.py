"""Explain-lite (database IR-Explain-1, §3.2.10): the target, its databases, attributes and record syntaxes.

As far as clients ask: yaz-client and others search for an explain category (attribute set exp-1, use 1), and for
a database by name (use 3), and show what comes. A category that we do not have finds nothing.
"""

from __future__ import annotations

from typing import Any

from protocols.z3950 import oids
from protocols.z3950.apdu import ATTRIBUTE_SET_ID, DATABASE_NAME, ELEMENT_SET_NAME, STRING_OR_NUMERIC
from protocols.z3950.asn1 import (
    BOOLEAN,
    INTEGER,
    INTERNATIONAL_STRING,
    NULL,
    OBJECT_IDENTIFIER,
    Choice,
    Sequence,
    SequenceOf,
    explicit,
    must,
    opt,
)
from protocols.z3950.association import Parts
from protocols.z3950.attributes import term_texts
from protocols.z3950.databases import EXPLAIN_DATABASE
from protocols.z3950.diagnostics import Z3950Error
from unioncat.search.access_points import ACCESS_POINTS

__all__ = ["EXPLAIN_RECORD", "explain_records"]

HUMAN_STRING = SequenceOf(
    Sequence("HumanString", opt("language", INTERNATIONAL_STRING.at(0)), must("text", INTERNATIONAL_STRING.at(1)))
)
RPN_CAPABILITIES = Sequence(
    "RpnCapabilities",
    opt("operators", SequenceOf(INTEGER).at(0)),
    must("resultSetAsOperandSupported", BOOLEAN.at(1)),
    must("restrictionOperandSupported", BOOLEAN.at(2)),
)
QUERY_TYPE_DETAILS = Choice(
    "QueryTypeDetails", must("rpn", RPN_CAPABILITIES.at(1)), must("erpn", RPN_CAPABILITIES.at(101))
)
ACCESS_INFO = Sequence(
    "AccessInfo",
    opt("queryTypesSupported", SequenceOf(QUERY_TYPE_DETAILS).at(0)),
    opt("diagnosticsSets", SequenceOf(OBJECT_IDENTIFIER).at(1)),
    opt("attributeSetIds", SequenceOf(ATTRIBUTE_SET_ID).at(2)),
    opt("recordSyntaxes", SequenceOf(OBJECT_IDENTIFIER).at(4)),
    opt("elementSetNames", SequenceOf(ELEMENT_SET_NAME).at(10)),
    must("unitSystems", SequenceOf(INTERNATIONAL_STRING).at(11)),
)
TARGET_INFO = Sequence(
    "TargetInfo",
    must("name", INTERNATIONAL_STRING.at(1)),
    must("namedResultSets", BOOLEAN.at(4)),
    must("multipleDBsearch", BOOLEAN.at(5)),
    opt("maxResultSets", INTEGER.at(6)),
    opt("description", HUMAN_STRING.at(12)),
    opt("languages", SequenceOf(INTERNATIONAL_STRING).at(101)),
    opt("commonAccessInfo", ACCESS_INFO.at(19)),
)
DATABASE_INFO = Sequence(
    "DatabaseInfo",
    must("name", DATABASE_NAME.at(1)),
    opt("explainDatabase", NULL.at(2)),
    must("user-fee", BOOLEAN.at(5)),
    must("available", BOOLEAN.at(6)),
    opt("titleString", HUMAN_STRING.at(7)),
    opt(
        "recordCount",
        Choice("recordCount", must("actualNumber", INTEGER.at(0)), must("approxNumber", INTEGER.at(1))).at(14),
    ),
    opt("accessInfo", ACCESS_INFO.at(29)),
)
RECORD_SYNTAX_INFO = Sequence(
    "RecordSyntaxInfo",
    must("recordSyntax", OBJECT_IDENTIFIER.at(1)),
    must("name", INTERNATIONAL_STRING.at(2)),
)
ATTRIBUTE_SET_INFO = Sequence(
    "AttributeSetInfo",
    must("attributeSet", ATTRIBUTE_SET_ID.at(1)),
    must("name", INTERNATIONAL_STRING.at(2)),
    opt(
        "attributes",
        SequenceOf(
            Sequence(
                "AttributeType",
                opt("name", INTERNATIONAL_STRING.at(0)),
                opt("description", HUMAN_STRING.at(1)),
                must("attributeType", INTEGER.at(2)),
                must(
                    "attributeValues",
                    SequenceOf(
                        Sequence(
                            "AttributeDescription",
                            opt("name", INTERNATIONAL_STRING.at(0)),
                            opt("description", HUMAN_STRING.at(1)),
                            must("attributeValue", explicit(2, STRING_OR_NUMERIC)),
                        )
                    ).at(3),
                ),
            )
        ).at(3),
    ),
)
CATEGORY_LIST = Sequence(
    "CategoryList",
    must(
        "categories",
        SequenceOf(Sequence("CategoryInfo", must("category", INTERNATIONAL_STRING.at(1)))).at(1),
    ),
)
EXPLAIN_RECORD = Choice(
    "Explain-Record",
    must("targetInfo", TARGET_INFO.at(0)),
    must("databaseInfo", DATABASE_INFO.at(1)),
    must("recordSyntaxInfo", RECORD_SYNTAX_INFO.at(4)),
    must("attributeSetInfo", ATTRIBUTE_SET_INFO.at(5)),
    must("categoryList", CATEGORY_LIST.at(100)),
)
CATEGORIES = ("TargetInfo", "DatabaseInfo", "RecordSyntaxInfo", "AttributeSetInfo", "CategoryList")
_CATEGORY, _DATABASE = 1, 3  # use attributes of exp-1


def _text(vi: str, en: str) -> list[dict[str, str]]:
    return [{"language": "vie", "text": vi}, {"language": "eng", "text": en}]


def _access(parts: Parts) -> dict[str, Any]:
    rpn = {"resultSetAsOperandSupported": True, "restrictionOperandSupported": False}
    return {
        "queryTypesSupported": [("rpn", rpn), ("erpn", rpn)],
        "diagnosticsSets": [oids.DIAG_BIB_1],
        "attributeSetIds": [oids.BIB_1],
        "recordSyntaxes": list(parts.writer.syntaxes),
        "elementSetNames": ["F", "B", "H", *parts.writer.schemas],
        "unitSystems": [],
    }


def _target(parts: Parts) -> list[tuple[str, Any]]:
    return [
        (
            "targetInfo",
            {
                "name": parts.name,
                "namedResultSets": True,
                "multipleDBsearch": True,
                "maxResultSets": parts.limits.result_sets,
                "description": _text(parts.name, parts.name_en),
                "languages": ["vie", "eng"],
                "commonAccessInfo": _access(parts),
            },
        )
    ]


def _databases(parts: Parts) -> list[tuple[str, Any]]:
    count = ("actualNumber", parts.engine.count())
    found: list[dict[str, Any]] = []
    for name, vi, en in (
        ("Default", parts.name, parts.name_en),
        ("utf8", f"{parts.name} (UTF-8)", f"{parts.name_en} (UTF-8)"),
        ("marc8", f"{parts.name} (MARC-8)", f"{parts.name_en} (MARC-8)"),
    ):
        found.append(_database(name, vi, en) | {"recordCount": count, "accessInfo": _access(parts)})
    for code, member in sorted(parts.catalogue.members().items()):
        if member.active:
            found.append(_database(str(code), member.name, member.name_en or member.name))
    found.append(_database(EXPLAIN_DATABASE, "Explain", "Explain") | {"explainDatabase": None})
    return [("databaseInfo", each) for each in found]


def _database(name: str, vi: str, en: str) -> dict[str, Any]:
    return {"name": name, "user-fee": False, "available": True, "titleString": _text(vi, en)}


def _syntaxes(parts: Parts) -> list[tuple[str, Any]]:
    return [
        ("recordSyntaxInfo", {"recordSyntax": oid, "name": oids.name_of_syntax(oid)}) for oid in parts.writer.syntaxes
    ]


def _attribute_sets(parts: Parts) -> list[tuple[str, Any]]:
    uses = [
        {"name": row.name, "description": _text(row.vi, row.en), "attributeValue": ("numeric", use)}
        for row in ACCESS_POINTS
        for use in row.bib1
    ]
    attributes = [{"name": "Use", "attributeType": 1, "attributeValues": uses}]
    return [("attributeSetInfo", {"attributeSet": oids.BIB_1, "name": "Bib-1", "attributes": attributes})]


def _categories(parts: Parts) -> list[tuple[str, Any]]:
    return [("categoryList", {"categories": [{"category": name} for name in CATEGORIES]})]


_MAKERS = dict(
    zip(map(str.lower, CATEGORIES), (_target, _databases, _syntaxes, _attribute_sets, _categories), strict=True)
)


def _operands(query: tuple[str, Any]) -> list[dict[str, Any]]:
    """Terms of a query that only joins by "and". Raises Z3950Error 3."""
    kind, value = query
    if kind not in ("type-1", "type-101"):
        raise Z3950Error("query_type", kind)
    found: list[dict[str, Any]] = []
    work = [value["rpn"]]
    while work:
        form, part = work.pop()
        if form == "rpnRpnOp":
            if part["op"][0] != "and":
                raise Z3950Error("unsupported_operator", part["op"][0])
            work += [part["rpn1"], part["rpn2"]]
        elif part[0] == "attrTerm":
            found.append(part[1])
        else:
            raise Z3950Error("unsupported_search", part[0])
        if len(found) > 8:
            raise Z3950Error("too_many_operators", len(found))
    return found


def explain_records(parts: Parts, query: tuple[str, Any]) -> list[bytes]:
    """Written Explain records that a search of the Explain database finds."""
    category = ""
    database = ""
    for operand in _operands(query):
        uses = [
            value
            for element in operand["attributes"]
            if element["attributeType"] == 1
            for kind, value in [element["attributeValue"]]
            if kind == "numeric"
        ]
        if not uses or uses[0] not in (_CATEGORY, _DATABASE):
            raise Z3950Error("unsupported_access_point", uses[0] if uses else "")
        text = term_texts(operand["term"])[0].strip().lower()
        if uses[0] == _CATEGORY:
            category = text
        else:
            database = text
    maker = _MAKERS.get(category)
    made = maker(parts) if maker else []
    if database:
        made = [each for each in made if each[1].get("name", "").lower() == database]
    return [EXPLAIN_RECORD.write(each) for each in made]
