"""The checks, rule by rule: a record that has the fault and one that has not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unioncat.marc import Field, Indicators, Record, Subfield, from_json
from unioncat.marc.build import control_field, data_field, new_record
from unioncat.quality import check, full_check
from unioncat.quality.numbers import isbn_fault, issn_fault

CLEAN = from_json((Path(__file__).parent.parent / "golden/marc_exports/thesis_map_film/input.json").read_bytes())
FIXED = "200101s2019    vm            000 0 vie  "


def book(*fields: Field, leader: str = "00000nam a2200000 a 4500", fixed: str = FIXED, title: str = "Số đỏ") -> Record:
    known = {field.tag for field in fields}
    base = [control_field("001", "1"), control_field("008", fixed)]
    if "245" not in known:
        base.append(data_field("245", "00", [Subfield("a", title)]))
    return new_record(leader, [field for field in base if field.tag not in known] + list(fields))


def field(tag: str, pair: str, *parts: str) -> Field:
    return data_field(tag, pair, [Subfield(part[0], part[1:]) for part in parts])


def found(record: Record) -> set[tuple[str, str]]:
    return {(one.rule, one.place) for one in check(record)}


def test_a_clean_record_has_nothing() -> None:
    assert (
        found(book(field("020", "  ", "a978-604-2-05234-4 (bìa mềm)"), field("264", " 1", "aHà Nội", "c2019"))) == set()
    )


@pytest.mark.parametrize(
    ("rule", "place", "record"),
    [
        ("title-missing", "245$a", book(field("245", "00", "c/"))),
        ("isbn-fake", "020$a", book(field("020", "  ", "a5551"))),
        ("isbn-check-digit", "020$a", book(field("020", "  ", "a978-604-2-05234-5"))),
        ("isbn-length", "020$a", book(field("020", "  ", "a978-604-2-0523"))),
        ("issn-check-digit", "022$a", book(field("022", "  ", "a0866-7340"))),
        ("ddc-with-shelfmark", "082$a", book(field("082", "04", "a001 DY-V"))),
        ("name-nobody", "100$a", book(field("100", "0 ", "aNhiều tác giả"))),
        ("name-with-role", "100$a", book(field("100", "0 ", "aVõ Xuân Đàn sưu tầm và giới thiệu"))),
        ("name-several", "700$a", book(field("700", "0 ", "aNguyễn Tiến; Đặng Xuân Hường"))),
        ("nonfiling-indicator", "245", book(field("245", "04", "aSố đỏ"))),
        ("constant-value", "300$a", book(field("300", "  ", "a0p"))),
        ("url-local", "856$u", book(field("856", "40", "uhttp://localhost:8080/xmlui/handle/1"))),
        ("url-local", "856$u", book(field("856", "40", "uhttp://192.168.1.4/x"))),
        ("field-repeated", "245", book(field("245", "00", "aA b"), field("245", "00", "aB c"))),
        ("field-undefined", "101", book(field("101", "0 ", "avie"))),
        ("indicator-undefined", "082", book(field("082", "  ", "a895.922"))),
        ("subfield-undefined", "245$d", book(field("245", "00", "aA", "dB"))),
        ("main-entry-repeated", "110", book(field("100", "0 ", "aA"), field("110", "2 ", "aB"))),
        ("link-880-orphan", "880$6", book(field("880", "10", "6245-01/(N", "a金雲翹"))),
        ("fixed-field-length", "008", book(fixed="200101s2019")),
        ("language-missing", "008/35-37", book(fixed=FIXED.replace("vie", "und"))),
        ("language-unknown", "008/35-37", book(fixed=FIXED.replace("vie", "vn "))),
        ("date-constant", "008/07-10", book(fixed=FIXED.replace("2019", "9999"))),
        ("date-implausible", "008/07-10", book(fixed=FIXED.replace("2019", "0219"))),
        ("date-mismatch", "008/07-10", book(field("264", " 1", "c2018"))),
        ("leader-type", "LDR/06", book(leader="00000nbm a2200000 a 4500")),
        ("leader-level", "LDR/07", book(leader="00000nax a2200000 a 4500")),
        ("not-bibliographic", "LDR/06", book(leader="00000nz  a2200000 a 4500")),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_rule(rule: str, place: str, record: Record) -> None:
    assert (rule, place) in found(record)


def test_records_that_are_one_copy_each() -> None:
    record = book(field("952", "  ", "p5551", "cKho CS2"))
    record.fields = [one for one in record.fields if one.tag != "001"]
    assert {("control-number-missing", "001"), ("copy-as-record", "952")} <= found(record)
    record.fields.append(field("952", "  ", "p5552"))
    assert ("copy-as-record", "952") not in found(record)


@pytest.mark.parametrize("tag", ["900", "911", "925", "952", "090", "590", "690", "019", "039", "049", "HLD"])
def test_local_fields_are_never_errors(tag: str) -> None:
    assert found(book(field(tag, "zZ", "!x", "ay"))) == set()


def test_880_pairs_are_no_orphans() -> None:
    linked = book(field("245", "10", "6880-01", "aKim Vân Kiều"), field("880", "10", "6245-01/$1", "a金雲翹"))
    assert found(linked) == set()
    lonely = book(field("245", "10", "6880-01", "aKim Vân Kiều"))
    assert ("link-880-missing", "245$6") in {(one.rule, one.place) for one in full_check(lonely)}


def test_the_full_check_sees_more() -> None:
    record = book(
        field("245", "00", "aTRUYỆN KIỀU TOÀN TẬP", "cA", "cB"),
        field("264", " 1", "ckhông rõ"),
        field("700", "0 ", "aNguyễn Du", "4zzz"),
        field("856", "40", "uxem tại quầy"),
        fixed="200101s2019    zz            009 0 vie  ",
    )
    assert {(one.rule, one.place) for one in full_check(record)} >= {
        ("title-capitals", "245$a"),
        ("subfield-repeated", "245$c"),
        ("date-unclear", "264$c"),
        ("relator-unknown", "700$4"),
        ("url-malformed", "856$u"),
        ("country-unknown", "008/15-17"),
        ("fixed-position", "008/31"),
        ("extent-missing", "300"),
        ("holdings-missing", "852"),
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("9786042052344", ""),
        ("978-604-2-05234-4 (pbk.)", ""),
        ("0-306-40615-2", ""),
        ("080442957X", ""),
        ("0‑306‑40615‑2 : $12.00", ""),
        ("9786042052345", "isbn-check-digit"),
        ("0306406153", "isbn-check-digit"),
        ("1", "isbn-fake"),
        ("2008909748123", "isbn-fake"),
        ("0000000", "isbn-fake"),
        ("97860420523", "isbn-length"),
        ("(pbk.)", "isbn-format"),
        ("", ""),
    ],
)
def test_isbn(text: str, fault: str) -> None:
    assert isbn_fault(text) == fault


def test_issn() -> None:
    assert issn_fault("0866-7349") == ""
    assert issn_fault("2434-561X") == ""
    assert issn_fault("0866-734") == "issn-check-digit"


@given(
    st.text(max_size=24),
    st.lists(
        st.tuples(
            st.sampled_from(("008", "020", "022", "082", "100", "245", "264", "300", "856", "880", "9xx", "0a0")),
            st.text(max_size=2),
            st.lists(st.tuples(st.text(max_size=1), st.text(max_size=30)), max_size=4),
        ),
        max_size=8,
    ),
)
def test_any_record_can_be_checked(leader: str, parts: list[tuple[str, str, list[tuple[str, str]]]]) -> None:
    record = Record()
    record.leader.leader = leader
    for tag, pair, pieces in parts:
        if tag == "008":
            record.fields.append(control_field(tag, "".join(value for _, value in pieces)))
        else:
            subfields = [Subfield(code, value) for code, value in pieces]
            record.fields.append(Field(tag, Indicators(*(pair + "  ")[:2]), subfields))
    assert len(check(record)) <= len(full_check(record))


@pytest.mark.corpus
def test_the_default_set_is_cheap(shared_data: Path) -> None:
    """Under 60 µs a record by design (20-31 measured); the bound here leaves room for a busy machine."""
    import gzip

    from pymarc import MARCReader

    with gzip.open(shared_data / "records/gpo/covid19_online_records_933_utf8.mrc.gz") as stream:
        records = [record for record in MARCReader(stream) if record is not None]
    for record in records:
        check(record)
    begun = time.process_time()
    for record in records:
        check(record)
    assert (time.process_time() - begun) / len(records) < 300e-6
