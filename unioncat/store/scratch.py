"""A store beside another one, to try something out: its libraries, sources and verdicts, and what matching needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from unioncat.model import ClusterId, RecordId, RecordKey
from unioncat.store.bulk import db_time, insert_rows
from unioncat.store.copying import copy_table
from unioncat.store.sources import Sources
from unioncat.store.tables import MemberRow, SourceBodyRow, SourceRecordRow, SourceRow, VerdictRow

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Scratch:
    """The write side of a scratch store. Its records have the numbers and clusters of the store beside it, no MARC."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def frame(self, beside: Session) -> None:
        """Copy libraries, sources and verdicts."""
        for row in (MemberRow, SourceRow, VerdictRow):
            copy_table(beside, self._session, row)

    def put(self, records: Iterable[tuple[RecordId, RecordKey, ClusterId | None, bytes, bytes]]) -> None:
        """(number, key, cluster, view, packed keys) of live records."""
        source_of = {source.code: source.id for source in Sources(self._session).all()}
        moment = db_time(self._session, _LONG_AGO)
        heads, bodies = [], []
        for number, key, cluster, view, keys in records:
            code, _, identifier = key.partition("/")
            heads.append((number, source_of[code], identifier, "", b"", moment, False, cluster))
            bodies.append((number, keys, view, "[]", "{}", b"", b""))
        columns = ("id", "source", "identifier", "format", "digest", "datestamp", "deleted", "cluster")
        insert_rows(self._session, SourceRecordRow, columns, heads)
        insert_rows(
            self._session, SourceBodyRow, ("record", "keys", "view", "findings", "hints", "marc", "raw"), bodies
        )
