"""The self-check is green on a sound catalogue, and red, with the right sentence, for each planted fault."""

from __future__ import annotations

import pytest
from flask import Flask

from harvesters.base import HarvesterContext
from harvesters.oai_pmh import OaiPmhHarvester
from protocols.oaipmh import Provider, TokenSigner, blueprint
from tests.http_server import serving
from tests.oai_world import World
from unioncat.marc import from_json, values
from unioncat.model import ClusterId, SourceUnavailable, public_id
from unioncat.services.doctor import Doctor
from unioncat.services.formats import Formats
from unioncat.store import Changes, Clusters
from unioncat.store.tables import ClusterRow, ClusterSetRow
from unioncat.text import fold


class Engine:
    """A search server in a few lines: folded titles and ids, looked for in `records`."""

    name = "SRU"

    def __init__(self, store):
        with store.read() as session:
            ids = list(Clusters(session).ids())
            self.records = {
                public_id(record.id): " ".join(values(from_json(record.marc), "245$a"))
                for record in Clusters(session).many(ids)
            }

    def count_all(self):
        return len(self.records)

    def find(self, point, text):
        found = tuple(
            name
            for name, title in self.records.items()
            if (name == text if point == "id" else self.matches(title, text))
        )
        return len(found), found

    def matches(self, title, text):
        return fold(text) in fold(title)


@pytest.fixture
def world(tmp_path):
    world = World.create(tmp_path)
    for number in range(1, 21):
        world.add(f"Đồ Chiểu, tập {number}", ["VN-BT", "VN-CD"] if number % 2 else ["VN-BT"])
        world.tick()
    world.delete(ClusterId(20))
    with world.store.write() as session:
        Changes(session).append([ClusterId(number) for number in range(1, 21)], world.clock)
    yield world
    world.store.close()


@pytest.fixture
def doctor(world):
    exports = Formats.load().export
    formats = {name: exports[name] for name in ("marc21", "oai_dc")}
    app = Flask("provider")
    provider = Provider(world.disseminator(formats), TokenSigner(b"0" * 16), "x", ["a@example.vn"], page=7)
    app.register_blueprint(blueprint(provider))
    with serving(app) as url:
        doctor = Doctor(
            world.store,
            oai_url=url + "/oai",
            harvester=OaiPmhHarvester(HarvesterContext()),
            askers=[Engine(world.store)],
            indexed=lambda: 20,
        )
        doctor.engine = doctor._askers[0]
        yield doctor


def failures(doctor):
    return {check.name: check.en for check in doctor.examine() if not check.ok}


def test_a_sound_catalogue_is_green(doctor):
    checks = doctor.examine()
    assert [check.en for check in checks if not check.ok] == []
    assert len(checks) == 12
    assert all(check.vi and check.en for check in checks)


def test_a_record_lost_from_the_page_index(doctor, world):
    with world.store.write() as session:
        session.query(ClusterSetRow).filter_by(cluster=4).delete()
    found = failures(doctor)
    assert "1 missing" in found["oai-pmh marc21: records"]
    assert "uc00000004" in found["oai-pmh marc21: records"]


def test_a_live_record_announced_as_deleted(doctor, world):
    with world.store.write() as session:
        session.query(ClusterSetRow).filter_by(cluster=5).update({"gone": True})
    assert "1 live but deleted: uc00000005" in failures(doctor)["oai-pmh marc21: deletions"]


def test_a_datestamp_that_differs(doctor, world):
    with world.store.write() as session:
        session.query(ClusterRow).filter_by(id=6).update({"datestamp": world.tick(500)})
    assert failures(doctor) == {"oai-pmh marc21: dates": "1 datestamps differ, 0 are in the future: uc00000006"}


def test_marks_that_were_lost_on_the_way(doctor, world, monkeypatch):
    render = world.disseminator({}).__class__._merged_item

    def without_marks(self, entry, *rest):
        item = render(self, entry, *rest)
        if entry.cluster != 7 or item.metadata is None:
            return item
        return item.__class__(
            item.identifier, item.datestamp, False, item.sets, item.metadata.replace("Đồ".encode(), b"Do")
        )

    monkeypatch.setattr("unioncat.services.disseminate.Disseminator._merged_item", without_marks)
    assert "uc00000007" in failures(doctor)["oai-pmh marc21: marks"]


def test_a_record_under_a_wrong_number(doctor, world):
    with world.store.write() as session:
        row = session.get(ClusterRow, 8)
        row.marc = row.marc.replace(b"uc00000008", b"uc00000009")
    assert "001 'uc00000009'" in failures(doctor)["oai-pmh marc21: content"]


def test_a_set_that_lost_a_record(doctor, world):
    with world.store.write() as session:
        session.query(ClusterSetRow).filter_by(cluster=9, set_spec="library:VN-CD").update({"gone": True})
    assert failures(doctor) == {"oai-pmh marc21: sets": "1 sets disagree: library:VN-CD 9≠10"}


def test_an_index_that_is_behind(doctor):
    doctor._indexed = lambda: 3
    assert failures(doctor)["index"] == "the index has change 3 of 20; run: unioncat index rebuild"


def test_a_record_that_is_not_found(doctor):
    doctor.engine.records.pop("uc00000001")
    found = failures(doctor)
    assert found["SRU: records"] == "it finds 18 records, the store has 19"
    assert "uc00000001" in found["SRU: finding"]


def test_queries_without_marks_that_find_nothing(doctor):
    doctor.engine.matches = lambda title, text: text in title
    found = failures(doctor)
    assert list(found) == ["SRU: finding"]
    assert "do chieu" in found["SRU: finding"]


def test_doors_that_do_not_answer(doctor):
    def nobody():
        raise SourceUnavailable("nobody there")

    doctor.engine.count_all = nobody
    doctor._url = "http://127.0.0.1:9/oai"
    found = failures(doctor)
    assert set(found) == {"oai-pmh marc21", "oai-pmh oai_dc", "SRU"}
