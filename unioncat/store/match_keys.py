"""Match keys: which records meet as candidates."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from unioncat.model import RecordId
from unioncat.model.packing import unpack_numbers
from unioncat.store.bulk import delete_rows, insert_rows, put_rows
from unioncat.store.tables import MatchedRow, MatchKeyRow
from unioncat.store.values import select_with


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
        rows = select_with(
            self._session,
            "SELECT m.record, m.keys FROM {values} JOIN matched m ON m.record = v.value",
            records,
        )
        return {RecordId(record): unpack_numbers(bytes(packed)) for record, packed in rows}

    def set_indexed(self, keys_of: Iterable[tuple[RecordId, bytes]]) -> None:
        """Remember what now stands in the index for these records (packed)."""
        put_rows(self._session, MatchedRow, ("record", "keys"), list(keys_of))

    def forget(self, records: Iterable[RecordId]) -> None:
        """These records stand in the index no more."""
        delete_rows(self._session, MatchedRow, ("record",), [(record,) for record in records])

    def blocks(self, keys: Collection[int], limit: int) -> tuple[dict[int, list[RecordId]], set[int]]:
        """(key → its records, for blocks up to `limit`; keys of larger blocks, which are not read)."""
        counted = select_with(
            self._session,
            "SELECT value, size FROM (SELECT v.value AS value, (SELECT count(*) FROM"
            " (SELECT 1 FROM match_key m WHERE m.key = v.value LIMIT :most) first) AS size FROM {values}) sized"
            " WHERE size > 0",
            keys,
            most=limit + 1,
        )
        large = {key for key, size in counted if size > limit}
        found: dict[int, list[RecordId]] = {}
        rows = select_with(
            self._session,
            "SELECT m.key, m.record FROM {values} JOIN match_key m ON m.key = v.value",
            [key for key, size in counted if size <= limit],
        )
        for key, record in rows:
            found.setdefault(key, []).append(RecordId(record))
        return found, large

    def whole_blocks(self, keys: Collection[int]) -> dict[int, list[RecordId]]:
        """Key → its records, however many."""
        found: dict[int, list[RecordId]] = {}
        rows = select_with(
            self._session, "SELECT m.key, m.record FROM {values} JOIN match_key m ON m.key = v.value", keys
        )
        for key, record in rows:
            found.setdefault(key, []).append(RecordId(record))
        return found

    def large(self, limit: int, show: int = 100) -> list[tuple[int, int]]:
        """(key, records) of the largest blocks above `limit`. Reads the whole index."""
        size = func.count()
        query = select(MatchKeyRow.key, size).group_by(MatchKeyRow.key).having(size > limit)
        return [(key, count) for key, count in self._session.execute(query.order_by(size.desc()).limit(show))]
