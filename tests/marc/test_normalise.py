from unicodedata import normalize as compose

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymarc import Field, Indicators, Record, Subfield

from unioncat.marc import normalise, to_json, values
from unioncat.marc.build import control_field, data_field, new_record
from unioncat.marc.findings import READING_RULES


def record_of(*fields: Field, leader: str = "00000nam a2200000 i 4500") -> Record:
    return new_record(leader, fields)


def note(text: str) -> Field:
    return Field("500", Indicators(" ", " "), [Subfield("a", text)])


@pytest.mark.parametrize(
    ("text", "normal", "rules"),
    [
        ("Hà Nội", "Hà Nội", []),
        (compose("NFD", "Nguyễn Đình Chiểu"), "Nguyễn Đình Chiểu", ["text-nfd"]),
        ("nhi\u00ea\u0303m", "nhiễm", ["text-nfd"]),
        ("nhi\u1ebd\u0302m", "nhiễm", ["text-mark-order"]),
        ("Ðiện Biên Phủ", "Điện Biên Phủ", ["text-eth"]),
        ("verður maðurinn", "verður maðurinn", []),
        ("a\x00b\nc", "ab c", ["text-control-characters"]),
        ("Th− viÖn tØnh BÕn Tre", "Thư viện tỉnh Bến Tre", ["text-legacy"]),
        ("La rÃ©gion", "La région", ["text-double-conversion"]),
        ("Phơng pháp nghiên cứu", "Phương pháp nghiên cứu", ["text-lost-letters"]),
    ],
)
def test_texts(text: str, normal: str, rules: list[str]) -> None:
    record, findings = normalise(record_of(note(text)))
    assert values(record, "500$a") == [normal]
    assert [finding.rule for finding in findings] == rules
    assert all(finding.fixed for finding in findings)


def test_one_clear_field_settles_the_encoding_of_the_others() -> None:
    record, findings = normalise(
        record_of(note("Huª"), note("ThØa Thiên, Hu‰"), note("LÜÖng Ng†c Häi và nh»ng ngÜ©i khác"))
    )
    assert values(record, "500$a")[2] == "Lương Ngọc Hải và những người khác"
    assert values(record, "500$a")[1] == "Thừa Thiên, Huế"
    assert {finding.rule for finding in findings} <= {"text-legacy", "text-legacy-suspected"}


def test_doubtful_text_is_reported_not_changed() -> None:
    record, findings = normalise(record_of(note("Trần Cơng Nghị")))
    assert values(record, "500$a") == ["Trần Cơng Nghị"]
    assert [(finding.rule, finding.fixed) for finding in findings] == [("text-lost-letters", False)]


@pytest.mark.parametrize(
    ("leader", "normal", "rule"),
    [
        ("00714cam a2200205 a 45e0", "00714cam a2200205 a 4500", "leader-fixed-positions"),
        ("", "00000nam a2200000   4500", "leader-length"),
        (" ", "00000nam a2200000   4500", "leader-length"),
        ("00714cam  2200205 a 4500", "00714cam a2200205 a 4500", None),
        ("00714cam\u00e9a2200205 a 4500", "00714cam a2200205 a 4500", "leader-characters"),
    ],
)
def test_leaders(leader: str, normal: str, rule: str | None) -> None:
    record, findings = normalise(record_of(note("x"), leader=leader))
    assert record.leader.leader == normal
    assert [finding.rule for finding in findings] == ([rule] if rule else [])


def test_structure() -> None:
    record, findings = normalise(
        record_of(
            control_field("001", "1"),
            control_field("001", "2"),
            control_field("003", ""),
            data_field(
                "245", "A\u00e9", [Subfield("a", "x"), Subfield("b", ""), Subfield("", "y"), Subfield("\u1ebf", "t")]
            ),
            data_field("2\u00e9", "  ", [Subfield("a", "kept")]),
            data_field("500", "  ", [Subfield("a", "")]),
        )
    )
    assert [(field.tag, str(field.indicators and "".join(field.indicators))) for field in record.fields] == [
        ("001", "None"),
        ("001", "None"),
        ("245", "a "),
        ("999", "  "),
    ]
    assert record["245"].subfields == [Subfield("a", "x"), Subfield("a", "y"), Subfield("a", "\u1ebft")]
    assert {finding.rule for finding in findings} == {
        "control-number-repeated",
        "field-empty",
        "indicator-character",
        "subfield-empty",
        "subfield-code",
        "tag-format",
    }


@given(
    st.text(max_size=30),
    st.lists(
        st.tuples(st.text(max_size=4), st.text(max_size=3), st.text(max_size=2), st.text(max_size=20)), max_size=5
    ),
)
def test_normalising_twice_changes_nothing(leader: str, raw: list[tuple[str, str, str, str]]) -> None:
    record = record_of(
        *(data_field(tag, (pair + "  ")[:2], [Subfield(code, text)]) for tag, pair, code, text in raw), leader=leader
    )
    once, findings = normalise(record)
    line = to_json(once)
    again, _ = normalise(once)
    assert to_json(again) == line
    assert {finding.rule for finding in findings} <= set(READING_RULES)


def test_a_soft_hyphen_where_tcvn3_has_its_u_horn() -> None:
    record, findings = normalise(record_of(note("Th\u00ad viện, n\u00adớc và inter\u00adnational")))
    assert values(record, "500$a") == ["Thư viện, nước và inter\u00adnational"]
    assert [finding.rule for finding in findings] == ["text-lost-letters"]
