"""Verdicts: superseded, never overwritten; one live verdict a pair."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from unioncat.model import NotFound, RecordKey, Verdict, WrongUse
from unioncat.store.rows import pieces
from unioncat.store.tables import VerdictRow


class Verdicts:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, left: RecordKey, right: RecordKey, *, same: bool, who: str, why: str, now: datetime) -> Verdict:
        """A new verdict; a live one on the same pair is superseded by it. Raises WrongUse for a record and itself."""
        if left == right:
            raise WrongUse(f"{left} is one record; a verdict is about two")
        left, right = min(left, right), max(left, right)
        before = self._live_row(left, right)
        if before is not None:
            before.superseded = now
            self._session.flush()
        row = VerdictRow(left_key=left, right_key=right, same=same, who=who, why=why, made=now)
        self._session.add(row)
        self._session.flush()
        if before is not None:
            before.superseded_by = row.id
            self._session.flush()
        return _verdict(row)

    def undo(self, number: int, now: datetime) -> Verdict:
        """Take a live verdict back; it stays in the history. Raises NotFound, or WrongUse if it holds no more."""
        row = self._session.get(VerdictRow, number, populate_existing=True)
        if row is None:
            raise NotFound(f"there is no verdict number {number}")
        if row.superseded is not None:
            raise WrongUse(f"verdict {number} does not hold any more since {row.superseded:%Y-%m-%d %H:%M}")
        row.superseded = now
        self._session.flush()
        return _verdict(row)

    def get(self, number: int) -> Verdict:
        """Raises NotFound."""
        row = self._session.get(VerdictRow, number, populate_existing=True)
        if row is None:
            raise NotFound(f"there is no verdict number {number}")
        return _verdict(row)

    def live_pair(self, left: RecordKey, right: RecordKey) -> Verdict | None:
        row = self._live_row(min(left, right), max(left, right))
        return None if row is None else _verdict(row)

    def touching(self, keys: Collection[RecordKey]) -> list[Verdict]:
        """Live verdicts with at least one side in `keys`, oldest first."""
        found: dict[int, Verdict] = {}
        for some in pieces(list(keys), 2000):
            query = select(VerdictRow).where(VerdictRow.superseded.is_(None))
            for side in (VerdictRow.left_key, VerdictRow.right_key):
                for row in self._session.scalars(query.where(side.in_(some))):
                    found[row.id] = _verdict(row)
        return [found[number] for number in sorted(found)]

    def all(self, *, live: bool | None = True, after: int = 0, limit: int = 1000) -> list[Verdict]:
        """By number, after `after`; those that hold, those that do not, or (None) both."""
        query = select(VerdictRow).where(VerdictRow.id > after).order_by(VerdictRow.id).limit(limit)
        if live is not None:
            query = query.where(VerdictRow.superseded.is_(None) if live else VerdictRow.superseded.is_not(None))
        return [_verdict(row) for row in self._session.scalars(query)]

    def newest(self, *, live: bool | None = None, before: int | None = None, limit: int = 200) -> list[Verdict]:
        """The last ones said, newest first; those that hold, those that do not, or (None) both. before: a number."""
        query = select(VerdictRow).order_by(VerdictRow.id.desc()).limit(limit)
        if before is not None:
            query = query.where(VerdictRow.id < before)
        if live is not None:
            query = query.where(VerdictRow.superseded.is_(None) if live else VerdictRow.superseded.is_not(None))
        return [_verdict(row) for row in self._session.scalars(query)]

    def of_act(self, verdict: Verdict) -> list[Verdict]:
        """Live verdicts that the same person said at the same moment, this one included: one act, as an un-merge is."""
        query = select(VerdictRow).where(
            VerdictRow.who == verdict.who, VerdictRow.made == verdict.made, VerdictRow.superseded.is_(None)
        )
        return [_verdict(row) for row in self._session.scalars(query.order_by(VerdictRow.id))]

    def acts(self, verdicts: Collection[Verdict]) -> dict[int, int]:
        """Number of each → how many live verdicts its act has."""
        moments = {verdict.made for verdict in verdicts if verdict.is_live}
        counts: dict[tuple[str, datetime], int] = {}
        for some in pieces(list(moments)):
            query = (
                select(VerdictRow.who, VerdictRow.made, func.count())
                .where(VerdictRow.made.in_(some), VerdictRow.superseded.is_(None))
                .group_by(VerdictRow.who, VerdictRow.made)
            )
            counts |= {(who, made): count for who, made, count in self._session.execute(query)}
        return {one.id: counts.get((one.who, one.made), 0) for one in verdicts if one.made is not None}

    def history(self, key: RecordKey) -> list[Verdict]:
        """Everything ever said about one record, oldest first."""
        query = select(VerdictRow).where(or_(VerdictRow.left_key == key, VerdictRow.right_key == key))
        return [_verdict(row) for row in self._session.scalars(query.order_by(VerdictRow.id))]

    def _live_row(self, left: RecordKey, right: RecordKey) -> VerdictRow | None:
        return self._session.scalar(
            select(VerdictRow).where(
                VerdictRow.left_key == left, VerdictRow.right_key == right, VerdictRow.superseded.is_(None)
            )
        )


def _verdict(row: VerdictRow) -> Verdict:
    return Verdict(
        left=RecordKey(row.left_key),
        right=RecordKey(row.right_key),
        same=row.same,
        who=row.who,
        why=row.why,
        made=row.made,
        id=row.id,
        superseded=row.superseded,
        superseded_by=row.superseded_by,
    )
