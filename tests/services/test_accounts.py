"""Logins, passwords, tokens, the audit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from unioncat.model import Conflict, Member, MemberCode, NotAllowed, NotFound, WrongUse
from unioncat.services.accounts import MOST_FAILURES, Accounts
from unioncat.services.roles import ACTS, ROLES, Actor
from unioncat.store import Members, Store

PASSWORD = "con đường sáng"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(tmp_path: Path, clock: Clock) -> Iterator[Accounts]:
    store = Store.create(f"sqlite:///{tmp_path / 'c.db'}")
    with store.write() as session:
        Members(session).add(Member(MemberCode("VN-BT"), "Thư viện tỉnh", "public"))
        Members(session).add(Member(MemberCode("VN-X"), "Thư viện huyện", "district"))
    yield Accounts(store, hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1), clock=clock)
    store.close()


def test_a_password_opens_and_a_wrong_one_does_not(accounts: Accounts) -> None:
    made = accounts.add("Lan", PASSWORD, "cataloguer", member="VN-BT", name="Nguyễn Thị Lan")
    assert accounts.log_in(" LAN ", PASSWORD) == made
    assert made.actor == Actor(made.id, "lan", "cataloguer", MemberCode("VN-BT"), "Nguyễn Thị Lan")
    with pytest.raises(NotAllowed) as wrong:
        accounts.log_in("lan", PASSWORD + "x")
    with pytest.raises(NotAllowed) as unknown:
        accounts.log_in("nobody", PASSWORD)
    assert str(wrong.value) == str(unknown.value)


def test_a_flood_of_wrong_passwords_shuts_the_login_for_a_while(accounts: Accounts, clock: Clock) -> None:
    accounts.add("lan", PASSWORD, "admin")
    for _ in range(MOST_FAILURES):
        with pytest.raises(NotAllowed, match="wrong"):
            accounts.log_in("lan", "nonsense")
    with pytest.raises(NotAllowed, match="too many"):
        accounts.log_in("lan", PASSWORD)
    clock.now += timedelta(minutes=16)
    assert accounts.log_in("lan", PASSWORD).login == "lan"


@pytest.mark.parametrize(
    ("login", "password", "role", "member", "error"),
    [
        ("x", PASSWORD, "admin", None, WrongUse),
        ("a b", PASSWORD, "admin", None, WrongUse),
        ("lan", "short", "admin", None, WrongUse),
        ("lan", "aaaaaaaaaaaa", "admin", None, WrongUse),
        ("nguyenlan", "nguyenlan2026", "admin", None, WrongUse),
        ("lan", "x" * 1001, "admin", None, WrongUse),
        ("lan", PASSWORD, "king", None, WrongUse),
        ("lan", PASSWORD, "cataloguer", None, WrongUse),
        ("lan", PASSWORD, "cataloguer", "VN-NO", NotFound),
    ],
)
def test_what_cannot_be_an_account(
    accounts: Accounts, login: str, password: str, role: str, member: str | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        accounts.add(login, password, role, member=member)


def test_a_login_is_there_once(accounts: Accounts) -> None:
    accounts.add("lan", PASSWORD, "admin")
    with pytest.raises(Conflict):
        accounts.add("LAN", PASSWORD, "viewer")


def test_only_administrators_make_accounts(accounts: Accounts) -> None:
    lan = accounts.add("lan", PASSWORD, "cataloguer", member="VN-BT")
    with pytest.raises(NotAllowed):
        accounts.add("minh", PASSWORD, "viewer", by=lan.actor)
    with pytest.raises(NotAllowed):
        accounts.change(lan.id, role="admin", by=lan.actor)


def test_the_last_administrator_stays(accounts: Accounts) -> None:
    lan = accounts.add("lan", PASSWORD, "admin")
    with pytest.raises(WrongUse):
        accounts.change(lan.id, active=False)
    with pytest.raises(WrongUse):
        accounts.change(lan.id, role="viewer")
    accounts.add("minh", PASSWORD, "admin")
    assert accounts.change(lan.id, active=False).active is False
    with pytest.raises(NotAllowed):
        accounts.log_in("lan", PASSWORD)


def test_a_new_password_needs_the_old_one_and_ends_sessions(accounts: Accounts) -> None:
    lan = accounts.add("lan", PASSWORD, "viewer")
    with pytest.raises(NotAllowed):
        accounts.set_password(lan.id, "đường khác hẳn", by=lan.actor, old="guess")
    changed = accounts.set_password(lan.id, "đường khác hẳn", by=lan.actor, old=PASSWORD)
    assert changed.stamp != lan.stamp
    assert accounts.log_in("lan", "đường khác hẳn").id == lan.id
    minh = accounts.add("minh", PASSWORD, "viewer")
    with pytest.raises(NotAllowed):
        accounts.set_password(minh.id, "đường khác hẳn", by=lan.actor)


def test_tokens_work_until_they_end(accounts: Accounts, clock: Clock) -> None:
    lan = accounts.add("lan", PASSWORD, "cataloguer", member="VN-BT")
    text = accounts.make_token(lan.id, "máy quét", days=30, by=lan.actor)
    assert accounts.by_token(text) == lan.actor
    for wrong in ("", text[:-1], text + "x", "uct_"):
        with pytest.raises(NotAllowed):
            accounts.by_token(wrong)
    clock.now += timedelta(days=31)
    with pytest.raises(NotAllowed):
        accounts.by_token(text)
    lasting = accounts.make_token(lan.id, "khác")
    accounts.revoke(accounts.tokens(lan.id)[0].id, by=lan.actor)
    with pytest.raises(NotAllowed):
        accounts.by_token(lasting)
    with pytest.raises(NotFound):
        accounts.revoke(999)


def test_the_audit_tells_who_did_what(accounts: Accounts) -> None:
    lan = accounts.add("lan", PASSWORD, "admin")
    accounts.add("minh", PASSWORD, "viewer", by=lan.actor)
    entries = accounts.audit()
    assert [(entry.who, entry.action, entry.target) for entry in entries] == [
        ("lan", "account-add", "minh"),
        ("operator", "account-add", "lan"),
    ]
    assert accounts.audit(before=entries[0].id)[0].target == "lan"
    assert PASSWORD not in repr(entries)


def test_the_table_of_roles() -> None:
    lan = Actor(1, "lan", "cataloguer", MemberCode("VN-BT"))
    assert lan.may("contribute")
    assert lan.may("contribute", "VN-BT")
    assert not lan.may("contribute", "VN-X")
    assert not lan.may("watch")
    with pytest.raises(NotAllowed, match="acts for VN-BT"):
        lan.require("contribute", "VN-X")
    assert all(Actor(1, "a", "admin").may(act, "VN-X") for act in ACTS)
    viewer = Actor(1, "v", "viewer")
    assert {act for act in ACTS if viewer.may(act)} == {"search", "report", "watch"}
    assert set(ROLES) == {role for row in ACTS.values() for role in row}
