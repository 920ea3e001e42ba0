from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unioncat.marc.charsets import decode_body
from unioncat.marc.marc8 import decode_marc8, order_marks


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain", "plain"),
        (b"nhi\xe3\xe4em", "nhiễm"),  # circumflex, tilde
        (b"nhi\xe4\xe3em", "nhiễm"),  # the other order, in the same records of GPO
        (b"n\xe2\xe3eu", "nếu"),
        (b"\xb3i\xf2\xe3en", "điện"),
        (b"n\xbd\xe2\xbcc", "nước"),
        (b"\xc6Que pas\xe2o?", "¡Que pasó?"),
        (b"Chi-ch\xb0ien", "Chi-chʻien"),
        (b"\x1b(N\x42\x1b(B.", "б."),
        (b"\x1b$1\x21\x30\x21\x1b(B", "一"),
        (b"H\x1bp2\x1bsO", "H²O"),
        (b"a\x1fb\x1b(Nx\x1e\x41", "a\x1fbЬ\x1eA"),  # a delimiter ends an open escape
        (b"&#x1EA0; {u2D49}", "Ạ ⵉ"),
    ],
)
def test_known_texts(data: bytes, text: str) -> None:
    assert decode_marc8(data) == (text, 0)


@pytest.mark.parametrize("data", [b"prf\xe7", b"\xaf", b"\x1b\x00a", b"\x1b(Nx\x1b", b"\x1b$1\x21\x30"])
def test_what_has_no_meaning_is_counted(data: bytes) -> None:
    text, unknown = decode_marc8(data)
    assert unknown == 1
    assert "\ufffd" in text


@given(st.binary())
def test_any_bytes_give_nfc_text(data: bytes) -> None:
    text, unknown = decode_marc8(data)
    assert normalize("NFC", text) == text
    assert unknown == text.count("\ufffd")


@given(st.binary(max_size=200), st.booleans())
def test_any_body_is_decoded_and_keeps_its_fields(body: bytes, flag: bool) -> None:
    text, _ = decode_body(body, utf8_flag=flag)
    assert text.count("\x1e") == body.count(b"\x1e")


def test_order_of_marks() -> None:
    assert normalize("NFC", order_marks("e\u0301\u0302")) == "ế"
    assert order_marks("x\u0301\u0302") == "x\u0301\u0302"


@pytest.mark.parametrize(
    ("body", "flag", "rules", "text"),
    [
        ("Hà Nội".encode(), True, [], "Hà Nội"),
        ("Hà Nội".encode(), False, ["leader-encoding"], "Hà Nội"),
        (b"n\xe2\xe3eu c\xf2\xe3an", True, ["leader-encoding"], "nếu cận"),
        ("Được Hà Nội và ".encode() + b"\xff", True, ["encoding-invalid"], "Được Hà Nội và \ufffd"),
        ("Книги о Вьетнаме и другие".encode("cp1251"), False, ["encoding-guessed"], "Книги о Вьетнаме и другие"),
        (
            "berättelser och sånger från Göteborg".encode("cp1252"),
            False,
            ["encoding-guessed"],
            "berättelser och sånger från Göteborg",
        ),
    ],
)
def test_the_bytes_decide(body: bytes, flag: bool, rules: list[str], text: str) -> None:
    found, findings = decode_body(body, utf8_flag=flag)
    assert found == text
    assert [finding.rule for finding in findings] == rules
