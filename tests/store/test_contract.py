"""What every store must do, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.union_house import LIBRARIES, Book, House, books
from unioncat.model import (
    Account,
    ClusterId,
    Conflict,
    MemberCode,
    NotFound,
    RecordKey,
    Refusal,
    Source,
    SourceId,
    WrongUse,
)
from unioncat.store import (
    Changes,
    Clusters,
    ClusterSets,
    Harvests,
    Members,
    Refusals,
    Settings,
    SourceRecords,
    Sources,
    Store,
    Verdicts,
)
from unioncat.store.integrity import broken_rules

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.create(url) as made:
        with made.write() as session:
            Members(session).add(LIBRARIES[0])
        yield made


@pytest.fixture
def house(url: str) -> Iterator[House]:
    made = House(url)
    yield made
    made.close()


def a_source(code: str = "bt") -> Source:
    return Source(SourceId(0), code, LIBRARIES[0].code, "oai-pmh", quirks={"delay": "1"}, cursor=NOW)


def test_members(store: Store) -> None:
    with store.write() as session:
        Members(session).add(LIBRARIES[1])
        with pytest.raises(Conflict):
            Members(session).add(LIBRARIES[1])
        Members(session).update(replace(LIBRARIES[1], profile={"hours": "8-17 giờ"}))
    with store.read() as session:
        assert Members(session).all() == [LIBRARIES[0], replace(LIBRARIES[1], profile={"hours": "8-17 giờ"})]
        with pytest.raises(NotFound):
            Members(session).get("VN-XX")


def test_a_failed_write_leaves_nothing(store: Store) -> None:
    def write() -> None:
        with store.write() as session:
            Members(session).add(LIBRARIES[1])
            Members(session).get("VN-XX")

    with pytest.raises(NotFound):
        write()
    with store.read() as session:
        assert Members(session).count() == 1


def test_a_reader_sees_one_moment(store: Store) -> None:
    with store.read() as session:
        assert Members(session).count() == 1
        with store.write() as other:
            Members(other).add(LIBRARIES[1])
        assert Members(session).count() == 1
    with store.read() as session:
        assert Members(session).count() == 2


def test_sources_and_leases(store: Store) -> None:
    with store.write() as session:
        source = Sources(session).add(a_source())
        assert Sources(session).get("bt") == source == replace(a_source(), id=source.id)
        with pytest.raises(Conflict):
            Sources(session).add(a_source())
        with pytest.raises(NotFound):
            Sources(session).add(replace(a_source("c"), member=MemberCode("nobody")))
        sources = Sources(session)
        minute = timedelta(minutes=1)
        assert sources.lease(source.id, "one", NOW + minute, NOW)
        assert not sources.lease(source.id, "two", NOW + minute, NOW)
        assert sources.lease(source.id, "one", NOW + 2 * minute, NOW)
        assert sources.lease(source.id, "two", NOW + 5 * minute, NOW + 3 * minute)
        sources.release(source.id, "one")
        assert sources.lease_of(source.id) == ("two", NOW + 5 * minute)
        sources.release(source.id, "two")
        sources.set_next_run(source.id, NOW)
        assert [each.code for each in sources.due(NOW)] == ["bt"]
        assert sources.due(NOW - minute) == []


def test_harvests_and_refusals(store: Store) -> None:
    with store.write() as session:
        source = Sources(session).add(a_source())
        number = Harvests(session).start(source.id, NOW, full=True)
        Harvests(session).progress(number, Account(1, 2, 3, 4), "token", response_date=NOW)
        Refusals(session).add(
            [
                Refusal(0, number, source.id, "vì sao", place, f"r{place}", "iso2709", b"\x00\xff", {"a": "b"})
                for place in (1, 2)
            ]
        )
    with store.write() as session:
        found = Harvests(session).get(number)
        assert (found.account, found.resume, found.response_date) == (Account(1, 2, 3, 4), "token", NOW)
        assert Harvests(session).unfinished(source.id) == found
        Harvests(session).finish(number, "complete", NOW)
        assert Harvests(session).unfinished(source.id) is None
        first, second = Refusals(session).all(source=source.id)
        assert (first.raw, first.hints, first.position) == (b"\x00\xff", {"a": "b"}, 1)
        Refusals(session).settle([first.id])
        assert [each.id for each in Refusals(session).all()] == [second.id]


def test_settings(store: Store) -> None:
    with store.write() as session:
        Settings(session).set("key", "một")
        Settings(session).set("key", "hai")
        assert Settings(session).get("key") == "hai"
        Settings(session).remove("key")
        assert Settings(session).get("key", "none") == "none"


def test_verdicts_are_superseded_never_overwritten(store: Store) -> None:
    a, b = RecordKey("bt/1"), RecordKey("bt/2")
    with store.write() as session:
        verdicts = Verdicts(session)
        first = verdicts.add(b, a, same=True, who="an", why="cùng bản", now=NOW)
        assert (first.left, first.right) == (a, b)
        second = verdicts.add(a, b, same=False, who="bình", why="khác tập", now=NOW)
        assert [each.id for each in verdicts.all()] == [second.id]
        assert [each.is_live for each in verdicts.history(a)] == [False, True]
        assert verdicts.touching([b])[0].same is False
        verdicts.undo(second.id, NOW)
        assert verdicts.all() == []
        with pytest.raises(WrongUse):
            verdicts.undo(second.id, NOW)
        with pytest.raises(WrongUse):
            verdicts.add(a, a, same=True, who="", why="", now=NOW)


def test_changes_are_paged_by_number(store: Store) -> None:
    with store.write() as session:
        Changes(session).append([ClusterId(5), ClusterId(7), ClusterId(5)], NOW)
    with store.read() as session:
        changes = Changes(session)
        assert [cluster for _, cluster in changes.after(0)] == [5, 7, 5]
        first = changes.after(0, 1)[0][0]
        assert [cluster for _, cluster in changes.after(first)] == [7, 5]
        assert changes.last() == changes.after(0)[-1][0]


def test_the_catalogue_of_three_libraries(house: House) -> None:
    house.load(books(40))
    house.load([replace(book, number=f"cd{book.number}") for book in books(20)], "vn-cd")
    counts = house.catalogue.counts()
    assert (counts.records, counts.source_records) == (40, 60)
    assert counts.by_member == {"VN-BT": 40, "VN-CD": 20}
    merged = house.record_of("b00003")
    assert [each.key for each in house.catalogue.source_records(merged.id)] == ["vn-bt/b00003", "vn-cd/cdb00003"]
    assert house.catalogue.provenance(merged.id)
    assert house.catalogue.export(merged, "https://example.vn").members.keys() == {"VN-BT", "VN-CD"}
    with house.store.read() as session:
        assert broken_rules(session) == []
        assert len(list(Clusters(session).ids())) == 40
        stored = SourceRecords(session)
        assert len(list(stored.of_source(house.source().id))) == 40
        assert stored.counts()[house.source().id] == (40, 0)


def test_set_lists_are_paged_by_key(house: House) -> None:
    for start in range(0, 30, 10):
        house.load(books(10, start))
        house.clock.go_on()
    house.delete("b00004")
    with house.store.read() as session:
        sets = ClusterSets(session)
        everything = sets.page(limit=100)
        assert len(everything) == 30
        assert everything[-1].gone
        listed = []
        after = None
        while page := sets.page(after=after, limit=7):
            listed += page
            after = (page[-1].datestamp, page[-1].cluster)
        assert listed == everything
        assert sets.page("library:VN-BT", limit=100) == everything
        assert sets.count(until=house.clock.now - timedelta(seconds=3)) == 9
        assert sets.earliest() == everything[0].datestamp
        assert sets.counts()[""] == 29


def test_a_record_that_leaves_a_set_is_gone_there(house: House) -> None:
    book = Book("1", "Lịch sử Bến Tre")
    house.load([book])
    house.clock.go_on()
    changed = book.marc().replace(b" vie d", b" eng d")
    house.load([replace(book.harvested(), raw=replace(book.harvested().raw, data=changed))])  # type: ignore[type-var]
    with house.store.read() as session:
        lines = dict(ClusterSets(session).of(house.cluster_of("1")))
    assert lines["lang:vie"].gone
    assert not lines["lang:eng"].gone
    assert {line.datestamp for line in lines.values()} == {house.clock.now}


def test_a_deleted_and_a_taken_over_record(house: House) -> None:
    house.load(books(3))
    first, second = house.cluster_of("b00000"), house.cluster_of("b00001")
    with house.store.write() as session:
        Verdicts(session).add(
            RecordKey("vn-bt/b00000"), RecordKey("vn-bt/b00001"), same=True, who="", why="", now=house.clock()
        )
    house.load([replace(books(2)[1], pages=5)])
    assert house.catalogue.record(second).heir == first
    assert house.catalogue.heir(second) == first
    house.delete("b00000", "b00001")
    assert house.catalogue.record(first).deleted
    with house.store.read() as session:
        assert broken_rules(session) == []
