"""Records being edited: kept in the store, so that a session may end in the middle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from unioncat.marc import Record, from_json, to_json
from unioncat.model import ClusterId, NotFound
from unioncat.services.roles import Actor
from unioncat.store import Store
from unioncat.store.kept_drafts import KeptDraft, KeptDrafts
from unioncat.store.stamping import utc_now

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
            mine = KeptDrafts(session, actor.account)
            if draft is None:
                number = mine.add(member, identifier, base, same_as, to_json(record), self._clock())
                mine.keep_newest(MOST_DRAFTS)
                return number
            if not mine.change(draft, to_json(record), self._clock()):
                raise NotFound(f"there is no draft number {draft}")
            return draft

    def get(self, actor: Actor, draft: int) -> Draft:
        """Raises NotFound, for another account's too."""
        with self._store.read() as session:
            found = KeptDrafts(session, actor.account).get(draft)
        if found is None:
            raise NotFound(f"there is no draft number {draft}")
        return _draft(found)

    def all(self, actor: Actor) -> list[Draft]:
        """Newest first."""
        with self._store.read() as session:
            return [_draft(kept) for kept in KeptDrafts(session, actor.account).all()]

    def discard(self, actor: Actor, draft: int) -> None:
        with self._store.write() as session:
            KeptDrafts(session, actor.account).remove(draft)


def _draft(kept: KeptDraft) -> Draft:
    return Draft(kept.id, kept.member, kept.identifier, kept.base, kept.same_as, kept.marc, kept.changed)
