"""MARC 21 → Dublin Core, simple and qualified, as tables (Library of Congress, MARC to Dublin Core Crosswalk).

`why` names the row of that crosswalk, or says why we differ from it.
"""

from __future__ import annotations

from mappings.clean import (
    address,
    digits_of_year,
    isbn13,
    issn,
    language_code,
    no_brackets,
    prefixed,
    strip_isbd,
    year,
)
from mappings.engine import Crosswalk, Rule
from mappings.material import dcmi_type
from unioncat.marc import Field, Record

__all__ = ["MARC21_TO_DC", "MARC21_TO_DCTERMS", "dc_date", "dc_statements", "is_author", "qualified_statements"]

_AUTHOR_CODES = frozenset({"aut", "cre", "cmp", "art", "dub", "pht"})
_AUTHOR_WORDS = ("author", "tác giả", "soạn giả", "composer", "nhạc sĩ", "creator", "biên soạn", "soạn")


def is_author(field: Field) -> bool:
    """An added entry whose relator ($4, $e) says that it wrote, composed or made the thing."""
    for code, value in field.subfields:
        if code == "4" and value.strip().lower()[-3:] in _AUTHOR_CODES:
            return True
        if code == "e" and value.strip(" .,").lower() in _AUTHOR_WORDS:
            return True
    return False


def _has_title(field: Field) -> bool:
    return any(part.code == "t" for part in field.subfields)


def _contributes(field: Field) -> bool:
    return not _has_title(field) and not is_author(field)


def _creates(field: Field) -> bool:
    return not _has_title(field) and is_author(field)


def _publication(field: Field) -> bool:
    """264 with second indicator 1, or blank where the cataloguer forgot it."""
    return field.indicator2 in "1 "


def _untraced(field: Field) -> bool:
    """A series statement that no 8XX repeats in its authorised form."""
    return field.indicator1 != "1"


def _shown(field: Field) -> bool:
    """Notes meant for the public: 541, 561 and 583 with first indicator 0 are private."""
    return not (field.tag in _PRIVATE_NOTES and field.indicator1 == "0")


_PRIVATE_NOTES = frozenset({"541", "561", "583"})
_NAME = "$abcdnqu"
_SUBJECT = "$abcdfgklmnopqrstuvxyz"

MARC21_TO_DC = (
    Rule("title", "245$abfgknps", "LC: Title", (strip_isbd,)),
    Rule("title", "246$abnp", "LC maps it to Title; a variant title is still a title", (strip_isbd,)),
    Rule(
        "creator",
        f"100{_NAME}:110{_NAME}:111$acdnq",
        "LC has Contributor; DCMI's Creator is the main entry",
        (strip_isbd,),
    ),
    Rule(
        "creator", f"700{_NAME}:710{_NAME}:711$acdnq", "an added entry that says author", (strip_isbd,), when=_creates
    ),
    Rule("contributor", f"700{_NAME}:710{_NAME}:711$acdnq:720$a", "LC: Contributor", (strip_isbd,), when=_contributes),
    Rule(
        "subject",
        f"600{_SUBJECT}:610{_SUBJECT}:611{_SUBJECT}:630{_SUBJECT}:647{_SUBJECT}:648$avxyz:650$abcdvxyz",
        "LC: Subject; subdivisions joined as they are printed",
        (strip_isbd,),
        divide="--",
    ),
    Rule("subject", "653$a", "LC: Subject", (strip_isbd,), each=True),
    Rule("description", "520$ab", "LC: Description; the summary first"),
    Rule("description", "505$agrt", "LC: Description, contents"),
    Rule(
        "description",
        "500$a:501$a:502$abcdgo:504$a:507$ab:508$a:511$a:513$ab:514$a:515$a:516$a:518$adop:521$a:522$a:524$a:525$a:"
        "533$abcdefmn:535$a:536$a:538$a:545$ab:547$a:550$a:552$a:555$a:556$a:561$a:580$a:581$a:585$a:586$a",
        "LC: Description 500-599 except 506, 530, 540, 546; 59X is local",
        when=_shown,
    ),
    Rule(
        "publisher",
        "260$b:264$b",
        "LC: Publisher 260$a$b; the place is no publisher",
        (strip_isbd, no_brackets),
        when=_publication,
    ),
    Rule("type", "655$a", "LC: Type", (strip_isbd,)),
    Rule("format", "300$abce", "LC: Format (extent)", (strip_isbd,)),
    Rule("format", "856$q", "LC: Format (media type)"),
    Rule(
        "identifier",
        "020$a",
        "LC: Identifier; as URN, always ISBN-13, only if the check digit is right",
        (isbn13, prefixed("urn:isbn:")),
    ),
    Rule("identifier", "022$a", "LC: Identifier; as URN", (issn, prefixed("urn:issn:"))),
    Rule("identifier", "856$u", "LC: Identifier", (address,), each=True),
    Rule("source", "534$abcefklmnptxz:786$aot", "LC: Source"),
    Rule("language", "008/35-37", "LC: Language", (language_code,)),
    Rule("language", "041$a", "LC: Language", (language_code,), each=True),
    Rule("relation", "490$av", "LC: Relation (series)", (strip_isbd,), when=_untraced),
    Rule("relation", "800$atv:810$atv:811$atv:830$av", "LC: Relation (series)", (strip_isbd,)),
    Rule(
        "relation",
        "760$ast:762$ast:765$ast:767$ast:770$ast:772$ast:773$agst:774$ast:775$ast:776$ast:777$ast:780$ast:785$ast:787$ast",
        "LC: Relation",
        (strip_isbd,),
    ),
    Rule("coverage", "651$avxyz", "LC: Coverage", (strip_isbd,), divide="--"),
    Rule("coverage", "662$abcdefgh:752$abcdfgh", "LC: Coverage", (strip_isbd,), join="--"),
    Rule("rights", "506$a:540$a:542$f", "LC: Rights"),
)
"""Simple Dublin Core. Date and Type need more than a row can say: `dc_date`, `mappings.material`."""

MARC21_TO_DCTERMS = (
    Rule("dc:title", "245$abfgknps", "LC: Title", (strip_isbd,)),
    Rule(
        "dcterms:alternative",
        "130$adfgklmnoprst:210$a:240$adfgklmnoprs:242$abnp:246$abnp:730$adfgklmnoprst:740$anp",
        "LC: Title, Alternative",
        (strip_isbd,),
    ),
    *(rule for rule in MARC21_TO_DC if rule.target in {"creator", "contributor"}),
    *(rule for rule in MARC21_TO_DC if rule.target == "subject" and rule.source.startswith("653")),
    Rule(
        "dc:subject",
        f"600{_SUBJECT}:610{_SUBJECT}:611{_SUBJECT}:630{_SUBJECT}:650$abcdvxyz",
        "LC: Subject; the scheme as xsi:type where there is a term",
        (strip_isbd,),
        divide="--",
        note="heading",
    ),
    Rule("dc:subject", "050$ab", "LC: Subject, LCC", note="dcterms:LCC"),
    Rule("dc:subject", "080$a", "LC: Subject, UDC", note="dcterms:UDC"),
    Rule("dc:subject", "082$a", "LC: Subject, DDC", note="dcterms:DDC"),
    Rule("dcterms:tableOfContents", "505$agrt", "LC: Description, TableOfContents"),
    Rule("dcterms:abstract", "520$ab", "LC: Description, Abstract"),
    *(rule for rule in MARC21_TO_DC if rule.target == "description" and rule.source.startswith("500")),
    *(rule for rule in MARC21_TO_DC if rule.target == "publisher"),
    Rule("dc:type", "655$a", "LC: Type", (strip_isbd,)),
    Rule("dcterms:extent", "300$ac", "LC: Format, Extent", (strip_isbd,)),
    Rule("dcterms:medium", "340$a", "LC: Format, Medium", (strip_isbd,)),
    Rule("dcterms:medium", "856$q", "LC: Format, IMT", note="dcterms:IMT"),
    *(rule for rule in MARC21_TO_DC if rule.target == "identifier"),
    *(rule for rule in MARC21_TO_DC if rule.target == "source"),
    Rule("dc:language", "008/35-37", "LC: Language, ISO 639-2", (language_code,), note="dcterms:ISO639-2"),
    Rule("dc:language", "041$a", "LC: Language, ISO 639-2", (language_code,), each=True, note="dcterms:ISO639-2"),
    Rule(
        "dcterms:isPartOf",
        "490$av:800$atv:810$atv:811$atv:830$av:760$ast:773$agst",
        "LC: Relation, IsPartOf",
        (strip_isbd,),
    ),
    Rule("dcterms:hasPart", "774$ast", "LC: Relation, HasPart", (strip_isbd,)),
    Rule("dcterms:isVersionOf", "775$ast", "LC: Relation, IsVersionOf", (strip_isbd,)),
    Rule("dcterms:hasFormat", "776$ast", "LC: Relation, HasFormat", (strip_isbd,)),
    Rule("dcterms:replaces", "780$ast", "LC: Relation, Replaces", (strip_isbd,)),
    Rule("dcterms:isReplacedBy", "785$ast", "LC: Relation, IsReplacedBy", (strip_isbd,)),
    Rule("dc:relation", "762$ast:765$ast:767$ast:770$ast:772$ast:777$ast:787$ast", "LC: Relation", (strip_isbd,)),
    Rule(
        "dcterms:spatial",
        "651$avxyz:662$abcdefgh:752$abcdfgh:522$a",
        "LC: Coverage, Spatial",
        (strip_isbd,),
        divide="--",
    ),
    Rule("dcterms:temporal", "648$a:513$b", "LC: Coverage, Temporal", (strip_isbd,)),
    Rule("dcterms:audience", "521$a", "LC: Audience", (strip_isbd,)),
    Rule("dcterms:accessRights", "506$a", "LC: Rights, AccessRights"),
    Rule("dc:rights", "540$a:542$f", "LC: Rights"),
)
"""Qualified Dublin Core (DCMI Metadata Terms). A target without prefix stands in ``dc:``."""

_SIMPLE = Crosswalk(MARC21_TO_DC)
_QUALIFIED = Crosswalk(MARC21_TO_DCTERMS)


def dc_date(record: Record) -> str:
    """Year of publication: 008/07-10, else the first year in 264$c or 260$c; "" if neither has one.

    LC gives both 260$c and 008/07-10; one year is what harvesters sort by.
    """
    fallback = ""
    for field in record.fields:
        tag = field.tag
        if tag == "008":
            coded = digits_of_year((field.data or "")[7:11])
            if coded:
                return coded
        elif (tag == "264" and _publication(field)) or tag == "260":
            if not fallback:
                fallback = year(" ".join(part.value for part in field.subfields if part.code == "c"))
        elif tag > "264" and tag.isdigit():
            break
    return fallback


def dc_statements(record: Record) -> list[tuple[str, str]]:
    """Simple Dublin Core: (element, value), elements in the table's order, nothing twice."""
    found: dict[tuple[str, str], None] = {}
    for rule, value, _ in _SIMPLE.statements(record):
        found[rule.target, value] = None
    date = dc_date(record)
    if date:
        found["date", date] = None
    found["type", dcmi_type(record)] = None
    return list(found)


def qualified_statements(record: Record) -> list[tuple[str, str, str]]:
    """Qualified Dublin Core: (prefixed element, value, xsi:type or "")."""
    found: dict[tuple[str, str, str], None] = {}
    for rule, value, field in _QUALIFIED.statements(record):
        target = rule.target if ":" in rule.target else f"dc:{rule.target}"
        scheme = rule.note
        if scheme == "heading" and field is not None:
            scheme = _SUBJECT_SCHEMES.get(field.indicator2, "")
        found[target, value, scheme] = None
    date = dc_date(record)
    if date:
        found["dcterms:issued", date, "dcterms:W3CDTF"] = None
    found["dc:type", dcmi_type(record), "dcterms:DCMIType"] = None
    return list(found)


_SUBJECT_SCHEMES = {"0": "dcterms:LCSH", "2": "dcterms:MESH"}
"""Second indicator of 6XX to the encoding schemes that DCMI names."""
