"""A person's word on a pair of records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from unioncat.model import RecordKey

__all__ = ["Verdict"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """left < right. number: order in which verdicts were made; of two that contradict each other the later wins."""

    left: RecordKey
    right: RecordKey
    same: bool
    number: int = 0
    who: str = ""
    why: str = ""
    made: datetime | None = None
    superseded: datetime | None = None
