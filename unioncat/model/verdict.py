"""A person's word on a pair of source records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from unioncat.model.identifiers import RecordKey


@dataclass(frozen=True, slots=True)
class Verdict:
    """Same or different: who said so, when, why. `left` < `right`.

    superseded: when a later verdict on the pair, or its undoing, took its place; None while it holds
    superseded_by: number of that later verdict; None if it was undone
    """

    left: RecordKey
    right: RecordKey
    same: bool
    who: str = ""
    why: str = ""
    made: datetime | None = None
    id: int = 0
    superseded: datetime | None = None
    superseded_by: int | None = None

    @property
    def is_live(self) -> bool:
        return self.superseded is None
