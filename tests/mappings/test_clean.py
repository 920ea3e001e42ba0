"""The cleaners of the crosswalk tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mappings.citations import BibTeX, CitationCsv
from mappings.clean import (
    address,
    digits_of_year,
    isbn13,
    issn,
    language_code,
    no_brackets,
    strip_isbd,
    uri,
    xml_text,
    year,
)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Truyện Kiều /", "Truyện Kiều"),
        ("Truyện Kiều :", "Truyện Kiều"),
        ("Nhà xuất bản Trẻ,", "Nhà xuất bản Trẻ"),
        ("217 tr. ;", "217 tr."),
        ("Nghiên cứu văn học.", "Nghiên cứu văn học"),
        ("20 cm.", "20 cm."),
        ("(Văn học).", "(Văn học)"),
        ("T. 3.", "T. 3"),
        ("C++", "C++"),
        ("What is it?", "What is it?"),
        (" / ", ""),
    ],
)
def test_strip_isbd(text: str, clean: str) -> None:
    assert strip_isbd(text) == clean


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("978-604-2-05234-4 (bìa mềm)", "9786042052344"),
        ("0-306-40615-2", "9780306406157"),
        ("080442957X", "9780804429573"),
        ("978-604-2-05234-5", ""),
        ("17", ""),
        ("", ""),
    ],
)
def test_isbn13(text: str, number: str) -> None:
    assert isbn13(text) == number


def test_small_ones() -> None:
    assert issn("ISSN 0866-7349") == "0866-7349"
    assert issn("0866-7340") == ""
    assert [language_code(code) for code in ("vie", "und", "VIE", "|||", "vi", "12a")] == ["vie", "", "vie", "", "", ""]
    assert [digits_of_year(text) for text in ("1998", "19uu", "9999", "    ", "٢٠٠٠")] == ["1998", "", "", "", ""]
    assert year("[Hà Nội : s.n., 1987?]") == "1987"
    assert year("thế kỷ 19") == ""
    assert no_brackets("[Hà Nội]") == "Hà Nội"


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", " JavaScript : x", "data:text/html,x", "\x01vbscript:x", "file:///etc"]
)
def test_no_address_runs_a_script(text: str) -> None:
    assert address(text) == ""
    assert uri(text) == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://vi.wikipedia.org/wiki/Bến_Tre", "https://vi.wikipedia.org/wiki/B%E1%BA%BFn_Tre"),
        ("http://x.vn/?term=a[All]", "http://x.vn/?term=a%5BAll%5D"),
        ("http://http://ccr.nci.nih.gov/x", ""),
        ("http://x:99999/", ""),
        ("urn:isbn:9786042052344", "urn:isbn:9786042052344"),
    ],
)
def test_uri(text: str, found: str) -> None:
    assert uri(text) == found


@given(st.text())
def test_any_text_can_stand_in_xml(text: str) -> None:
    element = etree.Element("a")
    element.text = xml_text(text)
    assert etree.fromstring(etree.tostring(element)).tag == "a"


@given(st.text())
def test_any_text_is_an_address_or_none(text: str) -> None:
    assert isinstance(uri(text), str)


def test_a_csv_header_fits_its_rows() -> None:
    assert CitationCsv().header.count(b",") == len(CitationCsv.columns) - 1
    assert BibTeX().extension == "bib"
