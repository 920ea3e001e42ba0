"""Records being edited: kept in the store, so that a session may end in the middle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from unioncat.marc import Record, from_json, to_json
from unioncat.model import ClusterId, NotFound
from unioncat.services.roles import Actor
from unioncat.store import Store
from unioncat.store.stamping import utc_now
from unioncat.store.tables import DraftRow

__all__ = ["Draft", "Drafts"]

MOST_DRAFTS = 50


@dataclass(frozen=True, slots=True)
class Draft:
    """identifier: of the library's record that is edited; "": a new one. base: digest of the state edited."""

    id: int
    member: str
    identifier: str
    base: bytes
    same_as: ClusterId | None
    marc: bytes
    changed: datetime

    @property
    def record(self) -> Record:
        return from_json(self.marc)


class Drafts:
    """Each account sees its own only."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._clock = clock

    def save(
        self,
        actor: Actor,
        member: str,
        record: Record,
        *,
        draft: int | None = None,
        identifier: str = "",
        base: bytes = b"",
        same_as: ClusterId | None = None,
    ) -> int:
        """The draft's number. The oldest go when an account has more than MOST_DRAFTS. Raises NotAllowed, NotFound."""
        actor.require("contribute", member)
        with self._store.write() as session:
            if draft is None:
                row = DraftRow(
                    account=actor.account,
                    member=member,
                    identifier=identifier,
                    base=base,
                    same_as=same_as,
                    marc=to_json(record),
                    changed=self._clock(),
                )
                session.add(row)
                session.flush()
                many = select(DraftRow).where(DraftRow.account == actor.account).order_by(DraftRow.id.desc())
                for old in session.scalars(many.offset(MOST_DRAFTS)):
                    session.delete(old)
                return row.id
            found = session.get(DraftRow, draft)
            if found is None or found.account != actor.account:
                raise NotFound(f"there is no draft number {draft}")
            found.marc, found.changed = to_json(record), self._clock()
            return found.id

    def get(self, actor: Actor, draft: int) -> Draft:
        """Raises NotFound, for another account's too."""
        with self._store.read() as session:
            row = session.get(DraftRow, draft)
            if row is None or row.account != actor.account:
                raise NotFound(f"there is no draft number {draft}")
            return _draft(row)

    def all(self, actor: Actor) -> list[Draft]:
        """Newest first."""
        query = select(DraftRow).where(DraftRow.account == actor.account).order_by(DraftRow.changed.desc())
        with self._store.read() as session:
            return [_draft(row) for row in session.scalars(query)]

    def discard(self, actor: Actor, draft: int) -> None:
        with self._store.write() as session:
            row = session.get(DraftRow, draft)
            if row is not None and row.account == actor.account:
                session.delete(row)


def _draft(row: DraftRow) -> Draft:
    same_as = ClusterId(row.same_as) if row.same_as is not None else None
    return Draft(row.id, row.member, row.identifier, row.base, same_as, row.marc, row.changed)
