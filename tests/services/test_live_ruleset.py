"""The ruleset in use: every process follows it, changing it can be interrupted, and there is a way back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.union_house import Book, House, one_process
from unioncat.matching import RULESET, MatchView, Ruleset, parse_ruleset
from unioncat.model import NotFound
from unioncat.services.explain import Explainer
from unioncat.services.ingest import Ingest
from unioncat.services.live_ruleset import (
    FORMAT,
    first_version,
    live_ruleset,
    put_live,
    rematch,
    stored_ruleset,
    unfinished,
    versions,
)
from unioncat.services.verify import verify
from unioncat.store import Changes, RecordWriting, Settings, SourceRecords
from unioncat.store.audit import Audit
from unioncat.store.components import Components

BOOKS = [Book(str(number), f"Lục Vân Tiên {number}", year=1950 + number) for number in range(5)]
TWO = [Book("1", "Lục Vân Tiên"), Book("2", "Lục Vân Tiên", publisher="NXB Trẻ")]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(f"sqlite:///{tmp_path / 'c.db'}")
    yield made
    made.close()


def changed(name: str = "strict", *, constants: tuple[str, ...] = (), **thresholds: float) -> Ruleset:
    facts = json.loads(RULESET.body)
    facts["name"] = name
    facts["thresholds"].update(thresholds)
    facts["constants"] = [*facts["constants"], *constants]
    return parse_ruleset(json.dumps(facts), RULESET.weights)


STRICT = changed(merge=0.9999999, review=0.3)
OLD = changed("old", rare_until=1990)
"""Calls every book up to 1990 old: their views are others."""


def last_change(house: House) -> int:
    with house.store.read() as session:
        return Changes(session).last()


def old_ones(house: House) -> list[bool]:
    """Whether each live record is called old by its view, by record key."""
    with house.store.read() as session:
        numbers = SourceRecords(session).live_ids()
        infos, views = Components(session).infos(numbers), Components(session).views(numbers)
    return [MatchView.from_bytes(views[number]).old for number in sorted(numbers, key=lambda one: infos[one].key)]


def test_a_process_that_began_with_other_rules_follows(house: House) -> None:
    house.load(TWO)
    stale = Ingest(house.store, one_process())
    put_live(house.store, OLD, RULESET, who="lan", clock=house.clock)
    stale.run(house.source(), [book.harvested(1) for book in BOOKS], recluster=False)
    house.cluster()
    assert house.pool.ruleset == OLD
    assert old_ones(house) == [True] * 5
    assert verify(house.store, house.pool).is_sound


def test_a_batch_prepared_before_the_change_is_prepared_again(house: House) -> None:
    pool = one_process()
    ingest = Ingest(house.store, pool)

    def records() -> Iterator[Any]:
        for place, book in enumerate(BOOKS, 1):
            yield book.harvested(place)
        put_live(house.store, OLD, RULESET, who="lan", clock=house.clock)  # while the batch is on its way

    ingest.run(house.source(), records(), recluster=False)
    assert old_ones(house) == [True] * 5
    house.cluster()
    assert verify(house.store, house.pool).is_sound


def test_an_interrupted_change_goes_on_where_it_was(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.load(BOOKS)
    monkeypatch.setattr("unioncat.services.live_ruleset.PAGE", 2)
    put_live(house.store, OLD, RULESET, who="lan", clock=house.clock)
    assert unfinished(house.store) is not None
    review = type(house.pool.stages).review
    calls = []

    def dying(self: Any, marcs: Any) -> Any:
        calls.append(marcs)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return review(self, marcs)

    with monkeypatch.context() as patched:
        patched.setattr(type(house.pool.stages), "review", dying)
        with pytest.raises(KeyboardInterrupt):
            house.cluster()
    waiting = unfinished(house.store)
    assert waiting is not None
    assert (waiting.records, waiting.views) == (5, 3)
    assert 0 < waiting.share < 1
    assert old_ones(house) == [True, True, False, False, False]
    house.cluster()
    assert old_ones(house) == [True] * 5
    assert unfinished(house.store) is None
    assert rematch(house.store, house.pool) == 0


def test_there_is_a_way_back_that_leaves_no_trace(house: House) -> None:
    house.load(TWO)
    house.load([Book("9", "Ngư tiều y thuật vấn đáp")], "vn-cd")
    before, untouched = house.fingerprint(), house.record_of("9", "vn-cd")
    kept = house.cluster_of("1")
    first_version(house.store, RULESET, clock=house.clock)
    put_live(house.store, STRICT, RULESET, who="lan", figures={"split": 1}, clock=house.clock)
    house.clock.go_on()
    house.cluster()
    assert house.cluster_of("1") != house.cluster_of("2")
    back = stored_ruleset(house.store, "previous")
    assert back == RULESET
    assert back is not None
    put_live(house.store, back, STRICT, who="minh", clock=house.clock)
    house.clock.go_on()
    house.cluster()
    assert house.fingerprint() == before
    assert house.cluster_of("1") == house.cluster_of("2") == kept
    assert house.record_of("9", "vn-cd") == untouched
    found = versions(house.store)
    assert [(one.name.split()[0], one.who, dict(one.figures)) for one in found] == [
        ("default", "minh", {}),
        ("strict", "lan", {"split": 1}),
        ("default", "", {}),
    ]
    assert stored_ruleset(house.store, str(found[1].number)) == STRICT
    assert stored_ruleset(house.store, STRICT.digest) == STRICT
    assert stored_ruleset(house.store, "previous") == STRICT
    assert stored_ruleset(house.store, "nonesuch") is None
    with house.store.read() as session:
        noted = Audit(session).page(action="ruleset-live")
    assert [(one.who, one.details.get("split")) for one in noted] == [("minh", None), ("lan", 1)]


def test_what_was_in_use_is_kept_even_if_nobody_kept_it(house: House) -> None:
    assert live_ruleset(house.store) is None
    with pytest.raises(NotFound):
        stored_ruleset(house.store, "previous")
    put_live(house.store, STRICT, RULESET, who="lan", clock=house.clock)
    assert live_ruleset(house.store) == STRICT
    assert stored_ruleset(house.store, "previous") == RULESET
    first_version(house.store, RULESET, clock=house.clock)
    assert live_ruleset(house.store) == STRICT


def test_the_same_rules_put_into_use_again_change_nothing(house: House) -> None:
    house.load(TWO)
    before = last_change(house)
    put_live(house.store, changed("renamed"), RULESET, who="lan", clock=house.clock)
    house.cluster()
    assert last_change(house) == before


def test_views_of_an_older_package_are_made_anew(house: House) -> None:
    house.load(TWO)
    before = house.fingerprint()
    with house.store.write() as session:
        numbers = SourceRecords(session).live_ids()
        RecordWriting(session).rematch((number, b'["of", "another", "make"]', b"") for number in numbers)
        Settings(session).set(FORMAT, "older")
    assert len(Explainer(house.store, RULESET).near_misses("vn-bt/1")) == 0
    house.cluster()
    assert len(old_ones(house)) == 2
    assert house.fingerprint() == before
    assert verify(house.store, house.pool).is_sound
