"""A changed ruleset is rehearsed beside the live one, and committed only when told."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.union_house import Book, House
from unioncat.marc import from_json
from unioncat.matching import RULESET, Ruleset, cluster_views, fingerprint, match_view, parse_ruleset
from unioncat.matching import Verdict as Spoken
from unioncat.model import ClusterId, HarvestedRecord, RawRecord, RecordKey
from unioncat.services.live_ruleset import live_ruleset, put_live
from unioncat.services.rehearse import _SortedLines, rehearse
from unioncat.services.verdicts import VerdictDesk
from unioncat.services.verify import verify
from unioncat.store import Changes, SourceRecords, Verdicts
from unioncat.store.components import Components


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(f"sqlite:///{tmp_path / 'c.db'}")
    made.load([Book("1", "Lục Vân Tiên"), Book("2", "Lục Vân Tiên", publisher="NXB Trẻ")])
    made.load([Book("3", "Ngư tiều y thuật vấn đáp")], "vn-cd")
    yield made
    made.close()


def changed(**thresholds: float) -> Ruleset:
    facts = json.loads(RULESET.body)
    facts["name"] = "strict"
    facts["thresholds"].update(thresholds)
    return parse_ruleset(json.dumps(facts), RULESET.weights)


def test_the_same_ruleset_changes_nothing(house: House) -> None:
    found = rehearse(house.store, RULESET, RULESET)
    assert found.changes_nothing
    assert found.fingerprint_now == found.fingerprint_then
    assert (found.records, found.clusters_now, found.clusters_then) == (3, 2, 2)


def test_a_stricter_one_shows_what_would_split(house: House) -> None:
    before = house.fingerprint()
    strict = changed(merge=0.9999999, review=0.3)
    found = rehearse(house.store, strict, RULESET)
    assert (found.joined, found.split, found.clusters_then) == (0, 1, 3)
    assert found.reharvested == 2
    assert [(key, part) for key, _, part in found.samples[0].records] == [("vn-bt/1", 1), ("vn-bt/2", 2)]
    assert found.samples[0].title == "Lục Vân Tiên"
    assert found.as_json()["split"] == 1
    assert "split" in str(found)
    assert house.fingerprint() == before


def test_another_field_table_shows_what_would_be_harvested_again(house: House) -> None:
    facts = json.loads(RULESET.body)
    facts["merge"]["fields"]["300"] = "drop"
    found = rehearse(house.store, parse_ruleset(json.dumps(facts), RULESET.weights), RULESET)
    assert (found.joined, found.split, found.reharvested) == (0, 0, 2)


def test_committing_makes_it_so_and_keeps_the_ids(house: House) -> None:
    assert live_ruleset(house.store) is None
    kept = house.cluster_of("1")
    untouched = house.record_of("3", "vn-cd")
    strict = changed(merge=0.9999999, review=0.3)
    put_live(house.store, strict, RULESET, who="lan", clock=house.clock)
    house.clock.go_on()
    house.cluster()
    assert house.cluster_of("1") == kept
    assert house.cluster_of("2") != kept
    assert house.record_of("3", "vn-cd") == untouched
    live = live_ruleset(house.store)
    assert live is not None
    assert live.digest == strict.digest
    assert house.pool.ruleset == strict
    assert verify(house.store, house.pool).is_sound


def test_a_ruleset_equals_itself_read_back_and_no_other(house: House) -> None:
    put_live(house.store, RULESET, RULESET, who="lan", clock=house.clock)
    assert live_ruleset(house.store) == RULESET
    assert live_ruleset(house.store) != changed(floor=0.1)
    facts = json.loads(RULESET.weights)
    facts["bias"] += 0.25
    assert parse_ruleset(RULESET.body, json.dumps(facts)) != RULESET


def in_memory(house: House, ruleset: Ruleset) -> tuple[int, int, int, int, str]:
    """(clusters, joined, split, fetched again, fingerprint) by clustering all views at once."""
    views, now = {}, {}
    with house.store.read() as session:
        numbers = SourceRecords(session).live_ids(limit=10_000)
        marcs, infos = Components(session).marcs(numbers), Components(session).infos(numbers)
        spoken = [Spoken(one.left, one.right, one.same, one.id) for one in Verdicts(session).all()]
    for number, info in infos.items():
        views[info.key] = match_view(from_json(marcs[number]), ruleset)
        now[info.key] = info.cluster
    clusters = cluster_views(views, ruleset, spoken).partition.clusters
    before: dict[ClusterId | None, set[RecordKey]] = {}
    for key, cluster in now.items():
        before.setdefault(cluster, set()).add(key)
    olds = [{now[key] for key in members} for members in clusters]
    touched = {c for old, members in zip(olds, clusters, strict=True) for c in old if before[c] != members}
    pieces = Counter(cluster for old in olds for cluster in old)
    split = [count for count in pieces.values() if count > 1]
    joined = sum(len(old) > 1 for old in olds)
    return len(clusters), joined, len(split), len(touched) + sum(split) - len(split), fingerprint(clusters)


@pytest.mark.parametrize("thresholds", [{"merge": 0.97, "review": 0.3}, {"merge": 0.5, "review": 0.3}])
def test_a_rehearsal_foretells_what_comes(tmp_path: Path, shared_data: Path, thresholds: dict[str, float]) -> None:
    lines = gzip.decompress((shared_data / "matching/vn-editions/records.jsonl.gz").read_bytes()).splitlines()
    records = [HarvestedRecord(None, RawRecord("marcjson", line, place)) for place, line in enumerate(lines, 1)]
    house = House(f"sqlite:///{tmp_path / 'c.db'}")
    house.load(records[:600])
    house.load(records[600:], "vn-cd")
    keys = sorted(key for cluster in house.clusters() if len(cluster) > 2 for key in cluster)
    desk = VerdictDesk(house.store, house.recluster.run, clock=house.clock)
    desk.say(keys[0], keys[-1], same=True, who="lan", why="thử")
    desk.separate(keys[1], who="lan", why="thử")
    new = changed(**thresholds)
    stages: dict[str, int] = {}
    found = rehearse(house.store, new, RULESET, progress=lambda stage, done: stages.update({stage: done}))
    assert stages == {"reading": len(records), "linking": len(records), "comparing": len(records)}
    told = (found.clusters_then, found.joined, found.split, found.reharvested, found.fingerprint_then)
    assert told == in_memory(house, new)
    assert found.fingerprint_now == fingerprint(house.clusters())
    with house.store.read() as session:
        last = Changes(session).last()
    put_live(house.store, new, RULESET, who="lan", clock=house.clock)
    house.clock.go_on()
    house.cluster()
    assert fingerprint(house.clusters()) == found.fingerprint_then
    with house.store.read() as session:
        fetched = {cluster for _, cluster in Changes(session).after(last, 10_000)}
    assert len(fetched) == found.reharvested
    house.close()


def test_fingerprints_of_many_clusters_are_sorted_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unioncat.services.rehearse.LINES", 3)
    clusters = [{RecordKey(f"a/{number}"), RecordKey(f"a/{number}\n\tx")} for number in range(20)]
    lines = _SortedLines()
    for cluster in clusters:
        lines.add(cluster)
    assert lines.digest() == fingerprint(clusters)
