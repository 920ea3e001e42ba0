"""People and machines: logins with argon2id passwords, tokens kept as digests, and the audit of who did what."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from unioncat.model import Conflict, MemberCode, NotAllowed, NotFound, WrongUse
from unioncat.services.roles import ROLES, Actor, Role
from unioncat.store import Members, Session, Store
from unioncat.store.audit import Audit, AuditEntry
from unioncat.store.logins import Login, Logins
from unioncat.store.stamping import utc_now
from unioncat.store.tokens import Token, Tokens

__all__ = ["SHORTEST", "Accounts", "AuditEntry", "Person", "Token", "note"]

SHORTEST = 10  # characters of a password
MOST_FAILURES = 8
FAILURE_WINDOW = timedelta(minutes=15)
TOKEN_PREFIX = "uct_"  # noqa: S105  (what a token begins with, so that secret scanners know it)
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,79}")


@dataclass(frozen=True, slots=True)
class Person:
    """An account as administrators see it. stamp: changes with the password; sessions made before end then."""

    id: int
    login: str
    name: str
    role: Role
    member: MemberCode | None
    active: bool
    created: datetime
    stamp: str

    @property
    def actor(self) -> Actor:
        return Actor(self.id, self.login, self.role, self.member, self.name)


def note(session: Session, at: datetime, who: str, action: str, target: str = "", **details: object) -> None:
    """Writes one line of the audit, in the transaction of what it tells of."""
    Audit(session).add(at, who, action, target, details)


class Accounts:
    """hasher: argon2id with RFC 9106's second recommended choice unless another is given (tests give a quick one)."""

    def __init__(
        self, store: Store, *, hasher: PasswordHasher | None = None, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._store = store
        self._hasher = hasher or PasswordHasher()
        self._clock = clock
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    # --- logging in ----------------------------------------------------------------------------------------

    def log_in(self, login: str, password: str) -> Person:
        """Raises NotAllowed, in the same words and time for an unknown login and for a wrong password.

        After MOST_FAILURES within FAILURE_WINDOW a login is shut until the window has passed.
        """
        login = login.strip().lower()[:80]
        now = self._clock()
        with self._store.read() as session:
            row = Logins(session).by_login(login)
            failures = Audit(session).count("login-failed", login, now - FAILURE_WINDOW)
        if failures >= MOST_FAILURES:
            raise NotAllowed("too many wrong passwords for this login; wait a quarter of an hour")
        hashed = row.password if row is not None else self._nobody
        if not self._verify(hashed, password) or row is None or not row.active:
            with self._store.write() as session:
                note(session, now, "", "login-failed", login)
            raise NotAllowed("login or password is wrong")
        with self._store.write() as session:
            note(session, now, login, "login", login)
            if self._hasher.check_needs_rehash(hashed):
                hashed = self._hasher.hash(password)
                Logins(session).set_password(row.id, hashed)
        return self.get(row.id)

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    # --- accounts ------------------------------------------------------------------------------------------

    def get(self, account: int) -> Person:
        """Raises NotFound."""
        with self._store.read() as session:
            return _person(_known(session, account))

    def by_login(self, login: str) -> Person:
        """Raises NotFound."""
        with self._store.read() as session:
            row = Logins(session).by_login(login.strip().lower())
            if row is None:
                raise NotFound(f"there is no account {login!r}; list them with: unioncat user list")
            return _person(row)

    def all(self) -> list[Person]:
        """By login."""
        with self._store.read() as session:
            return [_person(row) for row in Logins(session).all()]

    def add(
        self,
        login: str,
        password: str,
        role: str,
        *,
        member: str | None = None,
        name: str = "",
        by: Actor | None = None,
    ) -> Person:
        """by: None is the operator at the command line. Raises NotAllowed, WrongUse, NotFound (member), Conflict."""
        if by is not None:
            by.require("administer")
        login = login.strip().lower()
        if not _LOGIN.fullmatch(login):
            raise WrongUse(f"{login!r} cannot be a login: 2 to 80 of a-z, 0-9 and . _ @ -, a letter or digit first")
        self._check_password(login, password)
        hashed = self._hasher.hash(password)
        with self._store.write() as session:
            _check_role(session, role, member)
            if Logins(session).by_login(login) is not None:
                raise Conflict(f"there is already an account {login!r}")
            now = self._clock()
            row = Logins(session).add(login, hashed, role, member=member or None, name=name.strip(), now=now)
            note(session, now, _who(by), "account-add", login, role=role, member=member)
            return _person(row)

    def change(
        self,
        account: int,
        *,
        by: Actor | None = None,
        role: str | None = None,
        member: str | None = None,
        name: str | None = None,
        active: bool | None = None,
    ) -> Person:
        """What is None stays. The last active administrator stays one. Raises NotAllowed, NotFound, WrongUse."""
        if by is not None:
            by.require("administer")
        with self._store.write() as session:
            row = _known(session, account)
            new_role = role if role is not None else row.role
            new_member: str | None = row.member
            new_active = active if active is not None else row.active
            ceases = row.role == "admin" and row.active and (new_role != "admin" or not new_active)
            if ceases and not Logins(session).other_admins(account):
                raise WrongUse(f"{row.login} is the only administrator; name another one first")
            if role is not None:
                new_member = (member or None) if role == "cataloguer" else None
                _check_role(session, role, new_member)
            new_name = name.strip() if name is not None else row.name
            Logins(session).change(account, role=new_role, member=new_member, name=new_name, active=new_active)
            note(session, self._clock(), _who(by), "account-change", row.login, role=new_role, active=new_active)
            return _person(_known(session, account))

    def set_password(self, account: int, password: str, *, by: Actor | None = None, old: str | None = None) -> Person:
        """One's own with the old one, anybody's by an administrator. Ends all sessions of the account."""
        person = self.get(account)
        if by is not None and by.account == account:
            with self._store.read() as session:
                hashed = _known(session, account).password or self._nobody
            if not self._verify(hashed, old or ""):
                raise NotAllowed("the old password is wrong")
        elif by is not None:
            by.require("administer")
        self._check_password(person.login, password)
        hashed = self._hasher.hash(password)
        with self._store.write() as session:
            Logins(session).set_password(account, hashed)
            note(session, self._clock(), _who(by), "account-password", person.login)
        return self.get(account)

    def _check_password(self, login: str, password: str) -> None:
        if len(password) < SHORTEST:
            raise WrongUse(f"a password has at least {SHORTEST} characters")
        if len(password) > 1000:
            raise WrongUse("a password has at most 1000 characters")
        if len(set(password)) < 4 or login in password.lower():
            raise WrongUse("this password is too easy to guess")

    # --- tokens --------------------------------------------------------------------------------------------

    def make_token(self, account: int, name: str, *, days: int | None = None, by: Actor | None = None) -> str:
        """A new token of an account: shown once, kept as SHA-256. days: None never ends."""
        if by is not None and by.account != account:
            by.require("administer")
        person = self.get(account)
        text = TOKEN_PREFIX + secrets.token_urlsafe(32)
        now = self._clock()
        with self._store.write() as session:
            expires = now + timedelta(days=days) if days is not None else None
            Tokens(session).add(account, name.strip() or "—", _digest(text), now, expires)
            note(session, now, _who(by), "token-add", person.login, name=name)
        return text

    def by_token(self, text: str) -> Actor:
        """Raises NotAllowed for an unknown, ended or revoked token, or a closed account."""
        with self._store.read() as session:
            found = Tokens(session).by_digest(_digest(text))
        if found is not None:
            token, account = found
            ended = token.expires is not None and token.expires <= self._clock()
            if token.revoked is None and not ended and account.active:
                return _person(account).actor
        raise NotAllowed("this token is unknown, ended or revoked")

    def tokens(self, account: int | None = None) -> list[Token]:
        """Newest first; of one account, or of all."""
        with self._store.read() as session:
            return Tokens(session).all(account)

    def revoke(self, token: int, *, by: Actor | None = None) -> None:
        """Raises NotFound, NotAllowed."""
        with self._store.write() as session:
            row = Tokens(session).get(token)
            if row is None:
                raise NotFound(f"there is no token number {token}")
            if by is not None and by.account != row.account:
                by.require("administer")
            if row.revoked is None:
                now = self._clock()
                Tokens(session).revoke(token, now)
                note(session, now, _who(by), "token-revoke", str(token), name=row.name)

    # --- audit ---------------------------------------------------------------------------------------------

    def audit(self, *, before: int | None = None, limit: int = 100, action: str = "") -> Sequence[AuditEntry]:
        """Newest first; `before` pages by number."""
        with self._store.read() as session:
            return Audit(session).page(before=before, limit=limit, action=action)


def _who(by: Actor | None) -> str:
    return by.login if by is not None else "operator"


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def _check_role(session: Session, role: str, member: str | None) -> None:
    if role not in ROLES:
        raise WrongUse(f"{role!r} is no role; choose one of: {', '.join(ROLES)}")
    if role == "cataloguer" and not member:
        raise WrongUse("a cataloguer acts for a library: name its code")
    if member:
        Members(session).get(member)


def _known(session: Session, account: int) -> Login:
    """Raises NotFound."""
    found = Logins(session).get(account)
    if found is None:
        raise NotFound(f"there is no account number {account}")
    return found


def _person(row: Login) -> Person:
    return Person(
        id=row.id,
        login=row.login,
        name=row.name,
        role=cast("Role", row.role),
        member=row.member,
        active=row.active,
        created=row.created,
        stamp=hashlib.sha256(row.password.encode()).hexdigest()[:16],
    )
