"""Names of sets for ListSets (OAI-PMH 2.0 §4.6): Vietnamese, then English."""

from __future__ import annotations

from collections.abc import Mapping

from unioncat.model import Member, MemberCode
from unioncat.services.oai_sets import TYPES, district_slug, safe_spec

__all__ = ["set_name"]

PARENTS = {
    "library": ("Thư viện thành viên", "Member libraries"),
    "kind": ("Loại thư viện", "Kinds of libraries"),
    "district": ("Huyện, thị xã, thành phố", "Districts"),
    "type": ("Loại tài liệu", "Types of material"),
    "lang": ("Ngôn ngữ", "Languages"),
    "collection": ("Bộ sưu tập", "Collections"),
    "digital": ("Có bản số", "Available digitally"),
    "giveback": ("Biểu ghi hoàn trả, đã bổ sung", "Libraries' own records, enriched"),
    "collection:diachi": ("Địa chí", "Local history"),
}
KINDS = {
    "public": ("Thư viện công cộng", "Public libraries"),
    "district": ("Thư viện cấp huyện", "District libraries"),
    "school": ("Thư viện trường học", "School libraries"),
    "college": ("Thư viện cao đẳng", "College libraries"),
    "university": ("Thư viện đại học", "University libraries"),
    "specialised": ("Thư viện chuyên ngành", "Specialised libraries"),
}


def set_name(
    spec: str, members: Mapping[MemberCode, Member], languages: Mapping[str, tuple[str, str]]
) -> tuple[str, str]:
    """(Vietnamese, English) name of a set; the spec itself where no better is known."""
    if spec in PARENTS:
        return PARENTS[spec]
    group, _, name = spec.partition(":")
    plain = PARENTS.get(group, (group, group))
    if group in ("library", "giveback"):
        for member in members.values():
            if safe_spec(member.code) == name:
                names = (member.name, member.name_en or member.name)
                return names if group == "library" else (f"{plain[0]}: {names[0]}", f"{plain[1]}: {names[1]}")
    elif group == "kind":
        return KINDS.get(name, (name, name))
    elif group == "type":
        return TYPES.get(name, (name, name))
    elif group == "lang" and name in languages:
        return languages[name]
    elif group == "district":
        for member in members.values():
            if district_slug(member.district) == name:
                return member.district, member.district
    return f"{plain[0]}: {name}", f"{plain[1]}: {name}"
