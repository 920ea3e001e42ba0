"""What goes into a merge and what comes out."""

from __future__ import annotations

from dataclasses import dataclass

from unioncat.marc import Record
from unioncat.model import Holding, MemberCode, Provenance, RecordKey

__all__ = ["Contribution", "Merged"]


@dataclass(frozen=True, slots=True)
class Contribution:
    """One source record of a cluster. rank: of its source, lower is preferred; local_id: its own control number."""

    key: RecordKey
    member: MemberCode
    rank: int
    local_id: str
    record: Record


@dataclass(frozen=True, slots=True)
class Merged:
    """record: 001 = public id; its fields are new objects. provenance: one a field, in the order of the fields."""

    record: Record
    provenance: tuple[Provenance, ...]
    holdings: tuple[Holding, ...]
