import pytest

from unioncat.text import place_tones


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("hòa", "hoà"),
        ("HÒA", "HOÀ"),
        ("Hòe", "Hoè"),
        ("tóan", "toán"),
        ("ủy", "uỷ"),
        ("qúy", "quý"),
        ("qủa", "quả"),
        ("gía", "giá"),
        ("nứơc", "nước"),
        ("Hụê", "Huệ"),
        ("mùa", "mùa"),
        ("mía", "mía"),
        ("của", "của"),
        ("núi", "núi"),
        ("toàn", "toàn"),
    ],
)
def test_tone_goes_to_the_main_vowel(written: str, right: str) -> None:
    assert place_tones(written) == right
    assert place_tones(right) == right
