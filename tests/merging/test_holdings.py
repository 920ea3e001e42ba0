"""Holdings of one library from 852, 866, 876 and Koha's 952."""

from __future__ import annotations

from tests.match_records import key, record
from unioncat.marc import Record
from unioncat.merging import Contribution, holdings_of
from unioncat.model import Holding, MemberCode


def held(made: Record) -> tuple[Holding, ...]:
    return holdings_of(Contribution(key("bt/1"), MemberCode("VN-BT"), 50, "b1", made))


def test_a_record_without_item_data_still_says_who_has_it() -> None:
    (only,) = held(record("245 $aTruyện Kiều", "082 04$a895.9221$bNG-D"))
    assert (only.member, only.record_key, only.local_id) == ("VN-BT", "bt/1", "b1")
    assert only.call_number == "895.9221 NG-D"
    assert only.copies is None


def test_koha_items_gather_by_location() -> None:
    found = held(
        record(
            "245 $aGiải tích số",
            "952 $p01$cKho A$o515 LE-V",
            "952 $p02$cKho A$o515 LE-V",
            "952 $p03$cKho B$o515 LE-V",
            "952 $x ",
        )
    )
    assert [(one.location, one.copies, one.call_number) for one in found] == [
        ("Kho A", 2, "515 LE-V"),
        ("Kho B", 1, "515 LE-V"),
    ]
    assert [item.barcode for item in found[0].items] == ["01", "02"]


def test_items_go_with_their_location() -> None:
    found = held(
        record(
            "245 $aX",
            "852 $bChính$hVN$i895",
            "876 $p11",
            "852 $bNhánh$hVN$i895$zChỉ đọc tại chỗ",
            "876 $p12",
            "866 $aT.1-T.5",
        )
    )
    assert [(one.location, one.call_number, one.copies, [item.barcode for item in one.items]) for one in found] == [
        ("Chính", "VN 895", 1, ["11"]),
        ("Nhánh", "VN 895", 1, ["12"]),
    ]
    assert found[0].summary == "T.1-T.5"
    assert found[1].note == "Chỉ đọc tại chỗ"


def test_the_number_of_copies_is_not_invented() -> None:
    assert held(record("852 $bKho$tbản 3"))[0].copies == 3
    assert held(record("852 $bKho"))[0].copies is None
    assert held(record("852 $bKho$p77"))[0].items[0].barcode == "77"


def test_a_digital_copy() -> None:
    (only,) = held(record("245 $aX", "856 40$uhttps://thuvien.example/x"))
    assert only.url == "https://thuvien.example/x"
