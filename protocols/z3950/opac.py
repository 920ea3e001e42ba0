"""OPAC records (record syntax 1.2.840.10003.5.102): a bibliographic record with who holds it.

One holdingsAndCirc per place in a library: copies that share call number and location stand together with their
number. Circulation data are left out: we do not know what is on loan, and the syntax has no "not known".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from protocols.z3950 import oids
from protocols.z3950.structures import OPAC_RECORD
from unioncat.model import Holding, Member, MemberCode

__all__ = ["opac_record"]


def _statement(leader: str, **parts: str | None) -> tuple[str, dict[str, str]]:
    value = {"typeOfRecord": leader[6:7], "encodingLevel": leader[17:18]}
    return "holdingsAndCirc", value | {name: text for name, text in parts.items() if text}


def _of_holding(
    holding: Holding, member: Member | None, leader: str, language: str
) -> list[tuple[str, dict[str, str]]]:
    name = ""
    if member is not None:
        name = member.name_en if language == "en" and member.name_en else member.name
    notes = [note for note in (holding.note, holding.url) if note]
    places: dict[tuple[str | None, str | None], list[str]] = {}
    for item in holding.items:
        place = (item.call_number or holding.call_number, item.location or holding.location)
        places.setdefault(place, []).append(item.note or "")
    if not places:
        places[(holding.call_number, holding.location)] = []
    statements = []
    for number, ((call_number, location), item_notes) in enumerate(places.items()):
        copies = len(item_notes) or holding.copies
        said = list(dict.fromkeys(note for note in [*(notes if number == 0 else ()), *item_notes] if note))
        statements.append(
            _statement(
                leader,
                nucCode=str(holding.member),
                localLocation=name,
                shelvingLocation=location,
                callNumber=call_number,
                copyNumber=None if copies is None else str(copies),
                publicNote=" ; ".join(said),
                enumAndChron=holding.summary if number == 0 else None,
            )
        )
    return statements


def _once(statements: list[tuple[str, dict[str, str]]]) -> list[tuple[str, dict[str, str]]]:
    """Two records of one library often say the same of the same shelf; where copies are counted, both count."""
    seen: set[tuple[tuple[str, str], ...]] = set()
    kept = []
    for statement in statements:
        said = tuple(sorted(statement[1].items()))
        if "copyNumber" in statement[1] or said not in seen:
            kept.append(statement)
        seen.add(said)
    return kept


def opac_record(
    bibliographic: bytes,
    leader: str,
    holdings: Sequence[Holding],
    members: Mapping[MemberCode, Member],
    language: str = "vi",
) -> bytes:
    """The octets of an OPACRecord. bibliographic: the record in ISO 2709."""
    record: dict[str, Any] = {
        "bibliographicRecord": {"direct-reference": oids.USMARC, "encoding": ("octet-aligned", bibliographic)}
    }
    statements = [
        statement
        for holding in holdings
        for statement in _of_holding(holding, members.get(holding.member), leader, language)
    ]
    if statements:
        record["holdingsData"] = _once(statements)
    return OPAC_RECORD.write(record)
