"""Counts over whole tables, made in the database: what figures for those who steer are put together from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from unioncat.model import MemberCode
from unioncat.store.bulk import is_sqlite
from unioncat.store.tables import (
    ClusterRow,
    ClusterSetRow,
    HarvestRow,
    HoldingRow,
    SourceBodyRow,
    SourceRecordRow,
    SourceRow,
)


class Counts:
    """Titles are live merged records; records are live source records. A month is ``2026-03``, in UTC."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def titles(self, before: datetime | None = None) -> int:
        """before: only those made before then."""
        query = select(func.count()).where(ClusterRow.deleted.is_(False))
        if before is not None:
            query = query.where(ClusterRow.created < before)
        return self._session.scalar(query) or 0

    def records(self) -> int:
        return self._session.scalar(select(func.count()).where(SourceRecordRow.deleted.is_(False))) or 0

    def holdings(self) -> int:
        return self._session.scalar(select(func.count()).select_from(HoldingRow)) or 0

    def runs(self, state: str) -> int:
        return self._session.scalar(select(func.count()).where(HarvestRow.state == state)) or 0

    def in_set(self, spec: str) -> int:
        query = select(func.count()).where(ClusterSetRow.set_spec == spec, ClusterSetRow.gone.is_(False))
        return self._session.scalar(query) or 0

    def in_both(self, one: str, other: str) -> int:
        """Titles that are in both of two sets."""
        inside = and_(ClusterSetRow.gone.is_(False), ClusterSetRow.set_spec.in_((one, other)))
        both = (
            select(ClusterSetRow.cluster)
            .where(inside)
            .group_by(ClusterSetRow.cluster)
            .having(func.sum(case((ClusterSetRow.set_spec == one, 1), else_=0)) > 0)
            .having(func.sum(case((ClusterSetRow.set_spec == other, 1), else_=0)) > 0)
            .subquery()
        )
        return self._session.scalar(select(func.count()).select_from(both)) or 0

    # --- by library ----------------------------------------------------------------------------------------

    def unique_by_member(self) -> dict[MemberCode, int]:
        """Member → titles that only it holds; members without any are left out, here and below."""
        alone = (
            select(HoldingRow.cluster, func.min(HoldingRow.member).label("member"))
            .group_by(HoldingRow.cluster)
            .having(func.count(func.distinct(HoldingRow.member)) == 1)
            .subquery()
        )
        query = select(alone.c.member, func.count()).group_by(alone.c.member)
        return {MemberCode(member): count for member, count in self._session.execute(query)}

    def findings_by_member(self) -> dict[MemberCode, tuple[int, int]]:
        """Member → (records, errors and warnings in them that wait to be mended at home)."""
        query = (
            select(SourceRow.member, func.count(), self._waiting())
            .join(SourceRecordRow, SourceRecordRow.source == SourceRow.id)
            .join(SourceBodyRow, SourceBodyRow.record == SourceRecordRow.id)
            .where(SourceRecordRow.deleted.is_(False))
            .group_by(SourceRow.member)
        )
        return {MemberCode(member): (count, total or 0) for member, count, total in self._session.execute(query)}

    def last_runs(self) -> dict[MemberCode, tuple[datetime, str]]:
        """Member → (begin, state) of the latest run of any of its sources."""
        newest = select(HarvestRow.source, func.max(HarvestRow.id).label("id")).group_by(HarvestRow.source).subquery()
        query = (
            select(SourceRow.member, HarvestRow.started, HarvestRow.state)
            .join(newest, newest.c.source == SourceRow.id)
            .join(HarvestRow, HarvestRow.id == newest.c.id)
        )
        last: dict[MemberCode, tuple[datetime, str]] = {}
        for code, started, state in self._session.execute(query):
            member = MemberCode(code)
            if member not in last or started > last[member][0]:
                last[member] = (started, state)
        return last

    # --- by month ------------------------------------------------------------------------------------------

    def titles_by_month(self, begin: datetime) -> dict[str, int]:
        """Month → titles made in it, since `begin`."""
        return self._by_month(ClusterRow.created, begin, func.count(), ClusterRow.deleted.is_(False))

    def received_by_month(self, begin: datetime) -> dict[str, int]:
        """Month → records stored by runs that began in it, since `begin`."""
        return self._by_month(HarvestRow.started, begin, func.sum(HarvestRow.stored))

    def findings_by_month(self, begin: datetime) -> dict[str, tuple[int, int]]:
        """Month → (records last changed in it, errors and warnings in them to be mended at home), since `begin`."""
        month = self._month_of(SourceRecordRow.datestamp)
        query = (
            select(month, func.count(), self._waiting())
            .join(SourceBodyRow, SourceBodyRow.record == SourceRecordRow.id)
            .where(SourceRecordRow.deleted.is_(False), SourceRecordRow.datestamp >= begin)
            .group_by(month)
        )
        return {name: (count, total or 0) for name, count, total in self._session.execute(query)}

    def _by_month(
        self,
        column: InstrumentedAttribute[datetime],
        begin: datetime,
        what: ColumnElement[Any],
        *where: ColumnElement[bool],
    ) -> dict[str, int]:
        month = self._month_of(column)
        query = select(month, what).where(column >= begin, *where).group_by(month)
        return {name: int(count or 0) for name, count in self._session.execute(query)}

    def _waiting(self) -> ColumnElement[int]:
        return func.sum(literal_column(f"({_WAITING[is_sqlite(self._session)]})", Integer))

    def _month_of(self, column: InstrumentedAttribute[datetime]) -> ColumnElement[str]:
        if is_sqlite(self._session):
            return func.substr(column, 1, 7)
        return func.to_char(func.timezone("UTC", column), "YYYY-MM")


_WAITING = {
    True: "SELECT count(*) FROM json_each(source_body.findings) AS f"
    " WHERE json_extract(f.value, '$[1]') <> 'info' AND NOT json_extract(f.value, '$[4]')",
    False: "SELECT count(*) FROM json_array_elements(source_body.findings) AS f"
    " WHERE f->>1 <> 'info' AND f->>4 = 'false'",
}
"""Is it SQLite → errors and warnings of one record that our copy does not mend (a finding is rule, severity, place,
detail, fixed)."""
