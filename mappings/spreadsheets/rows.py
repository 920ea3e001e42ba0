"""One row of a spreadsheet → one MARC 21 record, role by role, with a finding for each repair and each doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mappings.clean import strip_isbd, year
from mappings.codelists import language_of, table
from mappings.names import name_of, split_names, why_not_a_name
from mappings.record_builder import RecordBuilder
from mappings.spreadsheets.cells import Cell, repair_isbn, repair_issn, year_of
from mappings.spreadsheets.copies import Place, accession_numbers, number_of, places
from unioncat.marc.formats import ParsedRecord
from unioncat.model import BadRecord
from unioncat.text import detect_legacy, fold

__all__ = ["Row", "refusal", "row_to_marc"]


@dataclass(frozen=True, slots=True)
class Row:
    """cells: role → its cells with the letter of their column, in the order of the columns.

    identifier: names the row in its source; control_number: of the library's own giving, else ""
    """

    number: int
    cells: Mapping[str, list[tuple[str, Cell]]]
    constants: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    identifier: str = ""
    control_number: str = ""
    merged: bool = False


_UNICODE_VIETNAMESE = re.compile(
    "[\u0102\u0103\u0110\u0111\u0128\u0129\u0168\u0169\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9]"
)


class _Reading:
    """The texts of one row, repaired, and the record that grows out of them."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.builder = RecordBuilder()
        self._texts: dict[str, list[tuple[str, Cell]]] = {}
        for role, cells in row.cells.items():
            kept = [(letter, usable) for letter, cell in cells if (usable := self._usable(role, letter, cell))]
            if kept:
                self._texts[role] = kept
        for role, value in row.constants.items():
            self._texts.setdefault(role, [("", Cell(value, "text"))])

    def _usable(self, role: str, letter: str, cell: Cell) -> Cell | None:
        if not cell or role in ("", "ignore"):
            return None
        if cell.kind == "formula":
            self.builder.find("sheet-formula", "warning", letter, cell.text)
            return None
        if cell.kind == "error":
            self.builder.find("sheet-error-value", "warning", letter, cell.text)
            return None
        if cell.kind == "text" and (self.row.encoding or not cell.text.isascii() or "&#" in cell.text):
            return Cell(self._unicode(letter, cell.text), "text")
        return cell

    def _unicode(self, letter: str, text: str) -> str:
        if not self.row.encoding and _UNICODE_VIETNAMESE.search(text):
            return text  # Unicode already; what else could be read into it is chance
        found = detect_legacy(text, self.row.encoding)
        if not found.problem:
            return found.text
        words = {word for word in text.split() if word.isalpha()}
        if not self.row.encoding and (len(words) < 3 or found.confidence < 0.7):
            return text  # a word or two is no evidence, where the file as a whole shows none
        if found.is_certain:
            rule = {"legacy": "text-legacy", "double": "text-double-conversion", "lost": "text-lost-letters"}[
                found.problem
            ]
            self.builder.find(rule, "error" if found.problem == "lost" else "warning", letter, text, fixed=True)
            return found.text
        self.builder.find("text-legacy-suspected", "warning", letter, text)
        return text

    def cells(self, role: str) -> list[tuple[str, Cell]]:
        return self._texts.get(role, [])

    def texts(self, role: str) -> list[str]:
        return [cell.text for _, cell in self.cells(role)]

    def text(self, role: str) -> str:
        return "; ".join(self.texts(role))


def _title(reading: _Reading) -> None:
    builder = reading.builder
    title = " ".join(strip_isbd(reading.text("title")).split())
    proper, colon, rest = title.partition(" : ")
    proper, _, responsibility = proper.partition(" / ") if not colon else (proper, "", "")
    rest = "; ".join(part for part in (rest, reading.text("subtitle")) if part)
    if rest and " / " in rest:
        rest, _, responsibility = rest.partition(" / ")
    responsibility = reading.text("responsibility") or responsibility
    volume = reading.text("volume").strip()
    if volume:
        volume = f"Tập {volume}" if re.fullmatch(r"[\dIVXLC]+", volume) else volume
    authored = any(reading.texts(role) for role in ("authors", "corporate_author"))
    builder.add(
        "245",
        f"{'1' if authored else '0'}0",
        ("a", _ended(proper, "." if volume else " :" if rest else " /" if responsibility else "")),
        ("n", _ended(volume, " :" if rest else " /" if responsibility else "")),
        ("b", _ended(rest, " /" if responsibility else "")),
        ("c", responsibility),
    )
    for original in reading.texts("original_title"):
        builder.add("246", "3 ", ("a", original))


def _ended(text: str, mark: str) -> str:
    return f"{text}{mark}" if text and mark and not text.endswith(mark.strip()) else text


_TAGS = {"personal": "00", "corporate": "10", "meeting": "11"}
_ROLES = (
    ("authors", ""),
    ("corporate_author", ""),
    ("translator", "trl"),
    ("editor", "edt"),
    ("illustrator", "ill"),
    ("advisor", "ths"),
)


def _names(reading: _Reading) -> None:
    builder = reading.builder
    titles = frozenset({fold(reading.text("title"))})
    entered = False
    for role, relator in _ROLES:
        for letter, cell in reading.cells(role):
            names = [cell.text] if role == "corporate_author" else split_names(cell.text)
            for text in names:
                why = why_not_a_name(text, titles)
                if why == "nobody":
                    builder.find("name-nobody", "info", letter, text, fixed=True)
                elif why == "edition":
                    builder.add("250", "  ", ("a", text))
                elif why:
                    builder.add("500", "  ", ("a", text))
                    builder.find("sheet-author-not-a-name", "info", letter, text, fixed=True)
                else:
                    name = name_of(text, relator)
                    if not name.text:
                        continue
                    main = not entered and role in ("authors", "corporate_author") and name.relator in ("", "aut")
                    kind = "corporate" if role == "corporate_author" else name.kind
                    pair = ("2" if kind != "personal" else name.indicator) + " "
                    builder.add(("1" if main else "7") + _TAGS[kind], pair, ("a", name.text), ("4", name.relator))
                    entered = entered or main


_IMPRINT = re.compile(r"\A(?:(?P<place>[^:]{1,60}?)\s*:\s*)?(?P<publisher>.+?)(?:\s*,\s*(?P<year>\[?c?\d{4}\]?.*))?\Z")


def _publication(reading: _Reading) -> None:
    builder = reading.builder
    place, publisher, shown = reading.text("place"), reading.text("publisher"), ""
    imprint = _IMPRINT.match(reading.text("imprint")[:1000]) if reading.cells("imprint") else None
    if imprint:
        place, publisher = place or imprint["place"] or "", publisher or imprint["publisher"]
        shown = imprint["year"] or ""
    for letter, cell in reading.cells("year")[:1]:
        repaired = year_of(cell)
        shown = repaired.value
        if repaired.rule:
            builder.find(repaired.rule, "info", letter, cell.text, fixed=repaired.fixed)
        if not year(shown):
            builder.find("date-unclear", "info", letter, cell.text)
    builder.year = year(shown)
    builder.add(
        "264",
        " 1",
        ("a", _ended(place, " :" if publisher else "," if shown else "")),
        ("b", _ended(publisher, "," if shown else "")),
        ("c", shown),
    )
    country = reading.text("country")
    if country:
        folded = fold(country)
        for code, row in table("countries").items():
            if folded in (fold(row["vi"]), fold(row["en"]), row["iso3166"].lower() or code):
                builder.country = code
                break


def _numbers(reading: _Reading) -> None:
    builder = reading.builder
    price = re.sub(r"(?<=\d)\.0+\Z", "", reading.text("price"))
    for letter, cell in reading.cells("isbn"):
        for part in _isbn_parts(cell.text):
            repaired = repair_isbn(part.strip())
            if repaired.rule:
                builder.find(repaired.rule, "info" if repaired.fixed else "warning", letter, part, repaired.fixed)
            wrong = repaired.rule in ("isbn-check-digit", "isbn-length")
            builder.add("020", "  ", ("z" if wrong else "a", repaired.value), ("c", price if repaired.value else ""))
            if repaired.value:
                price = ""
    if price and re.search(r"\d", price):
        builder.add("020", "  ", ("c", price))
    for letter, cell in reading.cells("issn"):
        repaired = repair_issn(cell.text)
        if repaired.rule:
            builder.find(
                repaired.rule, "info" if repaired.fixed else "warning", letter, cell.text, fixed=repaired.fixed
            )
        builder.add("022", "  ", ("a", repaired.value))


def _isbn_parts(text: str) -> list[str]:
    """The ISBNs of one cell; a decimal comma of ``9,78E+12`` does not part it."""
    if re.search(r"\dE\+", text, re.IGNORECASE):
        return [text]
    parts = [part for part in re.split(r"[;,\n/|]|\s(?=97[89])", text) if part.strip()]
    if len(parts) == 1 and all(re.fullmatch(r"[\dXx-]{10,17}", word) for word in text.split()):
        return text.split()
    return parts


def _description(reading: _Reading) -> None:
    builder = reading.builder
    pages, size = reading.text("pages"), reading.text("size")
    if re.fullmatch(r"\d{1,5}", pages):
        pages = f"{pages} tr." if pages != "0" else ""
    size = f"{size} cm" if re.fullmatch(r"\d{1,3}(?:[.,]\d+)?(?:\s*[x×]\s*\d{1,3}(?:[.,]\d+)?)*", size) else size
    builder.add("300", "  ", ("a", _ended(pages, " ;" if size else "")), ("c", size))
    edition = reading.text("edition")
    if edition:
        builder.add(
            "250", "  ", ("a", f"Tái bản lần thứ {edition}" if edition.isdigit() and edition != "1" else edition)
        )
    for series in reading.texts("series"):
        builder.add("490", "0 ", ("a", series))
    for text in reading.texts("notes"):
        builder.add("500", "  ", ("a", text))
    for text in reading.texts("summary"):
        builder.add("520", "  ", ("a", text))
    for text in reading.texts("url"):
        if re.match(r"https?://\S+\Z", text):
            builder.add("856", "40", ("u", text))


def _language(reading: _Reading) -> None:
    codes = []
    for letter, cell in reading.cells("language"):
        for word in re.split(r"\s*[;,/\n+–-]\s*", cell.text):
            code = language_of(word)
            if code:
                codes.append(code)
            elif word:
                reading.builder.find("language-unknown", "warning", letter, word)
    codes = list(dict.fromkeys(codes))
    reading.builder.language = codes[0] if codes else ""
    if len(codes) > 1:
        reading.builder.add("041", "0 ", *(("a", code) for code in codes))


_CLASS = re.compile(r"\A(\d{3}(?:\.\d+)?)(?=$|[\s/])")


def _subjects(reading: _Reading) -> None:
    builder = reading.builder
    cutter = reading.text("cutter")
    for text in reading.texts("ddc") or [found[1] for found in [_CLASS.match(reading.text("call_number"))] if found]:
        number = _CLASS.match(text)
        if number:
            builder.add("082", "04", ("a", number[1]), ("b", cutter))
        else:
            builder.add("084", "  ", ("a", text), ("b", cutter))
    for role in ("subjects", "keywords"):
        for cell in reading.texts(role):
            parts = re.split(r"\s*[;\n|]\s*|\s+-\s+|\s+--\s+", cell)
            if len(parts) == 1 and cell.count(",") > 1:
                parts = re.split(r"\s*,\s*", cell)
            for part in parts:
                builder.add("653", "  ", ("a", part.strip(" .,")))


def _holdings(reading: _Reading) -> None:
    """852 for each shelving location, 876 for each copy with a number of its own."""
    builder = reading.builder
    shelf = reading.text("call_number")
    barcodes = [number for text in reading.texts("barcodes") for number in accession_numbers(text)]
    where = [place for text in reading.texts("location") for place in places(text)]
    total: int | None = None
    for letter, cell in reading.cells("copies")[:1]:
        total = number_of(cell.text)
        if total is None:
            counted = [place for place in places(cell.text) if place.copies is not None]
            if counted and not any(place.copies for place in where):
                where, total = counted, sum(place.copies or 0 for place in counted)
            elif not barcodes:
                builder.find("sheet-copies-mismatch", "warning", letter, cell.text)
    if len(barcodes) > 1 or sum(place.copies is not None for place in where) > 1:
        builder.find(
            "sheet-copies", "info", "", f"{len(barcodes) or sum(place.copies or 0 for place in where)}", fixed=True
        )
    if total is not None and barcodes and total != len(barcodes):
        builder.find("sheet-copies-mismatch", "warning", "", f"{total} / {len(barcodes)}")
    if not (shelf or barcodes or where or total):
        return
    for place in where or [Place("", None)]:
        copies = place.copies
        copies = copies if copies is not None else total if len(where) <= 1 and not barcodes else None
        builder.add(
            "852",
            "8 ",
            ("b", place.name),
            ("h", shelf),
            ("t", str(copies) if copies and copies > 1 else ""),
        )
    if not builder.has("852") and not barcodes:
        builder.add("852", "8 ", ("t", "1"))
    for number in barcodes:
        builder.add("876", "  ", ("p", number))


_MATERIALS: Mapping[str, tuple[str, str]] = {
    "ban do": ("e", "m"),
    "map": ("e", "m"),
    "bao": ("a", "s"),
    "tap chi": ("a", "s"),
    "bao tap chi": ("a", "s"),
    "magazine": ("a", "s"),
    "journal": ("a", "s"),
    "cd": ("i", "m"),
    "dia cd": ("i", "m"),
    "sach noi": ("i", "m"),
    "audiobook": ("i", "m"),
    "dvd": ("g", "m"),
    "video": ("g", "m"),
    "bang hinh": ("g", "m"),
    "bai trich": ("a", "b"),
    "bai bao": ("a", "b"),
    "tranh": ("k", "m"),
    "tranh anh": ("k", "m"),
    "ban nhac": ("c", "m"),
}
_THESIS = re.compile(r"\b(?:luan van|luan an|khoa luan|do an|thesis|dissertation)\b")


def _material(reading: _Reading) -> None:
    for text in reading.texts("material"):
        folded = fold(text)
        known = _MATERIALS.get(folded)
        if known:
            reading.builder.kind, reading.builder.level = known
        if _THESIS.search(folded):
            reading.builder.add("502", "  ", ("a", text))


_STEPS: tuple[Callable[[_Reading], None], ...] = (
    _title,
    _names,
    _publication,
    _numbers,
    _description,
    _language,
    _subjects,
    _material,
    _holdings,
)


_TITLE_IS_FORMULA, _NO_TITLE = "its title is a formula", "it has no title"
_IN_VIETNAMESE = {
    _TITLE_IS_FORMULA: "nhan đề là công thức; hãy dán giá trị",
    _NO_TITLE: "không có nhan đề",
}


def refusal(reason: str, language: str) -> str:
    """The reason of a refused row in `language`; one that is not ours stays as it is."""
    why = reason.rpartition("cannot be stored: ")[2]
    if language == "vi":
        return f"Không nhận được: {_IN_VIETNAMESE[why]}" if why in _IN_VIETNAMESE else reason
    return why.capitalize() if why in _IN_VIETNAMESE else reason


def row_to_marc(row: Row) -> ParsedRecord:
    """The record of a row. Raises BadRecord, with a sentence, for a row without a title."""
    reading = _Reading(row)
    if not reading.text("title").strip():
        formulas = [cell for _, cell in row.cells.get("title", ()) if cell.kind == "formula"]
        why = _TITLE_IS_FORMULA if formulas else _NO_TITLE
        raise BadRecord(f"row {row.number} cannot be stored: {why}", position=row.number)
    for step in _STEPS:
        step(reading)
    builder = reading.builder
    builder.control_number = row.control_number
    if row.merged:
        builder.find("sheet-merged", "info", "", fixed=True)
    return ParsedRecord(builder.record(), tuple(builder.findings), row.identifier or None)
