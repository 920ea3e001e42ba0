"""Values of access points that no field spec can say: codes of 008, numbers gathered from several fields, holdings.

Each function takes the `Facts` of one record and gives its values as text; the table `COMPUTED` names them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from unioncat.model import Holding, Member, MemberCode
from unioncat.search.analysis import date_form, year_form

__all__ = ["COMPUTED", "DataField", "Facts"]

DataField = tuple[str, str, Sequence[tuple[str, str]]]
"""(tag, both indicators, subfields as (code, value)); a linked 880 comes under the tag that it stands for."""

_FOUR_DIGITS = re.compile(r"[0-9]{4}")
_COUNTRY = re.compile(r"[a-z]{2,3}")
_OCLC = re.compile(r"\(OCoLC\)|\Aoc[mn]\d|\Aon\d", re.IGNORECASE)
_BBK = re.compile(r"bbk", re.IGNORECASE)


@dataclass(slots=True)
class Facts:
    """One merged record taken apart.

    control:  control fields by tag, and the leader under ``LDR``
    fields:   tag → its fields in order
    sets:     OAI-PMH setSpecs of the record: what it is (type, language, collection, digital) is decided there
    """

    control: Mapping[str, str]
    fields: Mapping[str, Sequence[DataField]]
    holdings: Sequence[Holding] = ()
    members: Mapping[MemberCode, Member] | None = None
    sets: Sequence[str] = ()
    public_id: str = ""
    changed: datetime | None = None
    created: datetime | None = None
    _libraries: list[Member] | None = None

    def subfields(self, tag: str, codes: str) -> list[str]:
        """All values of these subfields, in order."""
        return [
            value for field in self.fields.get(tag, ()) for code, value in field[2] if code in codes and value.strip()
        ]

    def in_set(self, prefix: str) -> list[str]:
        """What stands behind ``type:``, ``lang:`` and the like."""
        start = len(prefix)
        return [name[start:] for name in self.sets if name.startswith(prefix)]

    def of_members(self) -> list[Member]:
        """Libraries that hold it and are known, each once."""
        if self._libraries is None:
            members = self.members or {}
            codes = dict.fromkeys([holding.member for holding in self.holdings])
            self._libraries = [members[code] for code in codes if code in members]
        return self._libraries


def _year(facts: Facts) -> list[str]:
    """008/07-10, and the years printed in 264$c or 260$c: a reprint may be found by either."""
    found: dict[str, None] = {}
    coded = facts.control.get("008", "")[7:11]
    if _FOUR_DIGITS.fullmatch(coded) and coded > "0000":
        if coded == "9999":
            coded = ""
        else:
            found[coded] = None
    if not found or len(facts.fields.get("264", ())) + len(facts.fields.get("260", ())) == 1:
        for text in (*facts.subfields("264", "c"), *facts.subfields("260", "c")):
            printed = year_form(text)
            if printed is not None:
                found[printed] = None
    return list(found)


def _language(facts: Facts) -> list[str]:
    return [code for code in facts.in_set("lang:") if ":" not in code]


def _type(facts: Facts) -> list[str]:
    return facts.in_set("type:")


def _collection(facts: Facts) -> list[str]:
    return facts.in_set("collection:")


def _digital(facts: Facts) -> list[str]:
    return ["yes"] if "digital" in facts.sets else []


def _country(facts: Facts) -> list[str]:
    code = facts.control.get("008", "")[15:18].strip().lower()
    codes = [code] if _COUNTRY.fullmatch(code) and code not in ("xx", "und") else []
    codes += [text.strip().lower() for text in facts.subfields("044", "a")]
    return list(dict.fromkeys(codes))


def _audience(facts: Facts) -> list[str]:
    """008/22 where that position is the target audience: books, music, computer files, visual materials."""
    if facts.control.get("LDR", "")[6:7] in "atcdijgkmor":
        code = facts.control.get("008", "")[22:23]
        if code.isalnum():
            return [code.lower()]
    return []


def _encoding_level(facts: Facts) -> list[str]:
    level = facts.control.get("LDR", "")[17:18]
    return [level] if level else []


def _oclc(facts: Facts) -> list[str]:
    numbers = [text for text in facts.subfields("035", "az") if _OCLC.search(text)]
    own = facts.control.get("001", "")
    if _OCLC.match(own):
        numbers.append(own)
    return numbers


def _bbk(facts: Facts) -> list[str]:
    """084 with ``$2 rubbk`` (or another BBK edition), the class that libraries of Viet Nam used before DDC."""
    return [
        value
        for field in facts.fields.get("084", ())
        if any(code == "2" and _BBK.search(value) for code, value in field[2])
        for code, value in field[2]
        if code == "a"
    ]


def _call_number(facts: Facts) -> list[str]:
    numbers = [holding.call_number for holding in facts.holdings]
    numbers += [item.call_number for holding in facts.holdings for item in holding.items]
    return list(dict.fromkeys(number for number in numbers if number))


def _location(facts: Facts) -> list[str]:
    places = [holding.location for holding in facts.holdings]
    places += [item.location for holding in facts.holdings for item in holding.items]
    return list(dict.fromkeys(place for place in places if place))


def _library(facts: Facts) -> list[str]:
    return list(dict.fromkeys(holding.member for holding in facts.holdings))


def _library_name(facts: Facts) -> list[str]:
    return [name for member in facts.of_members() for name in (member.name, member.name_en) if name]


def _library_kind(facts: Facts) -> list[str]:
    return list(dict.fromkeys(member.kind for member in facts.of_members()))


def _district(facts: Facts) -> list[str]:
    return list(dict.fromkeys(member.district for member in facts.of_members() if member.district))


def _library_number(facts: Facts) -> list[str]:
    """Each library's own number, alone and behind its code (``VN-BT:123``)."""
    numbers: dict[str, None] = {}
    for holding in facts.holdings:
        if holding.local_id:
            numbers[holding.local_id] = None
            numbers[f"{holding.member}{holding.local_id}"] = None
    return list(numbers)


def _record_id(facts: Facts) -> list[str]:
    return [facts.public_id] if facts.public_id else []


def _moment(moment: datetime | None) -> list[str]:
    return [date_form(moment)] if moment is not None else []


COMPUTED: Mapping[str, Callable[[Facts], list[str]]] = {
    "audience": _audience,
    "bbk": _bbk,
    "call_number": _call_number,
    "changed": lambda facts: _moment(facts.changed),
    "collection": _collection,
    "country": _country,
    "created": lambda facts: _moment(facts.created),
    "digital": _digital,
    "district": _district,
    "encoding_level": _encoding_level,
    "language": _language,
    "library": _library,
    "library_kind": _library_kind,
    "library_name": _library_name,
    "library_number": _library_number,
    "location": _location,
    "material_type": _type,
    "oclc": _oclc,
    "record_id": _record_id,
    "year": _year,
}
