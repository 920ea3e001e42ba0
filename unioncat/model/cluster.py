"""The merged record as the doors see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from unioncat.model.holdings import Holding
from unioncat.model.identifiers import ClusterId, RecordKey, public_id


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which source record a field of the merged record came from, and by which merge rule.

    field_index: position among the merged record's fields, counted from 0 (-1: leader)
    """

    field_index: int
    record_key: RecordKey
    rule: str


@dataclass(frozen=True, slots=True)
class UnionRecord:
    """One cluster: merged MARC plus holdings per library.

    marc:         merged MARC 21 as MARC-in-JSON (UTF-8); the last live state if `deleted`
    fingerprint:  digest over marc and holdings; changes exactly when either changes
    datestamp:    UTC, whole seconds: the last change of record or holdings
    heir:         cluster that took over the members, if this one was merged away
    sets:         OAI-PMH setSpecs, sorted (``library:VN-BT``, ``kind:public``, …)
    """

    id: ClusterId
    marc: bytes
    fingerprint: bytes
    created: datetime
    datestamp: datetime
    deleted: bool = False
    heir: ClusterId | None = None
    holdings: tuple[Holding, ...] = ()
    sets: tuple[str, ...] = ()

    @property
    def public_id(self) -> str:
        return public_id(self.id)
