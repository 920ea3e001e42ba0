"""Records for people and for simple machines: SUTRS (labelled lines) and GRS-1 (tag set G, then MARC fields)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from protocols.z3950.structures import GENERIC_RECORD, SUTRS_RECORD
from unioncat.model import Holding, Member, MemberCode

__all__ = ["grs1_record", "sutrs_record"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a record for reading.

    fields:  tag → subfield codes; "" for a control field
    grs:     element of tag set G (type 2), or M (type 1) if negative; 0: not there
    brief:   part of element set B
    """

    vi: str
    en: str
    fields: Mapping[str, str]
    grs: int = 0
    brief: bool = True


_NAMES = {"100": "abcdq", "110": "abn", "111": "acdn", "700": "abcdq", "710": "abn", "711": "acdn"}
_SUBJECTS = {"600": "abcdtxyzv", "610": "abtxyzv", "650": "abcxyzv", "651": "axyzv", "653": "a"}
LINES = (
    Line("Nhan đề", "Title", {"245": "abnp"}, 1),
    Line(
        "Tác giả",
        "Author",
        {"100": "abcdq", "110": "abn", "111": "acdn", "700": "abcdq", "710": "abn", "711": "acdn"},
        2,
    ),
    Line("Lần xuất bản", "Edition", {"250": "ab"}),
    Line("Nơi xuất bản", "Place", {"260": "a", "264": "a"}, 3),
    Line("Nhà xuất bản", "Publisher", {"260": "b", "264": "b"}, 31),
    Line("Năm", "Date", {"260": "c", "264": "c"}, 4),
    Line("Mô tả", "Description", {"300": "abce"}, 27),
    Line("Tùng thư", "Series", {"490": "av"}, brief=False),
    Line("Tóm tắt", "Abstract", {"520": "ab"}, 6, brief=False),
    Line("Phụ chú", "Note", {"500": "a"}, brief=False),
    Line(
        "Chủ đề",
        "Subject",
        {"600": "abcdtxyzv", "610": "abtxyzv", "650": "abcxyzv", "651": "axyzv", "653": "a"},
        21,
        False,
    ),
    Line("ISBN", "ISBN", {"020": "a"}, 28),
    Line("ISSN", "ISSN", {"022": "a"}, 28),
    Line("DDC", "DDC", {"082": "a"}, brief=False),
    Line("Địa chỉ", "Address", {"856": "u"}, 12, brief=False),
    Line("Số biểu ghi", "Record number", {"001": ""}, -14),
)


def _values(fields: Sequence[dict[str, Any]], line: Line) -> list[str]:
    found = []
    for field in fields:
        for tag, value in field.items():
            codes = line.fields.get(tag)
            if codes is None:
                continue
            if isinstance(value, str):
                found.append(value)
                continue
            text = " ".join(data for subfield in value["subfields"] for code, data in subfield.items() if code in codes)
            if text.strip():
                found.append(text.strip())
    return found


def sutrs_record(
    parsed: dict[str, Any],
    holdings: Sequence[Holding],
    members: Mapping[MemberCode, Member],
    *,
    brief: bool,
    language: str,
) -> bytes:
    """Octets of a SUTRS record: labelled lines, each said once, each ended by a line feed."""
    english = language == "en"
    lines = []
    for line in LINES:
        if line.brief or not brief:
            lines += [f"{line.en if english else line.vi}: {value}" for value in _values(parsed["fields"], line)]
    for holding in holdings:
        member = members.get(holding.member)
        name = (member.name_en if english and member.name_en else member.name) if member else holding.member
        call = f", {holding.call_number}" if holding.call_number else ""
        lines.append(f"{'Library' if english else 'Thư viện'}: {name} ({holding.member}){call}")
    return SUTRS_RECORD.write("\n".join(dict.fromkeys(lines)) + "\n")


def _leaf(kind: int, tag: int | str, text: str) -> dict[str, Any]:
    value = ("numeric", tag) if isinstance(tag, int) else ("string", tag)
    return {"tagType": kind, "tagValue": value, "content": ("string", text)}


def _marc_element(tag: str, value: Any) -> dict[str, Any]:
    """A MARC field as an element of tag type 3: control fields are strings, others a subtree of subfields."""
    if isinstance(value, str):
        return _leaf(3, tag, value)
    children = [_leaf(3, code, data) for subfield in value["subfields"] for code, data in subfield.items()]
    indicators = (value["ind1"] + value["ind2"]).strip()
    if indicators:
        children.insert(0, _leaf(3, "ind", value["ind1"] + value["ind2"]))
    return {"tagType": 3, "tagValue": ("string", tag), "content": ("subtree", children)}


def grs1_record(parsed: dict[str, Any], *, brief: bool) -> bytes:
    """Octets of a GenericRecord."""
    elements = []
    for line in LINES:
        if line.grs and (line.brief or not brief):
            kind = 2 if line.grs > 0 else 1
            elements += [_leaf(kind, abs(line.grs), value) for value in _values(parsed["fields"], line)]
    if not brief:
        elements += [_marc_element(tag, value) for field in parsed["fields"] for tag, value in field.items()]
    return GENERIC_RECORD.write(elements)
