"""The read side of the catalogue, used by every door."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from unioncat.marc import from_json
from unioncat.marc.formats import ExportRecord
from unioncat.model import ClusterId, Member, MemberCode, NotFound, Provenance, SourceRecord, UnionRecord, public_id
from unioncat.store import Changes, Clusters, Holdings, Members, SourceRecords, Store
from unioncat.store.quick_marc import live_marc

MEMBERS_SECONDS = 5.0  # how long a changed name of a library may take to be seen


@dataclass(frozen=True, slots=True)
class Counts:
    """records: live merged records; deleted: tombstones; source_records: live; by_member: merged records held."""

    records: int
    deleted: int
    source_records: int
    members: int
    last_change: int
    by_member: Mapping[MemberCode, int]


class Catalogue:
    """Reads only; safe for threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._members: dict[MemberCode, Member] = {}
        self._members_until = 0.0

    def record(self, cluster: ClusterId) -> UnionRecord:
        """The record, a deleted or suppressed one too (`heir` says where it went). Raises NotFound."""
        found = self.records([cluster])
        if not found:
            raise NotFound(f"there is no record {public_id(cluster)}")
        return found[0]

    def records(self, clusters: Sequence[ClusterId]) -> list[UnionRecord]:
        """In the order of `clusters`; unknown ids are left out."""
        with self._store.read() as session:
            return Clusters(session).many(clusters)

    def marc(self, clusters: Sequence[ClusterId]) -> dict[ClusterId, bytes]:
        """Merged MARC alone, of those that are live: ten times as quick as whole records."""
        return live_marc(self._store, clusters)

    def bodies(self, clusters: Sequence[ClusterId]) -> dict[ClusterId, tuple[bytes, datetime]]:
        """(merged MARC, datestamp) of the live ones among them, without sets and holdings: for quick rendering."""
        with self._store.read() as session:
            return Clusters(session).bodies(clusters)

    def heir(self, cluster: ClusterId) -> ClusterId:
        """Where a record went, through any number of takeovers; itself if nowhere. Raises NotFound."""
        with self._store.read() as session:
            return Clusters(session).heir(cluster)

    def members(self) -> dict[MemberCode, Member]:
        """All member libraries by code; up to MEMBERS_SECONDS old."""
        now = time.monotonic()
        with self._lock:
            if now >= self._members_until:
                with self._store.read() as session:
                    self._members = {member.code: member for member in Members(session).all()}
                self._members_until = now + MEMBERS_SECONDS
            return self._members

    def source_records(self, cluster: ClusterId) -> list[SourceRecord]:
        """What the libraries supplied, by record key."""
        with self._store.read() as session:
            return SourceRecords(session).of_cluster(cluster)

    def provenance(self, cluster: ClusterId) -> list[Provenance]:
        """Field by field. Raises NotFound."""
        with self._store.read() as session:
            return Clusters(session).provenance(cluster)

    def counts(self) -> Counts:
        with self._store.read() as session:
            clusters = Clusters(session)
            return Counts(
                records=clusters.count(),
                deleted=clusters.count(deleted=True),
                source_records=sum(live for live, _ in SourceRecords(session).counts().values()),
                members=Members(session).count(),
                last_change=Changes(session).last(),
                by_member=Holdings(session).count_by_member(),
            )

    def export(self, record: UnionRecord, base_url: str = "") -> ExportRecord:
        """What export formats render: the MARC parsed, its members named."""
        members = self.members()
        return ExportRecord(
            public_id=record.public_id,
            record=from_json(record.marc),
            datestamp=record.datestamp,
            holdings=record.holdings,
            members={each.member: members[each.member] for each in record.holdings if each.member in members},
            base_url=base_url,
        )
