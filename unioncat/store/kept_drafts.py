"""Drafts: records being edited, each its account's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from unioncat.model import ClusterId
from unioncat.store.tables import DraftRow


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """identifier: of the library's record that is edited; "": a new one. base: digest of the state edited."""

    id: int
    member: str
    identifier: str
    base: bytes
    same_as: ClusterId | None
    marc: bytes
    changed: datetime


class KeptDrafts:
    """Of one account: to another's number the answer is as to one that never was."""

    def __init__(self, session: Session, account: int) -> None:
        self._session = session
        self._account = account

    def add(
        self, member: str, identifier: str, base: bytes, same_as: ClusterId | None, marc: bytes, now: datetime
    ) -> int:
        row = DraftRow(
            account=self._account,
            member=member,
            identifier=identifier,
            base=base,
            same_as=same_as,
            marc=marc,
            changed=now,
        )
        self._session.add(row)
        self._session.flush()
        return row.id

    def change(self, draft: int, marc: bytes, now: datetime) -> bool:
        """False if there is none."""
        if self.get(draft) is None:
            return False
        self._session.execute(update(DraftRow).where(DraftRow.id == draft).values(marc=marc, changed=now))
        return True

    def get(self, draft: int) -> KeptDraft | None:
        query = select(DraftRow).where(DraftRow.id == draft, DraftRow.account == self._account)
        row = self._session.scalar(query.execution_options(populate_existing=True))
        return None if row is None else _draft(row)

    def all(self) -> list[KeptDraft]:
        """The last changed first."""
        query = select(DraftRow).where(DraftRow.account == self._account).order_by(DraftRow.changed.desc())
        return [_draft(row) for row in self._session.scalars(query.execution_options(populate_existing=True))]

    def keep_newest(self, most: int) -> None:
        """Forget all but the `most` that were begun last."""
        query = select(DraftRow.id).where(DraftRow.account == self._account).order_by(DraftRow.id.desc())
        old = list(self._session.scalars(query))[most:]
        if old:
            self._session.execute(delete(DraftRow).where(DraftRow.id.in_(old)))

    def remove(self, draft: int) -> None:
        self._session.execute(delete(DraftRow).where(DraftRow.id == draft, DraftRow.account == self._account))


def _draft(row: DraftRow) -> KeptDraft:
    same_as = ClusterId(row.same_as) if row.same_as is not None else None
    return KeptDraft(row.id, row.member, row.identifier, row.base, same_as, row.marc, row.changed)
