"""Rulesets that were committed: the newest is the live one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from unioncat.store.tables import RulesetRow


class Rulesets:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, name: str, body: str, live_from: datetime) -> None:
        self._session.add(RulesetRow(name=name, body=body, live_from=live_from))
        self._session.flush()

    def live(self) -> str | None:
        """The body of the one that was last committed; None if none ever was."""
        query = select(RulesetRow.body).where(RulesetRow.live_from.is_not(None)).order_by(RulesetRow.id.desc()).limit(1)
        return self._session.scalar(query)
