"""MARCMaker, Aleph sequential and CDS/ISIS."""

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymarc import Record

from tests.marc_strategies import content, records
from unioncat.marc import to_mrk, values
from unioncat.marc.aleph import AlephSequential
from unioncat.marc.formats import ParsedRecord, ReadFormat
from unioncat.marc.isis import Isis
from unioncat.marc.mrk import Mrk
from unioncat.model import BadRecord, RawRecord


def parsed(reader: ReadFormat, data: bytes, hints: dict[str, str] | None = None) -> list[ParsedRecord]:
    found = []
    for one in reader.split(io.BytesIO(data), hints or {}):
        assert one.refused is None, one.refused
        if one.raw is not None:
            found.append(reader.parse(one.raw))
    return found


@given(records())
def test_mrk_written_and_read_is_identity(record: Record) -> None:
    again = parsed(Mrk(), to_mrk(record))
    assert len(again) == 1
    assert content(again[0].record) == content(record)


def test_mrk_mnemonics_and_separators() -> None:
    text = (
        "=LDR  00000nam  2200000 a 4500\n=001  1\n=245  00$aGi{acute}a {dollar}5 {lcub}x{rcub} "
        "Vi{dotb}{circ}et n{uhorn}{acute}{ohorn}c {eacute}\n"
        "=LDR  00000nam  2200000 a 4500\r\n=001  2\r\n=245  \\\\$aHai\r\nba\r\n"
    )
    first, second = parsed(Mrk(), text.encode())
    assert values(first.record, "245$a") == ["Giá $5 {x} Việt nước é"]
    assert second.identifier == "2"
    assert values(second.record, "245$a") == ["Hai ba"]


@pytest.mark.parametrize("reader", [Mrk(), AlephSequential(), Isis()])
@given(data=st.binary(max_size=300))
def test_any_bytes_are_records_or_refused(reader: ReadFormat, data: bytes) -> None:
    assert 0.0 <= reader.sniff(data, "x") <= 1.0
    for one in reader.split(io.BytesIO(data), {}):
        if one.raw is not None and one.refused is None:
            with contextlib.suppress(BadRecord):
                reader.parse(one.raw)
    with contextlib.suppress(BadRecord):
        reader.parse(RawRecord(reader.name, data, 1))


ALEPH = """\
000000002 FMT   L BK
000000002 LDR   L 00000nam^a2200301^i^4500
000000002 008   L 780804s1977^^^^vm^||||||b||||001^0|vie||
000000002 24510 L $$aTruyện Kiều /$$cNguyễn Du
000000002 CAT   L $$aX$$b20
000000003 LDR   L 00000nam^a2200301^i^4500
000000003 DEL   L $$aY
000000004 24500   $$aKhông có LDR
"""


def test_aleph_sequential() -> None:
    assert AlephSequential().sniff(ALEPH.encode(), "x.txt") > 0.9
    pieces = list(AlephSequential().split(io.BytesIO(ALEPH.encode()), {}))
    assert [(one.identifier, one.deleted) for one in pieces] == [
        ("000000002", False),
        ("000000003", True),
        ("000000004", False),
    ]
    assert pieces[0].raw is not None
    record = AlephSequential().parse(pieces[0].raw).record
    assert values(record, "245$ac") == ["Truyện Kiều / Nguyễn Du"]
    assert values(record, "008/35-37") == ["vie"]
    assert [field.tag for field in record.fields] == ["001", "008", "245"]


def isis_record(fields: list[tuple[str, str]], encoding: str = "utf-8", width: int = 80) -> bytes:
    """As CDS/ISIS exports: # after fields and record, lines of 80."""
    directory, body = b"", b""
    for tag, text in fields:
        data = text.encode(encoding) + b"#"
        directory += f"{tag}{len(data):04d}{len(body):05d}".encode()
        body += data
    base = 24 + len(directory) + 1
    record = f"{base + len(body) + 1:05d}0000000{base:05d}0004500".encode() + directory + b"#" + body + b"#"
    return b"\r\n".join(record[at : at + width] for at in range(0, len(record), width)) + b"\r\n"


UNESCO = [
    ("024", "Đồng khởi Bến Tre #1"),
    ("026", "^aBến Tre^bSở Văn hóa^c1985"),
    ("069", "<dừa><lịch sử địa phương>"),
    ("070", "Sơn Nam"),
    ("070", "Ca Văn Thỉnh"),
    ("099", "^xkho 2"),
]


def test_isis_by_the_map_of_unesco() -> None:
    data = isis_record(UNESCO) * 2
    assert Isis().sniff(data, "bt.iso") > 0.9
    first, second = parsed(Isis(), data)
    record = first.record
    assert values(record, "245$a") == ["Đồng khởi Bến Tre #1"]
    assert values(record, "260$abc") == ["Bến Tre Sở Văn hóa 1985"]
    assert values(record, "650$a") == ["dừa", "lịch sử địa phương"]
    assert (values(record, "100$a"), values(record, "700$a")) == (["Sơn Nam"], ["Ca Văn Thỉnh"])
    assert values(record, "999$9", join=None) == ["isis:099x"]
    assert {finding.rule for finding in first.findings} == {"isis-converted", "isis-unmapped"}
    assert str(second.record) == str(record)


def test_isis_by_a_map_of_the_library_in_tcvn3() -> None:
    data = isis_record([("001", "7"), ("200", "^alục vân tiên"), ("700", "nguyễn đình chiểu")], "tcvn3")
    hints = {"field_map": "200^a=245$a; 700=100$a|700$a", "encoding": "tcvn3"}
    record = parsed(Isis(), data, hints)[0]
    assert record.identifier == "7"
    assert values(record.record, "245$a") == ["lục vân tiên"]
    assert values(record.record, "100$a") == ["nguyễn đình chiểu"]


def test_isis_base_built_like_marc() -> None:
    data = isis_record([("001", "9"), ("300", "n"), ("300", "a"), ("300", "m"), ("245", "10^aKiều^cNguyễn Du")])
    record = parsed(Isis(), data)[0].record
    assert record.leader.leader[5:8] == "nam"
    assert values(record, "245$ac") == ["Kiều Nguyễn Du"]
    assert values(record, "300") == []


def test_isis_maps_that_are_wrong_say_so() -> None:
    raw = RawRecord("isis", isis_record(UNESCO), 1, {"field_map": "24->245a"})
    with pytest.raises(BadRecord, match="not a rule of a CDS/ISIS field map"):
        Isis().parse(raw)


def test_a_truncated_isis_record_is_refused() -> None:
    whole = isis_record(UNESCO)
    pieces = list(Isis().split(io.BytesIO(whole[:150] + b"\r\n" + whole), {}))
    assert [one.refused for one in pieces] == ["truncated: the record has no end", None]
