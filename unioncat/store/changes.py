"""The change log: what every reader of the catalogue (index, feed, dump) follows.

A reader remembers the last number it saw and asks for what comes after. So numbers must grow in the order
in which transactions become visible: a slow writer must not commit number 7 after a reader has seen 8.
A writer therefore takes the change lock just before it draws its numbers, as the last work before commit,
and holds it until the commit. SQLite has but one writer, who holds that lock by being it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from unioncat.model import ClusterId
from unioncat.store.bulk import db_time, insert_rows
from unioncat.store.tables import ChangeRow

CHANGE_LOCK = 0x756E696F6E01  # of PostgreSQL's advisory locks, held until the transaction ends


def take_change_lock(session: Session) -> None:
    """Wait for other writers of the change log; the lock goes with this transaction."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHANGE_LOCK})


class Changes:
    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, clusters: Sequence[ClusterId], now: datetime) -> None:
        """One new number for each cluster, in this order. Commit soon: other writers wait."""
        if clusters:
            take_change_lock(self._session)
            made = db_time(self._session, now)
            insert_rows(self._session, ChangeRow, ("cluster", "made"), [(cluster, made) for cluster in clusters])

    def after(self, number: int, limit: int = 1000) -> list[tuple[int, ClusterId]]:
        """(number, cluster) with a number greater than `number`, ascending; a cluster may come more than once."""
        query = (
            select(ChangeRow.number, ChangeRow.cluster)
            .where(ChangeRow.number > number)
            .order_by(ChangeRow.number)
            .limit(limit)
        )
        return [(found, ClusterId(cluster)) for found, cluster in self._session.execute(query)]

    def last(self) -> int:
        """The greatest number; 0 for an empty log."""
        return self._session.scalar(select(func.max(ChangeRow.number))) or 0
