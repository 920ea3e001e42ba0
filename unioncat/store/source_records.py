"""Source records, read side: what each library supplied, with our normalised copy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from unioncat.model import ClusterId, Finding, NotFound, RecordId, RecordKey, SourceId, SourceRecord, record_key
from unioncat.store.rows import pieces
from unioncat.store.tables import SourceBodyRow, SourceRecordRow, SourceRow

PAGE = 500


class SourceRecords:
    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, record: RecordId) -> SourceRecord:
        """Raises NotFound."""
        found = self.many([record])
        if not found:
            raise NotFound(f"there is no source record number {record}")
        return found[0]

    def by_key(self, key: str) -> SourceRecord:
        """By ``<source code>/<identifier>``. Raises NotFound."""
        source, _, identifier = key.partition("/")
        query = _records().where(SourceRow.code == source, SourceRecordRow.identifier == identifier)
        row = self._session.execute(query).first()
        if row is None:
            raise NotFound(f"there is no source record {key!r}")
        return _record(row)

    def many(self, records: Sequence[RecordId]) -> list[SourceRecord]:
        """In this order; unknown ones are left out."""
        found: dict[int, SourceRecord] = {}
        for ids in pieces(records):
            for row in self._session.execute(_records().where(SourceRecordRow.id.in_(ids))):
                found[row[0].id] = _record(row)
        return [found[record] for record in records if record in found]

    def of_cluster(self, cluster: ClusterId) -> list[SourceRecord]:
        """The members of a cluster, by record key."""
        query = _records().where(SourceRecordRow.cluster == cluster)
        return sorted((_record(row) for row in self._session.execute(query)), key=lambda each: each.key)

    def of_source(self, source: SourceId, *, deleted: bool | None = False) -> Iterator[SourceRecord]:
        """All records of a source by number, paged by key; live ones, deleted ones or (None) both."""
        after = 0
        while True:
            query = _records().where(SourceRecordRow.source == source, SourceRecordRow.id > after)
            if deleted is not None:
                query = query.where(SourceRecordRow.deleted.is_(deleted))
            page = self._session.execute(query.order_by(SourceRecordRow.id).limit(PAGE)).all()
            for row in page:
                yield _record(row)
            if len(page) < PAGE:
                return
            after = page[-1][0].id

    def live_ids(self, *, after: int = 0, limit: int = 1000) -> list[RecordId]:
        """Numbers of live records of all sources, ascending, after `after`."""
        query = (
            select(SourceRecordRow.id)
            .where(SourceRecordRow.id > after, SourceRecordRow.deleted.is_(False))
            .order_by(SourceRecordRow.id)
            .limit(limit)
        )
        return [RecordId(number) for number in self._session.scalars(query)]

    def count_live(self, *, after: RecordId = RecordId(0)) -> int:  # noqa: B008
        """Live records with a number greater than `after`."""
        query = select(func.count()).where(SourceRecordRow.id > after, SourceRecordRow.deleted.is_(False))
        return self._session.scalar(query) or 0

    def cluster_of(self, records: Sequence[RecordKey]) -> dict[RecordKey, ClusterId]:
        """Record key → its cluster, of those that have one."""
        wanted: dict[str, list[str]] = {}
        for key in records:
            source, _, identifier = key.partition("/")
            wanted.setdefault(source, []).append(identifier)
        found: dict[RecordKey, ClusterId] = {}
        for source, identifiers in wanted.items():
            for some in pieces(identifiers):
                query = (
                    select(SourceRecordRow.identifier, SourceRecordRow.cluster)
                    .join(SourceRow, SourceRow.id == SourceRecordRow.source)
                    .where(SourceRow.code == source, SourceRecordRow.identifier.in_(some))
                )
                for identifier, cluster in self._session.execute(query):
                    if cluster is not None:
                        found[record_key(source, identifier)] = ClusterId(cluster)
        return found

    def counts(self) -> dict[SourceId, tuple[int, int]]:
        """Source → (live, deleted) records."""
        query = select(SourceRecordRow.source, SourceRecordRow.deleted, func.count()).group_by(
            SourceRecordRow.source, SourceRecordRow.deleted
        )
        found: dict[SourceId, tuple[int, int]] = {}
        for source, deleted, count in self._session.execute(query):
            live, gone = found.get(SourceId(source), (0, 0))
            found[SourceId(source)] = (live, count) if deleted else (count, gone)
        return found


def _records() -> Select[SourceRecordRow, SourceBodyRow, str]:
    return (
        select(SourceRecordRow, SourceBodyRow, SourceRow.code)
        .join(SourceBodyRow, SourceBodyRow.record == SourceRecordRow.id)
        .join(SourceRow, SourceRow.id == SourceRecordRow.source)
    )


def _record(found: Row[SourceRecordRow, SourceBodyRow, str]) -> SourceRecord:
    row, body, source = found
    return SourceRecord(
        id=RecordId(row.id),
        source=SourceId(row.source),
        key=record_key(source, row.identifier),
        identifier=row.identifier,
        format=row.format,
        raw=body.raw,
        marc=body.marc,
        digest=row.digest,
        datestamp=row.datestamp,
        deleted=row.deleted,
        findings=tuple(Finding(*finding) for finding in body.findings),
    )
