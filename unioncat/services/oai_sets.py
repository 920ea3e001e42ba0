"""OAI-PMH sets of a merged record (OAI-PMH 2.0 §2.6): pure, called whenever a cluster is rebuilt.

=====================  ==================================================================
``library:<code>``     libraries that hold it
``kind:<kind>``        kinds of those libraries (public, school, …)
``district:<slug>``    districts where those libraries stand
``type:<type>``        book, serial, map, …: leader/06-07
``lang:<code>``        MARC language codes: 008/35-37 and 041$a
``collection:diachi``  local history (địa chí) of the members' provinces
``digital``            a digital copy can be opened
=====================  ==================================================================

The whole catalogue is the set ``""`` of the store; the parents ``library``, ``kind``, ``type`` and ``lang`` hold
every record and are answered from it (`EVERYTHING`), so they cost no rows. ``giveback:<code>`` is made of a
library's own records, not of merged ones; it is paged along ``library:<code>`` (see ``services.disseminate``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from unioncat.marc import Record
from unioncat.model import Holding, Member, MemberCode
from unioncat.text import exact_tokens, fold

__all__ = ["EVERYTHING", "GIVEBACK", "TYPES", "district_slug", "languages", "record_type", "safe_spec", "set_specs"]

EVERYTHING = frozenset({"library", "kind", "type", "lang"})
"""Parent sets in which every record stands."""

GIVEBACK = "giveback"

TYPES: Mapping[str, tuple[str, str]] = {
    "book": ("Sách", "Books"),
    "serial": ("Ấn phẩm định kỳ", "Serials"),
    "article": ("Bài trích", "Articles and chapters"),
    "manuscript": ("Bản viết tay", "Manuscripts"),
    "map": ("Bản đồ", "Maps"),
    "score": ("Bản nhạc", "Scores"),
    "sound": ("Tư liệu âm thanh", "Sound recordings"),
    "video": ("Phim và hình chiếu", "Films and slides"),
    "picture": ("Tranh ảnh", "Pictures"),
    "electronic": ("Tài liệu điện tử", "Electronic resources"),
    "object": ("Hiện vật", "Objects"),
    "mixed": ("Tư liệu hỗn hợp", "Mixed materials"),
}
"""Type → Vietnamese and English name."""

_BY_LEADER_06 = {
    "a": "book",
    "t": "manuscript",
    "c": "score",
    "d": "score",
    "e": "map",
    "f": "map",
    "g": "video",
    "i": "sound",
    "j": "sound",
    "k": "picture",
    "m": "electronic",
    "o": "mixed",
    "p": "mixed",
    "r": "object",
}
_LANGUAGE = re.compile(r"[a-z]{3}")
_NOT_A_LANGUAGE = frozenset({"und", "zxx", "xxx", "mul"})
_UNSAFE = re.compile(r"[^A-Za-z0-9\-_.!*'()]")
_AROUND_THE_WORK = re.compile(r"\b(muc luc|bia|table of contents|contents|cover|description|biograph|gioi thieu)")
_SUBJECTS = frozenset({"600", "610", "611", "630", "650", "651", "653", "655", "690", "691", "692"})
_TWO_SPELLINGS = re.compile("oa|oe|uy")
_LOCAL_HISTORY = ("địa", "chí")


def safe_spec(text: str) -> str:
    """`text` as one part of a setSpec: whatever OAI-PMH does not allow there becomes ``~`` and hex digits."""
    return _UNSAFE.sub(lambda found: "".join(f"~{byte:02X}" for byte in found[0].encode()), text)


@lru_cache(maxsize=4096)
def district_slug(name: str) -> str:
    """``Huyện Ba Tri`` → ``huyen-ba-tri``; "" for a name without letters."""
    return safe_spec(fold(name).replace(" ", "-"))


def record_type(record: Record) -> str:
    """One of TYPES, from leader/06 (type of record) and leader/07 (bibliographic level)."""
    leader = str(record.leader)
    kind = _BY_LEADER_06.get(leader[6:7], "book")
    level = leader[7:8]
    if kind == "book" and level in "sbi" and level:
        return "article" if level == "b" else "serial"
    if kind == "book" and level == "a":
        return "article"
    return kind


def languages(record: Record) -> tuple[str, ...]:
    """MARC codes of the text's languages, 008 first; ("und",) if none is stated."""
    found: dict[str, None] = {}
    for field in record.get_fields("008"):
        _take_language(found, (field.data or "")[35:38])
    for field in record.get_fields("041"):
        for value in field.get_subfields("a"):
            for start in range(0, len(value) - 2, 3):  # older practice: engfre in one subfield
                _take_language(found, value[start : start + 3])
    return tuple(found) or ("und",)


def _take_language(found: dict[str, None], code: str) -> None:
    code = code.lower()
    if _LANGUAGE.fullmatch(code) and code not in _NOT_A_LANGUAGE:
        found[code] = None


def set_specs(record: Record, holdings: Sequence[Holding], members: Mapping[MemberCode, Member]) -> tuple[str, ...]:
    """All setSpecs of a live merged record, sorted, without the parents that hold everything."""
    specs = {f"type:{record_type(record)}"}
    specs.update(f"lang:{code}" for code in languages(record))
    provinces: set[str] = set()
    for code in {holding.member for holding in holdings}:
        specs.add(f"library:{safe_spec(code)}")
        member = members.get(code)
        if member is None:
            continue
        specs.add(f"kind:{safe_spec(member.kind)}")
        if slug := district_slug(member.district):
            specs.update(("district", f"district:{slug}"))
        if member.province:
            provinces.add(member.province)
    if _is_local_history(record, holdings, provinces):
        specs.update(("collection", "collection:diachi"))
    if _is_digital(record):
        specs.add("digital")
    return tuple(sorted(specs))


def _is_digital(record: Record) -> bool:
    """856 with an address of the work itself: second indicator 2 is a related resource, and notes tell of covers."""
    for field in record.get_fields("856"):
        indicators = field.indicators
        if indicators is not None and indicators[1] == "2":
            continue
        if not field.get_subfields("u"):
            continue
        notes = fold(" ".join(field.get_subfields("3", "y", "z")))
        if not _AROUND_THE_WORK.search(notes):
            return True
    return False


@lru_cache(maxsize=256)
def _name_of_province(province: str) -> tuple[str, ...]:
    """``Tỉnh Bến Tre`` → ("bến", "tre"), marks kept: "bến" is a landing, "bền" is lasting."""
    tokens = tuple(exact_tokens(province))
    if tokens[:1] == ("tỉnh",):
        return tokens[1:]
    return tokens[2:] if tokens[:2] == ("thành", "phố") else tokens


def _is_local_history(record: Record, holdings: Sequence[Holding], provinces: set[str]) -> bool:
    """Its subjects or title name the province of a holding library, or a library shelves it as *địa chí*.

    Marks are compared, because *địa chỉ* (address) folds to the same letters.
    """
    wanted = [name for name in map(_name_of_province, provinces) if name]
    for holding in holdings:
        if _names(" ".join(filter(None, (holding.location, holding.call_number, holding.note))), [_LOCAL_HISTORY]):
            return True
    for field in record.fields:
        tag = field.tag
        if tag in _SUBJECTS:
            if _names(" ".join(part.value for part in field.subfields), [*wanted, _LOCAL_HISTORY]):
                return True
        elif tag == "245" and _names(" ".join(field.get_subfields("a", "b", "p")), [*wanted, _LOCAL_HISTORY]):
            return True
    return False


@lru_cache(maxsize=256)
def _steady(name: tuple[str, ...]) -> str:
    """The longest word of `name` that has one spelling only (hòa and hoà are the same word); "" if none has."""
    steady = [word for word in name if not _TWO_SPELLINGS.search(fold(word))]
    return max(steady, key=len, default="")


def _names(text: str, wanted: Sequence[tuple[str, ...]]) -> bool:
    """True if the words of one of `wanted` stand side by side in `text`."""
    lower = text.lower()
    likely = [name for name in wanted if _steady(name) in lower]  # cheap: nearly always nobody
    if not likely:
        return False
    padded = f" {' '.join(exact_tokens(text))} "
    return any(f" {' '.join(name)} " in padded for name in likely)
