"""Dublin Core, simple and qualified → MARC 21 (Library of Congress, Dublin Core to MARC Crosswalk), as a table.

What a row cannot say is a named function below it. Dirty values go where they do no harm, with a finding;
nothing is invented: no title gives no 245.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from mappings.clean import isbn13, issn, strip_isbd, year
from mappings.codelists import language_of
from mappings.names import name_of, split_names, why_not_a_name
from mappings.record_builder import RecordBuilder
from unioncat.marc.formats import ParsedRecord
from unioncat.model import BadRecord
from unioncat.text import fold

__all__ = ["DC_TO_MARC21", "Statement", "to_marc"]


class Statement(NamedTuple):
    """One Dublin Core value. scheme: local name of xsi:type or ""; language: xml:lang or ""."""

    element: str
    value: str
    scheme: str = ""
    language: str = ""


class Row(NamedTuple):
    """target: tag, both indicators (# is blank), subfield; or a function that decides by the value."""

    element: str
    target: str | Callable[[RecordBuilder, Statement, _Context], None]
    why: str


class _Context(NamedTuple):
    """What a value may have to be compared with: folded titles, and all statements of the record."""

    titles: frozenset[str]
    statements: Sequence[Statement]


def _title(builder: RecordBuilder, statement: Statement, context: _Context) -> None:
    """The first title is 245, cut at ISBD punctuation; others are variants."""
    value = strip_isbd(statement.value)
    if builder.has("245"):
        builder.add("246", "3 ", ("a", value))
        return
    main, slash, responsibility = value.partition(" / ")
    proper, colon, rest = main.partition(" : ")
    has_creator = any(other.element == "creator" for other in context.statements)
    builder.add(
        "245",
        f"{'1' if has_creator else '0'}0",
        ("a", proper.strip() + (" :" if colon else " /" if slash else "")),
        ("b", rest.strip() + (" /" if slash and rest else "")),
        ("c", responsibility),
    )


def _creator(builder: RecordBuilder, statement: Statement, context: _Context) -> None:
    _heading(builder, statement, context, main=not any(builder.has(tag) for tag in ("100", "110", "111")))


def _contributor(builder: RecordBuilder, statement: Statement, context: _Context) -> None:
    _heading(builder, statement, context, main=False)


_TAGS = {"personal": "00", "corporate": "10", "meeting": "11"}


def _heading(builder: RecordBuilder, statement: Statement, context: _Context, *, main: bool) -> None:
    for text in split_names(statement.value) or [statement.value]:
        wrong = why_not_a_name(text, context.titles)
        if wrong == "edition":
            builder.add("250", "  ", ("a", text))
            builder.find("dc-creator-edition", "warning", "250$a", text, fixed=True)
        elif wrong == "nobody":
            builder.find("dc-creator-nobody", "info", "100$a", text, fixed=True)
        elif wrong == "title":
            builder.find("dc-creator-is-title", "warning", "100$a", text, fixed=True)
        elif wrong:
            builder.add("500", "  ", ("a", text))
            builder.find("dc-creator-not-a-name", "warning", "500$a", text)
        else:
            name = name_of(text)
            tag = ("1" if main else "7") + _TAGS[name.kind]
            builder.add(tag, name.indicator + " ", ("a", name.text), ("4", name.relator))
            main = False


def _date(builder: RecordBuilder, statement: Statement, context: _Context) -> None:
    """One date of publication: `issued` first, then what is not a timestamp of the repository."""
    if builder.has("264") and builder.year:
        return
    best = min(
        (other for other in context.statements if other.element in _DATE_ORDER), key=_date_rank, default=statement
    )
    if _TIMESTAMP.search(best.value):
        builder.find("dc-date-timestamp", "info", "264$c", best.value)
    found = year(best.value)
    if not found:
        builder.find("dc-date-unclear", "warning", "264$c", best.value)
    builder.year = found
    publishers = [other.value for other in context.statements if other.element == "publisher"]
    shown = found if _TIMESTAMP.search(best.value) else best.value
    builder.add("264", " 1", ("b", f"{publishers[0]}," if publishers else ""), ("c", shown))
    for name in publishers[1:]:
        builder.add("264", " 1", ("b", name))


_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT")
_DATE_ORDER = ("issued", "date", "created", "dateCopyrighted", "copyrighted", "available", "dateSubmitted")


def _date_rank(statement: Statement) -> tuple[bool, bool, int, str]:
    """A year before none, no timestamp before one, then our order, then the earliest."""
    return (
        not year(statement.value),
        _TIMESTAMP.search(statement.value) is not None,
        _DATE_ORDER.index(statement.element),
        statement.value,
    )


def _publisher(builder: RecordBuilder, statement: Statement, context: _Context) -> None:
    if not any(other.element in _DATE_ORDER for other in context.statements):
        builder.add("264", " 1", ("b", statement.value))


_EXTENT = re.compile(
    r"\d\s*(?:tr|trang|p|pp|pages|tờ|tập|cm|v|vol|leaves|sheets?|f|phút|min|MB|KB|bytes)\b", re.IGNORECASE
)
_MEDIA_TYPE = re.compile(r"\A(?:application|audio|image|text|video|model)/[\w.+-]+")


def _format(builder: RecordBuilder, statement: Statement, context: _Context) -> None:
    media = _MEDIA_TYPE.match(statement.value)
    if media:
        link = statement.value[media.end() :].strip()
        if link.startswith(("http:", "https:")):
            builder.add("856", "40", ("u", link.replace(" ", "%20")), ("q", media[0]))
        else:
            builder.add("347", "  ", ("b", media[0]))
    elif _EXTENT.search(statement.value):
        builder.add("300", "  ", ("a", statement.value))
    else:
        builder.add("340", "  ", ("a", statement.value))


def _identifier(builder: RecordBuilder, statement: Statement, context: _Context) -> None:
    value = statement.value
    lower = value.lower()
    if lower.startswith(("http://", "https://", "ftp://")):
        number = re.sub(r"\Ahttps?://(?:dx\.)?doi\.org/", "", value)
        if number != value:
            builder.add("024", "7 ", ("a", number), ("2", "doi"))
        else:
            builder.add("856", "40", ("u", value.replace(" ", "%20")))
    elif re.match(r"(?:doi:\s*)?10\.\d{4,9}/", lower):
        builder.add("024", "7 ", ("a", re.sub(r"(?i)\Adoi:\s*", "", value)), ("2", "doi"))
    elif isbn13(value) and (_ISBN_LABEL.search(lower) or re.fullmatch(r"[\dXx\-\u2010-\u2015 ]{10,20}", value.strip())):
        builder.add("020", "  ", ("a", isbn13(value)))
    elif _ISBN_LABEL.search(lower):
        builder.add("020", "  ", ("z", re.sub(r"(?i)\A(?:urn:)?isbn:?\s*", "", value)))
        builder.find("isbn-check-digit", "warning", "020$a", value)
    elif issn(value) and (re.match(r"(?:urn:)?issn", lower) or re.fullmatch(r"\d{4}-\d{3}[\dXx]", value.strip())):
        builder.add("022", "  ", ("a", issn(value)))
    elif not any(char.isalnum() for char in value):
        builder.find("dc-identifier-empty", "info", "024$a", value, fixed=True)
    elif len(value.split()) > 3:
        builder.add("524", "  ", ("a", value))
    else:
        builder.add("024", "8 ", ("a", value))


_ISBN_LABEL = re.compile(r"\A(?:urn:)?isbn\b")


def _language(builder: RecordBuilder, statement: Statement, context: _Context) -> None:
    """The first goes to 008/35-37; two or more to 041 as well."""
    if not any(char.isalpha() for char in statement.value):
        return  # fill characters of a 008
    if not _languages(statement.value):
        builder.find("dc-language-unknown", "warning", "008/35-37", statement.value)
        return
    if not builder.language:
        told = [other.value for other in context.statements if other.element == "language"]
        codes = list(dict.fromkeys(code for value in told for code in _languages(value)))
        builder.language = codes[0]
        if len(codes) > 1:
            builder.add("041", "0 ", *(("a", code) for code in codes))


def _languages(value: str) -> list[str]:
    """Codes of one value: a name or code, several of them (`vi; en`), or run together (`engfre`)."""
    codes = [language_of(part) for part in re.split(r"\s*[;,/]\s*", value)]
    if not any(codes) and len(value) % 3 == 0 and len(value) <= 30 and value.isalpha():
        codes = [language_of(value[start : start + 3]) for start in range(0, len(value), 3)]
        if not all(codes):
            return []
    return [code for code in codes if code]


_TYPES: Mapping[str, tuple[str, str]] = {
    "text": ("a", "m"),
    "book": ("a", "m"),
    "sach": ("a", "m"),
    "book chapter": ("a", "a"),
    "book part": ("a", "a"),
    "bookpart": ("a", "a"),
    "chuong sach": ("a", "a"),
    "article": ("a", "b"),
    "bai bao": ("a", "b"),
    "bai trich": ("a", "b"),
    "journal article": ("a", "b"),
    "conferenceobject": ("a", "b"),
    "journal": ("a", "s"),
    "periodical": ("a", "s"),
    "bao tap chi": ("a", "s"),
    "tap chi": ("a", "s"),
    "image": ("k", "m"),
    "stillimage": ("k", "m"),
    "still image": ("k", "m"),
    "photographs": ("k", "m"),
    "photograph": ("k", "m"),
    "hinh anh": ("k", "m"),
    "anh": ("k", "m"),
    "map": ("e", "m"),
    "ban do": ("e", "m"),
    "sound": ("i", "m"),
    "recording oral": ("i", "m"),
    "recording musical": ("j", "m"),
    "movingimage": ("g", "m"),
    "moving image": ("g", "m"),
    "video": ("g", "m"),
    "software": ("m", "m"),
    "dataset": ("m", "m"),
    "interactiveresource": ("m", "m"),
    "interactive resource": ("m", "m"),
    "collection": ("a", "c"),
    "physicalobject": ("r", "m"),
    "physical object": ("r", "m"),
    "musical score": ("c", "m"),
    "ban nhac": ("c", "m"),
    "thesis": ("a", "m"),
}
"""Folded type → leader/06, 07 (DCMI Type Vocabulary, DSpace's list, info:eu-repo, Vietnamese words)."""

_THESIS = re.compile(r"\b(?:thesis|dissertation|luan van|luan an|khoa luan|do an tot nghiep)\b")


def _type(builder: RecordBuilder, statement: Statement, context: _Context) -> None:
    """A word of the DCMI vocabulary says only leader/06-07; other words are kept as genre too."""
    word = statement.value.rsplit("/", 1)[-1].split(":", 1)[-1].strip(" ;")
    folded = fold(word)
    known = _TYPES.get(folded)
    if known is not None and (builder.kind, builder.level) == ("a", "m"):
        builder.kind, builder.level = known
    if _THESIS.search(fold(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", word))):
        builder.add("502", "  ", ("a", word))
    elif known is None or folded not in ("text", "book", "sach", "stillimage", "movingimage", "physicalobject"):
        builder.add("655", " 4", ("a", word))


def _subject(builder: RecordBuilder, statement: Statement, context: _Context) -> None:
    """DDC, UDC and LCC numbers have their fields; other words are uncontrolled, one a field."""
    scheme, value = statement.scheme.upper(), statement.value
    ddc = re.match(r"(?i)ddc:?\s*(\d{3}(?:\.\d+)?)", value)
    if scheme in ("DDC", "LCC", "UDC") or ddc:
        tag, pair = {"LCC": ("050", " 4"), "UDC": ("080", "  ")}.get(scheme, ("082", "04"))
        builder.add(tag, pair, ("a", ddc[1] if ddc else value))
        return
    for word in re.split(r"\s*;\s*", value):
        if scheme == "LCSH":
            parts = word.split("--")
            builder.add("650", " 0", ("a", parts[0]), *(("x", part) for part in parts[1:]))
        else:
            builder.add("653", "  ", ("a", strip_isbd(word)))


DC_TO_MARC21 = (
    Row("title", _title, "LC: Title 245 00$a; further ones 246 33$a"),
    Row(
        "creator",
        _creator,
        "LC: Author 720 (unqualified); we give 1XX/7XX where the text is a name, as matching needs it",
    ),
    Row("contributor", _contributor, "LC: Contributor 720; as above, always an added entry"),
    Row("subject", _subject, "LC: Subject 653 ##$a; with scheme 650, 050, 080, 082"),
    Row("tableOfContents", "5050#$a", "LC: TableOfContents"),
    Row("abstract", "520##$a", "LC: Abstract 520 3#$a"),
    Row("description", "520##$a", "LC: Description 520 ##$a"),
    Row("issued", _date, "LC: Date 260 ##$c; RDA puts it into 264 #1"),
    Row("date", _date, "LC: Date, and 008/07-10"),
    Row("created", _date, "LC: Created"),
    Row("publisher", _publisher, "LC: Publisher 260 ##$b"),
    Row("type", _type, "LC: Type 655 #7$a $2 local, and leader/06"),
    Row("format", _format, "LC: Format 856 $q; extent 300 $a; medium 340 $a"),
    Row("extent", "300##$a", "LC: Extent"),
    Row("medium", "340##$a", "LC: Medium"),
    Row("identifier", _identifier, "LC: Identifier 024 8#$a; ISBN, ISSN and URL to their own fields"),
    Row("language", _language, "LC: Language 546 ##$a, coded 041; we code it in 008/35-37"),
    Row("alternative", "2463#$a", "LC: Alternative"),
    Row("source", "7860#$n", "LC: Source 786 0#$n"),
    Row("isPartOf", "7730#$t", "LC: IsPartOf 773 0#$n; a title that people can search"),
    Row("hasPart", "7740#$t", "LC: HasPart"),
    Row("isVersionOf", "7750#$t", "LC: IsVersionOf"),
    Row("hasFormat", "7760#$t", "LC: HasFormat"),
    Row("isFormatOf", "7760#$t", "LC: IsFormatOf"),
    Row("replaces", "78000$t", "LC: Replaces"),
    Row("isReplacedBy", "78500$t", "LC: IsReplacedBy"),
    Row("relation", "7870#$n", "LC: Relation 787 0#$n"),
    Row("requires", "538##$a", "LC: Requires"),
    Row("coverage", "500##$a", "LC: Coverage 500 ##$a"),
    Row("spatial", "653#5$a", "LC: Spatial 522 ##$a; as a searchable uncontrolled geographic term"),
    Row("temporal", "653#4$a", "LC: Temporal 513 ##$b; as above, chronological"),
    Row("audience", "521##$a", "LC: Audience"),
    Row("bibliographicCitation", "524##$a", "LC: BibliographicCitation"),
    Row("accessRights", "506##$a", "LC: AccessRights"),
    Row("license", "540##$a", "LC: License"),
    Row("rights", "540##$a", "LC: Rights 540 ##$a"),
    Row("rightsHolder", "542##$d", "LC: RightsHolder"),
    Row("provenance", "561##$a", "LC: Provenance"),
)


def to_marc(statements: Sequence[Statement]) -> ParsedRecord:
    """The record of these statements, rows in the table's order, values in their own.

    Raises BadRecord if no statement says anything we have a row for.
    """
    told = list(dict.fromkeys(statement for statement in statements if statement.value.strip()))
    titles = frozenset(fold(statement.value) for statement in told if statement.element == "title")
    context = _Context(titles, told)
    builder = RecordBuilder()
    by_element: dict[str, list[Statement]] = {}
    for statement in told:
        by_element.setdefault(statement.element, []).append(statement)
    for row in DC_TO_MARC21:
        for statement in by_element.get(row.element, ()):
            if callable(row.target):
                row.target(builder, statement, context)
            else:
                pair = row.target[3:5].replace("#", " ")
                builder.add(row.target[:3], pair, (row.target[6], statement.value))
    known = {row.element for row in DC_TO_MARC21}
    if not known & by_element.keys():
        raise BadRecord("no Dublin Core element with text in it")
    if not titles:
        builder.find("title-missing", "error", "245$a")
    return ParsedRecord(builder.record(), tuple(builder.findings))
