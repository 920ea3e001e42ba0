from pathlib import Path

import pytest
from pymarc import Field, Indicators, Record, Subfield

from unioncat.marc import parse_spec, values
from unioncat.marc.unimarc import TABLE, is_unimarc, unimarc_to_marc21


def field(tag: str, pair: str, *subfields: str) -> Field:
    return Field(tag, Indicators(pair[0], pair[1]), [Subfield(one[0], one[1:]) for one in subfields])


@pytest.fixture
def kieu() -> Record:
    record = Record(leader="00000nam  2200000   450 ")
    record.add_field(
        Field("001", data="9"),
        field("010", "  ", "a978-604-1-00000-1", "bbìa mềm", "d50000đ"),
        field("100", "  ", "a20150323d1978    m  y0viey0103    ba"),
        field("101", "0 ", "avie"),
        field("102", "  ", "aVN"),
        field("200", "1 ", "aTruyện Kiều", "ethơ", "fNguyễn Du", "gĐào Duy Anh chú giải"),
        field("210", "  ", "aHà Nội", "cVăn học", "d1978"),
        field("215", "  ", "a300 tr.", "cminh hoạ", "d19 cm"),
        field("606", "  ", "aThơ", "xViệt Nam", "zThế kỷ 19"),
        field("676", "  ", "a895.922", "v22"),
        field("700", " 1", "aNguyễn", "bDu", "f1765-1820", "4070"),
        field("702", " 0", "aĐào Duy Anh", "4220"),
        field("801", " 0", "aVN", "bTVQG", "gAACR2"),
        field("995", "  ", "akho"),
        field("345", "  ", "amua"),
    )
    return record


def test_the_common_fields(kieu: Record) -> None:
    assert is_unimarc(kieu.fields)
    record = unimarc_to_marc21(kieu)
    found = {
        spec: values(record, spec, join="|")
        for spec in (
            "020$aqc",
            "245$abc",
            "260$abc",
            "300$abc",
            "650$axy",
            "082$a2",
            "100$ad4",
            "700$a4",
            "040$ae",
            "995$a",
        )
    }
    assert found == {
        "020$aqc": ["978-604-1-00000-1|bìa mềm|50000đ"],
        "245$abc": ["Truyện Kiều :|thơ /|Nguyễn Du ; Đào Duy Anh chú giải"],
        "260$abc": ["Hà Nội|Văn học|1978"],
        "300$abc": ["300 tr.|minh hoạ|19 cm"],
        "650$axy": ["Thơ|Việt Nam|Thế kỷ 19"],
        "082$a2": ["895.922|22"],
        "100$ad4": ["Nguyễn, Du|1765-1820|aut"],
        "700$a4": ["Đào Duy Anh|com"],
        "040$ae": ["TVQG|AACR2"],
        "995$a": ["kho"],
    }
    fixed = values(record, "008")[0]
    assert len(fixed) == 40
    assert (fixed[:6], fixed[6], fixed[7:11], fixed[15:18], fixed[35:38]) == ("150323", "s", "1978", "vm ", "vie")
    assert record.leader.leader[5:8] == "nam"


def test_what_has_no_row_is_kept(kieu: Record) -> None:
    record = unimarc_to_marc21(kieu)
    assert [(one.get("9"), one.get("a")) for one in record.get_fields("999")] == [("unimarc:345", "mua")]


def test_marc21_is_not_taken_for_unimarc(kieu: Record) -> None:
    kieu.add_field(field("245", "00", "aTruyện Kiều"))
    assert not is_unimarc(kieu.fields)
    assert not is_unimarc([field("200", "  ", "ax")])


def test_the_table_is_sound() -> None:
    for tag, row in TABLE.items():
        assert len(row.codes) % 2 == 0, tag
        assert parse_spec(row.target)
        assert row.indicators is None or len(row.indicators) == 2


@pytest.mark.corpus
def test_real_unimarc(shared_data: Path) -> None:
    from unioncat.services.formats import Formats

    formats = Formats.load()
    titles = []
    for one in formats.open(shared_data / "records/qa_catalogue/serial.bnr.1993.mrc"):
        assert one.raw is not None
        parsed = formats.parse(one.raw)
        assert "unimarc-converted" in {finding.rule for finding in parsed.findings}
        titles += values(parsed.record, "245$a")
    assert len(titles) == 11
    assert titles[0].startswith("24 ore mureşene")
