from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.union_house import House, books
from unioncat.model import ClusterId
from unioncat.search import open_engine, open_writer
from unioncat.services import indexing
from unioncat.services.index_feed import IndexFeed
from unioncat.services.indexing import Indexer
from unioncat.services.pipeline import Indexed, Stages
from unioncat.services.recluster import Recluster
from unioncat.store import Changes, Clusters, Members
from unioncat.store.holdings import Holdings


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(f"sqlite:///{tmp_path / 'store.db'}")
    yield made
    made.close()


@pytest.fixture
def index(tmp_path: Path) -> str:
    return f"tantivy://{tmp_path / 'index'}"


def feed_into(house: House, index: str) -> IndexFeed:
    feed = IndexFeed(house.store, index, house.pool)
    house.recluster = Recluster(house.store, house.pool, clock=house.clock, feed=feed)
    house.ingest._recluster = house.recluster.run
    return feed


def state(house: House, index: str) -> tuple[int, bool]:
    """(documents, whether it contains the last change)."""
    engine = open_engine(index)
    with house.store.read() as session:
        return engine.count(), engine.change_number() == Changes(session).last()


def test_what_is_clustered_is_searchable_at_once(house: House, index: str) -> None:
    feed = feed_into(house, index)
    house.load(books(30))
    assert feed.documents == 30
    assert state(house, index) == (30, True)
    house.load([replace(books(2)[1], pages=77)])
    house.delete("b00005", "b00006")
    assert state(house, index) == (28, True)
    assert Indexer(house.store, index).catch_up() == 0


def test_an_index_that_is_behind_is_left_to_the_indexer(house: House, index: str) -> None:
    house.load(books(5))
    feed = feed_into(house, index)
    house.load(books(10))
    assert feed.documents == 0
    Indexer(house.store, index).catch_up()
    house.load(books(12))
    assert feed.documents == 2
    assert state(house, index) == (12, True)


def test_an_index_that_somebody_writes_is_left_to_them(house: House, index: str) -> None:
    feed = feed_into(house, index)
    house.load(books(3))
    writer = open_writer(index)
    house.load(books(6))
    writer.close()
    assert feed.documents == 3
    Indexer(house.store, index).catch_up()
    assert state(house, index) == (6, True)


def test_a_hidden_record_stays_hidden(house: House, index: str) -> None:
    feed_into(house, index)
    house.load(books(3))
    with house.store.write() as session:
        Clusters(session).suppress(house.cluster_of("b00001"), True)
    house.load([replace(books(2)[1], pages=77)])
    assert state(house, index) == (2, True)


def test_the_feed_makes_the_documents_that_the_indexer_makes(house: House, index: str) -> None:
    house.load(books(20))
    house.load([replace(book, number=f"c{book.number}") for book in books(10)], "vn-cd")
    with house.store.read() as session:
        members = {member.code: member for member in Members(session).all()}
        records = Clusters(session).many([ClusterId(number) for number in range(1, 21)])
        assert Holdings(session).of(records[0].id)
    theirs = indexing._encode(index, members, records)
    for record, theirs_of_it in zip(records, theirs, strict=True):
        rows = [
            (
                each.member,
                0,
                each.call_number,
                each.location,
                each.copies,
                each.summary,
                each.note,
                each.url,
                each.local_id,
                "[]",
            )
            for each in record.holdings
        ]
        indexed = Indexed(record.id, record.marc, record.fingerprint, rows, record.sets, record.created)
        (ours,) = Stages(house.pool.ruleset).encode(index, [indexed], record.datestamp, members)
        assert ours == theirs_of_it
