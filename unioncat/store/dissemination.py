"""What OAI-PMH pages need besides the page index: set lists, origins, and libraries' own records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from unioncat.model import ClusterId, MemberCode, RecordKey, record_key
from unioncat.store.rows import pieces
from unioncat.store.tables import ClusterRow, ClusterSetRow, HarvestRow, SourceBodyRow, SourceRecordRow, SourceRow

__all__ = ["Dissemination", "Origin", "OwnRecord"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one source record of a merged record was harvested (the provenance container of OAI-PMH)."""

    base_url: str
    identifier: str
    datestamp: datetime
    format: str
    harvested: datetime


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """One library's own record, with the merged record it went into.

    stamp: datestamp of the merged record: the last change of either
    """

    key: RecordKey
    identifier: str
    member: MemberCode
    cluster: ClusterId | None
    marc: bytes
    stamp: datetime
    deleted: bool


class Dissemination:
    def __init__(self, session: Session) -> None:
        self._session = session

    def sets_of(self, clusters: Sequence[ClusterId]) -> dict[ClusterId, list[tuple[str, bool]]]:
        """Cluster → [(set, gone)], sorted, with the sets that it left; "" is the whole catalogue."""
        found: dict[ClusterId, list[tuple[str, bool]]] = {}
        for ids in pieces(clusters):
            query = select(ClusterSetRow.cluster, ClusterSetRow.set_spec, ClusterSetRow.gone).where(
                ClusterSetRow.cluster.in_(ids)
            )
            for cluster, set_spec, gone in self._session.execute(query):
                found.setdefault(ClusterId(cluster), []).append((set_spec, gone))
        for sets in found.values():
            sets.sort()
        return found

    def origins_of(self, clusters: Sequence[ClusterId]) -> dict[ClusterId, list[Origin]]:
        """Cluster → origins of those of its source records that came over OAI-PMH, by endpoint and identifier."""
        found: dict[ClusterId, list[Origin]] = {}
        for ids in pieces(clusters):
            query = (
                select(
                    SourceRecordRow.cluster,
                    SourceRow.endpoint,
                    SourceRecordRow.identifier,
                    SourceRecordRow.datestamp,
                    SourceRecordRow.format,
                    HarvestRow.started,
                )
                .join(SourceRow, SourceRow.id == SourceRecordRow.source)
                .join(HarvestRow, HarvestRow.id == SourceRecordRow.harvest, isouter=True)
                .where(SourceRecordRow.cluster.in_(ids), SourceRecordRow.deleted.is_(False))
                .where(SourceRow.harvester == "oai-pmh")
            )
            for cluster, endpoint, identifier, stamp, format_name, started in self._session.execute(query):
                assert cluster is not None
                origin = Origin(endpoint, identifier, stamp, format_name, started or stamp)
                found.setdefault(ClusterId(cluster), []).append(origin)
        for origins in found.values():
            origins.sort(key=lambda origin: (origin.base_url, origin.identifier))
        return found

    def marc_of(self, clusters: Sequence[ClusterId]) -> dict[ClusterId, bytes]:
        """Cluster → merged record as MARC-in-JSON."""
        found: dict[ClusterId, bytes] = {}
        for ids in pieces(clusters):
            query = select(ClusterRow.id, ClusterRow.marc).where(ClusterRow.id.in_(ids))
            found.update((ClusterId(cluster), marc) for cluster, marc in self._session.execute(query))
        return found

    def hidden_among(self, clusters: Sequence[ClusterId]) -> set[ClusterId]:
        """Suppressed ones: to the world they are deleted."""
        found: set[ClusterId] = set()
        for ids in pieces(clusters):
            query = select(ClusterRow.id).where(ClusterRow.id.in_(ids), ClusterRow.suppressed.is_(True))
            found.update(ClusterId(cluster) for cluster in self._session.scalars(query))
        return found

    def own_records(self, member: str, clusters: Sequence[ClusterId]) -> dict[ClusterId, list[OwnRecord]]:
        """Cluster → the records of `member` in it, deleted ones too, by key."""
        found: dict[ClusterId, list[OwnRecord]] = {}
        for ids in pieces(clusters):
            query = _own().where(SourceRow.member == member, SourceRecordRow.cluster.in_(ids))
            for own in self._read(query):
                assert own.cluster is not None
                found.setdefault(own.cluster, []).append(own)
        for records in found.values():
            records.sort(key=lambda own: own.key)
        return found

    def own_count(
        self, member: str, set_spec: str, *, from_: datetime | None = None, until: datetime | None = None
    ) -> int:
        """How many records `own_records` gives for all entries of `set_spec` between the bounds."""
        joined = and_(ClusterSetRow.cluster == SourceRecordRow.cluster, ClusterSetRow.set_spec == set_spec)
        query = (
            select(func.count())
            .select_from(SourceRecordRow)
            .join(SourceRow, SourceRow.id == SourceRecordRow.source)
            .join(ClusterSetRow, joined)
            .where(SourceRow.member == member)
        )
        if from_ is not None:
            query = query.where(ClusterSetRow.datestamp >= from_)
        if until is not None:
            query = query.where(ClusterSetRow.datestamp <= until)
        return self._session.scalar(query) or 0

    def own_by_identifier(self, identifier: str) -> list[OwnRecord]:
        """Records of any source under this identifier; usually one."""
        sources = select(SourceRow.id)  # by source, for (source, identifier) is the index
        return self._read(_own().where(SourceRecordRow.source.in_(sources), SourceRecordRow.identifier == identifier))

    def own_by_key(self, key: str) -> OwnRecord | None:
        source, _, identifier = key.partition("/")
        found = self._read(_own().where(SourceRow.code == source, SourceRecordRow.identifier == identifier))
        return found[0] if found else None

    def _read(
        self, query: Select[str, str, str, int | None, bytes, datetime, bool, datetime | None]
    ) -> list[OwnRecord]:
        return [
            OwnRecord(
                key=record_key(source, identifier),
                identifier=identifier,
                member=MemberCode(member),
                cluster=None if cluster is None else ClusterId(cluster),
                marc=marc,
                stamp=stamp if merged is None else merged,
                deleted=deleted,
            )
            for source, identifier, member, cluster, marc, stamp, deleted, merged in self._session.execute(query)
        ]


def _own() -> Select[str, str, str, int | None, bytes, datetime, bool, datetime | None]:
    return (
        select(
            SourceRow.code,
            SourceRecordRow.identifier,
            SourceRow.member,
            SourceRecordRow.cluster,
            SourceBodyRow.marc,
            SourceRecordRow.datestamp,
            SourceRecordRow.deleted,
            ClusterRow.datestamp,
        )
        .join(SourceBodyRow, SourceBodyRow.record == SourceRecordRow.id)
        .join(SourceRow, SourceRow.id == SourceRecordRow.source)
        .join(ClusterRow, ClusterRow.id == SourceRecordRow.cluster, isouter=True)
    )
