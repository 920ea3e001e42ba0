"""Workbench, administration and accounts: every page, every role, what forms do, what must not be possible."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html

from tests.workroom import ADMIN, LAN, MINH, PASSWORD, VIEWER, Workroom, staff_app, workroom
from unioncat.marc import from_json, to_iso2709
from unioncat.model import ClusterId, SourceUnavailable, public_id
from unioncat.services.marc_text import from_text, to_text
from unioncat.services.office import Office
from unioncat.web.editing import KINDS, new_rows

WHO = {"admin": ADMIN, "cataloguer": LAN, "viewer": VIEWER, "nobody": None}
TEXT = (
    "=LDR  00000nam a2200000 i 4500\n=008  260101s2026\\\\\\\\vm\\\\\\\\\\\\\\\\\\\\\\\\000\\0\\vie\\d\n"
    "=100  0\\$aLê Văn Mới\n=245  10$aSách gõ tay /$cLê Văn Mới\n=264  \\1$aBến Tre :$bThanh niên,$c2026\n"
    "=300  \\\\$a99 tr.\n"
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Office, Workroom]]:
    """Shared by the tests of this file; each leaves it as the others can use it."""
    with workroom(tmp_path_factory.mktemp("staff"), limit=14) as room:
        app, office = staff_app(room)
        yield app, office, room
        office.close()


def logged_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    answer = client.post("/login", data={"login": login, "password": PASSWORD})
    assert answer.status_code == 303
    return client


@pytest.fixture
def admin(world: tuple[Flask, Office, Workroom]) -> FlaskClient:
    return logged_in(world[0], "quantri")


@pytest.fixture
def lan(world: tuple[Flask, Office, Workroom]) -> FlaskClient:
    return logged_in(world[0], "lan")


PAGES = {
    "/workbench": {"admin": 200, "cataloguer": 200, "viewer": 200},
    "/workbench/search": {"admin": 200, "cataloguer": 200, "viewer": 200},
    "/workbench/search?anywhere=luc+van+tien": {"admin": 200, "cataloguer": 200, "viewer": 200},
    "/workbench/record/uc00000001": {"admin": 200, "cataloguer": 200, "viewer": 200},
    "/workbench/edit": {"admin": 200, "cataloguer": 200, "viewer": 400},
    "/workbench/edit?new=serial": {"admin": 200, "cataloguer": 200, "viewer": 400},
    "/workbench/edit?better=uc00000001": {"admin": 200, "cataloguer": 200, "viewer": 400},
    "/workbench/upload": {"admin": 200, "cataloguer": 200, "viewer": 400},
    "/workbench/review": {"admin": 200, "cataloguer": 200, "viewer": 403},
    "/workbench/pair?left=VN-BT-file/P0001&right=VN-BT-file/P0002": {"admin": 200, "cataloguer": 200, "viewer": 200},
    "/workbench/near?key=VN-BT-file/P0001": {"admin": 200, "cataloguer": 200, "viewer": 200},
    "/workbench/verdicts": {"admin": 200, "cataloguer": 200, "viewer": 200},
    "/workbench/library": {"admin": 200, "cataloguer": 200, "viewer": 400},
    "/workbench/labels.json": {"admin": 200, "cataloguer": 200, "viewer": 200},
    "/workbench/report": {"admin": 200, "cataloguer": 200, "viewer": 400},
    "/workbench/report.xlsx": {"admin": 200, "cataloguer": 200, "viewer": 400},
    "/workbench/giveback.mrc": {"admin": 404, "cataloguer": 404, "viewer": 400},
    "/account": {"admin": 200, "cataloguer": 200, "viewer": 200},
    "/admin": {"admin": 200, "cataloguer": 403, "viewer": 200},
    "/admin/members": {"admin": 200, "cataloguer": 403, "viewer": 200},
    "/admin/members/VN-BT": {"admin": 200, "cataloguer": 403, "viewer": 200},
    "/admin/members/+": {"admin": 200, "cataloguer": 403, "viewer": 200},
    "/admin/sources": {"admin": 200, "cataloguer": 403, "viewer": 200},
    "/admin/sources/new": {"admin": 200, "cataloguer": 403, "viewer": 403},
    "/admin/sources/VN-BT-file": {"admin": 200, "cataloguer": 403, "viewer": 200},
    "/admin/runs": {"admin": 200, "cataloguer": 403, "viewer": 200},
    "/admin/runs/1": {"admin": 200, "cataloguer": 403, "viewer": 200},
    "/admin/accounts": {"admin": 200, "cataloguer": 403, "viewer": 403},
    "/admin/audit": {"admin": 200, "cataloguer": 403, "viewer": 200},
    "/admin/state": {"admin": 200, "cataloguer": 403, "viewer": 200},
    "/admin/rules": {"admin": 200, "cataloguer": 403, "viewer": 200},
    "/admin/league.csv": {"admin": 200, "cataloguer": 403, "viewer": 200},
    "/admin/league.xlsx": {"admin": 200, "cataloguer": 403, "viewer": 200},
}
"""Address → role → answer; nobody is sent to the login everywhere."""


@pytest.mark.parametrize("role", list(WHO))
def test_every_page_for_every_role(world: tuple[Flask, Office, Workroom], role: str) -> None:
    actor = WHO[role]
    client = logged_in(world[0], actor.login) if actor is not None else world[0].test_client()
    if role == "admin":
        client.post("/workbench/acting-for", data={"member": "VN-BT"})
    for address, wanted in PAGES.items():
        answer = client.get(address)
        assert answer.status_code == wanted.get(role, 302), (role, address, answer.status_code)
        if role == "nobody":
            assert "/login" in answer.headers["Location"]
        elif answer.status_code == 200 and answer.mimetype == "text/html":
            page = html.fromstring(answer.get_data(as_text=True))
            ids = page.xpath("//@id")
            assert len(ids) == len(set(ids)), (address, ids)
            assert len(page.xpath("//h1")) == 1, address
            assert not page.xpath("//*[@style or @onclick]") or address == "/workbench/report"
            for label in page.xpath("//label/@for"):
                assert label in ids, (address, label)
            english = client.get(f"{address}{'&' if '?' in address else '?'}lang=en")
            assert english.status_code == 200
            client.get("/?lang=vi")


FORMS = (
    ("/workbench/acting-for", {"member": "VN-BT"}, ("admin",)),
    ("/workbench/record/uc00000001/have", {"call_number": "1"}, ("cataloguer",)),
    ("/workbench/record/uc00000001/split", {"key": "VN-BT-file/P0001"}, ("cataloguer", "admin")),
    ("/workbench/edit", {"view": "text", "text": TEXT, "do": "check"}, ("cataloguer",)),
    ("/workbench/check", {"view": "text", "text": TEXT}, ("cataloguer",)),
    ("/workbench/withdraw", {"key": "VN-BT-file/P0001"}, ("cataloguer", "admin")),
    ("/workbench/review", {"do": "skip"}, ("cataloguer", "admin", "viewer")),
    ("/admin/targets", {}, ("admin",)),
    ("/admin/members/+", {"code": "VN-BT", "name": "x", "kind": "public"}, ("admin",)),
    ("/admin/sources/new", {"do": "probe", "endpoint": "file:///etc"}, ("admin",)),
    ("/admin/sources/VN-BT-file/do", {"do": "pause"}, ("admin",)),
    ("/admin/runs/1", {"do": "discard"}, ("admin",)),
    ("/admin/accounts", {"do": "add", "login": "x"}, ("admin",)),
    ("/admin/state/rebuild", {}, ("admin",)),
    ("/admin/rules", {"name": "default"}, ("admin",)),
    ("/admin/rules/1/live", {}, ("admin",)),
)


def test_forms_do_nothing_for_those_who_may_not(world: tuple[Flask, Office, Workroom]) -> None:
    """Whoever is not named gets a refusal, and nothing changes: the audit shows no act of theirs."""
    app, office, _room = world
    for role, actor in WHO.items():
        client = logged_in(app, actor.login) if actor is not None else app.test_client()
        for address, fields, may in FORMS:
            if role in may:
                continue
            last = office.accounts.audit(limit=1)[0].id
            answer = client.post(address, data=fields)
            fresh = [one for one in office.accounts.audit(limit=5) if one.id > last]
            assert fresh == [], (role, address, fresh)
            if actor is None and address == "/workbench/edit":
                assert answer.status_code == 401  # the login, with what was typed
            elif actor is None:
                assert answer.status_code == 302
                assert "/login" in answer.headers["Location"]
            elif answer.status_code in {302, 303}:
                shown = client.get(answer.headers["Location"]).get_data(as_text=True)
                assert "flash-error" in shown or "403" in shown, (role, address)
            else:
                assert answer.status_code in {400, 403}, (role, address, answer.status_code)


def test_forms_need_their_own_secret(world: tuple[Flask, Office, Workroom]) -> None:
    app = world[0]
    client = logged_in(app, "lan")
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        for address, fields, _may in FORMS:
            if address != "/workbench/edit":  # shows what was typed again, with a new secret, and sends nothing
                assert client.post(address, data=fields).status_code == 400, address
        assert app.test_client().post("/login", data={"login": "lan", "password": PASSWORD}).status_code == 400
        page = html.fromstring(client.get("/workbench/edit").get_data(as_text=True))
        token = page.xpath("//form[@data-editor]//input[@name='csrf_token']/@value")[0]
        answer = client.post("/workbench/edit", data={"csrf_token": token, "view": "text", "text": TEXT, "do": "check"})
        assert answer.status_code == 200
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_login_goes_only_to_our_own_pages(world: tuple[Flask, Office, Workroom]) -> None:
    for wrong in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        answer = world[0].test_client().post("/login", data={"login": "lan", "password": PASSWORD, "next": wrong})
        assert answer.headers["Location"] == "/workbench"
    answer = world[0].test_client().post("/login", data={"login": "lan", "password": PASSWORD, "next": "/admin?x=1"})
    assert answer.headers["Location"] == "/admin?x=1"


def test_a_new_password_ends_the_other_sessions(world: tuple[Flask, Office, Workroom]) -> None:
    app = world[0]
    one, other = logged_in(app, "xem"), logged_in(app, "xem")
    new = "mật khẩu hoàn toàn khác"
    answer = one.post("/account", data={"do": "password", "old": PASSWORD, "new": new, "again": new})
    assert "flash-done" in answer.get_data(as_text=True)
    assert one.get("/workbench").status_code == 200
    assert other.get("/workbench").status_code == 302
    one.post("/account", data={"do": "password", "old": new, "new": PASSWORD, "again": PASSWORD})
    assert one.post("/logout").status_code == 303
    assert one.get("/workbench").status_code == 302


def test_a_wrong_password_is_a_sentence(world: tuple[Flask, Office, Workroom]) -> None:
    answer = world[0].test_client().post("/login", data={"login": "nobody-there", "password": "x"})
    assert answer.status_code == 403
    assert "flash-error" in answer.get_data(as_text=True)


def test_cookies_are_closed_to_scripts(world: tuple[Flask, Office, Workroom]) -> None:
    answer = world[0].test_client().post("/login", data={"login": "lan", "password": PASSWORD})
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("unioncat="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


# --- cataloguing -------------------------------------------------------------------------------------------


def test_typing_checking_keeping_sending(lan: FlaskClient, world: tuple[Flask, Office, Workroom]) -> None:
    fields = {"view": "text", "text": TEXT}
    checked = lan.post("/workbench/edit", data={**fields, "do": "check"}).get_data(as_text=True)
    assert "remark-" in checked
    kept = lan.post("/workbench/edit", data={**fields, "do": "draft"})
    assert kept.status_code == 303
    draft = re.search(r"draft=(\d+)", kept.headers["Location"])
    assert draft is not None
    page = html.fromstring(lan.get(kept.headers["Location"]).get_data(as_text=True))
    rows = list(
        zip(page.xpath("//input[@name='tag']/@value"), page.xpath("//input[@name='content']/@value"), strict=True)
    )
    assert ("245", "$aSách gõ tay /$cLê Văn Mới") in rows
    form = {
        name: page.xpath(f"//form[@data-editor]//input[@name='{name}']/@value") for name in ("tag", "ind", "content")
    }
    sent = lan.post("/workbench/edit", data={**form, "view": "table", "draft": draft[1], "do": "submit"})
    assert sent.status_code == 303
    number = sent.headers["Location"].rsplit("/", 1)[1]
    assert "Sách gõ tay" in lan.get(f"/record/{number}").get_data(as_text=True)
    assert int(draft[1]) not in [one.id for one in world[1].drafts.all(LAN)]


def test_the_live_check_answers_json(lan: FlaskClient, world: tuple[Flask, Office, Workroom]) -> None:
    text = to_text(from_json(world[2].catalogue.record(ClusterId(1)).marc))
    found = lan.post("/workbench/check", data={"view": "text", "text": text}).json
    assert found["problem"] == ""
    assert found["likely"][0]["id"].startswith("uc")
    assert found["remarks"]
    assert lan.post("/workbench/check", data={"view": "text", "text": "nonsense"}).json["problem"]


def test_a_mistake_shows_what_was_typed_again(lan: FlaskClient) -> None:
    answer = lan.post("/workbench/edit", data={"view": "text", "text": "=245  10$aX\nnonsense <b>", "do": "submit"})
    assert answer.status_code == 422
    assert "nonsense &lt;b&gt;" in answer.get_data(as_text=True)


def test_the_second_editor_decides(lan: FlaskClient, admin: FlaskClient, world: tuple[Flask, Office, Workroom]) -> None:
    sent = lan.post(
        "/workbench/edit", data={"view": "text", "text": TEXT.replace("gõ tay", "hai người"), "do": "submit"}
    )
    number = sent.headers["Location"].rsplit("/", 1)[1]
    key = next(
        one.key
        for one in world[2].catalogue.source_records(ClusterId(int(number[2:])))
        if one.key.startswith("VN-BT-workbench")
    )
    admin.post("/workbench/acting-for", data={"member": "VN-BT"})

    def form(client: FlaskClient) -> dict[str, object]:
        page = html.fromstring(client.get(f"/workbench/edit?key={key}").get_data(as_text=True))
        names = ("tag", "ind", "content", "identifier", "base", "view", "draft", "same_as")
        return {name: page.xpath(f"//form[@data-editor]//input[@name='{name}']/@value") for name in names}

    ours, theirs = form(lan), form(admin)
    theirs["content"] = [str(one).replace("hai người", "người thứ nhất") for one in theirs["content"]]  # type: ignore[attr-defined]
    assert admin.post("/workbench/edit", data={**theirs, "do": "submit"}).status_code == 303
    refused = lan.post("/workbench/edit", data={**ours, "do": "submit"})
    assert refused.status_code == 409
    text = refused.get_data(as_text=True)
    assert "người thứ nhất" in text
    assert "hai người" in text
    page = html.fromstring(text)
    names = ("tag", "ind", "content", "identifier", "base", "view", "draft", "same_as")
    again = {name: page.xpath(f"//form[@data-editor]//input[@name='{name}']/@value") for name in names}
    assert lan.post("/workbench/edit", data={**again, "do": "submit"}).status_code == 303


def test_a_session_that_ends_in_the_middle_loses_nothing(world: tuple[Flask, Office, Workroom]) -> None:
    app, office, _room = world
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        client = app.test_client()
        sent = {"view": "text", "text": TEXT.replace("gõ tay", "chưa mất"), "do": "submit", "csrf_token": "old"}
        asked = client.post("/workbench/edit", data=sent)
        assert asked.status_code == 401
        page = html.fromstring(asked.get_data(as_text=True))
        form = {one.get("name"): one.get("value", "") for one in page.xpath("//form[@class='panel']//input")}
        back = client.post("/login", data={**form, "login": "lan", "password": PASSWORD})
        assert back.status_code == 200
        assert "Sách chưa mất" in back.get_data(as_text=True)
        stale = client.post("/workbench/edit", data=sent)
        assert stale.status_code == 200
        assert "Sách chưa mất" in stale.get_data(as_text=True)
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    drafts = office.drafts.all(LAN)
    assert drafts
    for draft in drafts:
        office.drafts.discard(LAN, draft.id)


def test_the_back_button_after_sending_makes_no_second_record(
    lan: FlaskClient, world: tuple[Flask, Office, Workroom]
) -> None:
    page = html.fromstring(lan.get("/workbench/edit").get_data(as_text=True))
    fresh = page.xpath("//input[@name='fresh']/@value")[0]
    form = {"view": "text", "text": TEXT.replace("gõ tay", "gửi hai lần"), "do": "submit", "fresh": fresh}
    before = len(world[2].contribute.own_records("VN-BT", limit=1000))
    first_time = lan.post("/workbench/edit", data=form)
    second_time = lan.post("/workbench/edit", data=form)
    assert first_time.headers["Location"] == second_time.headers["Location"]
    assert len(world[2].contribute.own_records("VN-BT", limit=1000)) == before + 1


def test_a_record_found_elsewhere_is_taken_as_a_file(lan: FlaskClient) -> None:
    assert lan.post("/workbench/take", data={"text": TEXT, "do": "mrc"}).get_data().endswith(b"\x1d")
    assert b"<record" in lan.post("/workbench/take", data={"text": TEXT, "do": "xml"}).get_data()
    assert lan.post("/workbench/take", data={"text": "nonsense"}).status_code == 422


def test_we_have_it_and_back(lan: FlaskClient, world: tuple[Flask, Office, Workroom]) -> None:
    room = world[2]
    target = next(
        record
        for record in room.catalogue.records([ClusterId(number) for number in range(1, 30)])
        if not record.deleted and all(holding.member != "VN-BT" for holding in record.holdings)
    )
    answer = lan.post(f"/workbench/record/{target.public_id}/have", data={"call_number": "KX 1", "copies": "2"})
    assert answer.status_code == 303
    assert "KX 1" in lan.get(f"/record/{target.public_id}").get_data(as_text=True)
    assert lan.post(f"/workbench/record/{target.public_id}/have/remove").status_code == 303
    assert "KX 1" not in lan.get(f"/record/{target.public_id}").get_data(as_text=True)


def test_an_upload_from_file_to_undo(lan: FlaskClient, world: tuple[Flask, Office, Workroom]) -> None:
    content = to_iso2709(from_text(TEXT.replace("gõ tay", "tải lên")))
    answer = lan.post("/workbench/upload", data={"file": (io.BytesIO(content), "sách mới.mrc")})
    assert answer.status_code == 303
    address = answer.headers["Location"]
    shown = lan.get(address).get_data(as_text=True)
    assert "Sách tải lên" in shown
    assert lan.post(address, data={"do": "commit"}).status_code == 303
    world[1].jobs.wait(f"batch {address.rsplit('/', 1)[1]}")
    assert "Sách tải lên" in lan.get("/search?q=sach+tai+len").get_data(as_text=True)
    lan.post(address, data={"do": "undo"})
    world[1].jobs.wait(f"batch {address.rsplit('/', 1)[1]}")
    assert "Sách tải lên" not in lan.get("/search?q=sach+tai+len").get_data(as_text=True)
    again = lan.post(address, data={"do": "commit"}, follow_redirects=True)
    assert "flash-error" in again.get_data(as_text=True)
    for wrong in (b"", b"\x00\x01nothing at all"):
        answer = lan.post("/workbench/upload", data={"file": (io.BytesIO(wrong), "x.bin")})
        assert answer.status_code == 422
    assert lan.post("/workbench/upload", data={}).status_code == 422


def test_a_spreadsheets_columns_are_shown_mended_and_remembered(
    lan: FlaskClient, world: tuple[Flask, Office, Workroom]
) -> None:
    table = "Tên sách,Người viết,Cột lạ,Năm\nĐờn ca tài tử,Trần Văn Khê,2 cuốn,2004\nDừa nước,Lê Văn A,1 cuốn,1999\n"
    answer = lan.post("/workbench/upload", data={"file": (io.BytesIO(table.encode()), "sách.csv")})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    address = answer.headers["Location"]
    page = html.fromstring(lan.get(address).get_data(as_text=True))
    assert page.xpath("//select[@name='role-1']/option[@selected]/@value") == ["title"]
    form = {"do": "change", "format": "csv", "heading_row": "1", "column": ["1", "2", "3", "4"]}
    for number, role in enumerate(("title", "authors", "subtitle", "year"), 1):
        form[f"heading-{number}"] = table.splitlines()[0].split(",")[number - 1]
        form[f"role-{number}"] = role
    lan.post(address, data=form)
    assert "Đờn ca tài tử" in lan.get(address).get_data(as_text=True)
    lan.post(address, data={"do": "commit"})
    number = address.rsplit("/", 1)[1]
    world[1].jobs.wait(f"batch {number}")
    assert "Đờn ca tài tử" in lan.get("/search?q=don+ca+tai+tu").get_data(as_text=True)
    assert lan.get(f"{address}/result.xlsx").status_code == 200
    again = lan.post("/workbench/upload", data={"file": (io.BytesIO(table.encode()), "sách 2.csv")}).headers["Location"]
    page = html.fromstring(lan.get(again).get_data(as_text=True))
    assert page.xpath("//select[@name='role-3']/option[@selected]/@value") == ["subtitle"]
    refused = lan.post(again, data={**form, "role-1": "nonsense"}, follow_redirects=True)
    assert "flash-error" in refused.get_data(as_text=True)
    lan.post(again, data={"do": "discard"})
    lan.post(address, data={"do": "undo"})
    world[1].jobs.wait(f"batch {number}")


def test_a_file_that_is_too_large_is_refused_before_it_is_read(world: tuple[Flask, Office, Workroom]) -> None:
    app, office = staff_app(world[2], max_upload_mb=1)
    client = logged_in(app, "lan")
    answer = client.post("/workbench/upload", data=b"x" * 1_500_000, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413
    office.close()


def test_the_librarys_own_words_reach_its_page(lan: FlaskClient) -> None:
    page = html.fromstring(lan.get("/workbench/library").get_data(as_text=True))
    fields = {one.get("name"): one.get("value", "") for one in page.xpath("//form[@class='panel']//input[@name]")}
    answer = lan.post("/workbench/library", data={**fields, "hours": "Cả ngày <b>", "about_en": "All day"})
    assert answer.status_code == 303
    assert "Cả ngày &lt;b&gt;" in lan.get("/workbench/library").get_data(as_text=True)


def test_records_are_split_and_verdicts_undone(lan: FlaskClient, world: tuple[Flask, Office, Workroom]) -> None:
    room = world[2]
    target = next(
        record
        for record in room.catalogue.records([ClusterId(number) for number in range(1, 30)])
        if not record.deleted and {"VN-BT", "VN-BT-BATRI"} <= {holding.member for holding in record.holdings}
    )
    key = next(one.key for one in room.catalogue.source_records(target.id) if one.key.startswith("VN-BT-file"))
    lan.post(f"/workbench/record/{target.public_id}/split", data={"key": key, "why": "thử"})
    now = room.contribute.source_record(key)
    assert now.key not in {one.key for one in room.catalogue.source_records(target.id)} or all(
        not one.key.startswith("VN-BT-BATRI") for one in room.catalogue.source_records(target.id)
    )
    verdicts = room.review.history(key=key)
    assert verdicts
    for one in verdicts:
        lan.post(f"/workbench/verdicts/{one.id}/undo")
    assert all(not one.is_live for one in room.review.history(key=key))


def test_a_ruleset_is_rehearsed_and_nothing_changes(admin: FlaskClient, world: tuple[Flask, Office, Workroom]) -> None:
    before = world[2].catalogue.counts()
    admin.post("/admin/rules", data={"name": "default"})
    world[1].jobs.wait("rehearsal")
    assert world[1].rehearsals.last is not None
    assert "flash-error" not in admin.get("/admin/rules").get_data(as_text=True)
    assert world[2].catalogue.counts() == before
    refused = admin.post("/admin/rules", data={"text": "{"}, follow_redirects=True)
    assert "flash-error" in refused.get_data(as_text=True)


def test_floods_are_stopped(world: tuple[Flask, Office, Workroom]) -> None:
    """The 21st try to log in within a minute, and the 121st search, are told to wait."""
    from unioncat.web.security import limiter

    app, office = staff_app(world[2], rate_limits=True)
    try:
        client = app.test_client()
        codes = [
            client.post("/login", data={"login": f"x{number}", "password": "y"}).status_code for number in range(21)
        ]
        assert codes == [403] * 20 + [429]
        assert "Retry-After" in client.post("/login").headers
        searches = [client.get("/suggest?q=a").status_code for _number in range(241)]
        assert set(searches[:240]) == {200}
        assert searches[240] == 429
        assert client.get("/healthz").status_code == 200
    finally:
        limiter.enabled = False
        office.close()


def test_new_records_begin_well_formed() -> None:
    from datetime import UTC, datetime

    for kind in KINDS:
        rows = {row.tag: row.content for row in new_rows(kind, datetime(2026, 5, 1, tzinfo=UTC))}
        assert len(rows["LDR"]) == 24
        assert len(rows["008"]) == 40
        assert rows["008"].startswith("260501")


# --- steering ----------------------------------------------------------------------------------------------


def test_a_library_is_added_and_changed(admin: FlaskClient) -> None:
    fields = {"code": "VN-MOI", "name": "Thư viện mới", "kind": "school", "active": "yes", "language": "vi"}
    assert admin.post("/admin/members/+", data=fields).status_code == 303
    assert "flash-error" in admin.post("/admin/members/+", data=fields).get_data(as_text=True)
    assert admin.post("/admin/members/VN-MOI", data={**fields, "name": "Tên khác"}).status_code == 303
    assert "Tên khác" in admin.get("/admin/members/VN-MOI").get_data(as_text=True)


def test_targets_are_drawn(admin: FlaskClient) -> None:
    admin.post("/admin/targets", data={"of-district": "9", "percent-district": "100", "of-school": "x"})
    page = admin.get("/admin").get_data(as_text=True)
    assert "1 / 9" in page
    assert 'class="goal"' in page


def test_the_table_of_libraries_is_safe_for_spreadsheets(admin: FlaskClient) -> None:
    import openpyxl

    admin.post("/admin/members/+", data={"code": "VN-X1", "name": "=cmd()", "kind": "school", "active": "yes"})
    text = admin.get("/admin/league.csv").get_data(as_text=True)
    assert "'=cmd()" in text or "cmd" not in text
    book = openpyxl.load_workbook(io.BytesIO(admin.get("/admin/league.xlsx").get_data()))
    for row in book.active.iter_rows():
        assert all(cell.data_type != "f" for cell in row)
    book.close()


def test_accounts_are_made_changed_and_tokens_revoked(
    admin: FlaskClient, world: tuple[Flask, Office, Workroom]
) -> None:
    new = {"do": "add", "login": "moi", "password": "một câu dễ nhớ", "role": "cataloguer", "member": "VN-BT"}
    assert "flash-done" in admin.post("/admin/accounts", data=new, follow_redirects=True).get_data(as_text=True)
    person = world[1].accounts.by_login("moi")
    change = {"do": "change", "account": person.id, "role": "viewer", "active": "yes"}
    admin.post("/admin/accounts", data=change)
    assert world[1].accounts.by_login("moi").role == "viewer"
    world[1].accounts.make_token(person.id, "máy")
    token = world[1].accounts.tokens(person.id)[0]
    admin.post("/admin/accounts", data={"do": "revoke", "token": token.id})
    assert world[1].accounts.tokens(person.id)[0].revoked is not None


def test_the_probe_does_not_look_inside(world: tuple[Flask, Office, Workroom]) -> None:
    from unioncat.model import WrongUse
    from unioncat.services.address_guard import check_address, is_public, public_only

    for inside in ("http://127.0.0.1/oai", "http://localhost:80", "http://10.1.2.3", "http://[::1]/", "file:///etc",
                   "http://169.254.169.254/latest", "http://[::ffff:192.168.1.1]/", "gopher://x",
                   "http://", "nonsense"):  # fmt: skip
        with pytest.raises(WrongUse):
            check_address(inside)
    assert is_public("8.8.8.8")
    assert not is_public("fd00::1")
    assert not is_public("0.0.0.0")
    import socket

    with public_only(), pytest.raises(OSError, match="private"):
        socket.create_connection(("localhost", 9))
    for wrong in ("file:///etc/passwd", "/etc", "../x", ""):
        client = logged_in(world[0], "quantri")
        assert client.post("/admin/sources/new", data={"do": "probe", "endpoint": wrong}).status_code == 422


def test_merged_ids_and_unknown_ones_in_the_workbench(lan: FlaskClient) -> None:
    assert lan.get(f"/workbench/record/{public_id(ClusterId(99999))}").status_code == 404
    assert lan.get("/workbench/record/nonsense").status_code == 404
    assert lan.get("/workbench/edit?draft=999").status_code == 404
    assert lan.get("/workbench/batch/999").status_code == 404
    assert lan.get("/admin/runs/999").status_code == 403
    assert MINH.member == "VN-BT-BATRI"


class Elsewhere:
    """A searcher for one protocol that answers at once, or not at all."""

    def __init__(self, record: Any) -> None:
        self.record = record

    def search(self, target: Any, *_arguments: Any, **_named: Any) -> Any:
        raise SourceUnavailable(f"{target.code} does not answer")


def test_a_target_that_fails_says_so_in_its_column(world: tuple[Flask, Office, Workroom]) -> None:
    from unioncat.services.copy_cataloguing import CopyCataloguing
    from unioncat.services.targets import Targets

    room = world[2]
    copying = CopyCataloguing(
        room.finder, Targets.load(), {"z3950": Elsewhere(None), "sru": Elsewhere(None)}, room.formats
    )
    app, office = staff_app(room, copying=copying)
    client = logged_in(app, "lan")
    page = html.fromstring(client.get("/workbench/search?title=luc+van+tien&in=nlv").get_data(as_text=True))
    columns = page.xpath("//section[@class='column']")
    assert len(columns) == 2
    assert "Lục Vân Tiên" in columns[0].text_content()
    assert columns[1].xpath(".//*[contains(@class, 'flash-warning')]")
    unknown = client.get("/workbench/search?title=x&in=http://127.0.0.1:1/")
    assert len(html.fromstring(unknown.get_data(as_text=True)).xpath("//section[@class='column']")) == 1
    office.close()
