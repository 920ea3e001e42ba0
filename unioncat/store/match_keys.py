"""Match keys: which records meet as candidates."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from unioncat.model import RecordId
from unioncat.store.bulk import delete_rows, insert_rows
from unioncat.store.rows import pieces
from unioncat.store.tables import MatchKeyRow, SourceBodyRow


def pack_keys(keys: Sequence[int]) -> bytes:
    """Signed 64-bit numbers as `source_body.keys` holds them."""
    return struct.pack(f"<{len(keys)}q", *keys)


def unpack_keys(packed: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(packed) // 8}q", packed)


class MatchKeys:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, keys_of: Iterable[tuple[RecordId, bytes]]) -> None:
        """Keys (packed) of records that have none yet. Sorted first: the table is a tree by key."""
        rows = sorted((key, record) for record, packed in keys_of for key in set(unpack_keys(packed)))
        insert_rows(self._session, MatchKeyRow, ("key", "record"), rows)

    def drop(self, keys_of: Iterable[tuple[RecordId, bytes]]) -> None:
        """Take these keys (packed) away from these records."""
        rows = sorted((key, record) for record, packed in keys_of for key in set(unpack_keys(packed)))
        delete_rows(self._session, MatchKeyRow, ("key", "record"), rows)

    def of(self, records: Collection[RecordId]) -> dict[RecordId, tuple[int, ...]]:
        """Each record's own keys, in its own order."""
        found: dict[RecordId, tuple[int, ...]] = {}
        for some in pieces(list(records)):
            query = select(SourceBodyRow.record, SourceBodyRow.keys).where(SourceBodyRow.record.in_(some))
            for record, packed in self._session.execute(query):
                found[RecordId(record)] = unpack_keys(packed)
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

    def block(self, key: int, limit: int | None = None) -> list[RecordId]:
        """Records with this key, ascending; at most `limit`."""
        query = select(MatchKeyRow.record).where(MatchKeyRow.key == key).order_by(MatchKeyRow.record)
        if limit is not None:
            query = query.limit(limit)
        return [RecordId(record) for record in self._session.scalars(query)]

    def blocks(self, keys: Collection[int]) -> dict[int, list[RecordId]]:
        """Key → its records; for keys known to be of bearable size."""
        found: dict[int, list[RecordId]] = {}
        for some in pieces(sorted(keys)):
            query = select(MatchKeyRow.key, MatchKeyRow.record).where(MatchKeyRow.key.in_(some))
            for key, record in self._session.execute(query):
                found.setdefault(key, []).append(RecordId(record))
        return found
