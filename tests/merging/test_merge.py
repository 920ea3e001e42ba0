"""Merging: master, union, what stays with its library, links, provenance."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.match_records import key, record
from unioncat.marc import Field, Indicators, Record, Subfield, from_json, to_json, values
from unioncat.matching import RULESET
from unioncat.merging import Contribution, Merged, merge, with_provenance
from unioncat.model import MemberCode

SHORT = record(
    "001 b1", "245 $aTruyện Kiều", "100 0 $aNguyễn Du", "260 $bVăn học$c2015", "952 $aBT$p0001$oK895.92$cKho mượn",
    leader="00000nam a22000003a 4500", year="2015",
)  # fmt: skip
FULL = record(
    "001 n77", "008 200101s2015    vm            000 0 vie d", "020 $a9780521824361", "040 $aVN-TVQG$bvie$erda",
    "042 $anlv", "082 04$a895.9221$222", "100 0 $aNguyễn Du,$d1765-1820", "245 10$aTruyện Kiều /$cNguyễn Du.",
    "264  1$aHà Nội :$bNxb. Văn học,$c2015", "300 $a220 tr. ;$c21 cm", "500 $aTên thật: Đoạn trường tân thanh",
    "650  4$aThơ Nôm", "650  7$aThơ$2vnsh", "700 1 $aĐào Duy Anh,$echú giải", "852 $bKho đọc$hVN 895",
)  # fmt: skip
THIRD = record(
    "001 x9", "020 $a0521824362", "245 00$aKim Vân Kiều truyện", "100 0 $aNguyễn Du", "260 $bVăn học$c2015",
    "500 $aTên thật: Đoạn trường tân thanh, có chú giải", "650  4$aThơ nôm.", "650  4$aTruyện thơ",
    "541 $aQuà tặng", "700 1 $aĐào, Duy Anh", "952 $p77$cKho thiếu nhi",
)  # fmt: skip


def contribution(name: str, made: Record, rank: int = 50, member: str = "") -> Contribution:
    source = name.partition("/")[0]
    return Contribution(key(name), MemberCode(member or f"VN-{source}"), rank, values(made, "001")[0], made)


POOL = (contribution("A/b1", SHORT), contribution("B/n77", FULL), contribution("C/x9", THIRD))


def text_of(merged: Merged) -> str:
    return to_json(merged.record).decode()


def fields_of(merged: Merged, tag: str) -> list[str]:
    return [" ".join(f"${code}{value}" for code, value in field.subfields) for field in merged.record.get_fields(tag)]


def test_the_fullest_national_record_is_the_master() -> None:
    merged = merge(POOL, "uc00000042", RULESET)
    assert merged.record["001"].data == "uc00000042"
    assert fields_of(merged, "245") == ["$aTruyện Kiều / $cNguyễn Du."]
    assert fields_of(merged, "264") == ["$aHà Nội : $bNxb. Văn học, $c2015"]
    assert merged.record.get_fields("260") == []
    assert merged.record["008"].data[35:38] == "vie"


def test_a_losing_title_becomes_a_variant_and_says_so() -> None:
    merged = merge(POOL, "uc1", RULESET)
    assert fields_of(merged, "246") == ["$aKim Vân Kiều truyện"]
    rules = {merged.record.fields[one.field_index].tag: one for one in merged.provenance if one.field_index >= 0}
    assert rules["246"].rule == "variant title"
    assert rules["246"].record_key == "C/x9"


def test_union_under_normalised_equality_keeps_the_longer_form() -> None:
    merged = merge(POOL, "uc1", RULESET)
    assert fields_of(merged, "020") == ["$a9780521824361"]  # ISBN-10 and ISBN-13 are one
    assert sorted(fields_of(merged, "650")) == ["$aThơ $2vnsh", "$aThơ Nôm", "$aTruyện thơ"]
    assert fields_of(merged, "700") == ["$aĐào Duy Anh, $echú giải"]  # a name with less said of it is the same


def test_what_belongs_to_a_library_stays_under_its_name() -> None:
    merged = merge(POOL, "uc1", RULESET)
    assert fields_of(merged, "541") == ["$aQuà tặng $5VN-C"]
    assert merged.record.get_fields("852", "952") == []
    assert {(one.member, one.location) for one in merged.holdings} == {
        ("VN-A", "Kho mượn"), ("VN-B", "Kho đọc"), ("VN-C", "Kho thiếu nhi"),
    }  # fmt: skip
    assert fields_of(merged, "035") == ["$a(VN-B)n77", "$a(VN-A)b1", "$a(VN-C)x9"]


def test_order_does_not_matter() -> None:
    expected = merge(POOL, "uc1", RULESET)
    for seed in range(20):
        shuffled = list(POOL)
        random.Random(seed).shuffle(shuffled)
        again = merge(shuffled, "uc1", RULESET)
        assert (text_of(again), again.provenance, again.holdings) == (
            text_of(expected), expected.provenance, expected.holdings,
        )  # fmt: skip


def test_merging_changes_no_source_record() -> None:
    before = [to_json(one.record) for one in POOL]
    merge(POOL, "uc1", RULESET)
    assert [to_json(one.record) for one in POOL] == before


def test_a_copy_of_a_record_adds_nothing_but_its_number() -> None:
    alone = merge(POOL, "uc1", RULESET)
    doubled = merge([*POOL, contribution("D/n77", from_json(to_json(FULL)), rank=60)], "uc1", RULESET)
    extra = [field for field in doubled.record.fields if str(field) not in {str(one) for one in alone.record.fields}]
    assert [str(field) for field in extra] == ["=035  \\\\$a(VN-D)n77"]


def test_every_field_knows_its_source_record() -> None:
    merged = merge(POOL, "uc1", RULESET)
    assert [one.field_index for one in merged.provenance] == list(
        range(-1, len(merged.record.fields))
    )  # none completed
    known = {one.key for one in POOL}
    assert {one.record_key for one in merged.provenance} <= known
    shown = with_provenance(merged)
    for field, plain in zip(shown.fields, merged.record.fields, strict=True):
        if not plain.control_field:
            assert field.subfields[:-1] == plain.subfields
            assert field.subfields[-1].code == "9"
            assert field.subfields[-1].value in known


def test_alternate_scripts_and_chains_are_renumbered_together() -> None:
    one = record(
        "245 10$6880-01$aTruyện Kiều",
        "500 $81\\c$aMột",
        "505 $81\\c$aHai",
        "700 1 $6880-02$aNguyễn Du",
        "880 10$6245-01/$1$a金雲翹傳",
        "880 1 $6700-02/$1$a阮攸",
    )
    other = record(
        "245 10$6880-01$aTruyện Kiều",
        "246 3 $6880-01$aĐoạn trường tân thanh",
        "500 $81\\c$aBa",
        "880 3 $6246-01/$1$a斷腸新聲",
        "700 1 $6880-07$aTô Hoài",
    )
    merged = merge([contribution2("A/1", one), contribution2("B/2", other, 60)], "uc1", RULESET)
    links = {field["6"] for field in merged.record.fields if not field.control_field and "6" in field}
    numbers = {}
    for link in links:
        tag, number = link[:3], link[4:6]
        numbers.setdefault(number, set()).add(tag)
    assert all(len(tags) == 2 and "880" in tags for tags in numbers.values())
    assert len(numbers) == 3
    chains = {field.tag + field["a"]: field["8"] for field in merged.record.fields if "8" in field}
    assert chains["500Một"] == chains["505Hai"]
    assert chains["500Ba"] != chains["500Một"]
    assert "6" not in next(field for field in merged.record.get_fields("700") if field["a"] == "Tô Hoài")


def contribution2(name: str, made: Record, rank: int = 50) -> Contribution:
    return Contribution(key(name), MemberCode("VN-" + name[0]), rank, name[2:], made)


def test_unknown_bytes_of_008_are_filled_from_others() -> None:
    one = record(
        "001 1", "008 181222s2015||||xx |||||||||||||| ||und||", "245 10$aTruyện Kiều", "650  4$aThơ", "040 $erda$bvie"
    )
    other = record("001 2", "008 200101s2015    vm a          000 0 vie d", "245 00$aTruyện Kiều")
    merged = merge([contribution("A/1", one, 1), contribution("B/2", other)], "uc1", RULESET)
    assert merged.record["008"].data[35:38] == "vie"
    assert merged.record["008"].data[15:18] == "vm "
    assert any(one.rule == "filled" for one in merged.provenance)


def test_nothing_to_merge_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="at least one record"):
        merge([], "uc1", RULESET)


LINES = st.lists(
    st.tuples(
        st.sampled_from(("020", "100", "245", "246", "500", "541", "650", "700", "852", "880", "952", "9XX", "035")),
        st.lists(st.tuples(st.sampled_from("abc0256789"), st.text(max_size=12)), max_size=4),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(pool=st.lists(LINES, min_size=1, max_size=4), chance=st.randoms(use_true_random=False))
def test_any_records_merge_the_same_in_any_order(
    pool: list[list[tuple[str, list[tuple[str, str]]]]], chance: random.Random
) -> None:
    made = []
    for place, lines in enumerate(pool):
        one = Record(force_utf8=True)
        for tag, subfields in lines:
            one.add_field(
                Field(tag=tag, indicators=Indicators(" ", " "), subfields=[Subfield(c, v) for c, v in subfields])
            )
        made.append(Contribution(key(f"s{place}/1"), MemberCode("VN-X"), 50, "1", one))
    expected = merge(made, "uc1", RULESET)
    chance.shuffle(made)
    again = merge(made, "uc1", RULESET)
    assert again.record.as_dict() == expected.record.as_dict()
    assert again.provenance == expected.provenance
    told = [one.field_index for one in expected.provenance if one.rule != "completed"]
    assert told == list(range(-1, len(expected.record.fields)))


def test_links_of_a_library_stay_its_own_and_public_ones_are_told_once() -> None:
    one = record(
        "245 $aX", "856 40$uhttps://thuvien.example/x$zToàn văn", "856 40$uhttps://proxy.vn-a.example/login?url=y"
    )
    other = record("245 $aX", "856 42$uhttps://thuvien.example/x", "856 40$uhttps://kho.example/z$5VN-B")
    merged = merge([contribution2("A/1", one), contribution2("B/2", other, 60)], "uc1", RULESET)
    assert fields_of(merged, "856") == [
        "$uhttps://thuvien.example/x $zToàn văn",
        "$uhttps://proxy.vn-a.example/login?url=y $5VN-A",
        "$uhttps://kho.example/z $5VN-B",
    ]
