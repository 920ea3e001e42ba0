"""The sample editions as records and holdings of five libraries: what the tests of web and workroom start from."""

from __future__ import annotations

from datetime import UTC, datetime

from unioncat.demo.editions import Edition
from unioncat.marc import Field, Indicators, Record, Subfield
from unioncat.model import Holding, Member, MemberCode, RecordKey

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)

MEMBERS = (
    Member(
        MemberCode("VN-BT"),
        "Thư viện Nguyễn Đình Chiểu tỉnh Bến Tre",
        "public",
        name_en="Nguyen Dinh Chieu Provincial Library",
        district="Thành phố Bến Tre",
        province="Tỉnh Bến Tre",
        email="thuvien@bentre.example",
        link_template="https://opac.bentre.example/record?id={id}",
        profile={
            "about": "Thư viện công cộng của tỉnh, mở cửa cho mọi người.\nThẻ bạn đọc được cấp trong ngày.",
            "about_en": "The public library of the province, open to all.",
            "hours": "Thứ hai đến thứ sáu: 7:30–17:00\nThứ bảy: 8:00–16:00",
            "address": "Số 1 đường Đồng Khởi, phường An Hội",
            "phone": "0275 3822 000",
            "map": "https://www.openstreetmap.org/?mlat=10.24&mlon=106.37",
            "website": "javascript:alert(1)",
        },
    ),
    Member(
        MemberCode("VN-BT-CDBT"),
        "Thư viện Trường Cao đẳng Bến Tre",
        "college",
        name_en="Ben Tre College Library",
        district="Thành phố Bến Tre",
        province="Tỉnh Bến Tre",
    ),
    Member(
        MemberCode("VN-BT-BATRI"),
        "Thư viện huyện Ba Tri",
        "district",
        district="Huyện Ba Tri",
        province="Tỉnh Bến Tre",
    ),
    Member(
        MemberCode("VN-BT-THPT01"),
        "Thư viện Trường THPT Phan Thanh Giản",
        "school",
        district="Huyện Ba Tri",
        province="Tỉnh Bến Tre",
    ),
    Member(
        MemberCode("VN-BT-BTANG"),
        "Thư viện Bảo tàng Bến Tre",
        "specialised",
        name_en="Ben Tre Museum Library",
        district="Thành phố Bến Tre",
        province="Tỉnh Bến Tre",
    ),
)
BY_LETTER = dict(zip("PCDSX", MEMBERS, strict=True))
HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'"


def data(tag: str, indicators: str, *pairs: str) -> Field:
    parts = [Subfield(code, value) for code, value in zip(pairs[::2], pairs[1::2], strict=True) if value]
    return Field(tag, Indicators(*indicators), parts)


def marc_of(edition: Edition) -> Record:
    record = Record(leader="00000nam a2200000 i 4500")
    year = edition.year if edition.year.isdigit() else "    "
    record.add_field(Field("008", data=f"260101s{year}    vm            000 0 {edition.language} d"))
    if edition.isbn:
        record.add_field(data("020", "  ", "a", edition.isbn))
    if edition.ddc:
        record.add_field(data("082", "04", "a", edition.ddc))
    if edition.author:
        tag = "110" if edition.is_corporate else "100"
        record.add_field(data(tag, "0 ", "a", edition.author + ",", "d", edition.dates, "e", "tác giả"))
    title = edition.title + (" :" if edition.other_title else " /")
    rest = f"{edition.other_title} /" if edition.other_title else ""
    record.add_field(data("245", "10", "a", title, "n", edition.part, "b", rest, "c", edition.responsibility))
    if edition.edition:
        record.add_field(data("250", "  ", "a", edition.edition))
    record.add_field(data("264", " 1", "a", f"{edition.place} :", "b", f"{edition.publisher},", "c", edition.year))
    record.add_field(data("300", "  ", "a", f"{edition.pages} tr.", "c", "21 cm"))
    if edition.series:
        record.add_field(data("490", "0 ", "a", edition.series))
    for subject in edition.subjects:
        record.add_field(data("650", " 7", "a", subject, "2", "btkkhcn"))
    if edition.number % 17 == 0:
        record.add_field(data("856", "40", "u", f"https://so.bentre.example/{edition.number}", "y", "Bản số"))
    return record


def hostile_record() -> Record:
    record = Record(leader="00000nam a2200000 i 4500")
    record.add_field(Field("008", data="260101s2020    vm            000 0 vie d"))
    for tag in ("020", "100", "245", "250", "264", "300", "490", "500", "505", "520", "650", "651", "700", "773"):
        record.add_field(data(tag, " 1", "a", HOSTILE, "b", HOSTILE, "c", HOSTILE, "x", HOSTILE))
    record.add_field(data("856", "40", "u", "javascript:alert(1)", "y", HOSTILE))
    record.add_field(data("856", "40", "u", 'https://x.example/?a="><script>alert(1)</script>', "y", HOSTILE))
    return record


def holdings_of(edition: Edition, key: str) -> list[Holding]:
    found = []
    for place, letter in enumerate(edition.holders):
        member = BY_LETTER[letter].code
        found.append(
            Holding(
                member=member,
                record_key=RecordKey(key),
                call_number=f"{edition.ddc} {edition.title[:1].upper()}{edition.number:03}" if place < 3 else None,
                location="Kho địa chí" if "Địa chí" in edition.note else "Phòng mượn" if place == 0 else None,
                copies=(edition.number + place) % 4 or None,
                local_id=str(1000 + edition.number),
            )
        )
    return found
