"""Dumps: whole or what changed, never half, with checksums that hold."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.oai_world import World
from unioncat.marc import from_json
from unioncat.model import ClusterId, WrongUse
from unioncat.services.catalogue import Catalogue
from unioncat.services.dcat import Publication
from unioncat.services.dump import Dumps
from unioncat.services.formats import Formats
from unioncat.services.giveback import added_fields
from unioncat.store import Changes, Clusters
from unioncat.store.tables import ClusterRow

PUBLICATION = Publication("Mục lục", "Catalogue", "Thư viện tỉnh", "a@example.vn", "https://mucluc.example.vn")


@pytest.fixture
def world(tmp_path):
    world = World.create(tmp_path)
    for number in range(1, 13):
        world.add(libraries=["VN-BT", "VN-CD"] if number % 2 else ["VN-BT"])
    note(world, *range(1, 13))
    yield world
    world.store.close()


def note(world, *clusters):
    with world.store.write() as session:
        Changes(session).append([ClusterId(number) for number in clusters], world.clock)


@pytest.fixture
def dumps(world, tmp_path):
    moments = iter(datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(100))
    exports = Formats.load().export
    return Dumps(
        world.store, Catalogue(world.store), exports, tmp_path / "data", PUBLICATION, clock=lambda: next(moments)
    )


def lines(report, name):
    with gzip.open(report.path / name, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def test_a_full_dump_holds_every_live_record_in_every_format(dumps, world, tmp_path):
    world.delete(ClusterId(3))
    report = dumps.make()
    assert (report.kind, report.records, report.deleted) == ("full", 11, 0)
    ids = [from_json(json.dumps(line))["001"].data for line in lines(report, "unioncat.json.gz")]
    assert ids == [f"uc{number:08d}" for number in range(1, 13) if number != 3]
    formats = Formats.load()
    for name in ("unioncat.mrc.gz", "unioncat.marcxml.gz", "unioncat.json.gz"):
        assert len(list(formats.open(report.path / name))) == 11
    assert (tmp_path / "data" / "latest-full").resolve() == report.path


def test_checksums_and_description_hold(dumps, tmp_path):
    report = dumps.make(["iso2709", "marcxml"])
    sums = dict(line.split("  ")[::-1] for line in (report.path / "SHA256SUMS").read_text().splitlines())
    assert set(sums) == {"unioncat.mrc.gz", "unioncat.marcxml.gz"}
    for name, digest in sums.items():
        assert hashlib.sha256((report.path / name).read_bytes()).hexdigest() == digest
    described = json.loads((tmp_path / "data" / "catalog.jsonld").read_bytes())
    (dataset,) = described["dcat:dataset"]
    distributions = {each["dct:title"]: each for each in dataset["dcat:distribution"]}
    assert distributions["unioncat.mrc.gz"]["spdx:checksum"]["spdx:checksumValue"] == sums["unioncat.mrc.gz"]
    assert dataset["@id"] == f"https://mucluc.example.vn/data/{report.path.name}"


def test_a_delta_holds_what_changed_since_the_last_dump(dumps, world):
    dumps.make(["marcjson"])
    world.tick()
    world.put(2, "Changed")
    world.put(2, "Changed again")
    world.delete(ClusterId(5))
    note(world, 2, 5, 2)
    report = dumps.make(["marcjson"], since="last")
    assert (report.kind, report.records, report.deleted) == ("delta", 1, 1)
    assert "Changed again" in str(lines(report, "unioncat.json.gz"))
    assert [line["id"] for line in lines(report, "deleted.jsonl.gz")] == ["uc00000005"]
    empty = dumps.make(["marcjson"], since="last")
    assert (empty.records, empty.deleted) == (0, 0)
    by_date = dumps.make(["marcjson"], since=world.clock.isoformat())
    assert (by_date.records, by_date.deleted) == (1, 1)


def test_a_suppressed_record_counts_as_deleted(dumps, world):
    with world.store.write() as session:
        Clusters(session).suppress(ClusterId(1), True)
    assert dumps.make(["marcjson"]).records == 11


def test_a_record_too_long_for_iso_2709_is_not_lost(dumps, world):
    with world.store.write() as session:
        row = session.get(ClusterRow, 4)
        row.marc = row.marc.replace("Sách số 4".encode(), b"x" * 120_000)
    report = dumps.make(["iso2709", "marcxml"])
    assert (report.records, report.oversize) == (12, 1)
    counts = {file.name: file.records for file in report.files}
    assert counts == {"unioncat.mrc.gz": 11, "unioncat.marcxml.gz": 12, "oversize.marcxml.gz": 1}


def test_a_dump_that_breaks_off_leaves_nothing(dumps, world, tmp_path, monkeypatch):
    before = dumps.make(["marcjson"])
    monkeypatch.setattr(Dumps, "_describe", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        dumps.make(["marcjson"])
    left = {path.name for path in (tmp_path / "data").iterdir()}
    assert left == {before.path.name, "latest-full", "catalog.jsonld"}


def test_old_dumps_are_let_go(dumps, tmp_path):
    made = [dumps.make(["marcjson"], keep=2).path.name for _ in range(4)]
    assert [manifest["name"] for manifest in dumps.published()] == made[:1:-1]


def test_the_same_catalogue_gives_the_same_bytes(dumps):
    first, second = dumps.make(["marcjson"]), dumps.make(["marcjson"])
    assert first.files == second.files


@pytest.mark.parametrize("since", ["yesterday", "last"])
def test_a_beginning_that_cannot_be_found_is_said(dumps, since):
    with pytest.raises(WrongUse):
        dumps.make(["marcjson"], since=since)


def test_an_unknown_format_is_said(dumps):
    with pytest.raises(WrongUse, match="no dumps in pdf"):
        dumps.make(["pdf"])


def test_a_library_gets_its_own_records_back_enriched_in_one_file(dumps, world, tmp_path):
    with world.store.write() as session:
        row = session.get(ClusterRow, 1)
        record = json.loads(row.marc)
        record["fields"].append({"650": {"ind1": " ", "ind2": "4", "subfields": [{"a": "Văn học"}]}})
        row.marc = json.dumps(record).encode()
    disseminator = world.disseminator({})
    path = tmp_path / "VN-CD.json"
    assert dumps.giveback(disseminator, "VN-CD", path, "marcjson") == 6
    records = [from_json(line) for line in path.read_bytes().splitlines()]
    assert [record["001"].data for record in records] == [f"VN-CD-{number}" for number in range(1, 13, 2)]
    (added,) = added_fields(records[0])
    assert added.tag == "650"
    assert added_fields(records[1]) == []
    assert records[0]["883"]["w"] == "uc00000001"
