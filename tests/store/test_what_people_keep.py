"""Logins, tokens, the audit, drafts, batches and rulesets, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from unioncat.model import Member, MemberCode, NotFound
from unioncat.store import Members, Rulesets, Session, Store
from unioncat.store.audit import Audit
from unioncat.store.kept_batches import KeptBatches
from unioncat.store.kept_drafts import KeptDrafts
from unioncat.store.logins import Logins
from unioncat.store.tokens import Tokens

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def session(url: str) -> Iterator[Session]:
    with Store.create(url) as store, store.write() as session:
        Members(session).add(Member(MemberCode("VN-BT"), "Thư viện tỉnh", "public"))
        yield session


def login(session: Session, name: str, role: str = "viewer") -> int:
    return Logins(session).add(name, "hashed", role, member=None, name=name.title(), now=NOW).id


def test_what_is_changed_is_read_back_in_the_same_transaction(session: Session) -> None:
    logins = Logins(session)
    lan = login(session, "lan", "admin")
    logins.change(lan, role="cataloguer", member="VN-BT", name="Lan", active=False)
    logins.set_password(lan, "other")
    found = logins.get(lan)
    assert found is not None
    assert found == logins.by_login("lan") == logins.all()[0]
    assert (found.role, found.member, found.active, found.password) == ("cataloguer", "VN-BT", False, "other")
    assert found.created == NOW
    assert logins.get(999) is logins.by_login("nobody") is None


def test_other_administrators_are_active_ones(session: Session) -> None:
    lan, minh = login(session, "lan", "admin"), login(session, "minh", "admin")
    assert Logins(session).other_admins(lan) == 1
    Logins(session).change(minh, role="admin", member=None, name="", active=False)
    assert Logins(session).other_admins(lan) == 0


def test_a_token_is_found_by_its_digest(session: Session) -> None:
    tokens = Tokens(session)
    lan, minh = login(session, "lan"), login(session, "minh")
    tokens.add(lan, "máy quét", b"1" * 32, NOW, LATER)
    tokens.add(minh, "khác", b"2" * 32, NOW, None)
    assert [token.login for token in tokens.all()] == ["minh", "lan"]
    assert [token.name for token in tokens.all(lan)] == ["máy quét"]
    found = tokens.by_digest(b"1" * 32)
    assert found is not None
    token, owner = found
    assert (token.account, token.expires, token.revoked, owner.login) == (lan, LATER, None, "lan")
    tokens.revoke(token.id, LATER)
    again = tokens.get(token.id)
    assert again is not None
    assert again.revoked == LATER
    assert tokens.by_digest(b"3" * 32) is tokens.get(999) is None


def test_the_audit_pages_and_counts(session: Session) -> None:
    audit = Audit(session)
    for hour in range(4):
        audit.add(NOW + timedelta(hours=hour), "lan", "login" if hour % 2 else "login-failed", "lan", {"hour": hour})
    assert [entry.details["hour"] for entry in audit.page(limit=3)] == [3, 2, 1]
    assert [entry.details["hour"] for entry in audit.page(before=audit.page(limit=3)[-1].id)] == [0]
    assert [entry.at for entry in audit.page(action="login")] == [NOW + timedelta(hours=3), NOW + timedelta(hours=1)]
    assert audit.count("login-failed", "lan", NOW - timedelta(seconds=1)) == 2
    assert audit.count("login-failed", "lan", NOW) == 1  # what is as old as the window does not count
    assert audit.count("login-failed", "minh", NOW - timedelta(days=1)) == 0


def test_an_account_has_its_newest_drafts_and_no_others(session: Session) -> None:
    mine, theirs = (KeptDrafts(session, login(session, name)) for name in ("lan", "minh"))
    other = theirs.add("VN-BT", "", b"", None, b"{}", NOW)
    numbers = [mine.add("VN-BT", f"{place}", b"", None, b"{}", NOW + timedelta(minutes=place)) for place in range(5)]
    mine.keep_newest(3)
    assert [draft.id for draft in mine.all()] == numbers[:1:-1]
    assert mine.change(numbers[2], b"[]", LATER)
    assert [draft.id for draft in mine.all()] == [numbers[2], numbers[4], numbers[3]]
    assert mine.all()[0].marc == b"[]"
    assert not mine.change(other, b"[]", LATER)
    assert not mine.change(numbers[0], b"[]", LATER)
    mine.remove(other)
    mine.remove(numbers[4])
    assert [draft.id for draft in mine.all()] == [numbers[2], numbers[3]]
    assert [draft.id for draft in theirs.all()] == [other]
    assert mine.get(other) is None


def test_a_batch_tells_its_size_without_its_file(session: Session) -> None:
    batches = KeptBatches(session)
    content = "kẹo dừa".encode() + b"\x00\xff"
    number = batches.add("VN-BT", "lan", "kẹo.mrc", "marc21", {"encoding": "utf-8"}, content, NOW)
    newer = batches.add("VN-BT", "lan", "mới.mrc", "marc21", {}, b"x", LATER)
    assert [batch.id for batch in batches.of_member("VN-BT", 10)] == [newer, number]
    batch = batches.get(number)
    assert (batch.size, batch.state, batch.made, batch.settled) == (len(content), "preview", NOW, None)
    assert batch.hints == {"encoding": "utf-8"}
    assert (batches.content(number), batches.before(number)) == (content, b"")
    batches.read_as(number, "unimarc", {})
    batches.keep_before(number, b"[]")
    batches.stored_by(number, 7)
    batches.settle(number, "committed", LATER)
    batches.forget_content(number)
    batch = batches.get(number)
    assert (batch.format, batch.hints, batch.harvest, batch.size) == ("unimarc", {}, 7, 0)
    assert (batch.state, batch.settled, batches.before(number)) == ("committed", LATER, b"[]")
    batches.set_state(number, "undone")
    assert batches.get(number).settled == LATER
    for ask in (batches.get, batches.content, batches.before):
        with pytest.raises(NotFound):
            ask(999)


def test_the_ruleset_committed_last_is_live(session: Session) -> None:
    rulesets = Rulesets(session)
    assert rulesets.live() is None
    rulesets.add("one 1", "{}", LATER)
    rulesets.add("two 1", "[]", NOW)
    assert rulesets.live() == "[]"
