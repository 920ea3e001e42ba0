"""Who has it: one member library's statement of holdings for one merged record."""

from __future__ import annotations

from dataclasses import dataclass

from unioncat.model.identifiers import MemberCode, RecordKey


@dataclass(frozen=True, slots=True)
class Item:
    """One copy (MARC 876, Koha 952): None is "not known"."""

    barcode: str | None = None
    call_number: str | None = None
    location: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """Holdings of one library that came with one source record (MARC 852/866/876, ISO 20775).

    copies:    number of copies; None is "not known"
    summary:   textual holdings of a serial or set (866$a)
    local_id:  the library's own control number (001), for the link into its own catalogue
    url:       digital copy or the record in the library's own catalogue
    """

    member: MemberCode
    record_key: RecordKey
    call_number: str | None = None
    location: str | None = None
    copies: int | None = None
    summary: str | None = None
    note: str | None = None
    url: str | None = None
    local_id: str | None = None
    items: tuple[Item, ...] = ()
