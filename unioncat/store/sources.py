"""Sources: the feeds of members, with their schedules and the leases by which workers share them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from unioncat.model import Conflict, MemberCode, NotFound, Source, SourceId
from unioncat.store.rows import changed
from unioncat.store.tables import MemberRow, SourceRecordRow, SourceRow


class Sources:
    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, code: str) -> Source:
        """Raises NotFound."""
        return _source(self._row(code))

    def by_id(self, source: SourceId) -> Source:
        """Raises NotFound."""
        row = self._session.get(SourceRow, source)
        if row is None:
            raise NotFound(f"there is no source number {source}")
        return _source(row)

    def all(self, member: str | None = None) -> list[Source]:
        """By code; of one member, or of all."""
        query = select(SourceRow).order_by(SourceRow.code)
        if member is not None:
            query = query.where(SourceRow.member == member)
        return [_source(row) for row in self._session.scalars(query)]

    def add(self, source: Source) -> Source:
        """Store a new source; its `id` is given by the store. Raises NotFound (member), Conflict (code taken)."""
        if self._session.get(MemberRow, source.member) is None:
            raise NotFound(f"there is no member library {source.member!r}; add it with: unioncat member add")
        if "/" in source.code or not source.code:
            raise Conflict(f"{source.code!r} cannot be the code of a source: it must be non-empty and without '/'")
        if self._session.scalar(select(SourceRow.id).where(SourceRow.code == source.code)) is not None:
            raise Conflict(f"there is already a source {source.code!r}")
        row = SourceRow(**_columns(source))
        self._session.add(row)
        self._session.flush()
        return _source(row)

    def update(self, source: Source) -> None:
        """Replaces all that is known of `source.code` (not its id). Raises NotFound."""
        row = self._row(source.code)
        for name, value in _columns(source).items():
            setattr(row, name, value)
        self._session.flush()

    def set_cursor(self, source: SourceId, cursor: datetime | None) -> None:
        self._session.execute(update(SourceRow).where(SourceRow.id == source).values(cursor=cursor))

    def next_run(self, code: str) -> datetime | None:
        """When the schedule wants it next, UTC; None: never planned. Raises NotFound."""
        return self._row(code).next_run

    def set_next_run(self, source: SourceId, at: datetime | None) -> None:
        self._session.execute(update(SourceRow).where(SourceRow.id == source).values(next_run=at))

    def due(self, now: datetime) -> list[Source]:
        """Sources whose planned time has come, not paused and leased by nobody; the longest waiting first."""
        query = (
            select(SourceRow)
            .where(SourceRow.next_run <= now, SourceRow.paused.is_(False))
            .where(or_(SourceRow.lease_until.is_(None), SourceRow.lease_until < now))
            .order_by(SourceRow.next_run, SourceRow.code)
        )
        return [_source(row) for row in self._session.scalars(query)]

    def lease(self, source: SourceId, owner: str, until: datetime, now: datetime) -> bool:
        """Take or prolong the right to harvest; False while somebody else has it."""
        done = self._session.execute(
            update(SourceRow)
            .where(SourceRow.id == source)
            .where(or_(SourceRow.lease_until.is_(None), SourceRow.lease_until < now, SourceRow.lease_owner == owner))
            .values(lease_owner=owner, lease_until=until)
        )
        return changed(done) == 1

    def release(self, source: SourceId, owner: str) -> None:
        self._session.execute(
            update(SourceRow)
            .where(SourceRow.id == source, SourceRow.lease_owner == owner)
            .values(lease_owner=None, lease_until=None)
        )

    def lease_of(self, source: SourceId) -> tuple[str, datetime] | None:
        """(owner, until) of the last lease taken and not released."""
        row = self._session.get(SourceRow, source, populate_existing=True)
        if row is None or row.lease_owner is None or row.lease_until is None:
            return None
        return row.lease_owner, row.lease_until

    def remove(self, code: str) -> None:
        """Forget the source itself. Its records must be gone (`services.ingest` deletes them): raises Conflict."""
        row = self._row(code)
        if (
            self._session.scalar(select(SourceRecordRow.id).where(SourceRecordRow.source == row.id).limit(1))
            is not None
        ):
            raise Conflict(f"source {code!r} still has records in the store")
        self._session.delete(row)
        self._session.flush()

    def _row(self, code: str) -> SourceRow:
        row = self._session.scalar(select(SourceRow).where(SourceRow.code == code))
        if row is None:
            raise NotFound(f"there is no source {code!r}; list them with: unioncat source list")
        return row


def _source(row: SourceRow) -> Source:
    return Source(
        id=SourceId(row.id),
        code=row.code,
        member=MemberCode(row.member),
        harvester=row.harvester,
        endpoint=row.endpoint,
        format=row.format,
        set_spec=row.set_spec,
        schedule=row.schedule,
        quirks=row.quirks,
        credentials=row.credentials,
        cursor=row.cursor,
        rank=row.rank,
        paused=row.paused,
    )


def _columns(source: Source) -> dict[str, Any]:
    return {
        "code": source.code,
        "member": source.member,
        "harvester": source.harvester,
        "endpoint": source.endpoint,
        "format": source.format,
        "set_spec": source.set_spec,
        "schedule": source.schedule,
        "quirks": dict(source.quirks),
        "credentials": source.credentials,
        "cursor": source.cursor,
        "rank": source.rank,
        "paused": source.paused,
    }
