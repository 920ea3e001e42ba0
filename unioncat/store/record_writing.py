"""Source records, write side: in bulk, by a loader that holds the source."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, text
from sqlalchemy.orm import Session

from unioncat.model import RecordId, SourceId
from unioncat.store.bulk import allocate, db_time, insert_rows, is_sqlite, put_rows, update_rows
from unioncat.store.rows import pieces
from unioncat.store.tables import HarvestRow, SeenRow, SourceBodyRow, SourceRecordRow
from unioncat.store.values import select_with

SOURCE_LOCK = 0x756E6963  # first half of PostgreSQL's advisory lock of a source; the second is its number


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a stored record without opening it."""

    id: RecordId
    identifier: str
    digest: bytes
    deleted: bool
    harvest: int | None


@dataclass(frozen=True, slots=True)
class NewRecord:
    """One prepared record. keys: packed; findings, hints: JSON text."""

    identifier: str
    format: str
    digest: bytes
    datestamp: datetime
    marc: bytes
    raw: bytes
    view: bytes = b""
    keys: bytes = b""
    findings: str = "[]"
    hints: str = "{}"


class RecordWriting:
    """All within one write session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def hold(self, source: SourceId) -> None:
        """Other loaders of this source wait until our transaction ends (on SQLite they wait anyway)."""
        if not is_sqlite(self._session):
            self._session.execute(
                text("SELECT pg_advisory_xact_lock(:space, :source)"), {"space": SOURCE_LOCK, "source": source}
            )

    def is_empty(self, source: SourceId) -> bool:
        """True if the source never had a record."""
        return self._session.scalar(select(SourceRecordRow.id).where(SourceRecordRow.source == source).limit(1)) is None

    def by_identifier(self, source: SourceId, identifiers: Collection[str]) -> dict[str, Head]:
        """Stored records under these identifiers, deleted ones too."""
        rows = select_with(
            self._session,
            "SELECT r.id, r.identifier, r.digest, r.deleted, r.harvest FROM {values}"
            " JOIN source_record r ON r.source = :source AND r.identifier = v.value",
            identifiers,
            source=source,
        )
        return {row[1]: Head(RecordId(row[0]), row[1], bytes(row[2]), bool(row[3]), row[4]) for row in rows}

    def by_digest(self, source: SourceId, digests: Collection[bytes]) -> dict[bytes, Head]:
        """Live records that came as these very bytes; of several, the one stored first."""
        found: dict[bytes, Head] = {}
        for some in pieces(list(digests)):
            query = select(*_HEAD).where(
                SourceRecordRow.source == source,
                SourceRecordRow.digest.in_(some),
                SourceRecordRow.deleted.is_(False),
            )
            for head in (_head(row) for row in self._session.execute(query)):
                if head.digest not in found or head.id < found[head.digest].id:
                    found[head.digest] = head
        return found

    def numbered_twins(self, source: SourceId, identifier: str) -> list[Head]:
        """Live records stored beside `identifier` because their file used it twice (``identifier~digest``)."""
        low, high = f"{identifier}~", f"{identifier}~g"  # hexadecimal digits follow, and g is greater
        query = select(*_HEAD).where(
            SourceRecordRow.source == source,
            SourceRecordRow.identifier.between(low, high),
            SourceRecordRow.deleted.is_(False),
        )
        return [_head(row) for row in self._session.execute(query)]

    def insert(self, source: SourceId, records: Sequence[NewRecord], harvest: int | None) -> list[RecordId]:
        """Records that were not there; their numbers, in the same order."""
        numbers = [RecordId(number) for number in allocate(self._session, SourceRecordRow, len(records))]
        insert_rows(
            self._session,
            SourceRecordRow,
            ("id", "source", "identifier", "format", "digest", "datestamp", "deleted", "harvest"),
            [
                (
                    number,
                    source,
                    each.identifier,
                    each.format,
                    each.digest,
                    db_time(self._session, each.datestamp),
                    False,
                    harvest,
                )
                for number, each in zip(numbers, records, strict=True)
            ],
        )
        insert_rows(self._session, SourceBodyRow, _BODY, _bodies(numbers, records))
        return numbers

    def replace(self, records: Sequence[tuple[RecordId, NewRecord]], harvest: int | None) -> None:
        """Records that changed, or came back after a deletion."""
        numbers = [number for number, _ in records]
        update_rows(
            self._session,
            SourceRecordRow,
            ("format", "digest", "datestamp", "deleted", "harvest"),
            ("id",),
            [
                (each.format, each.digest, db_time(self._session, each.datestamp), False, harvest, number)
                for number, each in records
            ],
        )
        put_rows(self._session, SourceBodyRow, _BODY, _bodies(numbers, [each for _, each in records]))

    def rematch(self, made: Iterable[tuple[RecordId, bytes, bytes]]) -> None:
        """(record, view, keys): what matching reads of these, made anew; the rest stays."""
        update_rows(
            self._session,
            SourceBodyRow,
            ("view", "keys"),
            ("record",),
            [(view, keys, number) for number, view, keys in made],
        )

    def delete(self, records: Sequence[tuple[RecordId, datetime]], harvest: int | None) -> None:
        """Mark as deleted since then; bytes and MARC stay."""
        update_rows(
            self._session,
            SourceRecordRow,
            ("deleted", "datestamp", "harvest"),
            ("id",),
            [(True, db_time(self._session, stamp), harvest, number) for number, stamp in records],
        )

    def saw(self, harvest: int, records: Iterable[RecordId]) -> None:
        """This run came by these records."""
        put_rows(self._session, SeenRow, ("harvest", "record"), [(harvest, record) for record in records])

    def seen_among(self, harvest: int, records: Collection[RecordId]) -> set[RecordId]:
        rows = select_with(
            self._session,
            "SELECT s.record FROM {values} JOIN seen s ON s.harvest = :harvest AND s.record = v.value",
            records,
            harvest=harvest,
        )
        return {RecordId(number) for (number,) in rows}

    def unseen(self, source: SourceId, harvest: int, after: int = 0, limit: int = 1000) -> list[RecordId]:
        """Live records of the source that the run has not come by, ascending."""
        seen = select(SeenRow.record).where(SeenRow.harvest == harvest, SeenRow.record == SourceRecordRow.id).exists()
        query = (
            select(SourceRecordRow.id)
            .where(SourceRecordRow.source == source, SourceRecordRow.deleted.is_(False), ~seen)
            .where(SourceRecordRow.id > after)
            .order_by(SourceRecordRow.id)
            .limit(limit)
        )
        return [RecordId(record) for record in self._session.scalars(query)]

    def count_unseen(self, source: SourceId, harvest: int) -> tuple[int, int]:
        """(live records that the run has not come by, live records) of the source."""
        seen = select(SeenRow.record).where(SeenRow.harvest == harvest, SeenRow.record == SourceRecordRow.id).exists()
        live = (
            select(func.count())
            .select_from(SourceRecordRow)
            .where(SourceRecordRow.source == source, SourceRecordRow.deleted.is_(False))
        )
        return self._session.scalar(live.where(~seen)) or 0, self._session.scalar(live) or 0

    def forget_seen(self, source: SourceId) -> None:
        """The marks of all runs of this source that are over; called when one completes."""
        over = select(HarvestRow.id).where(HarvestRow.source == source, HarvestRow.state != "held")
        self._session.execute(delete(SeenRow).where(SeenRow.harvest.in_(over)))


_HEAD = (
    SourceRecordRow.id,
    SourceRecordRow.identifier,
    SourceRecordRow.digest,
    SourceRecordRow.deleted,
    SourceRecordRow.harvest,
)
_BODY = ("record", "keys", "view", "findings", "hints", "marc", "raw")


def _head(row: Row[*tuple[Any, ...]]) -> Head:
    return Head(RecordId(row[0]), row[1], row[2], row[3], row[4])


def _bodies(numbers: Sequence[RecordId], records: Sequence[NewRecord]) -> list[tuple[Any, ...]]:
    return [
        (number, each.keys, each.view, each.findings, each.hints, each.marc, each.raw)
        for number, each in zip(numbers, records, strict=True)
    ]
