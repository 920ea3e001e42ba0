"""Tokens of accounts: only their digests are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from unioncat.store.logins import Login, login_of
from unioncat.store.tables import AccountRow, TokenRow


@dataclass(frozen=True, slots=True)
class Token:
    """account, login: whose it is. expires: None never."""

    id: int
    account: int
    login: str
    name: str
    created: datetime
    expires: datetime | None
    revoked: datetime | None


class Tokens:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, account: int, name: str, digest: bytes, now: datetime, expires: datetime | None) -> None:
        row = TokenRow(account=account, name=name, digest=digest, created=now, expires=expires, revoked=None)
        self._session.add(row)
        self._session.flush()

    def get(self, token: int) -> Token | None:
        found = self._session.execute(_TOKENS.where(TokenRow.id == token)).first()
        return None if found is None else _token(found[0], found[1].login)

    def by_digest(self, digest: bytes) -> tuple[Token, Login] | None:
        """With the account that it opens, whether it still does or not."""
        found = self._session.execute(_TOKENS.where(TokenRow.digest == digest)).first()
        return None if found is None else (_token(found[0], found[1].login), login_of(found[1]))

    def all(self, account: int | None = None) -> list[Token]:
        """Newest first; of one account, or of all."""
        query = _TOKENS if account is None else _TOKENS.where(TokenRow.account == account)
        found = self._session.execute(query.order_by(TokenRow.id.desc()))
        return [_token(row, owner.login) for row, owner in found]

    def revoke(self, token: int, now: datetime) -> None:
        self._session.execute(update(TokenRow).where(TokenRow.id == token).values(revoked=now))


_TOKENS = select(TokenRow, AccountRow).join(AccountRow, AccountRow.id == TokenRow.account)


def _token(row: TokenRow, login: str) -> Token:
    return Token(row.id, row.account, login, row.name, row.created, row.expires, row.revoked)
