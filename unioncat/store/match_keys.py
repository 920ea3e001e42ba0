"""Match keys: which records meet as candidates."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from unioncat.model import RecordId
from unioncat.model.packing import unpack_numbers
from unioncat.store.bulk import delete_rows, insert_rows, put_rows
from unioncat.store.rows import pieces
from unioncat.store.tables import MatchedRow, MatchKeyRow
from unioncat.store.values import select_with

KEYS_AT_ONCE = 500
ROWS_A_KEY = 8  # on average, that are read without counting first


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
        """(key → its records, for blocks up to `limit`; keys of larger blocks, of which little is read)."""
        found: dict[int, list[RecordId]] = {}
        large: set[int] = set()
        for some in pieces(sorted(keys), KEYS_AT_ONCE):
            most = ROWS_A_KEY * len(some) + limit
            rows = self._rows(some, most)
            if len(rows) == most:  # there may be large ones among them: those are passed over
                passed = self._larger(some, limit)
                large |= passed
                rows = self._rows([key for key in some if key not in passed], limit * len(some))
            for key, record in rows:
                found.setdefault(key, []).append(RecordId(record))
        large.update(key for key, records in found.items() if len(records) > limit)
        return {key: records for key, records in found.items() if key not in large}, large

    def _rows(self, keys: Collection[int], most: int) -> list[tuple[int, int]]:
        """(key, record) of these keys, at most so many."""
        return select_with(
            self._session,
            "SELECT m.key, m.record FROM {values} JOIN match_key m ON m.key = v.value LIMIT :most",
            keys,
            most=most,
        )

    def _larger(self, keys: Collection[int], limit: int) -> set[int]:
        """Those with more than `limit` records; no more than `limit` + 1 are looked at."""
        rows = select_with(
            self._session,
            "SELECT value FROM (SELECT v.value AS value, (SELECT count(*) FROM"
            " (SELECT 1 FROM match_key m WHERE m.key = v.value LIMIT :most) first) AS size FROM {values}) sized"
            " WHERE size > :limit",
            keys,
            most=limit + 1,
            limit=limit,
        )
        return {key for (key,) in rows}

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
