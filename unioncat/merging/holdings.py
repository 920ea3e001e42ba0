"""Holdings of one library from the item data of its record: MARC 852/866/876, Koha 952, 850 and 856."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unioncat.marc import Field
from unioncat.merging.contribution import Contribution
from unioncat.model import Holding, Item

__all__ = ["ITEM_TAGS", "holdings_of"]

ITEM_TAGS = frozenset(
    (
        "850",
        "852",
        "853",
        "854",
        "855",
        "863",
        "864",
        "865",
        "866",
        "867",
        "868",
        "876",
        "877",
        "878",
        "952",
        "995",
        "949",
    )
)
"""Fields that are item data: never shared, read here and left out of the merged record."""

_COPIES = re.compile(r"\d{1,5}")


def _first(field: Field, *codes: str) -> str | None:
    for wanted in codes:
        for code, value in field.subfields:
            if code == wanted and value.strip():
                return value.strip()
    return None


def _joined(field: Field, codes: str) -> str | None:
    text = " ".join(value.strip() for code, value in field.subfields if code in codes and value.strip())
    return text or None


def _koha(field: Field) -> Item:
    return Item(
        barcode=_first(field, "p"),
        call_number=_first(field, "o"),
        location=_first(field, "c", "b", "a"),
        note=_first(field, "z"),
    )


def _item(field: Field) -> Item:
    return Item(
        barcode=_first(field, "p", "a"),
        call_number=_first(field, "h"),
        location=_first(field, "l", "b"),
        note=_first(field, "z"),
    )


def _located(contribution: Contribution, field: Field, items: Sequence[Item], summary: str | None) -> Holding:
    call_number = _joined(field, "khijm")
    location = _joined(field, "bc") or _first(field, "a")
    barcode = _first(field, "p")
    copies_text = _first(field, "t")
    copies_found = _COPIES.search(copies_text) if copies_text else None
    own = (Item(barcode=barcode, call_number=call_number, location=location),) if barcode and not items else ()
    return Holding(
        member=contribution.member,
        record_key=contribution.key,
        call_number=call_number,
        location=location,
        copies=len(items) or len(own) or (int(copies_found[0]) if copies_found and int(copies_found[0]) > 1 else None),
        summary=summary,
        note=_first(field, "z"),
        url=_first(field, "u"),
        local_id=contribution.local_id or None,
        items=tuple(items) or own,
    )


def holdings_of(contribution: Contribution) -> tuple[Holding, ...]:
    """At least one, for the record itself says that its library has the thing; in the order of the fields.

    Items of Koha (952) are gathered by location; 876-878 go with the 852 before them, by $8 or by order.
    """
    located: list[Field] = []
    items: list[Item] = []
    koha: dict[tuple[str, str], list[Item]] = {}
    summaries: list[str] = []
    url: str | None = None
    call_number: str | None = None
    for field in contribution.record.fields:
        tag = field.tag
        if tag < "050":
            continue
        if tag == "952":
            item = _koha(field)
            if item != Item():
                koha.setdefault((item.location or "", item.call_number or ""), []).append(item)
        elif tag == "852":
            located.append(field)
        elif tag in ("876", "877", "878"):
            items.append(_item(field))
        elif tag in ("866", "867", "868"):
            text = _first(field, "a")
            if text:
                summaries.append(text)
        elif tag == "856" and url is None:
            url = _first(field, "u")
        elif tag in ("090", "082", "050") and call_number is None:
            call_number = _joined(field, "ab")
    summary = "; ".join(summaries) or None
    if located:
        out: list[Holding] = []
        for place, field in enumerate(located):
            mine = items if len(located) == 1 else items[place : place + 1] if len(items) == len(located) else []
            out.append(_located(contribution, field, mine, summary if place == 0 else None))
        return tuple(out)
    if koha:
        return tuple(
            Holding(
                member=contribution.member,
                record_key=contribution.key,
                call_number=shelf or call_number,
                location=location or None,
                copies=len(copies),
                summary=summary,
                local_id=contribution.local_id or None,
                url=url,
                items=tuple(copies),
            )
            for (location, shelf), copies in koha.items()
        )
    return (
        Holding(
            member=contribution.member,
            record_key=contribution.key,
            call_number=call_number,
            copies=len(items) or None,
            summary=summary,
            url=url,
            local_id=contribution.local_id or None,
            items=tuple(items),
        ),
    )
