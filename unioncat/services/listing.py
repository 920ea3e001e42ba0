"""Lists of what is in the catalogue, without the records themselves: for sitemaps."""

from __future__ import annotations

from datetime import datetime

from unioncat.model import public_id
from unioncat.store import Clusters, Store

__all__ = ["Listing"]


class Listing:
    """Reads only; safe for threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def last_id(self) -> int:
        """The highest cluster id ever given; 0 in an empty catalogue."""
        with self._store.read() as session:
            return Clusters(session).last_id()

    def stamps(self, after: int, span: int) -> list[tuple[str, datetime]]:
        """Public id and datestamp of the live records with an id in (after, after + span], by id."""
        with self._store.read() as session:
            return [(public_id(cluster), stamp) for cluster, stamp in Clusters(session).stamps(after, span)]
