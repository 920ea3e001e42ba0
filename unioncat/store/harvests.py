"""Runs against sources."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from unioncat.model import Account, NotFound, SourceId
from unioncat.model.run import Harvest
from unioncat.store.tables import HarvestRow


class Harvests:
    def __init__(self, session: Session) -> None:
        self._session = session

    def start(self, source: SourceId, now: datetime, *, full: bool, since: datetime | None = None) -> int:
        """A new run in state ``running``; its number."""
        row = HarvestRow(source=source, state="running", full=full, started=now, since=since)
        self._session.add(row)
        self._session.flush()
        return row.id

    def get(self, number: int) -> Harvest:
        """Raises NotFound."""
        row = self._session.get(HarvestRow, number, populate_existing=True)
        if row is None:
            raise NotFound(f"there is no harvest number {number}")
        return _harvest(row)

    def progress(self, number: int, account: Account, resume: str, *, response_date: datetime | None = None) -> None:
        """What is stored so far and where to go on: written with the records themselves, in one transaction."""
        values = {
            "stored": account.stored,
            "unchanged": account.unchanged,
            "deleted": account.deleted,
            "refused": account.refused,
            "resume": resume,
        }
        statement = update(HarvestRow).where(HarvestRow.id == number).values(values)
        if response_date is not None:
            statement = statement.values(response_date=response_date)
        self._session.execute(statement)

    def set_state(self, number: int, state: str, message: str = "") -> None:
        self._session.execute(update(HarvestRow).where(HarvestRow.id == number).values(state=state, message=message))

    def finish(self, number: int, state: str, now: datetime, message: str = "") -> None:
        """End a run: ``complete``, ``interrupted``, ``failed``, ``held`` or ``discarded``."""
        self._session.execute(
            update(HarvestRow).where(HarvestRow.id == number).values(state=state, finished=now, message=message)
        )

    def resume(self, number: int) -> None:
        """Take an unfinished run up again."""
        self._session.execute(
            update(HarvestRow).where(HarvestRow.id == number).values(state="running", finished=None, message="")
        )

    def last(self, source: SourceId, state: str | None = None) -> Harvest | None:
        """The newest run of `source`, of any state or of one."""
        query = select(HarvestRow).where(HarvestRow.source == source).order_by(HarvestRow.id.desc()).limit(1)
        if state is not None:
            query = query.where(HarvestRow.state == state)
        row = self._session.scalar(query.execution_options(populate_existing=True))
        return None if row is None else _harvest(row)

    def unfinished(self, source: SourceId) -> Harvest | None:
        """The newest run of `source` if it neither completed nor was discarded: what a crash or Ctrl-C left."""
        found = self.last(source)
        return found if found is not None and found.state in ("running", "interrupted", "failed") else None

    def all(self, source: SourceId | None = None, limit: int = 100, before: int | None = None) -> list[Harvest]:
        """Newest first; `before` pages by number."""
        query = select(HarvestRow).order_by(HarvestRow.id.desc()).limit(limit)
        if source is not None:
            query = query.where(HarvestRow.source == source)
        if before is not None:
            query = query.where(HarvestRow.id < before)
        return [_harvest(row) for row in self._session.scalars(query.execution_options(populate_existing=True))]


def _harvest(row: HarvestRow) -> Harvest:
    return Harvest(
        id=row.id,
        source=SourceId(row.source),
        state=row.state,
        full=row.full,
        started=row.started,
        finished=row.finished,
        since=row.since,
        response_date=row.response_date,
        resume=row.resume,
        account=Account(row.stored, row.unchanged, row.deleted, row.refused),
        message=row.message,
    )
