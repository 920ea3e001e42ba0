"""Clusters, write side: merged records with their holdings, sets and changes, in bulk.

One transaction a batch, by whoever clusters alone (see `unioncat.store.locks`). The change lock is taken last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from unioncat.model import ClusterId, RecordId
from unioncat.store.bulk import db_time, delete_rows, insert_rows, put_rows, update_rows
from unioncat.store.changes import Changes, take_change_lock
from unioncat.store.rows import pieces
from unioncat.store.stamping import list_unsettled
from unioncat.store.tables import ClusterRow, ClusterSetRow, HoldingRow, SourceRecordRow
from unioncat.store.values import select_with

_HOLDING = (
    "cluster",
    "place",
    "member",
    "record",
    "call_number",
    "location",
    "copies",
    "summary",
    "note",
    "url",
    "local_id",
    "items",
)


@dataclass(frozen=True, slots=True)
class ClusterState:
    """What stands in the store of one cluster, to be compared with what is to stand there."""

    fingerprint: bytes
    deleted: bool
    suppressed: bool
    created: datetime
    sets: frozenset[str]


@dataclass(frozen=True, slots=True)
class NewCluster:
    """A merged record to store. holdings: rows after (cluster, place); is_new: the id was not used before."""

    id: ClusterId
    marc: bytes
    provenance: bytes
    fingerprint: bytes
    holdings: Sequence[tuple[Any, ...]]
    sets: Sequence[str]
    is_new: bool


@dataclass(frozen=True, slots=True)
class Stamped:
    """What was written: change numbers first to last (first > last: nothing), and the datestamp."""

    first: int
    last: int
    stamp: datetime


class ClusterWriting:
    def __init__(self, session: Session) -> None:
        self._session = session

    def states(self, clusters: Collection[ClusterId]) -> dict[ClusterId, ClusterState]:
        columns = (ClusterRow.id, ClusterRow.fingerprint, ClusterRow.deleted, ClusterRow.suppressed, ClusterRow.created)
        rows = [
            row
            for some in pieces(list(clusters))
            for row in self._session.execute(select(*columns).where(ClusterRow.id.in_(some)))
        ]
        sets: dict[int, set[str]] = {}
        for cluster, spec in select_with(
            self._session,
            "SELECT s.cluster, s.set_spec FROM {values} JOIN cluster_set s ON s.cluster = v.value WHERE NOT s.gone",
            [row.id for row in rows],
        ):
            sets.setdefault(cluster, set()).add(spec)
        return {
            ClusterId(row.id): ClusterState(
                row.fingerprint, row.deleted, row.suppressed, row.created, frozenset(sets.get(row.id, set()) - {""})
            )
            for row in rows
        }

    def write(
        self,
        clusters: Sequence[NewCluster],
        tombstones: Mapping[ClusterId, ClusterId | None],
        states: Mapping[ClusterId, ClusterState],
        now: datetime,
    ) -> Stamped:
        """Store these, delete those (id → heir, None for none), and log it all as changed now (whole seconds).

        states: of the clusters that are not new, and of the tombstones
        """
        session = self._session
        if not clusters and not tombstones:
            return Stamped(1, 0, now)
        stamp = db_time(session, now)
        new = [each for each in clusters if each.is_new]
        kept = [each for each in clusters if not each.is_new]
        insert_rows(
            session,
            ClusterRow,
            ("id", "marc", "provenance", "fingerprint", "created", "datestamp", "deleted", "suppressed"),
            [(c.id, c.marc, c.provenance, c.fingerprint, stamp, stamp, False, False) for c in new],
        )
        update_rows(
            session,
            ClusterRow,
            ("marc", "provenance", "fingerprint", "datestamp", "deleted", "heir"),
            ("id",),
            [(c.marc, c.provenance, c.fingerprint, stamp, False, None, c.id) for c in kept],
        )
        update_rows(
            session,
            ClusterRow,
            ("provenance", "datestamp", "deleted", "heir"),
            ("id",),
            [(b"[]", stamp, True, heir, lost) for lost, heir in tombstones.items()],
        )
        delete_rows(session, HoldingRow, ("cluster",), [(each.id,) for each in kept])
        delete_rows(session, HoldingRow, ("cluster",), [(lost,) for lost in tombstones])
        insert_rows(
            session,
            HoldingRow,
            _HOLDING,
            [(each.id, place, *row) for each in clusters for place, row in enumerate(each.holdings)],
        )
        live = [(each.id, spec, stamp, False) for each in new for spec in ("", *each.sets)]
        insert_rows(session, ClusterSetRow, ("cluster", "set_spec", "datestamp", "gone"), live)
        lines = [  # a suppressed record is a deleted one to the world
            (each.id, spec, stamp, states[each.id].suppressed) for each in kept for spec in ("", *each.sets)
        ]
        for each in kept:
            left = states[each.id].sets.difference(each.sets)
            lines.extend((each.id, spec, stamp, True) for spec in left)
        for lost in tombstones:
            lines.extend((lost, spec, stamp, True) for spec in ("", *states[lost].sets))
        put_rows(session, ClusterSetRow, ("cluster", "set_spec", "datestamp", "gone"), sorted(lines))
        take_change_lock(session)
        changes = Changes(session)
        before = changes.last()
        changes.append([*(each.id for each in clusters), *tombstones], now)
        after = changes.last()
        list_unsettled(session, before + 1, after)
        return Stamped(before + 1, after, now)

    def assign(self, cluster_of: Sequence[tuple[ClusterId, RecordId]]) -> None:
        """Put records into clusters."""
        update_rows(self._session, SourceRecordRow, ("cluster",), ("id",), list(cluster_of))

    def next_id(self) -> ClusterId:
        """An id greater than any that was ever given (clusters are never removed). Its user clusters alone."""
        return ClusterId((self._session.scalar(select(func.max(ClusterRow.id))) or 0) + 1)
