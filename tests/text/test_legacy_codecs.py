import codecs
import io
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unioncat.text
from unioncat.text.legacy_codecs import LEGACY_CODECS

SMALL = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđ"
ALL = SMALL + SMALL.upper()
HOLDS = {"tcvn3": SMALL + "ĂÂÊÔƠƯĐ", "vni": ALL, "viscii": ALL, "viqr": ALL}
COLUMNS = {"tcvn3": 2, "viscii": 3, "vps": 4}


def cp1252_bytes(shown: str) -> bytes:
    """Bytes of text that somebody read as CP1252; C1 positions without a character stay as they are."""
    return b"".join(one.encode("cp1252") if one.encode("cp1252", "ignore") else one.encode("latin-1") for one in shown)


def test_the_package_is_enough_to_register_them() -> None:
    assert unioncat.text.LEGACY_CODECS == LEGACY_CODECS
    assert codecs.lookup("TCVN3").name == "tcvn3"
    assert codecs.lookup("abc").name == "tcvn3"


@pytest.mark.parametrize("name", HOLDS)
def test_all_letters_come_back(name: str) -> None:
    assert HOLDS[name].encode(name).decode(name) == HOLDS[name]


@pytest.mark.parametrize(
    ("name", "text", "data"),
    [
        ("tcvn3", "Việt Nam", b"Vi\xd6t Nam"),
        ("tcvn3", "thư", b"th\xad"),
        ("viscii", "Bến Tre", b"B\xaan Tre"),
        ("vps", "Phủ Lý", b"Ph\xfb L\x9a"),
        ("vni", "Nguyễn Đình Chiểu", "Nguyeãn Ñình Chieåu".encode("cp1252")),
        ("vni", "ưỡn", "öôõn".encode("cp1252")),
        ("viqr", "Việt Nam", b"Vie^.t Nam"),
        ("viqr", "Đường?", b"DDu+o+`ng?"),
    ],
)
def test_known_words(name: str, text: str, data: bytes) -> None:
    assert data.decode(name) == text
    assert text.encode(name) == data
    assert normalize("NFD", text).encode(name) == data


def test_viqr_escapes_what_would_be_a_mark() -> None:
    assert "a. Nga?".encode("viqr") == b"a\\. Nga\\?"
    assert b"a\\. Nga\\?".decode("viqr") == "a. Nga?"


def test_what_cannot_be_encoded() -> None:
    with pytest.raises(UnicodeEncodeError):
        "Ạ".encode("tcvn3")
    with pytest.raises(UnicodeEncodeError):
        "日".encode("vni")
    assert "日a".encode("vps", "replace") == b"?a"


@given(st.text(alphabet=ALL + " abcz.,?'()+^~`\\0123"))
def test_viqr_brings_any_vietnamese_text_back(text: str) -> None:
    assert text.encode("viqr").decode("viqr") == normalize("NFC", text)


@given(st.sampled_from(LEGACY_CODECS), st.binary())
def test_any_bytes_are_decoded(name: str, data: bytes) -> None:
    try:
        data.decode(name)
    except UnicodeDecodeError:
        assert name == "viqr"


@pytest.mark.parametrize("name", ["vni", "viqr", "tcvn3"])
def test_streams_cut_anywhere(name: str) -> None:
    text = "lục vân tiên đồ chiểu nước nhà " * 20
    data = text.encode(name)
    for size in (1, 2, 3, 7, 64):
        reader = io.TextIOWrapper(io.BufferedReader(_Slow(data, size)), encoding=name)
        assert reader.read() == text
    decoder = codecs.getincrementaldecoder(name)()
    assert (
        "".join(decoder.decode(data[at : at + 3]) for at in range(0, len(data), 3)) + decoder.decode(b"", True) == text
    )


class _Slow(io.RawIOBase):
    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size, self._at = data, size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]
        piece = self._data[self._at : self._at + min(self._size, len(target))]
        target[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


@pytest.mark.corpus
def test_all_names_of_provinces_and_towns(shared_data: Path) -> None:
    lines = (shared_data / "records/vn_reference/vn_provinces_legacy_mojibake.tsv").read_text("utf-8").splitlines()[1:]
    assert len(lines) == 126
    for line in lines:
        cells = line.split("\t")
        for name, column in COLUMNS.items():
            assert cp1252_bytes(cells[column]).decode(name) == cells[1].replace("Ð", "Đ"), (name, cells)
