"""Logins: the people and machines that have an account here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from unioncat.model import MemberCode
from unioncat.store.tables import AccountRow


@dataclass(frozen=True, slots=True)
class Login:
    """password: hashed. member: the library that a cataloguer acts for."""

    id: int
    login: str
    name: str
    password: str
    role: str
    member: MemberCode | None
    active: bool
    created: datetime


class Logins:
    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, account: int) -> Login | None:
        row = self._session.get(AccountRow, account, populate_existing=True)
        return None if row is None else login_of(row)

    def by_login(self, login: str) -> Login | None:
        row = self._session.scalar(select(AccountRow).where(AccountRow.login == login))
        return None if row is None else login_of(row)

    def all(self) -> list[Login]:
        """By login."""
        return [login_of(row) for row in self._session.scalars(select(AccountRow).order_by(AccountRow.login))]

    def add(self, login: str, password: str, role: str, *, member: str | None, name: str, now: datetime) -> Login:
        row = AccountRow(login=login, name=name, password=password, role=role, member=member, created=now)
        self._session.add(row)
        self._session.flush()
        return login_of(row)

    def change(self, account: int, *, role: str, member: str | None, name: str, active: bool) -> None:
        """All but login and password."""
        values = {"role": role, "member": member, "name": name, "active": active}
        self._session.execute(update(AccountRow).where(AccountRow.id == account).values(values))

    def set_password(self, account: int, password: str) -> None:
        self._session.execute(update(AccountRow).where(AccountRow.id == account).values(password=password))

    def other_admins(self, account: int) -> int:
        """Active administrators besides this one."""
        query = (
            select(func.count())
            .select_from(AccountRow)
            .where(AccountRow.role == "admin", AccountRow.active.is_(True), AccountRow.id != account)
        )
        return self._session.scalar(query) or 0


def login_of(row: AccountRow) -> Login:
    return Login(
        id=row.id,
        login=row.login,
        name=row.name,
        password=row.password,
        role=row.role,
        member=MemberCode(row.member) if row.member else None,
        active=row.active,
        created=row.created,
    )
