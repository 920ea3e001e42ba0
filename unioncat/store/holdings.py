"""Holdings: which library has a merged record, by way of which source record."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from unioncat.model import ClusterId, Holding, Item, MemberCode, record_key
from unioncat.store.rows import pieces
from unioncat.store.tables import HoldingRow, SourceRecordRow, SourceRow


class Holdings:
    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, cluster: ClusterId) -> list[Holding]:
        return self.of_many([cluster]).get(cluster, [])

    def of_many(self, clusters: Sequence[ClusterId]) -> dict[ClusterId, list[Holding]]:
        """In the order of the merge."""
        found: dict[ClusterId, list[Holding]] = {}
        for ids in pieces(clusters):
            query = (
                select(HoldingRow, SourceRow.code, SourceRecordRow.identifier)
                .join(SourceRecordRow, SourceRecordRow.id == HoldingRow.record)
                .join(SourceRow, SourceRow.id == SourceRecordRow.source)
                .where(HoldingRow.cluster.in_(ids))
                .order_by(HoldingRow.cluster, HoldingRow.place)
            )
            for row, source, identifier in self._session.execute(query):
                holding = Holding(
                    member=MemberCode(row.member),
                    record_key=record_key(source, identifier),
                    call_number=row.call_number,
                    location=row.location,
                    copies=row.copies,
                    summary=row.summary,
                    note=row.note,
                    url=row.url,
                    local_id=row.local_id,
                    items=tuple(Item(*item) for item in row.items),
                )
                found.setdefault(ClusterId(row.cluster), []).append(holding)
        return found

    def count_by_member(self) -> dict[MemberCode, int]:
        """Member → number of merged records that it holds."""
        query = select(HoldingRow.member, func.count(HoldingRow.cluster.distinct())).group_by(HoldingRow.member)
        return {MemberCode(member): count for member, count in self._session.execute(query)}
