"""The cataloguer's way through review, un-merge and verdicts, and the administrator's through rulesets."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html

from tests.workroom import ADMIN, LAN, MINH, PASSWORD, Workroom, harvested, staff_app, workroom
from unioncat.matching import RULESET, parse_ruleset
from unioncat.model import ClusterId, HarvestedRecord, RecordId, UnionRecord, public_id
from unioncat.services.live_ruleset import body_of, put_live
from unioncat.services.office import Office
from unioncat.services.verdicts import parse_place
from unioncat.store import Link, Links, Rulesets, SourceRecords, Sources
from unioncat.store.audit import Audit
from unioncat.store.stamping import utc_now
from unioncat.web.reviewing import pieces

A, B, C, D = "VN-BT-file/P0001", "VN-BT-file/P0006", "VN-BT-file/P0009", "VN-BT-file/P0011"
World = tuple[Flask, Office, Workroom]


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with workroom(tmp_path_factory.mktemp("review"), limit=12) as room:
        app, office = staff_app(room)
        yield app, office, room
        office.close()


def logged_in(world: World, login: str) -> FlaskClient:
    client = world[0].test_client()
    assert client.post("/login", data={"login": login, "password": PASSWORD}).status_code == 303
    return client


def page(client: FlaskClient, address: str) -> html.HtmlElement:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return html.fromstring(answer.get_data(as_text=True))


def flashes(client: FlaskClient, address: str, **data: str) -> dict[str, list[str]]:
    """Kind of message → the messages on the page after a form."""
    answer = client.post(address, data=data, follow_redirects=True)
    found: dict[str, list[str]] = {}
    for one in html.fromstring(answer.get_data(as_text=True)).xpath("//*[contains(@class, 'flashes')]/p"):
        found.setdefault(one.get("class").split("-")[-1], []).append(one.text_content())
    return found


def keys_of(world: World) -> list[str]:
    """Keys of four records of one library, each alone in its merged record or with others."""
    with world[2].store.read() as session:
        source = Sources(session).get("VN-BT-file")
        return [record.key for record in SourceRecords(session).of_source(source.id)][:4]


def borderline(world: World, *pairs: tuple[str, str, float]) -> None:
    with world[2].store.write() as session:
        records = SourceRecords(session)
        made = []
        for one, other, score in pairs:
            left, right = sorted((records.by_key(one).id, records.by_key(other).id))
            made.append(Link(RecordId(left), RecordId(right), score, "review"))
        Links(session).put(made)


def merged_by_two(world: World) -> UnionRecord:
    return next(
        record
        for record in world[2].catalogue.records([ClusterId(number) for number in range(1, 40)])
        if not record.deleted and {"VN-BT", "VN-BT-BATRI"} <= {holding.member for holding in record.holdings}
    )


def test_the_queue_is_gone_through_by_place_and_counts_agree(world: World) -> None:
    one, two, three, four = keys_of(world)
    borderline(world, (one, two, 0.5), (three, four, 0.6))
    lan = logged_in(world, "lan")
    before = world[1].review.waiting(LAN)
    assert before == 2
    assert "2 cặp" in page(lan, "/workbench").text_content()
    first = page(lan, "/workbench/review")
    assert "2 cặp đang chờ" in first.text_content()
    form = {name: first.xpath(f"//form[@data-judge]//input[@name='{name}']/@value")[0] for name in ("left", "right")}
    place = first.xpath("//input[@name='place']/@value")[0]
    answer = lan.post("/workbench/review", data={**form, "do": "different", "queue": "yes", "place": place})
    second = page(lan, answer.headers["Location"])
    assert "1 cặp đang chờ" in second.text_content()
    assert second.xpath("//form[@data-judge]//input[@name='left']/@value")[0] not in form.values()
    place = second.xpath("//input[@name='place']/@value")[0]
    last = page(lan, f"/workbench/review?after={place}")
    assert "Đó là cặp cuối của lượt này" in last.text_content()
    assert world[1].review.waiting(LAN) == world[1].review.waiting(ADMIN) == 1


def test_the_queue_of_a_library(world: World) -> None:
    one, two, *_ = keys_of(world)
    borderline(world, (one, two, 0.5))
    assert world[1].review.waiting(MINH) == 0
    admin = logged_in(world, "quantri")
    assert page(admin, "/workbench/review").xpath("//form[@data-judge]")
    assert page(admin, "/workbench/review?library=VN-BT").xpath("//form[@data-judge]")
    other = page(admin, "/workbench/review?library=VN-BT-BATRI")
    assert not other.xpath("//form[@data-judge]")
    assert other.xpath("//select[@name='library']/option[@selected]/@value") == ["VN-BT-BATRI"]
    assert not page(logged_in(world, "minh"), "/workbench/review").xpath("//form[@data-judge]")
    assert page(logged_in(world, "minh"), "/workbench/review?library=VN-BT").xpath("//select[@name='library']") == []


NOWHERE = ("x", "1_2", "1_nan_2_3", "1_inf_2_3", f"{2**70}_0.5_1_2", "1_0.5_2_3_4", "-1_0.5_1_2")


@pytest.mark.parametrize("after", NOWHERE)
def test_a_place_that_nobody_wrote_is_the_beginning(world: World, after: str) -> None:
    assert logged_in(world, "lan").get(f"/workbench/review?after={after}").status_code == 200
    assert parse_place(after) is None or after.startswith("-1")


def test_a_pair_shows_all_evidence_in_both_languages(world: World) -> None:
    one, two, *_ = keys_of(world)
    lan = logged_in(world, "lan")
    for language, band, share in (("vi", "hai tài liệu", "Đóng góp"), ("en", "two publications", "Share")):
        shown = page(lan, f"/workbench/pair?left={one}&right={two}&lang={language}")
        found = world[1].review.pair(LAN, one, two)
        assert shown.xpath("//*[contains(@class, 'badge-different')]")[0].text_content() == band
        assert shown.xpath("//p[@class='sentence']")[0].text_content() == getattr(found.explanation, language)
        assert share in [cell.text_content() for cell in shown.xpath("//table[@class='evidence']/thead//th")]
        rows = shown.xpath("//table[@class='evidence']/tbody/tr")
        shares = [float(row.xpath("./td[last()]")[0].text_content()) for row in rows]
        told = sum(feature.share for feature in found.explanation.features) + found.explanation.base
        assert abs(sum(shares) - told) < 0.01 * (len(rows) + 1)
        vetoes = [line.text_content() for line in shown.xpath("//li[@class='remark-error']")]
        assert len(vetoes) == len(found.explanation.decision.vetoes)
    assert lan.get(f"/workbench/pair?left={one}&right={one}").status_code == 400
    assert lan.get(f"/workbench/pair?left={one}&right=VN-BT-file/none").status_code == 404


def test_words_that_the_other_side_has_not_are_marked() -> None:
    assert pieces("$aTập 1 /$cNguyễn A", "$atập 2", "245") == [
        ("code", "$a"), ("same", "Tập"), ("differs", "1"), ("same", "/"), ("code", "$c"), ("differs", "Nguyễn A"),
    ]  # fmt: skip
    assert pieces("$a5{dollar}", "", "020") == [("code", "$a"), ("same", "5$")]
    assert pieces("a\\b", "x", "008") == [("same", "a\u2423b")]


def test_what_a_verdict_does_is_told(world: World) -> None:
    one, two, three, _ = keys_of(world)
    lan = logged_in(world, "lan")
    lan.get("/?lang=en")
    said = flashes(lan, "/workbench/review", left=one, right=two, do="same", why="x")
    assert said.keys() == {"done"}
    assert "now in uc" in said["done"][0]
    flashes(lan, "/workbench/review", left=two, right=three, do="same")
    against = flashes(lan, "/workbench/review", left=one, right=three, do="different")
    assert len(against["warning"]) == 2
    assert all("contradicts verdict" in line and "later verdict wins" in line for line in against["warning"])
    again = flashes(lan, "/workbench/review", left=three, right=one, do="different")
    assert "takes the place of verdict 3 by lan" in " ".join(again["warning"])
    states = {row.verdict.id: row.state for row in world[1].review.standing(world[1].review.history())}
    assert states[4] == "holds"
    assert states[3] == "superseded"
    assert sorted((states[1], states[2])) == ["holds", "overruled"]
    shown = page(lan, "/workbench/verdicts").text_content()
    assert "a later verdict contradicts it" in shown
    assert "replaced by another" in shown
    with world[2].store.read() as session:
        assert Audit(session).page(action="verdict-different")[0].details["overrules"] == [1, 2]


def test_a_verdict_on_a_deleted_record_waits(world: World) -> None:
    one, two, *_ = keys_of(world)
    room = world[2]
    with room.store.read() as session:
        source = Sources(session).get("VN-BT-file")
    identifier = two.partition("/")[2]
    room.ingest.run(source, [HarvestedRecord(identifier, None, deleted=True)])
    room.update()
    lan = logged_in(world, "lan")
    said = flashes(lan, "/workbench/review", left=one, right=two, do="same", why="một cuốn")
    assert f"{two} hiện đang bị xóa" in said["warning"][0]
    assert "đã xóa" in page(lan, f"/workbench/pair?left={one}&right={two}").text_content()
    assert world[1].review.standing(world[1].review.history())[0].state == "deleted"
    back = next(one for one in harvested("P", 12) if f'"{identifier}"'.encode() in (one.raw.data if one.raw else b""))
    room.ingest.run(source, [back])
    room.update()
    assert world[1].review.standing(world[1].review.history())[0].state == "holds"


def test_one_record_is_taken_out_and_the_whole_act_undone(world: World) -> None:
    room, target = world[2], merged_by_two(world)
    lan = logged_in(world, "lan")
    shown = page(lan, f"/workbench/record/{target.public_id}")
    inside = {one.key for one in room.catalogue.source_records(target.id)}
    own = shown.xpath("//input[@name='key']/@value")
    assert own
    assert all(key.startswith("VN-BT-file/") for key in own)
    assert len(own) < len(inside)
    said = flashes(lan, f"/workbench/record/{target.public_id}/split", key=own[0], why="nhầm")
    assert len(said["done"]) == 1
    now = room.contribute.source_record(own[0])
    with room.store.read() as session:
        cluster = SourceRecords(session).cluster_of([now.key])[now.key]
    assert public_id(cluster) in said["done"][0]
    assert [one.key for one in room.catalogue.source_records(cluster)] == [own[0]]
    verdicts = world[1].review.standing(world[1].review.history(key=own[0]))
    assert len(verdicts) == len(inside) - 1
    assert [one.beside for one in verdicts] == [len(verdicts) - 1] + [0] * (len(verdicts) - 1)
    number = str(verdicts[-1].verdict.id)
    undone = flashes(lan, f"/workbench/verdicts/{number}/undo", act="yes", record=target.public_id)
    assert f"{len(verdicts)} kết luận" in undone["done"][0]
    assert {one.key for one in room.catalogue.source_records(target.id)} == inside
    assert flashes(lan, f"/workbench/verdicts/{number}/undo")["error"]
    assert flashes(lan, f"/workbench/record/{target.public_id}/split", key="nothing")["error"]
    assert lan.post(f"/workbench/verdicts/{2**70}/undo").status_code == 404


def test_what_came_near_is_a_click_away(world: World) -> None:
    lan = logged_in(world, "lan")
    target = merged_by_two(world)
    link = page(lan, f"/workbench/record/{target.public_id}").xpath("//a[contains(@href, '/near')]/@href")[0]
    shown = page(lan, link)
    for address in shown.xpath("//ol//a[contains(@href, '/pair')]/@href"):
        assert page(lan, address).xpath("//table[@class='evidence']")
    assert lan.get("/workbench/near?key=VN-BT-file/none").status_code == 404


# --- rulesets ----------------------------------------------------------------------------------------------


def strict() -> str:
    facts = json.loads(RULESET.body)
    facts["name"] = "strict"
    facts["thresholds"].update(merge=0.9999999, review=0.3)
    return json.dumps(facts)


def rehearsed(world: World, admin: FlaskClient, text: str = "", name: str = "") -> int:
    """Number of the version."""
    admin.post("/admin/rules", data={"text": text, "name": name})
    world[1].jobs.wait("rehearsal")
    assert world[1].rehearsals.problem == ""
    last = world[1].rehearsals.last
    assert last is not None
    return last.number


def test_a_ruleset_is_put_into_use_and_taken_back(world: World) -> None:
    _, office, room = world
    before = room.catalogue.counts()
    admin, viewer = logged_in(world, "quantri"), logged_in(world, "xem")
    number = rehearsed(world, admin, strict())
    assert room.catalogue.counts() == before
    figures = office.rehearsals.version(number).figures
    assert figures["split"] > 0
    asked = page(admin, f"/admin/rules/{number}")
    assert str(figures["split"]) in asked.xpath("//ul[@class='numbers']")[0].text_content()
    assert str(figures["reharvested"]) in asked.xpath("//ul[@class='numbers']")[0].text_content()
    assert asked.xpath(f"//form[@action='/admin/rules/{number}/live']//input[@name='csrf_token']")
    assert viewer.get(f"/admin/rules/{number}").status_code == 403
    assert flashes(viewer, f"/admin/rules/{number}/live")["error"]
    assert "Đưa vào dùng" not in page(viewer, "/admin/rules").text_content()
    admin.post(f"/admin/rules/{number}/live")
    office.jobs.wait("rehearsal")
    assert office.rehearsals.problem == ""
    assert office.rules().name == "strict"
    assert room.catalogue.counts().records == figures["clusters_then"]
    shown = page(admin, "/admin/rules").text_content()
    assert "strict" in shown
    assert office.rehearsals.last is None
    with room.store.read() as session:
        noted = Audit(session).page(action="ruleset-live")[0]
    assert (noted.who, noted.details["split"]) == ("quantri", figures["split"])

    back = office.rehearsals.in_use()[1]
    asked = page(admin, f"/admin/rules/{back.number}")
    assert str(figures["split"]) in asked.text_content()
    admin.post(f"/admin/rules/{back.number}/live")
    office.jobs.wait("rehearsal")
    assert office.rules() == RULESET
    assert room.catalogue.counts().records == before.records
    assert flashes(admin, f"/admin/rules/{back.number}/live")["error"]


def test_a_stale_rehearsal_is_not_put_into_use(world: World) -> None:
    """One that ended after other rules had been put into use, or that was there when they were."""
    _, office, room = world
    admin = logged_in(world, "quantri")
    before = rehearsed(world, admin, strict())
    put_live(room.store, parse_ruleset(json.dumps(json.loads(strict()) | {"name": "other"})), RULESET, who="elsewhere")
    assert admin.get(f"/admin/rules/{before}").status_code == 404
    with room.store.write() as session:
        figures = {"against": RULESET.digest, "clusters_now": 1, "clusters_then": 1, "joined": 0, "split": 0}
        late = Rulesets(session).add(
            "strict 1",
            body_of(parse_ruleset(strict())),
            None,
            digest="x",
            made=utc_now(),
            figures={**figures, "vanish": 0, "reharvested": 0, "samples": []},
        )
    assert not page(admin, f"/admin/rules/{late}").xpath("//form[contains(@action, '/live')]")
    assert "hãy thử lại" in flashes(admin, f"/admin/rules/{late}/live")["error"][0]
    assert office.rules().name == "other"
    assert admin.get(f"/admin/rules/{2**70}").status_code == 404


def test_an_earlier_version_can_be_rehearsed(world: World) -> None:
    _, office, _room = world
    admin = logged_in(world, "quantri")
    number = rehearsed(world, admin, strict())
    admin.post(f"/admin/rules/{number}/live")
    office.jobs.wait("rehearsal")
    first = office.rehearsals.in_use()[1]
    again = office.rehearsals.version(rehearsed(world, admin, name=str(first.number)))
    assert again.digest == first.digest
    assert again.figures["joined"] > 0
    assert page(admin, f"/admin/rules/{again.number}").xpath("//form[contains(@action, '/live')]")


def test_a_page_names_no_files(world: World) -> None:
    said = flashes(logged_in(world, "quantri"), "/admin/rules", name="/etc/x.json")
    assert said == {"error": ["Không có bộ quy tắc /etc/x.json."]}


def test_figures_of_a_rehearsal_age_with_the_catalogue(world: World) -> None:
    _, office, room = world
    admin = logged_in(world, "quantri")
    number = rehearsed(world, admin, strict())
    assert "đã thay đổi" not in page(admin, f"/admin/rules/{number}").text_content()
    one, two, *_ = keys_of(world)
    office.review.judge(LAN, one, two, same=True)
    assert "đã thay đổi" in page(admin, f"/admin/rules/{number}").text_content()
    assert room.catalogue.counts().records
