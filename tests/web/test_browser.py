"""The three walks of the issue, the keyboard and the checkers, in headless Chromium against a real server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from lxml import etree
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from protocols.oaipmh import Provider, TokenSigner
from protocols.oaipmh import blueprint as oai_blueprint
from tests.http_server import serving
from tests.oai_world import World
from tests.province import marc_of
from tests.workroom import ADMIN, LAN, PASSWORD, Workroom, staff_app, workroom
from unioncat.demo.editions import editions
from unioncat.marc import to_iso2709
from unioncat.matching import RULESET
from unioncat.model import ClusterId
from unioncat.services.marc_text import from_text
from unioncat.services.office import Office

pytestmark = pytest.mark.peer

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
HERE = Path(__file__).resolve().parent
ISBN_TEXT = (
    "=LDR  00000nam a2200000 i 4500\n=008  260101s2019\\\\\\\\vm\\\\\\\\\\\\\\\\\\\\\\\\000\\0\\vie\\d\n"
    "=020  \\\\$a9786041155978\n=100  0\\$aNguyễn Nhật Ánh\n=245  10$aMắt biếc /$cNguyễn Nhật Ánh\n"
    "=264  \\1$aThành phố Hồ Chí Minh :$bTrẻ,$c2019\n=300  \\\\$a300 tr. ;$c20 cm\n"
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Workroom, Office]]:
    """A served catalogue with a workbench; the district library has a book that the provincial one has not."""
    from protocols.sru import Identity, SruServer
    from protocols.sru import blueprint as sru_blueprint

    folder = tmp_path_factory.mktemp("house")
    with workroom(folder, limit=60) as room:
        sru = SruServer(room.finder, room.formats.export, Identity("Mục lục", "Catalogue"), folder / "sets")
        app, office = staff_app(room, blueprints=[(sru_blueprint(sru), "")])
        office.contribute.submit(ADMIN, "VN-BT-BATRI", from_text(ISBN_TEXT))
        with serving(app) as address:
            yield address, room, office
        office.close()


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    chromium = request.getfixturevalue("need_program")("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Any message on the console is a failure: a blocked script, a missing file, an error of ours."""
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    assert [text for text in said if "status of 4" not in text] == []


def log_in(page: Page, address: str, login: str) -> None:
    page.goto(f"{address}/login")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/workbench")


def test_a_reader_finds_a_book_without_marks_and_sees_who_has_it(
    house: tuple[str, Workroom, Office], page: Page
) -> None:
    page.goto(house[0])
    page.fill("#q", "mat biec")
    page.keyboard.press("Enter")
    page.click("text=Mắt biếc")
    assert "Thư viện huyện Ba Tri" in page.inner_text(".where")
    page.click("[data-keep]")
    assert page.inner_text("[data-saved-count]") == "1"
    page.goto(f"{house[0]}/list")
    page.wait_for_url("**/list?id=uc*")
    assert "Mắt biếc" in page.inner_text("main")
    page.click("[data-clear]")
    page.wait_for_url("**/list")
    assert "Mắt biếc" not in page.inner_text("main")


def test_suggestions_come_while_typing(house: tuple[str, Workroom, Office], page: Page) -> None:
    page.goto(house[0])
    page.locator("#q").press_sequentially("luc v", delay=30)
    page.wait_for_selector(".suggestions li")
    page.keyboard.press("ArrowDown")
    chosen = page.get_attribute("#q", "aria-activedescendant")
    assert chosen
    text = page.inner_text(f"#{chosen}")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")
    assert page.input_value("#q") == text


def test_all_of_it_works_without_javascript(house: tuple[str, Workroom, Office], browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(house[0])
    page.fill("#q", "luc van tien")
    page.click(".box button")
    page.click("text=Bộ lọc")
    page.click("#filters .choice >> nth=0")
    page.select_option("#sort", "title")
    page.click("text=Sắp xếp >> nth=-1")
    page.click(".hit-title a >> nth=0")
    page.click("text=Xem MARC")
    assert page.is_visible(".fields")
    assert page.locator("[data-keep]:visible").count() == 0
    context.close()


def test_a_cataloguer_scans_copies_attaches_and_sees_it_in_sru(house: tuple[str, Workroom, Office], page: Page) -> None:
    address, _room, _office = house
    log_in(page, address, "lan")
    page.fill("#scan", "978-604-1-15597-8")
    page.keyboard.press("Enter")
    page.wait_for_selector(".found-one")
    assert "Mắt biếc" in page.inner_text(".found-one")
    page.click(".found-one >> text=Sao chép")
    page.wait_for_selector("[data-editor]")
    page.locator("input[name=content]").last.click()
    page.locator("input[name=tag]").last.fill("500")
    page.locator("[data-findings] >> text=Mắt biếc").wait_for()
    page.click("text=Lưu nháp")
    page.wait_for_url("**/edit?draft=*")
    page.click("text=Bỏ bản nháp")
    page.goto(f"{address}/workbench/search?isbn=9786041155978")
    page.click("text=Chúng tôi có")
    page.wait_for_selector(".flash-done")
    page.fill("#call_number", "895.9223 NG527A")
    page.fill("#copies", "3")
    page.click("text=Sửa khai báo")
    page.wait_for_selector(".flash-done")
    answer = page.request.get(
        f"{address}/sru?operation=searchRetrieve&version=1.2&query=bath.isbn=9786041155978&recordSchema=marcxml"
    )
    assert etree.fromstring(answer.body()).findtext(".//{*}numberOfRecords") == "1"
    found = page.request.get(f"{address}/api/v1/search?q=9786041155978").json()
    assert "VN-BT" in found["records"][0]["libraries"]
    page.goto(f"{address}/record/{found['records'][0]['id']}")
    assert "895.9223 NG527A" in page.inner_text(".where")


def test_an_administrator_adds_a_source_watches_and_releases(
    house: tuple[str, Workroom, Office], page: Page, tmp_path: Path
) -> None:
    address, room, office = house
    world = World.create(tmp_path)
    world.clock = datetime.now(UTC).replace(microsecond=0) - timedelta(days=30)
    books = [world.add() for _ in range(60) if world.tick(60)]
    app = Flask("provider")
    provider = Provider(
        world.disseminator({"marc21": room.formats.export["marc21"]}),
        TokenSigner(b"0" * 16),
        "x",
        ["a@example.vn"],
        page=25,
    )
    app.register_blueprint(oai_blueprint(provider))
    with serving(app) as endpoint:
        log_in(page, address, "quantri")
        page.goto(f"{address}/admin/sources/new")
        page.select_option("#member", "VN-BT-CDBT")
        page.fill("#endpoint", f"{endpoint}/oai")
        page.click("text=Xem nguồn có gì")
        page.wait_for_selector("#code")
        assert "marc21" in page.inner_text("main")
        page.fill("#quirks", "delay = 0\nbackoff = 0.01")
        page.fill("#code", "cd-oai")
        page.click("text=Thử mười biểu ghi")
        page.wait_for_selector("text=Các biểu ghi đầu tiên")
        assert page.locator("main .lines li").count() == 10
        page.click("text=Lưu nguồn")
        page.wait_for_url("**/admin/sources/cd-oai")
        page.click("text=Thu thập ngay")
        office.administration.wait("cd-oai", 60)
        page.goto(f"{address}/admin/sources/cd-oai")
        assert "60 = 60 + 0 + 0 + 0" in page.inner_text("main")

        world.clock = datetime.now(UTC).replace(microsecond=0)
        for book in books[:40]:
            world.delete(book)
        page.click("text=Thu thập ngay")
        office.administration.wait("cd-oai", 60)
        page.goto(f"{address}/admin/runs")
        page.click(".state-held >> nth=0") if page.locator("a.state-held").count() else page.click(
            "tbody tr a >> nth=0"
        )
        page.click("text=Đúng: cho tiếp tục")
        office.administration.wait("cd-oai", 60)
        page.reload()
        assert "hoàn thành" in page.inner_text("h1")
        assert room.catalogue.counts().by_member["VN-BT-CDBT"] == 20
    world.store.close()


def test_the_review_queue_is_worked_by_keys(house: tuple[str, Workroom, Office], page: Page) -> None:
    from unioncat.store import Link, Links, SourceRecords

    address, room, office = house
    with room.store.write() as session:
        one, other = (SourceRecords(session).by_key(key).id for key in ("VN-BT-file/P0001", "VN-BT-file/P0006"))
        Links(session).put([Link(min(one, other), max(one, other), 0.5, "review")])
    log_in(page, address, "lan")
    page.goto(f"{address}/workbench/review")
    page.wait_for_selector(".compare")
    before = page.get_attribute("input[name=left]", "value")
    page.keyboard.press("d")
    page.wait_for_selector(".flash-done")
    assert any(not one.same and before in (one.left, one.right) for one in office.review.history(live=True))
    page.goto(f"{address}/workbench/verdicts")
    page.click("text=Hoàn tác >> nth=0")
    page.wait_for_selector(".flash-done")


def test_an_upload_is_looked_at_committed_and_undone(house: tuple[str, Workroom, Office], page: Page) -> None:
    address, _room, office = house
    log_in(page, address, "lan")
    page.goto(f"{address}/workbench/upload")
    content = b"".join(to_iso2709(marc_of(edition)) for edition in editions()[70:75])
    page.set_input_files("#file", {"name": "thử.mrc", "mimeType": "application/marc", "buffer": content})
    page.click("button:has-text('Xem tệp sẽ làm gì')")
    page.wait_for_selector(".numbers")
    assert page.locator("tbody tr").count() == 5
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("text=Đồng ý: lưu lại")
    page.wait_for_selector("button:has-text('Hoàn tác cả lần tải lên')")
    assert "= đã lưu 5 +" in page.inner_text("main")
    page.click("button:has-text('Hoàn tác cả lần tải lên')")
    page.wait_for_selector("text=đã hoàn tác")
    assert office.batches.all(LAN, "VN-BT")[0].state == "undone"


def test_a_merged_record_is_taken_apart(house: tuple[str, Workroom, Office], page: Page) -> None:
    address, room, office = house
    target = next(
        record
        for record in room.catalogue.records([ClusterId(number) for number in range(1, 60)])
        if not record.deleted and {"VN-BT", "VN-BT-THPT01"} <= {holding.member for holding in record.holdings}
    )
    log_in(page, address, "quantri")
    page.goto(f"{address}/workbench/record/{target.public_id}")
    page.check("input[name=key] >> nth=0")
    page.fill("#why", "hai lần in")
    page.click("text=Tách các biểu ghi đã chọn")
    page.wait_for_selector(".flash-done")
    assert office.review.history(live=True)
    page.click("text=Hoàn tác >> nth=0")
    page.wait_for_selector(".flash-done")


# --- checkers ----------------------------------------------------------------------------------------------


def node_modules() -> Path:
    """Where axe-core and html-validate are (``npm ci --prefix tests/web``); skips without them, fails under CI."""
    for folder in (os.environ.get("UNIONCAT_NODE_MODULES", ""), str(HERE / "node_modules")):
        if folder and (Path(folder) / "axe-core" / "axe.min.js").is_file():
            return Path(folder)
    reason = "axe-core is not installed: npm ci --prefix tests/web"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def rehearsed(office: Office) -> int:
    """Number of a ruleset that is not in use, with what its rehearsal said."""
    facts = json.loads(RULESET.body)
    facts["thresholds"].update(merge=0.9999999, review=0.3)
    office.rehearsals.start(ADMIN, text=json.dumps(facts))
    office.jobs.wait("rehearsal")
    assert office.rehearsals.last is not None
    return office.rehearsals.last.number


def all_pages(house: tuple[str, Workroom, Office]) -> list[tuple[str, str, str]]:
    """(login or "", name, address) of every kind of page."""
    _address, room, office = house
    batch = office.batches.upload(LAN, "VN-BT", "xem.mrc", to_iso2709(marc_of(editions()[5])))
    record = next(
        one.public_id for one in room.catalogue.records([ClusterId(n) for n in range(1, 20)]) if not one.deleted
    )
    public = ("/", "/search?q=luc+van+tien", "/search?q=khong+co+gi+ca", "/search/advanced", f"/record/{record}",
              f"/record/{record}/marc", f"/record/{record}/cite", "/library", "/library/VN-BT",
              "/library/VN-BT/search?q=tien", "/local-history", f"/list?id={record}", "/list", "/feeds", "/feeds/print",
              "/help", "/help/machines", "/login", "/no-such-page")  # fmt: skip
    bench = ("/workbench", "/workbench/search?anywhere=tien", f"/workbench/record/{record}", "/workbench/edit",
             f"/workbench/edit?copy={record}", "/workbench/upload", f"/workbench/batch/{batch}", "/workbench/review",
             "/workbench/pair?left=VN-BT-file/P0001&right=VN-BT-file/P0002", "/workbench/verdicts",
             "/workbench/near?key=VN-BT-file/P0001", "/workbench/library", "/account")  # fmt: skip
    steer = ("/admin", "/admin/members", "/admin/members/VN-BT", "/admin/sources", "/admin/sources/new",
             "/admin/sources/VN-BT-file", "/admin/runs", "/admin/runs/1", "/admin/accounts", "/admin/audit",
             "/admin/state", "/admin/rules", f"/admin/rules/{rehearsed(office)}")  # fmt: skip
    rows = [("", one) for one in public] + [("lan", one) for one in bench] + [("quantri", one) for one in steer]
    return [(login, address.split("?")[0].strip("/").replace("/", "-") or "home", address) for login, address in rows]


Visit = Callable[[Page, str, str], None]


def visit_all(house: tuple[str, Workroom, Office], browser: Browser, width: int, look: Visit) -> None:
    by_login: dict[str, list[tuple[str, str]]] = {}
    for login, name, address in all_pages(house):
        by_login.setdefault(login, []).append((name, address))
    for login, pages in by_login.items():
        context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        page = context.new_page()
        if login:
            log_in(page, house[0], login)
        for name, address in pages:
            for language in ("vi", "en"):
                page.goto(f"{house[0]}{address}{'&' if '?' in address else '?'}lang={language}")
                look(page, f"{name}-{language}", address)
        context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(house: tuple[str, Workroom, Office], browser: Browser, width: int) -> None:
    script = (node_modules() / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    problems: list[str] = []

    def look(page: Page, name: str, _address: str) -> None:
        page.evaluate(script)
        found: dict[str, Any] = page.evaluate("tags => axe.run({runOnly: tags, resultTypes: ['violations']})", tags)
        for one in found["violations"]:
            problems.append(f"{name} at {width}: {one['id']}: {one['nodes'][0]['html'][:160]}")

    visit_all(house, browser, width, look)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_screen(house: tuple[str, Workroom, Office], browser: Browser, width: int) -> None:
    """And pictures of all of them, where UNIONCAT_SCREENSHOTS names a folder."""
    wide: list[str] = []
    folder = os.environ.get("UNIONCAT_SCREENSHOTS", "")

    def look(page: Page, name: str, address: str) -> None:
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(address)
        if folder:
            page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)

    visit_all(house, browser, width, look)
    assert wide == []


def test_the_html_is_valid(house: tuple[str, Workroom, Office], browser: Browser, tmp_path: Path) -> None:
    modules = node_modules()
    node = shutil.which("node")
    checker = modules / "html-validate" / "bin" / "html-validate.mjs"
    if node is None or not checker.is_file():
        pytest.fail("html-validate is not installed: npm ci --prefix tests/web")
    rules = {
        "root": True,
        "extends": ["html-validate:standard"],
        "rules": {
            "no-trailing-whitespace": "off",
            "long-title": "off",
            "no-inline-style": "error",
            "doctype-style": "off",
            "void-style": "off",
            "attribute-boolean-style": "off",
            "no-implicit-button-type": "off",
            "prefer-native-element": "off",
            "tel-non-breaking": "off",
            "require-sri": "off",
        },
    }
    (tmp_path / ".htmlvalidate.json").write_text(json.dumps(rules))

    def look(page: Page, name: str, address: str) -> None:
        if name.endswith("-vi"):
            answer = page.request.get(f"{house[0]}{address}", max_redirects=5)
            (tmp_path / f"{name}.html").write_bytes(answer.body())

    visit_all(house, browser, 1280, look)
    done = subprocess.run(
        [
            node,
            str(checker),
            "--config",
            str(tmp_path / ".htmlvalidate.json"),
            "--formatter",
            "text",
            str(tmp_path / "*.html"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
