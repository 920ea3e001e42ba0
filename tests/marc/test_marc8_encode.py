from __future__ import annotations

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unioncat.marc.marc8 import decode_marc8
from unioncat.marc.marc8_encode import encode_marc8

VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"


@pytest.mark.parametrize("letter", [*VIETNAMESE, *VIETNAMESE.upper()])
def test_every_vietnamese_letter_comes_back(letter: str) -> None:
    octets, used = encode_marc8(letter)
    assert used == frozenset()
    assert decode_marc8(octets) == (letter, 0)
    assert encode_marc8(normalize("NFD", letter))[0] == octets


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("Truyện Kiều", b"Truy\xe3\xf2en Ki\xe3\xe1eu"),
        ("Đồ Chiểu", b"\xa3\xe3\xe1o Chi\xe3\xe0eu"),
        ("thư", b"th\xbd"),
        ("thợ", b"th\xf2\xbc"),
        ("α", b"\x1b(Sa\x1b(B"),
        ("H₂O", b"H\x1bb2\x1bsO"),
        ("t\u0361s", b"\xebt\xecs"),
        ("n\u0360g", b"\xfan\xfbg"),
        ("☃", b"&#x2603;"),
    ],
)
def test_octets_by_the_standards_tables(text: str, octets: bytes) -> None:
    assert encode_marc8(text)[0] == octets


@pytest.mark.parametrize(("text", "final"), [("Мир 5", 0x4E), ("漢字", 0x31), ("שלום", 0x32), ("λόγος", 0x53)])
def test_other_scripts_come_back_and_are_named(text: str, final: int) -> None:
    octets, used = encode_marc8(text)
    assert used == {final}
    assert decode_marc8(octets) == (text, 0)


@given(st.text(st.characters(codec="utf-8", min_codepoint=0x20, max_codepoint=0x24F, exclude_categories=["Cc"])))
def test_latin_text_comes_back_or_is_a_reference(text: str) -> None:
    octets, _ = encode_marc8(text)
    back, lost = decode_marc8(octets)
    if "&#x" not in back:
        assert normalize("NFD", back) == normalize("NFD", text)
    assert lost == 0 or "\ufffd" in text


@given(st.text(max_size=30))
def test_any_text_ends_in_the_default_sets(text: str) -> None:
    octets, used = encode_marc8(text)
    assert decode_marc8(octets + b"a")[0].endswith("a")
    assert not used or b"\x1b" in octets
