"""How each of the five sample libraries catalogues: the same editions, written down in five manners.

What differs is what differs between real libraries: the format, the encoding, which fields are filled,
abbreviations, the form of names, tone placement, volume words, and a few plain mistakes.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import openpyxl

from unioncat.demo.editions import Edition, held_by
from unioncat.marc import Field, Indicators, Record, Subfield, to_iso2709
from unioncat.model import Member, MemberCode


@dataclass(frozen=True, slots=True)
class SampleLibrary:
    """A member of the demo and how its records reach us.

    letter:  its letter in the table of editions
    manner:  ``oai-marc21``, ``oai-dc``, ``tcvn3.mrc``, ``xlsx``, ``nfd.mrc``
    """

    letter: str
    member: Member
    manner: str


LIBRARIES = (
    SampleLibrary(
        "P",
        Member(
            MemberCode("VN-BTNDC"),
            "Thư viện Nguyễn Đình Chiểu",
            "public",
            "Nguyễn Đình Chiểu Provincial Library",
            "Bến Tre",
            "Bến Tre",
            profile={"hours": "07:30-11:30, 13:30-17:00"},
        ),
        "oai-marc21",
    ),
    SampleLibrary(
        "C",
        Member(
            MemberCode("VN-BTCD"),
            "Thư viện Trường Cao đẳng Bến Tre",
            "college",
            "Bến Tre College Library",
            "Bến Tre",
            "Bến Tre",
        ),
        "oai-dc",
    ),
    SampleLibrary(
        "D",
        Member(
            MemberCode("VN-BTBATRI"),
            "Thư viện huyện Ba Tri",
            "district",
            "Ba Tri District Library",
            "Ba Tri",
            "Bến Tre",
        ),
        "tcvn3.mrc",
    ),
    SampleLibrary(
        "S",
        Member(
            MemberCode("VN-BTTHPT"),
            "Thư viện Trường THPT Nguyễn Đình Chiểu",
            "school",
            "Nguyễn Đình Chiểu High School Library",
            "Bến Tre",
            "Bến Tre",
        ),
        "xlsx",
    ),
    SampleLibrary(
        "X",
        Member(
            MemberCode("VN-BTBT"),
            "Thư viện Bảo tàng Bến Tre",
            "specialised",
            "Bến Tre Museum Library",
            "Bến Tre",
            "Bến Tre",
        ),
        "nfd.mrc",
    ),
)


def marc_records(letter: str) -> list[Record]:
    """The records of a library that catalogues in MARC 21 (letters P, D, X)."""
    make = _MANNERS[letter]
    return [make(edition) for edition in held_by(letter)]


def tcvn3_file() -> bytes:
    """The district library's export: ISO 2709 in TCVN3 (ABC fonts), one byte a letter, leader/09 blank."""
    return b"".join(_one_byte_record(record, "tcvn3") for record in marc_records("D"))


def _one_byte_record(record: Record, encoding: str) -> bytes:
    """ISO 2709 as an old program writes it, in a font's own encoding."""
    directory, body = b"", b""
    for field in record.fields:
        if field.is_control_field():
            data = (field.data or "").encode(encoding)
        else:
            data = f"{field.indicator1}{field.indicator2}".encode() + b"".join(
                b"\x1f" + part.code.encode() + _in_font(part.value, encoding) for part in field.subfields
            )
        data += b"\x1e"
        directory += f"{field.tag}{len(data):04d}{len(body):05d}".encode()
        body += data
    base = 24 + len(directory) + 1
    length = base + len(body) + 1
    leader = f"{length:05d}nam  22{base:05d}   4500".encode()
    return leader + directory + b"\x1e" + body + b"\x1d"


def _in_font(text: str, encoding: str) -> bytes:
    """TCVN3 has no code for toned capitals: typists used a font of capitals, and the case is lost in the text."""
    out = bytearray()
    for letter in text:
        try:
            out += letter.encode(encoding)
        except UnicodeEncodeError:
            out += letter.lower().encode(encoding)
    return bytes(out)


def nfd_file() -> bytes:
    """The museum's export: UTF-8 with decomposed letters, line breaks between the records, no 001."""
    return b"\n".join(to_iso2709(record) for record in marc_records("X"))


def workbook() -> bytes:
    """The school's sheet: a title row, Vietnamese headings, numbers where text belongs, one row without a title."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Sách tham khảo"
    sheet.append(["SỔ ĐĂNG KÝ CÁ BIỆT - THƯ VIỆN TRƯỜNG THPT NGUYỄN ĐÌNH CHIỂU"])
    sheet.merge_cells("A1:K1")
    sheet.append([])
    sheet.append(
        [
            "STT",
            "Tên sách",
            "Tác giả",
            "Nơi XB",
            "Nhà XB",
            "Năm XB",
            "Số trang",
            "Lần XB",
            "Môn loại",
            "ISBN",
            "Số ĐKCB",
        ]
    )
    for row, edition in enumerate(held_by("S"), 1):
        title = f"{edition.title} : {edition.other_title}" if edition.other_title and row % 3 else edition.title
        if edition.part:
            title = f"{title}. {edition.part.replace('Tập', 'T.')}"
        isbn: str | int = edition.isbn
        if len(edition.isbn) == 13:
            isbn = int(edition.isbn)  # as a spreadsheet keeps it
        elif edition.isbn.startswith("0"):
            isbn = int(edition.isbn) if edition.isbn.isdigit() else edition.isbn  # the zero is lost
        first = 1000 + 3 * row
        copies = "; ".join(f"TK.{number:05d}" for number in range(first, first + 1 + row % 3))
        author = edition.author if not edition.is_corporate else edition.author.replace("Giáo dục", "GD")
        sheet.append(
            [
                row,
                title,
                author,
                _short_place(edition.place),
                f"NXB {edition.publisher}",
                int(edition.year),
                int(edition.pages),
                edition.edition,
                float(edition.ddc) if edition.ddc.replace(".", "", 1).isdigit() else edition.ddc,
                isbn,
                copies,
            ]
        )
    sheet.append([999, None, "Nhiều tác giả", "H.", "NXB Giáo dục", 2001, None, None, None, None, "TK.09999"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# --- manners -------------------------------------------------------------------------------------------------


def _field(tag: str, indicators: str, *pairs: tuple[str, str]) -> Field:
    return Field(
        tag, Indicators(indicators[0], indicators[1]), [Subfield(code, value) for code, value in pairs if value]
    )


def _add(record: Record, *fields: Field) -> None:
    record.fields.extend(fields)


def _fixed(edition: Edition, *, kind: str = "s") -> str:
    """008 of a book (MARC 21 Bibliographic, 008 Books), 40 characters."""
    country = {"vie": "vm ", "eng": "xxu", "fre": "fr "}[edition.language]
    return f"240101{kind}{edition.year}    {country}           000 0 {edition.language} d"


def _short_place(place: str) -> str:
    return {"Hà Nội": "H.", "Thành phố Hồ Chí Minh": "Tp. Hồ Chí Minh"}.get(place, place)


def _control(tag: str, data: str) -> Field:
    return Field(tag, data=data)


def provincial(edition: Edition) -> Record:
    """Full records after AACR2 and ISBD; names in direct order, as the national bibliography enters them."""
    record = Record(leader="00000nam a2200000 a 4500")
    _add(
        record,
        _control("001", f"BTNDC{edition.number:06d}"),
        _control("003", "VN-BTNDC"),
        _control("008", _fixed(edition)),
    )
    if edition.isbn:
        _add(record, _field("020", "  ", ("a", edition.isbn)))
    _add(record, _field("040", "  ", ("a", "VN-BTNDC"), ("b", "vie")))
    _add(record, _field("082", "04", ("2", "23"), ("a", edition.ddc)))
    if edition.is_corporate:
        _add(record, _field("110", "2 ", ("a", edition.author)))
    elif edition.author:
        inverted = "," in edition.author
        name = f"{edition.author}," if edition.dates else edition.author
        _add(record, _field("100", "1 " if inverted else "0 ", ("a", name), ("d", edition.dates)))
    title = edition.title
    part = f"{edition.part}" if edition.part else ""
    after = " :" if edition.other_title else " /"
    _add(
        record,
        _field(
            "245",
            "10",
            ("a", f"{title}." if part else f"{title}{after}"),
            ("n", f"{part}{after}" if part else ""),
            ("b", f"{edition.other_title} /" if edition.other_title else ""),
            ("c", f"{edition.responsibility}."),
        ),
    )
    if edition.edition:
        _add(record, _field("250", "  ", ("a", edition.edition)))
    _add(
        record,
        _field("260", "  ", ("a", f"{edition.place} :"), ("b", f"{edition.publisher},"), ("c", edition.year)),
        _field("300", "  ", ("a", f"{edition.pages} tr. ;"), ("c", "21 cm")),
    )
    for subject in edition.subjects:
        _add(record, _field("650", " 4", ("a", subject)))
    if edition.note == "Địa chí":
        _add(record, _field("690", "  ", ("a", "Địa chí Bến Tre")))
    elif edition.note:
        _add(record, _field("500", "  ", ("a", edition.note)))
    shelf = f"{edition.ddc} {''.join(word[0] for word in edition.author.split()[:2]).upper()}"
    _add(
        record,
        _field("852", "  ", ("a", "VN-BTNDC"), ("b", "Kho mượn"), ("h", shelf), ("t", str(1 + edition.number % 4))),
    )
    return record


def district(edition: Edition) -> Record:
    """Short records of an old program: no subtitle in every third, `Nxb.` before the publisher, `T.1` for volumes."""
    record = Record(leader="00000nam  2200000   4500")
    _add(record, _control("001", f"{edition.number}"))
    _add(record, _control("008", _fixed(edition)))
    _add(record, _field("100", "  ", ("a", edition.author)))
    title = edition.title
    if edition.other_title and edition.number % 3:
        title = f"{title}: {edition.other_title}"
    if edition.part:
        title = f"{title}. {edition.part.replace('Tập ', 'T.').replace('Quyển ', 'Q.')}"
    _add(record, _field("245", "00", ("a", title)))
    if edition.edition:
        _add(record, _field("250", "  ", ("a", edition.edition.replace("Tái bản", "Tái bản"))))
    _add(
        record,
        _field(
            "260", "  ", ("a", _short_place(edition.place)), ("b", f"Nxb. {edition.publisher}"), ("c", edition.year)
        ),
        _field("300", "  ", ("a", f"{edition.pages}tr.")),
        _field("082", "  ", ("a", edition.ddc)),
        _field("852", "  ", ("b", "BATRI"), ("h", edition.ddc), ("p", f"BT{edition.number:05d}")),
    )
    return record


def museum(edition: Edition) -> Record:
    """Decomposed letters, blank indicators, the older tone placement (hòa), no control number."""
    record = Record(leader="00000nam a2200000   4500")
    _add(record, _control("008", _fixed(edition)))
    _add(record, _field("100", "  ", ("a", edition.author)))
    _add(record, _field("245", "  ", ("a", edition.title), ("n", edition.part), ("b", edition.other_title)))
    if edition.edition:
        _add(record, _field("250", "  ", ("a", edition.edition)))
    _add(
        record,
        _field("260", "  ", ("a", edition.place), ("b", f"NXB {edition.publisher}"), ("c", edition.year)),
        _field("300", "  ", ("a", f"{edition.pages} tr")),
    )
    for subject in edition.subjects:
        _add(record, _field("650", "  ", ("a", subject)))
    if edition.note == "Địa chí":
        _add(record, _field("690", "  ", ("a", "Địa chí Bến Tre")))
    _add(record, _field("852", "  ", ("b", "Kho tư liệu"), ("h", f"TL{edition.number:04d}")))
    for field in record.fields:
        if not field.is_control_field():
            field.subfields = [
                Subfield(code, unicodedata.normalize("NFD", _old_tone_placement(value)))
                for code, value in field.subfields
            ]
    return record


def _old_tone_placement(text: str) -> str:
    for new, old in (("oá", "óa"), ("oà", "òa"), ("oả", "ỏa"), ("uỷ", "ủy"), ("uý", "úy")):
        for ending in (" ", ",", "."):
            text = text.replace(new + ending, old + ending)
        if text.endswith(new):
            text = text[: -len(new)] + old
    return text


_MANNERS: dict[str, Callable[[Edition], Record]] = {"P": provincial, "D": district, "X": museum}
