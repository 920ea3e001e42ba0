import pytest
from pymarc import Field, Indicators, Record, Subfield

from unioncat.marc import first, values


@pytest.fixture
def kieu() -> Record:
    record = Record(leader="00000nam a2200000 i 4500")
    record.add_field(
        Field("001", data="42"),
        Field("008", data="200101s1978    vm |||||||||||||||||vie||"),
        Field(
            "245", Indicators("1", "0"), [Subfield("a", "Truyện Kiều"), Subfield("b", "thơ"), Subfield("6", "880-01")]
        ),
        Field("264", Indicators(" ", "1"), [Subfield("b", "Văn học")]),
        Field("264", Indicators(" ", "4"), [Subfield("c", "©1978")]),
        Field("650", Indicators(" ", "0"), [Subfield("a", "Thơ"), Subfield("v", "")]),
        Field("653", Indicators(" ", " "), [Subfield("a", "Kiều")]),
        Field("880", Indicators("1", "0"), [Subfield("6", "245-01/$1"), Subfield("a", "傳翹")]),
    )
    return record


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("245$ab", ["Truyện Kiều thơ"]),
        ("245", ["Truyện Kiều thơ"]),
        ("245$b", ["thơ"]),
        ("008/35-37", ["vie"]),
        ("008/6", ["s"]),
        ("LDR/06", ["a"]),
        ("001", ["42"]),
        ("264[*4]$c", ["©1978"]),
        ("264[#1]$bc", ["Văn học"]),
        ("65x$a", ["Thơ", "Kiều"]),
        ("653$a:650$a", ["Thơ", "Kiều"]),
        ("650$v", []),
        ("999$a", []),
    ],
)
def test_values(kieu: Record, spec: str, expected: list[str]) -> None:
    assert values(kieu, spec) == expected


def test_joins_and_linked_fields(kieu: Record) -> None:
    assert values(kieu, "245$ab", join=None) == ["Truyện Kiều", "thơ"]
    assert values(kieu, "245$ab", join="|") == ["Truyện Kiều|thơ"]
    assert values(kieu, "245$a", linked=True) == ["Truyện Kiều", "傳翹"]
    assert first(kieu, "999$a", "none") == "none"


def test_a_spec_that_is_none() -> None:
    with pytest.raises(ValueError, match="not a field spec"):
        values(Record(), "24$a")
