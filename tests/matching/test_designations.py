"""Volume, edition, extent and year designations as title pages and shops write them."""

from __future__ import annotations

import pytest

from tests.match_records import record, view
from unioncat.matching import RULESET, match_view
from unioncat.matching.editions import edition_of_field, edition_of_title
from unioncat.matching.extents import extent_of, height_of
from unioncat.matching.identifiers import bar_code, isbn13, issn, lccn, system_number
from unioncat.matching.names import names_in
from unioncat.matching.numerals import number_of
from unioncat.matching.plain import plain
from unioncat.matching.publishers import publisher_core
from unioncat.matching.standards import find_standards
from unioncat.matching.volumes import compare_volumes, find_volumes, volume_of_field
from unioncat.matching.years import years_of


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("T.01", (("t", "1"),)),
        ("t. I", (("t", "1"),)),
        ("Q.2", (("q", "2"),)),
        ("T.05 - Q.01", (("t", "5"), ("q", "1"))),
        ("T. 3, P. 2", (("t", "3"), ("p", "2"))),
        ("P.1-T.02", (("p", "1"), ("t", "2"))),
        ("T.02A", (("t", "2a"),)),
        ("T.II, Động lực học ", (("t", "2"),)),
        ("1", (("t", "1"),)),
        ("I", (("t", "1"),)),
        ("Bd. 3", (("t", "3"),)),
        ("Nr. 2620", (("n", "2620"),)),
        ("Phần BT", ()),
        ("", ()),
    ],
)
def test_volume_fields(text: str, levels: tuple[tuple[str, str], ...]) -> None:
    assert volume_of_field(plain(text)) == levels


@pytest.mark.parametrize(
    ("title", "levels"),
    [
        ("Toán học cao cấp. T. 2, Phép tính giải tích", (("t", "2"),)),
        ("1Q84 (Tập 2) - Tái Bản", (("t", "2"),)),
        ("Gửi Em, Người Bất Tử - Tập 4 (Tái Bản 2022)", (("t", "4"),)),
        ("Chitose Trong Chai Ramune - Tập 6.5", (("t", "6.5"),)),
        ("Tập 1 + 2", (("t", "1+2"),)),
        ("Hà Nội xưa. Quyển hạ", (("q", "c"),)),
        ("Vật lí đại cương: t. II,/ Điện - Dao động", (("t", "2"),)),
        ("Quy phạm phân cấp, Phần 8A: Sà lan thép", (("p", "8a"),)),
        ("Bài tập 1 và lời giải", ()),
        ("Điều trị tập trung", ()),
        ("Phân tâm học nhập môn", ()),
        ("Die Zauberflöte KV 620", ()),
        ("Công nghệ chế tạo máy 2", ()),
    ],
)
def test_volumes_in_titles(title: str, levels: tuple[tuple[str, str], ...]) -> None:
    assert find_volumes(plain(title)).levels == levels


def test_a_whole_set_is_no_volume() -> None:
    assert view("245 $aThám Tử Sherlock Holmes (Bộ 3 tập)").in_set == 3
    single = view("245 $aCơ chế và phản ứng hóa học hữu cơ. T.01 (Trọn bộ 3 tập)")
    assert (single.volume, single.in_set) == ((("t", "1"),), 0)


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        ((("t", "1"),), (("t", "1"),), "same"),
        ((("t", "1"),), (("q", "1"),), "same"),
        ((("t", "1"),), (("t", "2"),), "differ"),
        ((("t", "5"), ("q", "1")), (("t", "5"),), "partial"),
        ((("t", "5"), ("q", "1")), (("t", "5"), ("q", "2")), "differ"),
        ((), (("t", "1"),), ""),
    ],
)
def test_comparing_volumes(a: tuple[tuple[str, str], ...], b: tuple[tuple[str, str], ...], verdict: str) -> None:
    assert compare_volumes(a, b) == verdict
    assert compare_volumes(b, a) == verdict


@pytest.mark.parametrize(
    ("title", "number", "reissue", "year"),
    [
        ("Rừng Nauy (Tái Bản)", "", True, 0),
        ("Lolita (Tái bản năm 2024)", "", True, 2024),
        ("Tĩnh Lặng (Tái Bản Lần Thứ 11/2020)", "11", True, 2020),
        ("Nếu Biết Trăm Năm Là Hữu Hạn (Tái Bản Lần 20)", "20", True, 0),
        ("Toán 3 (Tái bản lần thứ nhất có sửa chữa)", "1", True, 0),
        ("Chiến tranh không có một khuôn mặt phụ nữ TB 2019", "", True, 2019),
        ("Kinh Tế Học Vĩ Mô (2022)", "", False, 2022),
        ("Hội nghị khoa học lần thứ 5", "", False, 0),
    ],
)
def test_editions_in_titles(title: str, number: str, reissue: bool, year: int) -> None:
    found = edition_of_title(plain(title))
    assert (found.number, found.reissue, found.year) == (number, reissue, year)


@pytest.mark.parametrize(
    ("text", "number", "revised"),
    [
        ("2nd ed.", "2", False),
        ("2d ed.", "2", False),
        ("3rd rev. ed.", "3", True),
        ("2., überarb. Aufl.", "2", True),
        ("10. Aufl", "10", False),
        ("Tái bản lần thứ 3", "3", False),
        ("In lần thứ 2, có sửa chữa, bổ sung", "2", True),
        ("First edition", "1", False),
        ("Toby Press ed.", "", False),
        ("2e éd. revue", "2", True),
    ],
)
def test_edition_fields(text: str, number: str, revised: bool) -> None:
    found = edition_of_field(plain(text))
    assert (found.number, found.revised) == (number, revised)


@pytest.mark.parametrize(
    ("text", "pages", "volumes", "units", "minutes"),
    [
        ("xii, 376 s.", 376, 0, 0, 0),
        ("325 p., 8 p. of plates", 325, 0, 0, 0),
        ("333p", 333, 0, 0, 0),
        ("0p", 0, 0, 0, 0),
        ("358 tr.", 358, 0, 0, 0),
        ("2 v. (xxii, 653 p.)", 653, 2, 0, 0),
        ("1 Klavierauszug (221 S.)", 221, 0, 0, 0),
        ("1 DVD-Video (ca. 82 Min.)", 0, 0, 1, 82),
        ("3 CD", 0, 0, 3, 0),
        ("2 Compact Discs (152 Min.)", 0, 0, 2, 152),
        ("", 0, 0, 0, 0),
    ],
)
def test_extents(text: str, pages: int, volumes: int, units: int, minutes: int) -> None:
    found = extent_of(plain(text))
    assert (found.pages, found.volumes, found.units, found.minutes) == (pages, volumes, units, minutes)


def test_heights() -> None:
    assert height_of("14.5 x 20.5 cm") == 20
    assert height_of("24 cm.") == 24
    assert height_of("<p>14 x 20.5 cm</p>") == 20
    assert height_of("") == 0


def test_years_and_their_roles() -> None:
    assert years_of(["1915, c1910."], [], "") == ((1915,), (1910,), ())
    assert years_of(["[2001]"], ["c2000"], "") == ((2001,), (2000,), ())
    assert years_of([], [], "200101t20042003xxu") == ((2004,), (2003,), ())
    assert years_of([], [], "200101r19901980enk") == ((1990,), (), ())
    assert years_of([], [], "200101s19uu    enk") == ((), (), (1900, 1999))
    assert years_of(["199-?"], [], "") == ((), (), (1990, 1999))
    assert years_of(["c1999"], [], "") == ((1999,), (1999,), ())
    assert years_of([], [], "181222s9999||||xx ") == ((), (), ())


def test_numbers() -> None:
    assert [number_of(text) for text in ("02a", "iv", "hai", "xxxix", "ha", "6.5", "", "abc")] == [
        "2a", "4", "2", "39", "c", "6.5", "", "",
    ]  # fmt: skip


def test_identifiers() -> None:
    assert isbn13("0-521-82436-2 (hbk.)") == "9780521824361"
    assert isbn13("978-604-1-00001-7") in ("", "9786041000017")
    assert isbn13("17245") == ""  # a running number
    assert isbn13("978052182436") == "9780521824361"  # a bar code without its check digit
    assert isbn13("0521824363") == ""
    assert issn("ISSN 0335-1793") == "03351793"
    assert issn("0335-1794") == ""
    assert bar_code("893523524217") == "8935235242173"
    assert lccn("  89078248 ") == lccn("89-78248") == "89078248"
    assert system_number("(OCoLC)ocm00012345") == system_number("(OCoLC)12345") == "oclc:12345"
    assert system_number("ocm62330652") == "oclc:62330652"
    assert system_number("b30506591") == ""


def test_names() -> None:
    assert names_in(plain("Nguyễn, Du, 1765-1820")) == ["nguyen du"]
    assert names_in(plain("Trần Đức Long, Nguyễn Đình Sang, Hoàng Quốc Toàn")) == [
        "tran duc long", "nguyen dinh sang", "hoang quoc toan",
    ]  # fmt: skip
    assert names_in(plain("Lê Văn Doanh...[và những người khác]")) == ["le van doanh"]
    assert names_in(plain("Jean - Marie Brébec")) == ["jean marie brebec"]
    assert names_in(plain("Đỗ Công Khanh (chb)")) == ["do cong khanh"]


def test_publishers() -> None:
    forms = ["Nxb. Kim Đồng", "NXB Kim Đồng", "Nhà Xuất Bản Kim Đồng", "Kim Đồng"]
    assert {publisher_core(form) for form in forms} == {"kim dong"}
    assert publisher_core("[s.n.]") == ""
    assert publisher_core("Otis, Broaders and company,") == "otis broaders"


def test_standards() -> None:
    assert find_standards(plain("TCVN 5737 - 1993"))[0] == ("tcvn5737:1993",)
    assert find_standards(plain("Quy phạm: TCVN 6259-8A:2003, Phần 8A"))[0] == ("tcvn6259-8a:2003",)
    assert view("100 $aTCVN 5737-1993", "245 $aĐộng cơ đốt trong").standards == ("tcvn5737:1993",)


def test_constants_of_an_export_are_no_evidence() -> None:
    made = view("245 $aGiải tích số", "260 $bBK Library system$c2000", "300 $a0p")
    assert (made.publishers, made.pages) == ((), 0)


def test_views_survive_their_bytes() -> None:
    made = view("245 $aToán 1. T. 2$bsách giáo khoa", "020 $a0521824362", "100 $aNguyễn Du", "260 $c2001", year="2001")
    assert type(made).from_bytes(made.to_bytes()) == made
    with pytest.raises(ValueError, match="match view has"):
        type(made).from_bytes(b"[1,2]")


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("245 $a",),
        ("245 $b///$c...$n,$p:",),
        ("245 $aT. T. T. 1 (((", "490 $v" + "1" * 5000, "300 $a" + "9" * 300 + " p."),
        ("245 $a\u0301\u0323\ud800 \x00", "100 $a,,,;;;- -", "260 $c" + "1999 " * 1000),
        ("245 $a" + "a" * 100_000,),
        ("008 x", "020 $a" + "9" * 10_000, "880 $6245-", "773 $w"),
    ],
)
def test_any_content_gives_a_view(lines: tuple[str, ...]) -> None:
    made = match_view(record(*lines, leader="                        "), RULESET)
    assert made.level in ("monograph", "serial", "component", "collection")
