"""Several writers and readers at once, on both databases."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.union_house import House, books
from unioncat.model import ClusterId
from unioncat.store import Changes, ClusterSets, Store
from unioncat.store.dirty import Dirty
from unioncat.store.integrity import broken_rules
from unioncat.store.locks import alone
from unioncat.store.stamping import LEFT_BEHIND, second_of, settle_left_behind
from unioncat.store.tables import UnsettledRow

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.create(url) as made:
        yield made


def at_once(*works: Callable[[], None]) -> None:
    """Run these in threads; the first error of any is raised here."""
    errors: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]


def test_a_slow_writer_never_commits_a_number_behind_a_readers_back(store: Store) -> None:
    """The trap: A draws number 1, B draws 2 and commits, a reader sees 2, A commits 1."""
    done = threading.Event()
    seen: list[int] = []

    def writer(seed: int) -> Callable[[], None]:
        chosen = random.Random(seed)

        def work() -> None:
            for each in range(6):
                with store.write() as session:
                    time.sleep(chosen.random() / 200)
                    Changes(session).append(
                        [ClusterId(seed * 1000 + each * 2), ClusterId(seed * 1000 + each * 2 + 1)], NOW
                    )
                    time.sleep(chosen.random() / 100)

        return work

    def reader() -> None:
        last = 0
        while True:
            ended = done.is_set()
            with store.read() as session:
                page = Changes(session).after(last)
            seen.extend(cluster for _, cluster in page)
            last = page[-1][0] if page else last
            if ended and not page:
                return

    reading = threading.Thread(target=reader)
    reading.start()
    at_once(*(writer(seed) for seed in range(1, 5)))
    done.set()
    reading.join(60)
    assert sorted(seen) == sorted(seed * 1000 + each for seed in range(1, 5) for each in range(12))


def test_two_loaders_at_once_make_what_one_after_the_other_makes(url: str, tmp_path: object) -> None:
    mine = books(150)
    theirs = [replace(book, number=f"t{book.number}") for book in books(150, 50)]
    one, other = House(url), House(url)
    at_once(lambda: one.load(mine) and None, lambda: other.load(theirs, "vn-cd") and None)
    one.cluster()
    together = one.fingerprint()
    with one.store.read() as session:
        assert Dirty(session).count() == 0
        assert [str(each) for each in broken_rules(session)] == []
    other.close()
    one.close()
    calm = House(f"sqlite:///{tmp_path}/calm.db")
    calm.load(mine)
    calm.load(theirs, "vn-cd")
    assert calm.fingerprint() == together
    calm.close()


def test_one_source_loaded_twice_at_once_is_stored_once(url: str) -> None:
    one, other = House(url), House(url)
    runs = []
    at_once(lambda: runs.append(one.load(books(120))), lambda: runs.append(other.load(books(120))))
    assert sum(run.account.stored for run in runs) == 120
    assert sum(run.account.unchanged for run in runs) == 120
    assert len(one.clusters()) == 120
    one.close()
    other.close()


def test_clustering_is_done_by_one_at_a_time(store: Store) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        with alone(store, "cluster"):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.05)
            inside.pop()

    at_once(*[work] * 4)
    assert max(most) == 1
    assert len(most) == 4


def harvest(house: House, since: datetime | None) -> tuple[datetime, set[ClusterId]]:
    """(responseDate, clusters listed) of a harvester that asks from `since`, as OAI-PMH answers it."""
    response_date = second_of(datetime.now(UTC))
    with house.store.read() as session:
        return response_date, {entry.cluster for entry in ClusterSets(session).page(from_=since, limit=10_000)}


@pytest.mark.slow
def test_a_harvester_that_goes_on_from_its_last_response_date_misses_nothing(url: str) -> None:
    house = House(url)
    house.recluster._clock = lambda: datetime.now(UTC)
    done = threading.Event()
    listed: set[ClusterId] = set()

    def harvester() -> None:
        since: datetime | None = None
        while True:
            ended = done.is_set()
            since, found = harvest(house, since)
            listed.update(found)
            if ended:
                return
            time.sleep(0.05)

    reading = threading.Thread(target=harvester)
    reading.start()
    for start in range(0, 150, 10):
        house.load(books(10, start))
        time.sleep(0.15)
    done.set()
    reading.join(30)
    assert len(listed) == 150
    house.close()


def test_a_stamp_that_was_overtaken_by_the_clock_is_made_again(url: str) -> None:
    house = House(url)
    readings = iter([NOW + timedelta(seconds=0.8 + step * 0.3) for step in range(100)])
    house.recluster._clock = lambda: next(readings)
    house.load(books(1))
    with house.store.read() as session:
        (entry,) = ClusterSets(session).page()
        assert session.get(UnsettledRow, 1) is None
    record = house.catalogue.record(entry.cluster)
    assert record.datestamp == entry.datestamp
    assert record.datestamp > NOW
    house.close()


def test_stamps_that_a_crash_left_behind_are_made_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(url)
    with monkeypatch.context() as patch:
        patch.setattr("unioncat.services.recluster.settle", lambda *_: None)  # killed between commit and settling
        house.load(books(3))
    before = house.record_of("b00000").datestamp
    later = house.clock.now + LEFT_BEHIND + timedelta(seconds=5)
    assert settle_left_behind(house.store, lambda: later) == 1
    assert house.record_of("b00000").datestamp == later > before
    assert settle_left_behind(house.store, lambda: later) == 0
    with house.store.read() as session:
        assert broken_rules(session) == []
    house.close()
