"""A changed ruleset is rehearsed beside the live one, and committed only when told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.union_house import Book, House
from unioncat.matching import RULESET, Ruleset, parse_ruleset
from unioncat.services.live_ruleset import live_ruleset, put_live
from unioncat.services.rehearse import rehearse
from unioncat.services.verify import verify


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
    assert [key for key, _ in found.samples[0].records] == ["vn-bt/1", "vn-bt/2"]
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
