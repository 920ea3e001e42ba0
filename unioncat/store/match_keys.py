"""Match keys: which records meet as candidates."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from unioncat.model import RecordId
from unioncat.model.packing import unpack_numbers
from unioncat.store.bulk import delete_rows, insert_rows, put_rows
from unioncat.store.rows import pieces
from unioncat.store.tables import MatchedRow, MatchKeyRow, SourceBodyRow, SourceRecordRow


class MatchKeys:
    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, rows: Iterable[tuple[int, RecordId]]) -> None:
        """New (key, record) rows. Sorted first: the table is a tree by key."""
        insert_rows(self._session, MatchKeyRow, ("key", "record"), sorted(rows))

    def drop(self, rows: Iterable[tuple[int, RecordId]]) -> None:
        delete_rows(self._session, MatchKeyRow, ("key", "record"), sorted(rows))

    def indexed(self, records: Collection[RecordId]) -> dict[RecordId, tuple[int, ...]]:
        """The keys that stand in the index for each of `records`; records not linked yet are left out."""
        found: dict[RecordId, tuple[int, ...]] = {}
        for some in pieces(list(records)):
            query = select(MatchedRow.record, MatchedRow.keys).where(MatchedRow.record.in_(some))
            for record, packed in self._session.execute(query):
                found[RecordId(record)] = unpack_numbers(packed)
        return found

    def set_indexed(self, keys_of: Iterable[tuple[RecordId, bytes]]) -> None:
        """Remember what now stands in the index for these records (packed)."""
        put_rows(self._session, MatchedRow, ("record", "keys"), list(keys_of))

    def forget(self, records: Iterable[RecordId]) -> None:
        """These records stand in the index no more."""
        delete_rows(self._session, MatchedRow, ("record",), [(record,) for record in records])

    def of(self, records: Collection[RecordId]) -> dict[RecordId, tuple[int, ...]]:
        """All keys of live records, in their order, linked yet or not."""
        found: dict[RecordId, tuple[int, ...]] = {}
        for some in pieces(list(records)):
            query = (
                select(SourceBodyRow.record, SourceBodyRow.keys)
                .join(SourceRecordRow, SourceRecordRow.id == SourceBodyRow.record)
                .where(SourceBodyRow.record.in_(some), SourceRecordRow.deleted.is_(False))
            )
            for record, packed in self._session.execute(query):
                found[RecordId(record)] = unpack_numbers(packed)
        return found

    def sizes(self, keys: Collection[int], limit: int) -> dict[int, int]:
        """Key → number of its records, of keys that more than `limit` records have."""
        found: dict[int, int] = {}
        for some in pieces(sorted(keys)):
            query = (
                select(MatchKeyRow.key, func.count())
                .where(MatchKeyRow.key.in_(some))
                .group_by(MatchKeyRow.key)
                .having(func.count() > limit)
            )
            for key, count in self._session.execute(query):
                found[key] = count
        return found

    def blocks(self, keys: Collection[int], limit: int) -> tuple[dict[int, list[RecordId]], dict[int, int]]:
        """(key → its records, ascending; key → size of the blocks with more than `limit`, which are not read)."""
        large = self.sizes(keys, limit)
        found: dict[int, list[RecordId]] = {}
        for some in pieces(sorted(key for key in keys if key not in large)):
            query = select(MatchKeyRow.key, MatchKeyRow.record).where(MatchKeyRow.key.in_(some))
            for key, record in self._session.execute(query):
                found.setdefault(key, []).append(RecordId(record))
        return found, large

    def block(self, key: int) -> list[RecordId]:
        """All records with this key, however many, ascending."""
        query = select(MatchKeyRow.record).where(MatchKeyRow.key == key).order_by(MatchKeyRow.record)
        return [RecordId(record) for record in self._session.scalars(query)]
