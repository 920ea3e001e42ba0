"""Lists of what is in the catalogue, without the records themselves: for sitemaps."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from unioncat.model import ClusterId, public_id
from unioncat.store import Store
from unioncat.store.tables import ClusterRow

__all__ = ["Listing"]


class Listing:
    """Reads only; safe for threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def last_id(self) -> int:
        """The highest cluster id ever given; 0 in an empty catalogue."""
        with self._store.read() as session:
            return session.scalar(select(func.max(ClusterRow.id))) or 0

    def stamps(self, after: int, span: int) -> list[tuple[str, datetime]]:
        """Public id and datestamp of the live records with an id in (after, after + span], by id."""
        rows = (
            select(ClusterRow.id, ClusterRow.datestamp)
            .where(ClusterRow.id > after, ClusterRow.id <= after + span)
            .where(ClusterRow.deleted.is_(False), ClusterRow.suppressed.is_(False))
            .order_by(ClusterRow.id)
        )
        with self._store.read() as session:
            return [(public_id(ClusterId(cluster)), stamp) for cluster, stamp in session.execute(rows)]
