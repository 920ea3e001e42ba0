"""The quality report: what it counts, and the page and workbook that say so."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from lxml import html

from tests.union_house import Book, House
from unioncat.model import HarvestedRecord, NotFound, RawRecord
from unioncat.services.report import MemberReport, Reports
from unioncat.services.report_html import report_html
from unioncat.services.report_words import WORDS, number, percent, shown_date
from unioncat.services.report_xlsx import report_xlsx

CLEAN = Book("a1", "Lục Vân Tiên", extra={})
FAKE = Book("a2", "Truyện Kiều", extra={"020": "17", "300": "0p"})
WRONG = Book("a3", "Chinh phụ ngâm", year=2001, extra={"020": "9786042052345"})
HOSTILE = Book("a4", '<script>alert("x")</script> =HYPERLINK("http://x")', extra={"020": "=123456+1"})


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(f"sqlite:///{tmp_path / 'store.db'}")
    yield made
    made.close()


def loaded(house: House) -> MemberReport:
    reports = Reports(house.store)
    house.load([CLEAN, FAKE, WRONG, HOSTILE])
    reports.remember(house.source().id, house.clock.now)
    house.clock.go_on(86400)
    house.load([replace(WRONG, extra={"020": "9786042052344"})])
    house.ingest.run(house.source(), [HarvestedRecord(None, RawRecord("marcjson", b"{no json <b>", 7))])
    reports.remember(house.source().id, house.clock.now)
    return reports.of("VN-BT", house.clock.now)


def test_what_is_counted(house: House) -> None:
    report = loaded(house)
    assert report.records == 4
    wanted = {row.rule: row for row in report.wanted}
    assert wanted["isbn-fake"].records == 2
    assert "isbn-check-digit" not in wanted
    assert (wanted["isbn-fake"].severity, wanted["isbn-fake"].area) == ("warning", "values")
    assert wanted["isbn-fake"].examples[0].identifier == "a2"
    assert [row.severity for row in report.wanted] == sorted(
        (row.severity for row in report.wanted), key=("error", "warning", "info").index
    )
    assert report.complete["title"] == 4
    assert report.complete["holdings"] == 4
    assert report.complete["isbn"] == 1  # running numbers are none
    assert report.refused_total == 1
    assert (report.refused[0].position, report.refused[0].source) == (7, "vn-bt")


def test_the_trend_since_the_last_harvest(house: House) -> None:
    report = loaded(house)
    assert [one.records for one in report.trend] == [4, 4]
    assert report.trend[0].rules["isbn-check-digit"] == 1
    assert "isbn-check-digit" not in report.trend[1].rules
    assert report.trend[1].clean > report.trend[0].clean
    assert {row.rule: row.before for row in report.wanted}["isbn-fake"] == report.trend[0].rules["isbn-fake"]


def test_a_run_is_remembered_once(house: House) -> None:
    reports = Reports(house.store)
    assert reports.remember(house.source().id) is None
    house.load([CLEAN])
    first = reports.remember(house.source().id, house.clock.now)
    assert first is not None
    assert reports.remember(house.source().id) == first
    assert len(reports.of("VN-BT").trend) == 1


def test_a_library_without_records(house: House) -> None:
    report = Reports(house.store).of("VN-CD")
    assert (report.records, report.share_clean) == (0, 1.0)
    assert "Không có lỗi nào cần sửa" in report_html(report, "vi")
    assert report_xlsx(report, "en")


def test_an_unknown_library(house: House) -> None:
    with pytest.raises(NotFound):
        Reports(house.store).of("VN-XX")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_page(house: House, language: str) -> None:
    text = report_html(loaded(house), language, catalogue="Mục lục liên hợp", public_url="https://x.example")
    page = html.document_fromstring(text)
    assert page.get("lang") == language
    assert not page.xpath("//script")
    assert not page.xpath("//*[@src or @onclick]")
    words = {"vi": ("Cần sửa tại thư viện", "không phải ISBN"), "en": ("To mend at your library", "no ISBN")}[language]
    assert all(word in page.text_content() for word in words)
    assert '<script>alert("x")' in page.text_content()


def test_a_page_of_another_language_is_vietnamese(house: House) -> None:
    assert 'lang="vi"' in report_html(loaded(house), "fr")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_workbook(house: House, language: str) -> None:
    data = report_xlsx(loaded(house), language)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert not [name for name in archive.namelist() if b"<f>" in archive.read(name)]
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert len(book.sheetnames) == 6
    listed = book.worksheets[2]
    cells = {str(cell.value): cell for row in listed.iter_rows() for cell in row}
    assert cells["=123456+1"].quotePrefix
    assert cells["=123456+1"].data_type != "f" or cells["=123456+1"].quotePrefix
    assert cells["a2"]


def test_numbers_and_dates() -> None:
    assert number(12345, "vi") == "12.345"
    assert number(12345, "en") == "12,345"
    assert [percent(share, "vi") for share in (0, 0.0001, 0.5, 0.99999, 1)] == [
        "0 %",
        "0,1 %",
        "50,0 %",
        "99,9 %",
        "100 %",
    ]
    assert shown_date(datetime(2026, 12, 31, 20, 0, tzinfo=UTC), "vi") == "01/01/2027 03:00"


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["vi"].keys() == WORDS["en"].keys()
