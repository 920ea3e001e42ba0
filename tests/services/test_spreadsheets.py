"""A library's workbook through the whole house: mapping kept, preview, load, handed back, deletions inferred."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from mappings.spreadsheet import Column, ColumnMapping
from tests.union_house import House
from unioncat.model import Account, NotFound, WrongUse
from unioncat.services.formats import Formats
from unioncat.services.spreadsheets import Spreadsheets

MAPPING = ColumnMapping((Column("Mã", 1, "identifier"), Column("Tựa", 2, "title"), Column("Ai viết", 3, "authors")))
HEADING = ["Mã", "Tựa", "Ai viết"]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(f"sqlite:///{tmp_path / 'store.db'}")
    yield made
    made.close()


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEADING, *rows):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def load(
    house: House, path: Path, data: bytes, sheets: Spreadsheets, *, full: bool = False
) -> tuple[int, Account, int]:
    path.write_bytes(data)
    records = Formats.load().open(path, "xlsx", sheets.hints("vn-bt"))
    run = house.ingest.run(house.source(), records, full=full)
    return run.number, run.account, run.inferred


def test_from_preview_to_the_workbook_handed_back(house: House, tmp_path: Path) -> None:
    sheets = Spreadsheets(house.store)
    sheets.keep("vn-bt", MAPPING)
    first = workbook(["A1", "Quê nội", "Võ Quảng"], ["A2", "=1+1", "x"], ["A3", "Dế Mèn phiêu lưu ký", "Tô Hoài"])
    shown = sheets.preview("vn-bt", io.BytesIO(first), "xlsx")
    assert (shown.total, shown.refused, shown.guessed) == (3, 1, False)
    assert shown.comparison is not None
    assert shown.comparison.new == 3
    number, account, _ = load(house, tmp_path / "sach.xlsx", first, sheets)
    assert account == Account(stored=2, refused=1)
    sheet = openpyxl.load_workbook(io.BytesIO(sheets.hand_back("vn-bt", number, first, "xlsx"))).active
    assert sheet is not None
    assert [sheet.cell(row, 4).value for row in range(1, 5)] == ["Kết quả", "Đã nhận", "Không nhận được", "Đã nhận"]
    assert sheet.cell(3, 5).value == "Không nhận được: nhan đề là công thức; hãy dán giá trị"


def test_the_next_file_says_what_is_gone(house: House, tmp_path: Path) -> None:
    sheets = Spreadsheets(house.store)
    sheets.keep("vn-bt", MAPPING)
    many = [[f"B{number}", f"Truyện số {number}", "Tô Hoài"] for number in range(9)]
    load(house, tmp_path / "a.xlsx", workbook(*many, ["A1", "Quê nội", "Võ Quảng"]), sheets)
    second = workbook(*many, ["A4", "Tảng sáng", "Võ Quảng"])
    shown = sheets.preview("vn-bt", io.BytesIO(second), "xlsx")
    assert shown.comparison is not None
    assert (shown.comparison.new, shown.comparison.same, shown.comparison.gone) == (1, 9, 1)
    number, account, inferred = load(house, tmp_path / "b.xlsx", second, sheets, full=True)
    assert account == Account(stored=1, unchanged=9)
    assert inferred == 1
    sheet = openpyxl.load_workbook(io.BytesIO(sheets.hand_back("vn-bt", number, second, "xlsx", "en"))).active
    assert sheet is not None
    assert [sheet.cell(row, 4).value for row in (2, 11)] == ["Unchanged", "Stored"]


def test_a_mapping_is_kept_with_its_source(house: House) -> None:
    sheets = Spreadsheets(house.store)
    assert sheets.mapping("vn-bt") is None
    assert sheets.hints("vn-bt") == {}
    sheets.keep("vn-bt", MAPPING)
    assert sheets.mapping("vn-bt") == MAPPING
    assert house.source().quirks["hint.mapping"] == MAPPING.to_json()
    sheets.keep("vn-bt", None)
    assert sheets.mapping("vn-bt") is None


def test_wrong_use(house: House) -> None:
    sheets = Spreadsheets(house.store)
    with pytest.raises(NotFound):
        sheets.mapping("nobody")
    with pytest.raises(WrongUse, match="not a spreadsheet format"):
        sheets.preview("vn-bt", io.BytesIO(b"x"), "iso2709")
    with pytest.raises(WrongUse, match="no such role"):
        sheets.keep("vn-bt", ColumnMapping((Column("A", 1, "nonsense"),)))
