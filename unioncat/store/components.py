"""What clustering reads: records by way of their links and clusters, without their long columns."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from unioncat.model import ClusterId, MemberCode, RecordId, RecordKey, record_key
from unioncat.store.rows import pieces
from unioncat.store.tables import SourceRecordRow, SourceRow
from unioncat.store.values import select_with


@dataclass(frozen=True, slots=True)
class RecordInfo:
    """rank: of its source. cluster: the one it is in, or was in when it was deleted."""

    id: RecordId
    key: RecordKey
    member: MemberCode
    rank: int
    deleted: bool
    cluster: ClusterId | None


class Components:
    def __init__(self, session: Session) -> None:
        self._session = session

    def infos(self, records: Collection[RecordId]) -> dict[RecordId, RecordInfo]:
        """`cluster` is None too if that one was merged away: it has an heir, and is not given out again."""
        rows = select_with(
            self._session,
            "SELECT r.id, s.code, r.identifier, s.member, s.rank, r.deleted,"
            " CASE WHEN c.heir IS NULL THEN r.cluster END"
            " FROM {values} JOIN source_record r ON r.id = v.value JOIN source s ON s.id = r.source"
            " LEFT JOIN cluster c ON c.id = r.cluster",
            records,
        )
        return {
            RecordId(number): RecordInfo(
                RecordId(number),
                record_key(source, identifier),
                MemberCode(member),
                rank,
                bool(deleted),
                None if cluster is None else ClusterId(cluster),
            )
            for number, source, identifier, member, rank, deleted, cluster in rows
        }

    def members(self, clusters: Collection[ClusterId]) -> set[RecordId]:
        """Live records of these clusters."""
        rows = select_with(
            self._session,
            "SELECT r.id FROM {values} JOIN source_record r ON r.cluster = v.value WHERE NOT r.deleted",
            clusters,
        )
        return {RecordId(number) for (number,) in rows}

    def merge_links(self, records: Collection[RecordId]) -> list[tuple[RecordId, RecordId, float]]:
        """(left, right, score) of the merge band with at least one end in `records`; some may come twice."""
        found = []
        for side in ("left", "right"):
            found += select_with(
                self._session,
                f'SELECT l."left", l."right", l.score FROM {{values}} JOIN link l ON l."{side}" = v.value'  # noqa: S608
                " WHERE l.band = 'merge'",
                records,
            )
        return [(RecordId(left), RecordId(right), score) for left, right, score in found]

    def views(self, records: Collection[RecordId]) -> dict[RecordId, bytes]:
        rows = select_with(
            self._session,
            "SELECT b.record, b.view FROM {values} JOIN source_body b ON b.record = v.value",
            records,
        )
        return {RecordId(number): bytes(view) for number, view in rows}

    def marcs(self, records: Collection[RecordId]) -> dict[RecordId, bytes]:
        rows = select_with(
            self._session,
            "SELECT b.record, b.marc FROM {values} JOIN source_body b ON b.record = v.value",
            records,
        )
        return {RecordId(number): bytes(marc) for number, marc in rows}

    def keys(self, records: Collection[RecordId]) -> dict[RecordId, tuple[RecordKey, bytes]]:
        """Live records with their record key and packed match keys; deleted ones are left out."""
        rows = select_with(
            self._session,
            "SELECT r.id, s.code, r.identifier, b.keys FROM {values} JOIN source_record r ON r.id = v.value"
            " JOIN source s ON s.id = r.source JOIN source_body b ON b.record = r.id WHERE NOT r.deleted",
            records,
        )
        return {
            RecordId(number): (record_key(source, identifier), bytes(packed))
            for number, source, identifier, packed in rows
        }

    def ids(self, keys: Collection[RecordKey]) -> dict[RecordKey, RecordId]:
        """Numbers of the records of these keys, deleted ones too."""
        wanted: dict[str, list[str]] = {}
        for key in keys:
            source, _, identifier = key.partition("/")
            wanted.setdefault(source, []).append(identifier)
        found: dict[RecordKey, RecordId] = {}
        for source, identifiers in wanted.items():
            for some in pieces(identifiers):
                query = (
                    select(SourceRecordRow.identifier, SourceRecordRow.id)
                    .join(SourceRow, SourceRow.id == SourceRecordRow.source)
                    .where(SourceRow.code == source, SourceRecordRow.identifier.in_(some))
                )
                for identifier, number in self._session.execute(query):
                    found[record_key(source, identifier)] = RecordId(number)
        return found
