"""Dirty records: stored, but not yet clustered. What a crash leaves here is work, not damage."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from unioncat.model import RecordId
from unioncat.store.bulk import delete_rows, put_rows, update_rows
from unioncat.store.rows import pieces
from unioncat.store.tables import DirtyRecordRow, SourceRecordRow
from unioncat.store.values import select_with


def new_mark() -> int:
    return secrets.randbits(62)


class Dirty:
    def __init__(self, session: Session) -> None:
        self._session = session

    def mark(self, records: Collection[RecordId], *, linked: bool = False) -> None:
        """Links and component of these records are to be made anew (`linked`: the component only).

        A record that already waits for its links goes on waiting for them.
        """
        mark = new_mark()
        if linked:
            waiting = self._waiting(records)
            records = [record for record in records if record not in waiting]
        put_rows(
            self._session,
            DirtyRecordRow,
            ("record", "mark", "linked"),
            [(record, mark, linked) for record in records],
        )

    def _waiting(self, records: Collection[RecordId]) -> set[int]:
        found: set[int] = set()
        for some in pieces(list(records)):
            query = select(DirtyRecordRow.record).where(
                DirtyRecordRow.record.in_(some), DirtyRecordRow.linked.is_(False)
            )
            found.update(self._session.scalars(query))
        return found

    def mark_source(self, source: int) -> int:
        """All live records of a source, as when its rank or its library changed; how many."""
        query = select(SourceRecordRow.id).where(SourceRecordRow.source == source, SourceRecordRow.deleted.is_(False))
        records = [RecordId(record) for record in self._session.scalars(query)]
        self.mark(records, linked=True)
        return len(records)

    def page(self, *, linked: bool, after: int = 0, limit: int = 1000) -> list[tuple[RecordId, int]]:
        """(record, mark) by record."""
        query = (
            select(DirtyRecordRow.record, DirtyRecordRow.mark)
            .where(DirtyRecordRow.linked.is_(linked), DirtyRecordRow.record > after)
            .order_by(DirtyRecordRow.record)
            .limit(limit)
        )
        return [(RecordId(record), mark) for record, mark in self._session.execute(query)]

    def marks(self, records: Collection[RecordId]) -> dict[RecordId, int]:
        """Of those that wait for their component alone: one that waits for its links has more to come."""
        rows = select_with(
            self._session,
            "SELECT d.record, d.mark FROM {values} JOIN dirty_record d ON d.record = v.value AND d.linked",
            records,
        )
        return {RecordId(record): mark for record, mark in rows}

    def set_linked(self, done: Iterable[tuple[RecordId, int]]) -> None:
        """The links of these are made, unless they became dirty again since they were read."""
        update_rows(
            self._session,
            DirtyRecordRow,
            ("linked",),
            ("record", "mark"),
            [(True, record, mark) for record, mark in done],
        )

    def clear(self, done: Iterable[tuple[RecordId, int]]) -> None:
        """These are clustered, unless they became dirty again since they were read."""
        delete_rows(self._session, DirtyRecordRow, ("record", "mark"), list(done))

    def count(self) -> int:
        return self._session.scalar(select(func.count()).select_from(DirtyRecordRow)) or 0
