"""One run against a source, and the records it could not use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from unioncat.model.identifiers import SourceId
from unioncat.model.source_record import Account, RawRecord

HARVEST_STATES = ("running", "complete", "interrupted", "failed", "held", "discarded")


@dataclass(frozen=True, slots=True)
class Harvest:
    """One run.

    state:          one of HARVEST_STATES; ``held`` waits for a person, ``interrupted`` can be resumed
    full:           everything of the source was asked for, so what is missing is deleted
    since:          lower bound that was asked for, UTC; None for everything
    response_date:  the endpoint's own clock at the start, UTC: the source's next cursor
    resume:         where to go on after what is stored, in the harvester's own words; "" at the start
    """

    id: int
    source: SourceId
    state: str
    full: bool
    started: datetime
    finished: datetime | None = None
    since: datetime | None = None
    response_date: datetime | None = None
    resume: str = ""
    account: Account = field(default_factory=Account)
    message: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused record: its bytes, its place in the batch (from 1) and the reason; `settled` once a retry went well."""

    id: int
    harvest: int
    source: SourceId
    reason: str
    position: int | None = None
    identifier: str = ""
    format: str = ""
    raw: bytes = b""
    hints: Mapping[str, str] = field(default_factory=dict)
    settled: bool = False

    def raw_record(self) -> RawRecord:
        return RawRecord(self.format, self.raw, self.position or 1, self.hints)
