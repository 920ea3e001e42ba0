"""Member libraries."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from unioncat.model import Conflict, Member, MemberCode, NotFound
from unioncat.store.tables import MemberRow, SourceRow


class Members:
    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, code: str) -> Member:
        """Raises NotFound."""
        row = self._session.get(MemberRow, code)
        if row is None:
            raise NotFound(f"there is no member library {code!r}; list them with: unioncat member list")
        return _member(row)

    def all(self) -> list[Member]:
        """By code."""
        return [_member(row) for row in self._session.scalars(select(MemberRow).order_by(MemberRow.code))]

    def count(self) -> int:
        return self._session.scalar(select(func.count()).select_from(MemberRow)) or 0

    def add(self, member: Member) -> None:
        """Raises Conflict if the code is taken."""
        if self._session.get(MemberRow, member.code) is not None:
            raise Conflict(f"there is already a member library {member.code!r}")
        self._session.add(MemberRow(**_columns(member)))
        self._session.flush()

    def update(self, member: Member) -> None:
        """Replaces all that is known of `member.code`. Raises NotFound."""
        row = self._session.get(MemberRow, member.code)
        if row is None:
            raise NotFound(f"there is no member library {member.code!r}")
        for name, value in _columns(member).items():
            setattr(row, name, value)
        self._session.flush()

    def remove(self, code: str) -> None:
        """Raises NotFound, or Conflict while it has sources."""
        row = self._session.get(MemberRow, code)
        if row is None:
            raise NotFound(f"there is no member library {code!r}")
        if self._session.scalar(select(func.count()).where(SourceRow.member == code)):
            raise Conflict(f"member library {code!r} still has sources; remove them first")
        self._session.delete(row)
        self._session.flush()


def _member(row: MemberRow) -> Member:
    return Member(
        code=MemberCode(row.code),
        name=row.name,
        kind=row.kind,
        name_en=row.name_en,
        district=row.district,
        province=row.province,
        email=row.email,
        language=row.language,
        link_template=row.link_template,
        active=row.active,
        profile=row.profile,
    )


def _columns(member: Member) -> dict[str, Any]:
    return {
        "code": member.code,
        "name": member.name,
        "kind": member.kind,
        "name_en": member.name_en,
        "district": member.district,
        "province": member.province,
        "email": member.email,
        "language": member.language,
        "link_template": member.link_template,
        "active": member.active,
        "profile": dict(member.profile),
    }
