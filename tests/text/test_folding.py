from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unioncat.text import exact_tokens, fold, tokens


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đồ Chiểu", "do chieu"),
        ("Nguyễn Đình Chiểu, 1822-1888.", "nguyen dinh chieu 1822 1888"),
        ("Ðại Nam quốc sử", "dai nam quoc su"),
        ("lý", "ly"),
        ("lí", "ly"),
        ("Kĩ thuật / kỹ thuật", "ky thuat ky thuat"),
        ("quí = quý", "quy quy"),
        ("hòa hoà", "hoa hoa"),
        ("Straße, Œuvre", "strasse oeuvre"),
        ("c\u00adat", "cat"),
        ("日本語", "日 本 語"),
        ("한국", "한국"),
        ("Достоевский", "достоевскии"),
        ("", ""),
        ("…—!", ""),
    ],
)
def test_known_foldings(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(normalize("NFD", text)) == folded


@given(st.text())
def test_composition_does_not_matter(text: str) -> None:
    assert fold(text) == fold(normalize("NFD", text)) == fold(normalize("NFC", text))


@given(st.text())
def test_tokens_are_the_words_of_the_folded_text(text: str) -> None:
    assert fold(text).split(" ") == (tokens(text) or [""])


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_exact_tokens_keep_marks_and_normalise_tone_placement() -> None:
    assert exact_tokens("Hòa bình, Hoà Bình") == ["hoà", "bình", "hoà", "bình"]
    assert exact_tokens(normalize("NFD", "Đường Ðến")) == ["đường", "đến"]
    assert exact_tokens("lý lí") == ["lý", "lí"]
