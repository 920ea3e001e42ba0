"""The audit: who did what, one line each; only ever added to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from unioncat.store.tables import AuditRow


@dataclass(frozen=True, slots=True)
class AuditEntry:
    id: int
    at: datetime
    who: str
    action: str
    target: str
    details: Mapping[str, Any]


class Audit:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, at: datetime, who: str, action: str, target: str, details: Mapping[str, Any]) -> None:
        self._session.add(AuditRow(at=at, who=who, action=action, target=target, details=dict(details)))
        self._session.flush()

    def page(self, *, before: int | None = None, limit: int = 100, action: str = "") -> list[AuditEntry]:
        """Newest first; `before` pages by number; action: only of this kind."""
        query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
        if before is not None:
            query = query.where(AuditRow.id < before)
        if action:
            query = query.where(AuditRow.action == action)
        return [
            AuditEntry(row.id, row.at, row.who, row.action, row.target, row.details)
            for row in self._session.scalars(query)
        ]

    def count(self, action: str, target: str, since: datetime) -> int:
        """Lines of one kind about one thing, after `since`."""
        query = (
            select(func.count())
            .select_from(AuditRow)
            .where(AuditRow.action == action, AuditRow.target == target, AuditRow.at > since)
        )
        return self._session.scalar(query) or 0
