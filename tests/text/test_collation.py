import random
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unioncat.text import collation_key

ORDERED = [
    ["a", "à", "ả", "ã", "á", "ạ", "ă", "ằ", "ẳ", "ẵ", "ắ", "ặ", "â", "ầ", "ẩ", "ẫ", "ấ", "ậ", "b"],
    ["d", "đ", "e", "ẹ", "ê", "ế", "g"],
    ["o", "ọ", "ô", "ộ", "ơ", "ợ", "p", "u", "ụ", "ư", "ự", "v"],
    ["An", "An Giang", "An Nam", "Anh", "Ăn", "Ân"],
    ["ma", "Ma", "mà", "mả", "mã", "má", "mạ"],
    ["1", "9", "A", "Я", "日"],
    ["Bến Tre", "Bình Định", "Cà Mau", "Cần Thơ", "Đà Nẵng", "Đắk Lắk", "Hà Nội"],
    ["Dung", "Dũng", "Đa"],
    ["quy", "quỳ", "quỷ", "quý", "quỵ"],
]


@pytest.mark.parametrize("words", ORDERED)
def test_cldr_order(words: list[str]) -> None:
    assert sorted(random.Random(1).sample(words, len(words)), key=collation_key) == words


@given(st.text())
def test_composition_does_not_matter(text: str) -> None:
    assert collation_key(text) == collation_key(normalize("NFD", text)) == collation_key(normalize("NFC", text))


def test_punctuation_does_not_sort_titles() -> None:
    assert collation_key("«Truyện Kiều»") == collation_key("Truyện Kiều")
