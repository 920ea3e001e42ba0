"""Batches: files that libraries uploaded, with what their records had been before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from unioncat.model import NotFound
from unioncat.store.tables import BatchRow

_COLUMNS = (
    BatchRow.id,
    BatchRow.member,
    BatchRow.who,
    BatchRow.name,
    BatchRow.format,
    BatchRow.hints,
    func.length(BatchRow.content),
    BatchRow.state,
    BatchRow.made,
    BatchRow.settled,
    BatchRow.harvest,
)


@dataclass(frozen=True, slots=True)
class Batch:
    """state: preview, committed, undone, discarded. harvest: the run that stored it; account then says what it did.

    size: bytes of the file as it is kept
    """

    id: int
    member: str
    who: str
    name: str
    format: str
    hints: Mapping[str, str]
    size: int
    state: str
    made: datetime
    settled: datetime | None
    harvest: int | None


class KeptBatches:
    """Raises NotFound for a number that never was given. content, before: packed; who asks packs and unpacks."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self, member: str, who: str, name: str, format: str, hints: Mapping[str, str], content: bytes, now: datetime
    ) -> int:
        """A new one in state ``preview``; its number."""
        row = BatchRow(
            member=member,
            who=who,
            name=name,
            format=format,
            hints=dict(hints),
            content=content,
            state="preview",
            made=now,
            settled=None,
            harvest=None,
        )
        self._session.add(row)
        self._session.flush()
        return row.id

    def get(self, number: int) -> Batch:
        row = self._session.execute(select(*_COLUMNS).where(BatchRow.id == number)).first()
        if row is None:
            raise NotFound(f"there is no batch number {number}")
        return Batch(*row)

    def of_member(self, member: str, limit: int) -> list[Batch]:
        """Newest first."""
        query = select(*_COLUMNS).where(BatchRow.member == member).order_by(BatchRow.id.desc()).limit(limit)
        return [Batch(*row) for row in self._session.execute(query)]

    def content(self, number: int) -> bytes:
        return self._bytes(number, BatchRow.content)

    def before(self, number: int) -> bytes:
        """What `keep_before` got; nothing before that."""
        return self._bytes(number, BatchRow.before)

    def read_as(self, number: int, format: str, hints: Mapping[str, str]) -> None:
        self._set(number, format=format, hints=dict(hints))

    def set_state(self, number: int, state: str) -> None:
        self._set(number, state=state)

    def settle(self, number: int, state: str, now: datetime) -> None:
        self._set(number, state=state, settled=now)

    def forget_content(self, number: int) -> None:
        self._set(number, content=b"")

    def keep_before(self, number: int, before: bytes) -> None:
        self._set(number, before=before)

    def stored_by(self, number: int, harvest: int) -> None:
        self._set(number, harvest=harvest)

    def _bytes(self, number: int, column: Any) -> bytes:
        found = self._session.execute(select(column).where(BatchRow.id == number)).first()
        if found is None:
            raise NotFound(f"there is no batch number {number}")
        return bytes(found[0])

    def _set(self, number: int, **values: Any) -> None:
        self._session.execute(update(BatchRow).where(BatchRow.id == number).values(values))
