"""Sets of a merged record."""

from __future__ import annotations

import re

import pytest

from unioncat.marc import Field, Indicators, Leader, Record, Subfield
from unioncat.model import Holding, Member, MemberCode, record_key
from unioncat.services.oai_sets import district_slug, languages, record_type, safe_spec, set_specs

MEMBERS = {
    MemberCode("VN-BT"): Member(
        MemberCode("VN-BT"), "Thư viện tỉnh Bến Tre", "public", district="Thành phố Bến Tre", province="Bến Tre"
    ),
    MemberCode("VN-HM/1"): Member(MemberCode("VN-HM/1"), "Trường", "school", province="Tỉnh Khánh Hoà"),
}
OF_BOTH = tuple(Holding(code, record_key("s", code)) for code in MEMBERS)


def a_record(
    *fields: tuple[str, str, dict[str, str]], leader: str = "00000nam a2200000 a 4500", f008: str = ""
) -> Record:
    record = Record()
    record.leader = Leader(leader)
    if f008:
        record.add_field(Field(tag="008", data=f008))
    for tag, indicators, subfields in fields:
        parts = [Subfield(code, value) for code, value in subfields.items()]
        record.add_field(Field(tag=tag, indicators=Indicators(*indicators), subfields=parts))
    return record


def test_libraries_kinds_districts_type_and_language():
    record = a_record(("245", "10", {"a": "Truyện Kiều"}), f008="120101s2012    vm            000 1 vie d")
    assert set_specs(record, OF_BOTH, MEMBERS) == (
        "district",
        "district:thanh-pho-ben-tre",
        "kind:public",
        "kind:school",
        "lang:vie",
        "library:VN-BT",
        "library:VN-HM~2F1",
        "type:book",
    )


@pytest.mark.parametrize(
    ("field", "local"),
    [
        (("651", " 4", {"a": "Bến Tre (Việt Nam)", "x": "Lịch sử"}), True),
        (("650", " 4", {"a": "Dừa", "z": "Bến Tre"}), True),
        (("245", "00", {"a": "Địa chí Sóc Trăng"}), True),
        (("245", "00", {"a": "Niên giám địa chỉ cơ quan"}), False),  # địa chỉ: addresses
        (("245", "00", {"a": "Bền trẻ mãi"}), False),
        (("500", "  ", {"a": "Sách của tỉnh Bến Tre"}), False),
        (("651", " 4", {"a": "Khánh Hòa"}), True),  # the member writes Khánh Hoà
    ],
)
def test_local_history_is_told_by_subjects_and_title(field, local):
    assert ("collection:diachi" in set_specs(a_record(field), OF_BOTH, MEMBERS)) is local


def test_local_history_is_told_by_the_shelf():
    shelved = Holding(MemberCode("VN-BT"), record_key("s", "1"), location="Kho Địa chí")
    assert "collection:diachi" in set_specs(a_record(), [shelved], MEMBERS)


@pytest.mark.parametrize(
    ("indicators", "subfields", "digital"),
    [
        ("40", {"u": "https://example.vn/1.pdf"}, True),
        ("42", {"u": "https://example.vn/related"}, False),
        ("41", {"u": "https://example.vn/toc", "3": "Mục lục"}, False),
        ("4 ", {"y": "no address"}, False),
    ],
)
def test_digital_needs_an_address_of_the_work(indicators, subfields, digital):
    assert ("digital" in set_specs(a_record(("856", indicators, subfields)), (), MEMBERS)) is digital


@pytest.mark.parametrize(
    ("leader", "kind"),
    [
        ("00000nam a22", "book"),
        ("00000nas a22", "serial"),
        ("00000nab a22", "article"),
        ("00000naa a22", "article"),
        ("00000nem a22", "map"),
        ("00000njm a22", "sound"),
        ("     ", "book"),
    ],
)
def test_types_follow_the_leader(leader, kind):
    assert record_type(a_record(leader=leader.ljust(24))) == kind


def test_languages_of_008_and_041_together():
    record = a_record(("041", "1 ", {"a": "engfre", "h": "rus"}), f008=" " * 35 + "vie  ")
    assert languages(record) == ("vie", "eng", "fre")
    assert languages(a_record(f008=" " * 35 + "|||  ")) == ("und",)
    assert languages(a_record(("041", "  ", {"a": "Việt"}))) == ("und",)


def test_every_set_spec_is_legal_in_oai_pmh():
    legal = re.compile(r"([A-Za-z0-9\-_.!~*'()])+(:[A-Za-z0-9\-_.!~*'()]+)*")  # setSpecType of OAI-PMH.xsd
    for text in ("VN-BT", "a b", "đ/:%", "~"):
        assert legal.fullmatch(safe_spec(text))
    assert safe_spec("a:b") != safe_spec("a~3Ab")
    assert district_slug("Huyện Mỏ Cày Nam") == "huyen-mo-cay-nam"
