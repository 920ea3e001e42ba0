"""Checks of one field's values, by tag. Cheap: they run while records are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from unioncat.marc import Field
from unioncat.quality.numbers import isbn_fault, issn_fault

__all__ = ["VALUE_CHECKS", "Noticed"]

Noticed = tuple[str, str, str]
"""Rule id, place, detail."""

_NOBODY = frozenset(
    {
        *("nhiều tác giả", "nhóm tác giả", "khuyết danh", "nhiều người", "không rõ", "chưa rõ", "tập thể tác giả"),
        *(
            "various authors",
            "various",
            "anonymous",
            "unknown",
            "n/a",
            "none",
            "s.n",
            "[s.n.]",
            "et al",
            "nhieu tac gia",
        ),
    }
)
_ROLE = re.compile(
    r"(?:^|[\s(,;\[])(?:sưu tầm|biên soạn|chủ biên|dịch|người dịch|biên dịch|hiệu đính|giới thiệu|tuyển chọn"
    r"|minh h[oọ][aạ]|ch\. ?b\.?|b\.s\.?|editors?|ed\.|eds\.|translator|trans\.)(?:$|[\s),;:\].])",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r";|\[?et al|\.\.\.")
_SHELF_MARK = re.compile(r"\d[.\d]*\s+/?\s*[^\W\d_]|\d[^\W\d_]{2,}")
_LOCAL_ADDRESS = re.compile(
    r"\A\w+://(?:[^/@]*@)?(?:localhost|127\.|10\.\d|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|\[::1\])", re.IGNORECASE
)
_LONGEST = 1000
"""Characters of a value that patterns are tried on; a longer one is no name and no number."""

_CONSTANTS_300 = frozenset({"0p", "0 p", "0p.", "0 p.", "0tr", "0 tr", "0 tr.", "0tr.", "p.", "tr.", "v.", "cm", "0"})
_LEADS_OVER = frozenset(" '’‘-\"“([<«./")


def _isbn(field: Field) -> list[Noticed]:
    found: list[Noticed] = []
    for code, value in field.subfields:
        if code == "a":
            fault = isbn_fault(value)
            if fault:
                found.append((fault, "020$a", value))
    return found


def _issn(field: Field) -> list[Noticed]:
    return [(fault, "022$a", value) for code, value in field.subfields if code == "a" and (fault := issn_fault(value))]


def _class_number(field: Field) -> list[Noticed]:
    return [
        ("ddc-with-shelfmark", "082$a", value)
        for code, value in field.subfields
        if code == "a" and len(value) <= _LONGEST and _SHELF_MARK.search(value)
    ]


def _name(field: Field) -> list[Noticed]:
    for code, value in field.subfields:
        if code == "a":
            place = field.tag + "$a"
            if len(value) > _LONGEST:
                return []
            if value.strip(" .,").lower() in _NOBODY:
                return [("name-nobody", place, value)]
            found: list[Noticed] = []
            if _ROLE.search(value):
                found.append(("name-with-role", place, value))
            if field.tag[1:] == "00" and _SEVERAL.search(value):
                found.append(("name-several", place, value))
            return found
    return []


def _title(field: Field) -> list[Noticed]:
    skipped = (field.indicators or "  ")[1]
    title = next((value for code, value in field.subfields if code == "a"), "")
    if skipped in "123456789" and title:
        length = int(skipped)
        if len(title) <= length or title[length - 1] not in _LEADS_OVER:
            return [("nonfiling-indicator", "245", f"{skipped}: {title}")]
    return []


def _extent(field: Field) -> list[Noticed]:
    for code, value in field.subfields:
        if code == "a" and value.strip(" :;").lower() in _CONSTANTS_300:
            return [("constant-value", "300$a", value)]
    return []


def _address(field: Field) -> list[Noticed]:
    return [
        ("url-local", "856$u", value)
        for code, value in field.subfields
        if code == "u" and len(value) <= _LONGEST and _LOCAL_ADDRESS.match(value)
    ]


VALUE_CHECKS: Mapping[str, Callable[[Field], list[Noticed]]] = {
    "020": _isbn,
    "022": _issn,
    "082": _class_number,
    "100": _name,
    "700": _name,
    "245": _title,
    "300": _extent,
    "856": _address,
}
