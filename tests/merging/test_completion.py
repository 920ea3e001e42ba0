"""What the kept field learns from the like fields of other records, and what is told only by them."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.match_records import key, record
from unioncat.marc import Field, Indicators, Record, Subfield, from_json, to_json
from unioncat.matching import RULESET
from unioncat.merging import Contribution, Merged, merge, with_provenance
from unioncat.model import MemberCode


def merged(*pool: list[str] | Record) -> Merged:
    """Of records in order of rank, A the master unless another is better."""
    made = [one if isinstance(one, Record) else record(*one) for one in pool]
    return merge(
        [
            Contribution(key(f"{name}/1"), MemberCode(f"VN-{name}"), rank, "1", one)
            for rank, (name, one) in enumerate(zip("ABCDE", made, strict=False))
        ],
        "uc1",
        RULESET,
    )


def shown(found: Merged, tag: str) -> list[str]:
    return ["".join(f"${code}{value}" for code, value in field.subfields) for field in found.record.get_fields(tag)]


NAMES = (
    # what it shows, the master's, the other's, what is kept
    ("dates", ["700 1 $aTô Hoài,$eminh họa"], ["700 1 $aTô Hoài,$d1920-2014,$eminh họa"],
     ["$aTô Hoài,$d1920-2014,$eminh họa"]),
    ("the year of death", ["700 1 $aTô Hoài,$d1920-"], ["700 1 $aTô Hoài,$d1920-2014"], ["$aTô Hoài,$d1920-2014"]),
    ("other dates are another person", ["700 1 $aNguyễn Văn An,$d1950-"], ["700 1 $aNguyễn Văn An,$d1971-"],
     ["$aNguyễn Văn An,$d1950-", "$aNguyễn Văn An,$d1971-"]),
    ("a role where none was said", ["700 1 $aTô Hoài."], ["700 1 $aTô Hoài,$edịch"], ["$aTô Hoài,$edịch"]),
    ("a second role beside a shared one", ["700 1 $aTô Hoài,$edịch"], ["700 1 $aTô Hoài,$edịch giả,$eminh họa."],
     ["$aTô Hoài,$edịch,$eminh họa."]),
    ("each role its own heading", ["700 1 $aTô Hoài,$edịch"], ["700 1 $aTô Hoài,$eminh họa"],
     ["$aTô Hoài,$edịch", "$aTô Hoài,$eminh họa"]),
    ("a code and a word for one role", ["700 1 $aTô Hoài,$edịch"], ["700 1 $aTô Hoài$4trl"], ["$aTô Hoài,$edịch"]),
    ("by number, whatever the role", ["700 1 $aTô Hoài,$edịch$0(NLV)12"], ["700 1 $aHoài, Tô,$eminh họa.$0(NLV)12"],
     ["$aTô Hoài,$edịch,$eminh họa.$0(NLV)12"]),
    ("one number each of two authority files", ["700 1 $aTô Hoài$0(NLV)12"],
     ["700 1 $aTô Hoài$0https://isni.org/isni/0000000121281234"],
     ["$aTô Hoài$0(NLV)12$0https://isni.org/isni/0000000121281234"]),
    ("two forms of one ISNI", ["700 1 $aTô Hoài$0(isni)0000 0001 2128 1234"],
     ["700 1 $aTô Hoài$0https://isni.org/isni/0000000121281234"], ["$aTô Hoài$0(isni)0000 0001 2128 1234"]),
    ("two numbers of one file are two people", ["700 1 $aNguyễn Văn An$0(NLV)12"], ["700 1 $aNguyễn Văn An$0(NLV)13"],
     ["$aNguyễn Văn An$0(NLV)12", "$aNguyễn Văn An$0(NLV)13"]),
    ("works of one author", ["700 12$aTô Hoài.$tO chuột"], ["700 12$aTô Hoài.$tQuê người"],
     ["$aTô Hoài.$tO chuột", "$aTô Hoài.$tQuê người"]),
    ("the main entry needs no added one", ["100 1 $aTô Hoài"], ["700 1 $aTô Hoài,$d1920-2014,$etác giả"], []),
    ("but in another role it has one", ["100 1 $aTô Hoài"], ["700 1 $aTô Hoài,$eminh họa"], ["$aTô Hoài,$eminh họa"]),
    ("a main entry beside the same with a number", ["100 1 $aTô Hoài"], ["100 1 $aTô Hoài$0(NLV)12"], []),
)  # fmt: skip


@pytest.mark.parametrize(("mine", "other", "kept"), [row[1:] for row in NAMES], ids=[row[0] for row in NAMES])
def test_names(mine: list[str], other: list[str], kept: list[str]) -> None:
    assert shown(merged(mine, other), "700") == kept


FIELDS = (
    ("020", "qualifiers of one ISBN", ["020 $a9780521824361"], ["020 $a0-521-82436-2$qbìa cứng$c90000đ"],
     ["$a9780521824361$qbìa cứng$c90000đ"]),
    ("020", "one price is enough", ["020 $a9780521824361$c90000đ"], ["020 $a9780521824361$c9 USD"],
     ["$a9780521824361$c90000đ"]),
    ("020", "a cancelled number is another thing", ["020 $a9780521824361"], ["020 $z9780521824361"],
     ["$a9780521824361", "$z9780521824361"]),
    ("022", "forms of one ISSN", ["022 $a1859-1531"], ["022 $a1859-1531$y1859-1500"], ["$a1859-1531$y1859-1500"]),
    ("041", "the language of the original", ["041 1 $avie"], ["041 1 $avie$heng"], ["$avie$heng"]),
    ("041", "other languages of the text", ["041 0 $avie"], ["041 0 $aeng"], ["$avie", "$aeng"]),
    ("650", "no beginning of another word", ["650  4$aKinh tế"], ["650  4$aKinh tế học"],
     ["$aKinh tế", "$aKinh tế học"]),
    ("650", "with a subdivision it says more", ["650  4$aKinh tế"], ["650  4$aKinh tế$zViệt Nam"],
     ["$aKinh tế$zViệt Nam"]),
    ("650", "the number of the heading", ["650  4$aKinh tế"], ["650  4$aKinh tế.$0(NLV)7"], ["$aKinh tế$0(NLV)7"]),
    ("650", "one number of a file", ["650  4$aKinh tế$0(NLV)7"], ["650  4$aKinh tế$0(NLV)8"], ["$aKinh tế$0(NLV)7"]),
    ("856", "the text of a link", ["856 40$uhttp://a.vn/x$yToàn văn"], ["856 40$uhttps://a.vn/x$zMiễn phí"],
     ["$uhttps://a.vn/x$yToàn văn$zMiễn phí"]),
    ("347", "of the first record that has any", ["245 $aX", "650 $aY"], ["347 $aText file$bEPUB"],
     ["$aText file$bEPUB"]),
    ("347", "not beside the master's", ["347 $aText file$bPDF", "650 $aY"], ["347 $aText file$bEPUB"],
     ["$aText file$bPDF"]),
    ("240", "a uniform title under a main entry", ["100 $aAusten, Jane"], ["100 $aAusten, Jane", "240 10$aEmma"],
     ["$aEmma"]),
    ("240", "none beside a 130", ["130 0 $aEmma", "650 $aX"], ["100 $aAusten, Jane", "240 10$aEmma"], []),
    ("300", "description is the master's", ["245 $aX", "650 $aY"], ["300 $a220 tr."], []),
)  # fmt: skip


@pytest.mark.parametrize(
    ("tag", "mine", "other", "kept"),
    [(row[0], *row[2:]) for row in FIELDS],
    ids=[f"{row[0]} {row[1]}" for row in FIELDS],
)
def test_other_fields(tag: str, mine: list[str], other: list[str], kept: list[str]) -> None:
    assert shown(merged(mine, other), tag) == kept


def test_a_field_names_all_who_made_it() -> None:
    found = merged(["700 1 $aTô Hoài"], ["700 1 $aTô Hoài,$d1920-2014"], ["700 1 $aTô Hoài,$eminh họa"])
    place = next(index for index, field in enumerate(found.record.fields) if field.tag == "700")
    told = [(one.record_key, one.rule) for one in found.provenance if one.field_index == place]
    assert told == [("A/1", "name"), ("B/1", "completed"), ("C/1", "completed")]
    assert [one.value for one in with_provenance(found).fields[place].subfields if one.code == "9"] == [
        "A/1",
        "B/1",
        "C/1",
    ]


def test_another_script_comes_with_a_field_that_says_the_same() -> None:
    found = merged(
        ["245 10$aTruyện Kiều", "700 1 $aNguyễn Du", "650  4$aThơ"],
        [
            "245 10$6880-01$aTruyện Kiều",
            "700 1 $6880-02$aNguyễn Du",
            "880 10$6245-01/(3$a傳翹",
            "880 1 $6700-02/(3$a阮攸",
        ],
    )
    assert shown(found, "245") == ["$6880-01$aTruyện Kiều"]
    assert shown(found, "700") == ["$6880-02$aNguyễn Du"]
    assert shown(found, "880") == ["$6245-01/(3$a傳翹", "$6700-02/(3$a阮攸"]
    places = {index for index, field in enumerate(found.record.fields) if field.tag == "880"}
    assert {one.record_key for one in found.provenance if one.field_index in places} == {"B/1"}


def test_a_losing_title_takes_its_other_script_along() -> None:
    found = merged(
        ["245 10$aTruyện Kiều", "650  4$aThơ"],
        ["245 10$6880-01$aĐoạn trường tân thanh /$cNguyễn Du", "880 10$6245-01/(3$a斷腸新聲 /$c阮攸"],
    )
    assert shown(found, "246") == ["$6880-01$aĐoạn trường tân thanh"]
    assert shown(found, "880") == ["$6246-01/(3$a斷腸新聲"]


def test_an_880_without_its_field_is_numbered_00_and_told_once() -> None:
    found = merged(
        ["245 10$6880-01$aX", "880 1 $6700-01/(3$a阮攸", "880 10$6245-01/(3$a傳"],
        ["700 1 $6880-03$aTô Hoài", "880 1 $6700-03/(3$a蘇懷", "880 10$6245-07/(3$a傳"],
    )
    assert sorted(shown(found, "880")) == ["$6245-01/(3$a傳", "$6700-00/(3$a阮攸", "$6700-02/(3$a蘇懷"]


def test_two_fields_under_one_link_number_go_in_order() -> None:
    found = merged(
        ["600  4$6880-05$aMột", "600  4$6880-05$aHai", "880  4$6600-05$a一", "880  4$6600-05$a二"]
    )  # fmt: skip
    assert [(field.tag, field["a"]) for field in found.record.fields if field.tag in ("600", "880")] == [
        ("600", "Một"), ("880", "一"), ("600", "Hai"), ("880", "二"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tag", "mine", "other", "kept"),
    [
        ("006", "m||||||||d||||||||", "m|||||o||d||||||||", ["m|||||o||d||||||||"]),
        ("006", "m||||||||d||||||||", "a|||||o|||||||||||", ["m||||||||d||||||||"]),
        ("007", "sd||||||||m|||", "sd|f||g|||||||", ["sd|f||g|||m|||"]),
        ("007", "vd|||", "vz|||", ["vd|||", "vz|||"]),
        ("008", "181222|||||||||||||||||||||||||||||||||d", "200101s2015    vm            000 0 vie d",
         ["181222s2015    vm |||||||||||000|0|vie|d"]),
        ("008", "181222n        xx                  und d", "200101s2015    vm            000 0 vie d",
         ["181222s2015    vm                  vie d"]),
        ("008", "zu kurz", "200101s2015    vm            000 0 vie d", ["200101s2015    vm            000 0 vie d"]),
    ],
)  # fmt: skip
def test_unknown_bytes_are_filled(tag: str, mine: str, other: str, kept: list[str]) -> None:
    found = merged([f"{tag} {mine}", "650 $aX", "245 $aY"], [f"{tag} {other}", "245 $aY"])
    assert [field.data for field in found.record.get_fields(tag)] == kept


TAGS = ("020", "041", "100", "245", "246", "240", "500", "541", "650", "700", "710", "711", "856", "880", "035", "347")
VALUES = st.sampled_from(
    ("Tô Hoài", "Tô Hoài.", "Kinh tế", "Kinh tế học", "1920-", "1920-2014", "dịch", "minh họa", "(NLV)12", "(NLV)13",
     "880-01", "700-01/(3", "245-01", "9780521824361", "0521824362", "vie", "http://a.vn/x", "")
)  # fmt: skip


def lines(tags: tuple[str, ...], codes: str) -> st.SearchStrategy[list[tuple[str, list[tuple[str, str]]]]]:
    subfields = st.lists(st.tuples(st.sampled_from(codes), VALUES), max_size=4)
    return st.lists(st.tuples(st.sampled_from(tags), subfields), max_size=9)


RECORDS = st.one_of(lines(TAGS, "aadetuqz046"), lines(("100", "700", "700", "700", "246", "650"), "aaade0")).map(
    lambda drawn_lines: drawn(drawn_lines)
)


def drawn(chosen: list[tuple[str, list[tuple[str, str]]]]) -> Record:
    made = Record(force_utf8=True)
    made.fields = [
        Field(tag=tag, indicators=Indicators(" ", " "), subfields=[Subfield(code, value) for code, value in subfields])
        for tag, subfields in chosen
    ]
    return made


def told(found: Merged) -> list[str]:
    return [str(field) for field in found.record.fields if field.tag not in ("001", "035")]


def contributions(pool: list[Record]) -> list[Contribution]:
    return [Contribution(key(f"s{place}/1"), MemberCode("VN-X"), 50, "1", one) for place, one in enumerate(pool)]


@settings(max_examples=300, deadline=None)
@given(pool=st.lists(RECORDS, min_size=1, max_size=4), chance=st.randoms(use_true_random=False))
def test_merging_does_not_depend_on_order_and_changes_no_record(pool: list[Record], chance: random.Random) -> None:
    given_ = contributions(pool)
    before = [to_json(one) for one in pool]
    found = merge(given_, "uc1", RULESET)
    chance.shuffle(given_)
    again = merge(given_, "uc1", RULESET)
    assert to_json(again.record) == to_json(found.record)
    assert again.provenance == found.provenance
    assert [to_json(one) for one in pool] == before


@settings(max_examples=300, deadline=None)
@given(pool=st.lists(RECORDS, min_size=1, max_size=4))
def test_merging_the_merged_record_changes_nothing(pool: list[Record]) -> None:
    once = merge(contributions(pool), "uc1", RULESET)
    twice = merge([Contribution(key("u/1"), MemberCode("VN-X"), 50, "1", once.record)], "uc1", RULESET)
    assert told(twice) == told(once)


@settings(max_examples=300, deadline=None)
@given(pool=st.lists(RECORDS, min_size=1, max_size=3), which=st.integers(0, 2))
def test_a_copy_of_a_record_adds_nothing(pool: list[Record], which: int) -> None:
    """Whatever the pool: not even where completed and longer forms meet."""
    given_ = contributions(pool)
    one = given_[which % len(given_)]
    copy = replace(one, key=key("z/1"), rank=99, record=from_json(to_json(one.record)))
    assert told(merge([*given_, copy], "uc1", RULESET)) == told(merge(given_, "uc1", RULESET))
