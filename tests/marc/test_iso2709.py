import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymarc import Field, Indicators, Record, Subfield

from tests.marc_strategies import content, records
from unioncat.marc import iso2709, iso2709_cut, normalise, to_iso2709, values
from unioncat.marc.iso2709 import Iso2709, parse_iso2709
from unioncat.marc.iso2709_any import read_anyhow
from unioncat.model import BadRecord, HarvestedRecord

READER = Iso2709()


def book(title: str = "Truyện Kiều", number: str = "42") -> Record:
    record = Record(leader="00000nam a2200000 i 4500")
    record.add_field(Field("001", data=number), Field("245", Indicators("0", "0"), [Subfield("a", title)]))
    return record


def cut(data: bytes) -> list[HarvestedRecord]:
    return list(READER.split(io.BytesIO(data), {}))


def titles(data: bytes) -> list[str]:
    return [
        values(READER.parse(one.raw).record, "245$a")[0] for one in cut(data) if one.raw is not None and not one.refused
    ]


@given(records())
def test_reading_what_was_written_is_identity(record: Record) -> None:
    parsed = parse_iso2709(to_iso2709(record))
    assert content(parsed.record) == content(record)
    assert parsed.findings == ()
    assert parsed.identifier == (record["001"].data or "").strip()


@given(records())
def test_the_quick_way_reads_as_the_other(record: Record) -> None:
    data = to_iso2709(record)
    quick = iso2709._read_regular(data)
    slow = read_anyhow(data)
    assert quick is not None
    assert content(quick.record) == content(slow.record)
    assert quick.identifier == slow.identifier


@given(st.binary(max_size=400))
def test_any_bytes_are_records_or_refused(data: bytes) -> None:
    READER.sniff(data, "x")
    for one in cut(data):
        assert one.raw is not None
        with contextlib.suppress(BadRecord):
            READER.parse(one.raw)


@given(records(), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6))
def test_damaged_records_are_read_or_refused(record: Record, damages: list[tuple[int, int]]) -> None:
    data = bytearray(to_iso2709(record))
    for place, byte in damages:
        data[place % len(data)] = byte
    for one in cut(bytes(data)):
        assert one.raw is not None
        try:
            parsed = READER.parse(one.raw)
        except BadRecord:
            continue
        again, findings = normalise(parsed.record)
        left = {finding.rule for finding in findings if finding.fixed}
        assert left <= {"text-legacy", "text-double-conversion"}, findings
        assert again.fields


def test_lengths_in_characters_as_in_bu_bibs() -> None:
    data = to_iso2709(book())
    text = data.decode()
    wrong = (f"{len(text):05d}" + text[5:]).encode()
    assert titles(wrong + wrong) == ["Truyện Kiều"] * 2
    assert [one.rule for one in parse_iso2709(wrong).findings] == ["record-length"]


@pytest.mark.parametrize("between", [b"\n", b"\r\n", b"\x00\x00", b"\x1a", b" \n\n", b"\xef\xbb\xbf", b"\x1d\x1d"])
def test_filler_between_records(between: bytes) -> None:
    one = to_iso2709(book())
    assert titles(between + one + between + one + between) == ["Truyện Kiều"] * 2
    assert len(cut(between + one + between + one + between)) == 2


def test_junk_before_the_leader_is_left_out_and_said() -> None:
    data = b"-- export --" + to_iso2709(book())
    assert titles(data) == ["Truyện Kiều"]
    assert "junk-before-record" in {one.rule for one in parse_iso2709(data).findings}


def test_a_truncated_last_record_is_refused_with_its_bytes() -> None:
    data = to_iso2709(book())
    pieces = cut(data + data[:60])
    assert [one.refused for one in pieces] == [None, f"truncated: 60 of {len(data)} bytes are there"]
    assert pieces[1].raw is not None
    assert pieces[1].raw.data == data[:60]
    assert pieces[1].raw.position == 2


def test_a_record_that_lost_its_end_does_not_take_the_next_with_it() -> None:
    data = to_iso2709(book("Một"))
    pieces = cut(data[:-1] + to_iso2709(book("Hai")))
    assert [one.refused for one in pieces] == ["the record has no end; another begins inside it", None]


def test_only_the_terminator_is_missing() -> None:
    assert titles(to_iso2709(book())[:-1]) == ["Truyện Kiều"]


def test_trailing_junk_is_refused_not_lost() -> None:
    pieces = cut(to_iso2709(book()) + b"Total: 1 record")
    assert pieces[1].refused == "no record: bytes after the last end of record"


def test_flat_memory_for_what_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iso2709_cut, "RECORD_LIMIT", 100_000)
    monkeypatch.setattr(iso2709_cut, "_BLOCK", 4096)
    one = to_iso2709(book())
    pieces = cut(b"9" * 300_000 + b"\x1d" + one)
    assert "no end of record within 100,000 bytes" in [piece.refused for piece in pieces]
    assert all(piece.raw is not None and len(piece.raw.data) <= 65_536 for piece in pieces)
    assert titles(one + b"9" * 300_000 + b"\x1d" + one)[-1] == "Truyện Kiều"


def test_directory_in_another_order_than_the_fields() -> None:
    data = to_iso2709(book())
    first, second = data[24:36], data[36:48]
    turned = data[:24] + second + first + data[48:]
    assert values(parse_iso2709(turned).record, "245$a") == ["Truyện Kiều"]
    assert values(parse_iso2709(turned).record, "001") == ["42"]


def test_directory_that_lies_is_passed_over() -> None:
    data = to_iso2709(book())
    lying = data[:39] + b"0003" + data[43:]
    parsed = parse_iso2709(lying)
    assert values(parsed.record, "245$a") == ["Truyện Kiều"]


def test_what_cannot_be_read_says_why() -> None:
    for data in (b"", b"\x1d", b"00026nam a2200025 i 4500\x1e\x1d", b"x" * 100 + b"\x1d"):
        with pytest.raises(BadRecord):
            parse_iso2709(data)


def test_what_iso2709_cannot_hold_is_refused_not_cut() -> None:
    with pytest.raises(BadRecord, match="9,999"):
        to_iso2709(book("á" * 5000))
    long = book()
    long.add_field(*[Field("500", Indicators(" ", " "), [Subfield("a", "x" * 9000)]) for _ in range(12)])
    with pytest.raises(BadRecord, match="99,999"):
        to_iso2709(long)


def test_fields_too_long_for_the_directory_are_read() -> None:
    """As some systems write them: the length modulo 10,000, the record's length 99999."""
    text = "chữ " * 4000
    body = b"42\x1e" + f"  \x1fa{text}".encode() + b"\x1e"
    size = len(body) - 3
    directory = b"001000300000" + b"520%04d00003" % (size % 10_000)
    base = 24 + len(directory) + 1
    data = b"99999nam a22%05d i 4500" % base + directory + b"\x1e" + body + b"\x1d"
    assert values(parse_iso2709(data).record, "520$a") == [text]


@pytest.mark.parametrize(
    ("encoding", "rule"), [("tcvn3", "encoding-guessed"), ("vni", "encoding-guessed"), ("cp1258", "encoding-guessed")]
)
def test_eight_bit_vietnamese_files(encoding: str, rule: str) -> None:
    title = "truyện kiều và những bài thơ chữ hán của nguyễn du"
    text = title if encoding != "cp1258" else decomposed_tones(title)
    value = b"  \x1fa" + text.encode(encoding) + b"\x1e"
    body = b"42\x1e" + value
    directory = b"001000300000" + b"245%04d00003" % len(value)
    base = 24 + len(directory) + 1
    data = b"%05dnam  22%05d i 4500" % (base + len(body) + 1, base) + directory + b"\x1e" + body + b"\x1d"
    parsed = parse_iso2709(data)
    assert values(parsed.record, "245$a") == [title]
    assert rule in {one.rule for one in parsed.findings}
    assert values(parse_iso2709(data, encoding).record, "245$a") == [title]


def decomposed_tones(text: str) -> str:
    """Letters composed, tones apart, as Windows-1258 has them."""
    from unicodedata import normalize

    out = []
    for letter in text:
        parts = normalize("NFD", letter)
        tone = "".join(mark for mark in parts if mark in "\u0300\u0301\u0303\u0309\u0323")
        out.append(normalize("NFC", "".join(mark for mark in parts if mark not in tone)) + tone)
    return "".join(out)


def test_a_record_terminator_inside_a_field() -> None:
    data = to_iso2709(book("Truyện@Kiều")).replace(b"@", b"\x1d")
    assert titles(data + data + to_iso2709(book())) == ["TruyệnKiều", "TruyệnKiều", "Truyện Kiều"]


def test_leader_05_d_is_a_deletion() -> None:
    record = book()
    assert not parse_iso2709(to_iso2709(record)).deleted
    record.leader[5] = "d"
    assert parse_iso2709(to_iso2709(record)).deleted
