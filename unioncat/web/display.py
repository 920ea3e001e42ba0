"""What a page shows of a merged MARC record: the table of rows is here, their look is in the templates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l

from unioncat.marc import Field, Record, values
from unioncat.services.oai_sets import record_type
from unioncat.web import labels

__all__ = ["Brief", "Detail", "MarcLine", "Value", "brief", "details", "isbns", "marc_lines", "title_of", "trim"]

_END = re.compile(r"[\s/:;,=]+\Z")
_STOP = re.compile(r"(?<=\w{4})\.\Z|(?<=\))\.\Z")
_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)(?!\d)")


def trim(text: str) -> str:
    """The text without the ISBD punctuation that announces the next element (ISBD A.3), brackets kept."""
    return _STOP.sub("", _END.sub("", text.strip()))


@dataclass(frozen=True, slots=True)
class Link:
    """A digital copy or related page (MARC 856). `address` is http(s) only."""

    address: str
    text: str


@dataclass(frozen=True, slots=True)
class Brief:
    """The head of a record: what a result list shows of it.

    title:    245 $a $n $p, without ISBD punctuation; never empty
    type:     code of the record's type (see ``labels.csv``)
    year:     four digits, or ""
    """

    title: str
    rest: str
    responsibility: str
    author: str
    edition: str
    place: str
    publisher: str
    year: str
    extent: str
    type: str
    language: str
    isbn: str
    links: tuple[Link, ...]
    cover: str

    @property
    def imprint(self) -> str:
        """``Hà Nội : Văn học, 1994``"""
        head = " : ".join(part for part in (self.place, self.publisher) if part)
        return ", ".join(part for part in (head, self.year) if part)


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a row. access_point, term: what a click on it searches; "" for plain text."""

    text: str
    access_point: str = ""
    term: str = ""
    address: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    label: object
    values: tuple[Value, ...]
    code: str = ""


@dataclass(frozen=True, slots=True)
class MarcLine:
    """One field as the MARC view shows it. index: place among the record's fields, counted from 0; -1: leader."""

    tag: str
    label: str
    indicators: str = ""
    data: str = ""
    subfields: tuple[tuple[str, str, str], ...] = ()
    index: int = -1
    sources: tuple[str, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the display table. link: access point that a click on a value searches."""

    code: str
    label: object
    specs: tuple[str, ...]
    link: str = ""
    join: str = " "


ROWS: tuple[Row, ...] = (
    Row("author", _l("Author"), ("100$abcdq", "110$abnd", "111$acdn"), "author"),
    Row("contributor", _l("With"), ("700$abcdq", "710$abnd", "711$acdn"), "author"),
    Row("uniform", _l("Uniform title"), ("130$anp", "240$anplf"), "title"),
    Row("variant", _l("Other titles"), ("246$abnp", "740$anp"), "title"),
    Row("edition", _l("Edition"), ("250$ab",)),
    Row("published", _l("Published"), ("264$abc", "260$abc")),
    Row("described", _l("Description"), ("300$abce",)),
    Row("frequency", _l("Frequency"), ("310$ab",)),
    Row("numbering", _l("Issues"), ("362$a",)),
    Row("series", _l("Series"), ("490$av", "830$anpv"), "series"),
    Row("host", _l("In"), ("773$tdgz",), "title"),
    Row("earlier", _l("Continues"), ("780$atz",), "title"),
    Row("later", _l("Continued by"), ("785$atz",), "title"),
    Row("thesis", _l("Thesis note"), ("502$abcd",)),
    Row("summary", _l("Summary"), ("520$ab",)),
    Row("contents", _l("Contents"), ("505$agtr",)),
    Row("note", _l("Notes"), ("500$a", "546$ab", "504$a", "511$a", "518$a", "538$a", "550$a", "586$a")),
    Row("subject", _l("Subjects"), ("600$abcdtxvyz", "610$abxvyz", "611$acdxvyz", "630$anpxvyz", "650$axvyz")),
    Row("place_subject", _l("Places"), ("651$axvyz", "662$abcd")),
    Row("keyword", _l("Keywords"), ("653$a",)),
    Row("genre", _l("Genre"), ("655$axvyz",)),
    Row("classification", _l("Classification"), ("082$a", "080$a", "084$a")),
    Row("isbn", "ISBN", ("020$a",), "isbn"),
    Row("issn", "ISSN", ("022$a",), "issn"),
)
_HEADING_LINKS = {"subject": "subject", "place_subject": "subject", "keyword": "subject", "genre": "subject"}
_DASHED = {"subject", "place_subject", "genre"}


def _before_part(title: str) -> str:
    """A title or part with the full stop that ISBD sets before the next part; one that is there is enough."""
    return f"{title} " if title.endswith((".", "?", "!", "…")) else f"{title}. "


def title_of(record: Record) -> str:
    """245 $a $n $p, each without the ISBD punctuation after it, joined by full stops; "" if there is no title."""
    for one in record.get_fields("245"):
        if not one.is_control_field():
            parts = [part for part in map(trim, _subfields(one, "245$anp")) if part]
            return "".join(part if at == len(parts) else _before_part(part) for at, part in enumerate(parts, 1))
    return trim(_first(record, "130$a", "240$a", "246$a"))


def brief(record: Record) -> Brief:
    place, publisher, dated = _imprint(record)
    return Brief(
        title=title_of(record) or "—",
        rest=trim(_first(record, "245$b")),
        responsibility=trim(_first(record, "245$c")),
        author=trim(_first(record, "100$abc", "110$ab", "111$a", "700$abc", "710$ab")),
        edition=trim(_first(record, "250$ab")),
        place=place.strip("[]"),
        publisher=publisher.strip("[]"),
        year=_year(record, dated),
        extent=trim(_first(record, "300$a")),
        type=record_type(record),
        language=_language(record),
        isbn=next(iter(isbns(record)), ""),
        links=tuple(_links(record)),
        cover=_cover(record),
    )


def details(record: Record) -> tuple[Detail, ...]:
    """The rows of the record page that have something to show, in the order of ROWS."""
    rows: list[Detail] = []
    for row in ROWS:
        shown = tuple(_unique(_values_of(record, row)))
        if shown:
            rows.append(Detail(row.label, shown, row.code))
    spoken = tuple(Value(labels.label("language", code), "language", code) for code in _languages(record))
    if spoken:
        rows.append(Detail(_l("Language"), spoken, "language"))
    return tuple(rows)


def marc_lines(record: Record) -> tuple[MarcLine, ...]:
    """Leader and fields in the order of the record, with the labels of the page's language."""
    lines = [MarcLine("LDR", labels.marc_label("LDR"), data=str(record.leader).replace(" ", "␣"))]
    for index, one in enumerate(record.fields):
        label = labels.marc_label(one.tag)
        if one.is_control_field():
            lines.append(MarcLine(one.tag, label, data=(one.data or "").replace(" ", "␣"), index=index))
            continue
        parts = tuple((part.code, part.value, labels.subfield_label(one.tag, part.code)) for part in one.subfields)
        indicators = "".join(one.indicators or (" ", " ")).replace(" ", "␣")
        lines.append(MarcLine(one.tag, label, indicators=indicators, subfields=parts, index=index))
    return tuple(lines)


def isbns(record: Record) -> list[str]:
    """020$a as printed, without qualifiers."""
    return [text.split("(")[0].strip(" :;") for text in values(record, "020$a") if text.strip()]


def _values_of(record: Record, row: Row) -> Iterator[Value]:
    for spec in row.specs:
        if row.code in _DASHED:
            yield from _headings(record, spec, row)
            continue
        for one in _fields(record, spec):
            text = trim(_described(one) if row.code == "described" else " ".join(_subfields(one, spec)))
            if not text:
                continue
            note = ""
            if row.code in {"author", "contributor"}:
                note = ", ".join(_roles(one))
            link = row.link or _HEADING_LINKS.get(row.code, "")
            yield Value(text, link, text if link else "", note=note)


def _headings(record: Record, spec: str, row: Row) -> Iterator[Value]:
    for one in _fields(record, spec):
        parts = [trim(part) for part in _subfields(one, spec)]
        text = " — ".join(part for part in parts if part)
        if text:
            yield Value(text, _HEADING_LINKS[row.code], " ".join(parts))


def _unique(found: Iterable[Value]) -> Iterator[Value]:
    seen: set[str] = set()
    for value in found:
        key = value.text.casefold()
        if key not in seen:
            seen.add(key)
            yield value


def _fields(record: Record, spec: str) -> Sequence[Field]:
    return [one for one in record.get_fields(spec[:3]) if not one.is_control_field()]


def _subfields(one: Field, spec: str) -> Iterator[str]:
    wanted = spec[4:]
    return (part.value.strip() for part in one.subfields if part.code in wanted and part.value.strip())


def _described(one: Field) -> str:
    """300 with the ISBD signs that the cataloguer may have left away (ISBD A.3.2.5)."""
    text = ""
    for part in one.subfields:
        value = part.value.strip()
        sign = {"b": " : ", "c": " ; ", "e": " + "}.get(part.code)
        if not value or part.code not in "abce":
            continue
        text = _END.sub("", text).rstrip("+ ") + sign + value if text and sign else f"{text} {value}"
    return text


def _roles(one: Field) -> Iterator[str]:
    for part in one.subfields:
        if part.code == "e" and part.value.strip():
            yield trim(part.value)
        elif part.code == "4" and part.value.strip():
            yield labels.label("relator", part.value.strip().rsplit("/", 1)[-1])


def _first(record: Record, *specs: str) -> str:
    for spec in specs:
        for text in values(record, spec):
            if text.strip():
                return text.strip()
    return ""


def _imprint(record: Record) -> tuple[str, str, str]:
    """Place, publisher and date of the first 264 _1 that has them, else of 260."""
    publication = [one for one in record.get_fields("264") if str((one.indicators or ("", ""))[1]) == "1"]
    for one in [*publication, *record.get_fields("260"), *record.get_fields("264")]:
        parts = [next((part.value for part in one.subfields if part.code == code), "") for code in "abc"]
        if any(part.strip() for part in parts):
            return trim(parts[0]), trim(parts[1]), trim(parts[2])
    return "", "", ""


def _year(record: Record, dated: str) -> str:
    if found := _YEAR.search(dated):
        return found[1]
    coded = _first(record, "008/07-10")
    return coded if _YEAR.fullmatch(coded) and coded != "9999" else ""


def _languages(record: Record) -> list[str]:
    coded = [_first(record, "008/35-37"), *values(record, "041$a")]
    return [code for code in dict.fromkeys(coded) if len(code) == 3 and code.isalpha() and code not in {"und", "zxx"}]


def _language(record: Record) -> str:
    return next(iter(_languages(record)), "")


def _is_web(address: str) -> bool:
    try:
        split = urlsplit(address)
    except ValueError:
        return False
    return split.scheme in {"http", "https"} and bool(split.netloc)


def _links(record: Record) -> Iterator[Link]:
    for one in record.get_fields("856"):
        if one.is_control_field() or _is_cover(one):
            continue
        address = next((part.value.strip() for part in one.subfields if part.code == "u"), "")
        if _is_web(address):
            said = [part.value.strip() for part in one.subfields if part.code in "3yz" and part.value.strip()]
            yield Link(address, " · ".join(said))


def _is_cover(one: Field) -> bool:
    said = " ".join(part.value.casefold() for part in one.subfields if part.code in "3yz")
    return any(word in said for word in ("cover image", "ảnh bìa", "hình bìa"))


def _cover(record: Record) -> str:
    for one in record.get_fields("856"):
        if not one.is_control_field() and _is_cover(one):
            address = next((part.value.strip() for part in one.subfields if part.code == "u"), "")
            if _is_web(address) and address.startswith("https:"):
                return address
    return ""
