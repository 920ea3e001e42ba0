"""MARC 21 → MODS 3.8 (Library of Congress, MARC to MODS Mapping), as tables of elements and their parts."""

from __future__ import annotations

from typing import NamedTuple

from mappings.clean import isbn13, issn, strip_isbd
from mappings.engine import Cleaner, Condition
from unioncat.marc import Field

__all__ = ["MARC21_TO_MODS", "Part", "Row"]


class Part(NamedTuple):
    """A child element. codes: subfields joined by a blank; each: an element for each of them.
    path: names of nested elements, attributes in brackets: ``subject/topic``, ``namePart[type=date]``."""

    path: str
    codes: str
    clean: tuple[Cleaner, ...] = (strip_isbd,)
    each: bool = False


class Row(NamedTuple):
    """One element for each field. path as in Part; an element without parts takes its text from `codes`."""

    path: str
    source: str
    why: str
    parts: tuple[Part, ...] = ()
    clean: tuple[Cleaner, ...] = (strip_isbd,)
    when: Condition | None = None
    kind: str = ""


def _untraced(field: Field) -> bool:
    return field.indicator1 != "1"


def _no_title(field: Field) -> bool:
    return not any(part.code == "t" for part in field.subfields)


def _public(field: Field) -> bool:
    return not (field.tag in ("541", "561", "583") and field.indicator1 == "0")


_PERSON = (
    Part("namePart", "abq", (strip_isbd,)),
    Part("namePart[type=termsOfAddress]", "c"),
    Part("namePart[type=date]", "d"),
    Part("affiliation", "u", (), each=True),
)
_BODY = (Part("namePart", "a"), Part("namePart", "b", each=True), Part("namePart", "dnc"))
_MEETING = (Part("namePart", "aqnd"), Part("namePart", "c"))
_TITLE = (Part("title", "afgk"), Part("subTitle", "b"), Part("partNumber", "n"), Part("partName", "p"))
_UNIFORM = (Part("title", "adfgklmorst"), Part("partNumber", "n"), Part("partName", "p"))
_DIVISIONS = (
    Part("topic", "x", each=True),
    Part("temporal", "y", each=True),
    Part("geographic", "z", each=True),
    Part("genre", "v", each=True),
)
_LINKED = (
    Part("titleInfo/title", "st"),
    Part("name/namePart", "a"),
    Part("originInfo/publisher", "d"),
    Part("part/text", "g"),
    Part("identifier[type=issn]", "x", (issn,), each=True),
    Part("identifier[type=isbn]", "z", (isbn13,), each=True),
    Part("note", "n", each=True),
)

MARC21_TO_MODS = (
    Row("titleInfo", "245", "LC: 245 titleInfo", _TITLE),
    Row("titleInfo[type=alternative]", "246", "LC: 246 alternative", _TITLE),
    Row("titleInfo[type=abbreviated]", "210", "LC: 210 abbreviated", (Part("title", "a"),)),
    Row("titleInfo[type=translated]", "242", "LC: 242 translated", _TITLE),
    Row("titleInfo[type=uniform]", "130:240:730", "LC: 130, 240, 730 uniform", _UNIFORM),
    Row("name[type=personal][usage=primary]", "100", "LC: 100 name", _PERSON, kind="name"),
    Row("name[type=corporate][usage=primary]", "110", "LC: 110 name", _BODY, kind="name"),
    Row("name[type=conference][usage=primary]", "111", "LC: 111 name", _MEETING, kind="name"),
    Row("name[type=personal]", "700", "LC: 700 without $t", _PERSON, when=_no_title, kind="name"),
    Row("name[type=corporate]", "710", "LC: 710 without $t", _BODY, when=_no_title, kind="name"),
    Row("name[type=conference]", "711", "LC: 711 without $t", _MEETING, when=_no_title, kind="name"),
    Row("name", "720", "LC: 720 name", (Part("namePart", "a"),), kind="name"),
    Row("genre", "655$a", "LC: 655 genre", kind="authority"),
    Row("physicalDescription", "300", "LC: 300 extent", (Part("extent", "abce", (strip_isbd,)),)),
    Row("physicalDescription", "856$q", "LC: 856$q internetMediaType", (Part("internetMediaType", "q", ()),)),
    Row("abstract", "520$ab", "LC: 520 abstract", clean=()),
    Row("tableOfContents", "505$agrt", "LC: 505 tableOfContents", clean=()),
    Row("targetAudience", "521$ab", "LC: 521 targetAudience"),
    Row("note[type=statement of responsibility]", "245$c", "LC: 245$c note"),
    Row("note[type=thesis]", "502$abcdgo", "LC: 502 note", clean=()),
    Row("note[type=bibliography]", "504$a", "LC: 504 note", clean=()),
    Row("note[type=language]", "546$ab", "LC: 546 note", clean=()),
    Row("note[type=system details]", "538$a", "LC: 538 note", clean=()),
    Row(
        "note",
        "500$a:501$a:507$ab:508$a:511$a:513$ab:515$a:518$adop:525$a:533$abcdefmn:534$abceflmnptxz:536$a:545$ab:547$a"
        ":550$a:555$a:561$a:580$a:581$a:585$a:586$a",
        "LC: 5XX note; 59X is local",
        clean=(),
        when=_public,
    ),
    Row(
        "subject",
        "600",
        "LC: 600 subject/name",
        (
            *(p._replace(path=f"name[type=personal]/{p.path}") for p in _PERSON[:3]),
            Part("titleInfo/title", "t"),
            *_DIVISIONS,
        ),
        kind="subject",
    ),
    Row(
        "subject",
        "610",
        "LC: 610 subject/name",
        (
            *(p._replace(path=f"name[type=corporate]/{p.path}") for p in _BODY),
            Part("titleInfo/title", "t"),
            *_DIVISIONS,
        ),
        kind="subject",
    ),
    Row(
        "subject",
        "611",
        "LC: 611 subject/name",
        (
            *(p._replace(path=f"name[type=conference]/{p.path}") for p in _MEETING),
            Part("titleInfo/title", "t"),
            *_DIVISIONS,
        ),
        kind="subject",
    ),
    Row(
        "subject",
        "630",
        "LC: 630 subject/titleInfo",
        (Part("titleInfo/title", "adfgklmnoprst"), *_DIVISIONS),
        kind="subject",
    ),
    Row("subject", "648", "LC: 648 subject/temporal", (Part("temporal", "a"), *_DIVISIONS), kind="subject"),
    Row("subject", "650", "LC: 650 subject/topic", (Part("topic", "abcd"), *_DIVISIONS), kind="subject"),
    Row("subject", "651", "LC: 651 subject/geographic", (Part("geographic", "a"), *_DIVISIONS), kind="subject"),
    Row("subject", "653$a", "LC: 653 subject/topic", (Part("topic", "a", each=True),)),
    Row("classification[authority=lcc]", "050$ab", "LC: 050 classification", clean=()),
    Row("classification[authority=udc]", "080$abx", "LC: 080 classification", clean=()),
    Row("classification[authority=ddc]", "082$ab", "LC: 082 classification", clean=()),
    Row("classification", "084$ab", "LC: 084 classification, $2", clean=(), kind="authority"),
    Row(
        "relatedItem[type=series]",
        "490",
        "LC: 490 series",
        (Part("titleInfo/title", "a"), Part("titleInfo/partNumber", "v"), Part("identifier[type=issn]", "x", (issn,))),
        when=_untraced,
    ),
    Row(
        "relatedItem[type=series]",
        "800:810:811:830",
        "LC: 8XX series",
        (
            Part("titleInfo/title", "atp"),
            Part("titleInfo/partNumber", "nv"),
            Part("identifier[type=issn]", "x", (issn,)),
        ),
    ),
    Row("relatedItem[type=host]", "773", "LC: 773 host", _LINKED),
    Row("relatedItem[type=constituent]", "774", "LC: 774 constituent", _LINKED),
    Row("relatedItem[type=otherVersion]", "775", "LC: 775 otherVersion", _LINKED),
    Row("relatedItem[type=otherFormat]", "776", "LC: 776 otherFormat", _LINKED),
    Row("relatedItem[type=preceding]", "780", "LC: 780 preceding", _LINKED),
    Row("relatedItem[type=succeeding]", "785", "LC: 785 succeeding", _LINKED),
    Row("relatedItem[type=original]", "786", "LC: 786 original", _LINKED),
    Row("relatedItem", "765:767:770:772:777:787", "LC: 76X-78X", _LINKED),
    Row(
        "identifier[type=isbn]", "020$a", "LC: 020$a; always ISBN-13, only if its check digit is right", clean=(isbn13,)
    ),
    Row("identifier[type=issn]", "022$a", "LC: 022$a", clean=(issn,)),
    Row("identifier[type=lccn]", "010$a", "LC: 010$a", clean=(str.strip,)),
    Row("identifier", "024$a", "LC: 024$a, type from the first indicator and $2", clean=(str.strip,), kind="number"),
    Row("accessCondition[type=restriction on access]", "506$a", "LC: 506 accessCondition", clean=()),
    Row("accessCondition[type=use and reproduction]", "540$a", "LC: 540 accessCondition", clean=()),
)
