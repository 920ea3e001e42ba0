from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.union_house import Book, House, books
from unioncat.model import HarvestedRecord, NotFound, RawRecord, record_key
from unioncat.store import Changes, ClusterSets, Sources, Verdicts
from unioncat.store.components import Components
from unioncat.store.dirty import Dirty
from unioncat.store.integrity import broken_rules

LUC = Book("lvt1", "Lục Vân Tiên")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(f"sqlite:///{tmp_path / 'store.db'}")
    yield made
    made.close()


def changes_after(house: House, number: int) -> list[int]:
    with house.store.read() as session:
        return [cluster for _, cluster in Changes(session).after(number, 10_000)]


def last_change(house: House) -> int:
    with house.store.read() as session:
        return Changes(session).last()


def assert_sound(house: House) -> None:
    with house.store.read() as session:
        assert [str(each) for each in broken_rules(session)] == []
        assert Dirty(session).count() == 0


def test_two_libraries_with_one_book_make_one_record_with_two_holdings(house: House) -> None:
    house.load([LUC])
    house.load([replace(LUC, number="99", call_number="V24")], "vn-cd")
    merged = house.record_of("lvt1")
    assert merged.id == house.cluster_of("99", "vn-cd")
    assert [(each.member, each.call_number) for each in merged.holdings] == [("VN-BT", "895.922 LU"), ("VN-CD", "V24")]
    assert {"library:VN-BT", "library:VN-CD", "kind:public", "kind:college"} <= set(merged.sets)
    assert_sound(house)


def test_loading_the_same_again_changes_nothing(house: House) -> None:
    house.load(books(30))
    before = last_change(house)
    run = house.load(books(30))
    assert str(run.account) == "read 30 = stored 0 + unchanged 30 + deleted 0 + refused 0"
    assert last_change(house) == before


def test_only_touched_records_are_written(house: House) -> None:
    house.load(books(50))
    before = last_change(house)
    house.load([replace(books(50)[7], pages=999)])
    assert changes_after(house, before) == [house.cluster_of("b00007")]


def test_touched_are_the_records_of_the_components_that_a_batch_meets(house: House) -> None:
    sorted_load(house, mixed_books())
    before = set(house.clusters())
    joining = [replace(book, number=book.number + "n", call_number="mới") for book in books(60)[5:15]]
    apart = books(20, start=5000)
    house.store_only([*joining, *apart], "vn-mc")
    report = house.cluster()
    new = {record_key("vn-mc", book.number) for book in (*joining, *apart)}
    after = set(house.clusters())
    reached = set().union(*(cluster for cluster in after if cluster & new))
    reached |= set().union(*(cluster for cluster in before - after))
    with house.store.read() as session:  # a link that complete linkage did not follow holds a component together too
        numbers = Components(session).ids({key for cluster in after for key in cluster})
        keys = {number: key for key, number in numbers.items()}
        while (
            more := {
                keys[side]
                for left, right, _ in Components(session).merge_links([numbers[key] for key in reached])
                for side in (left, right)
            }
            - reached
        ):
            reached |= set().union(*(cluster for cluster in after if cluster & more))
    assert report.touched == len(reached) < sum(map(len, after)) / 2
    assert report.linked == len(new)


def test_small_tasks_give_the_same_catalogue(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = mixed_books()
    sorted_load(house, records)
    for name, size in (
        ("PAIRS_AT_ONCE", 3),
        ("RECORDS_AT_ONCE", 2),
        ("FIRST_CHUNK", 2),
        ("CHUNK", 9),
        ("FIRST_LINKS", 3),
        ("LINK_BATCH", 11),
        ("VIEWS_KEPT", 4),
    ):
        monkeypatch.setattr(f"unioncat.services.recluster.{name}", size)
    other = House(f"sqlite:///{tmp_path / 'other.db'}")
    sorted_load(other, records)
    other.delete(*(book.number for code, book in records[:30] if code == "vn-bt"))
    house.delete(*(book.number for code, book in records[:30] if code == "vn-bt"))
    assert other.fingerprint() == house.fingerprint()
    assert_sound(other)
    other.close()


def test_a_deleted_record_leaves_a_tombstone_and_comes_back_under_its_id(house: House) -> None:
    house.load([LUC])
    cluster = house.cluster_of("lvt1")
    house.clock.go_on()
    house.delete("lvt1")
    gone = house.catalogue.record(cluster)
    assert gone.deleted
    assert gone.heir is None
    assert gone.holdings == ()
    with house.store.read() as session:
        assert {spec: line.gone for spec, line in ClusterSets(session).of(cluster)}[""] is True
    house.clock.go_on()
    house.load([LUC])
    back = house.catalogue.record(cluster)
    assert not back.deleted
    assert house.cluster_of("lvt1") == cluster
    assert_sound(house)


def test_a_record_that_joins_two_clusters_leaves_a_redirect(house: House) -> None:
    # the same book under two titles that do not meet, until a person says so
    house.load([LUC, Book("x", "Truyện Kiều", "Nguyễn, Du", 2002, 300)])
    first, second = house.cluster_of("lvt1"), house.cluster_of("x")
    assert first != second
    with house.store.write() as session:
        Verdicts(session).add(
            record_key("vn-bt", "lvt1"), record_key("vn-bt", "x"), same=True, who="an", why="thử", now=house.clock()
        )
        Dirty(session).mark([1], linked=True)  # type: ignore[list-item]
    house.cluster()
    assert house.cluster_of("lvt1") == house.cluster_of("x") == min(first, second)
    lost = house.catalogue.record(max(first, second))
    assert lost.deleted
    assert lost.heir == min(first, second)
    assert house.catalogue.heir(lost.id) == min(first, second)
    assert_sound(house)
    with house.store.write() as session:
        Verdicts(session).undo(1, house.clock())
        Dirty(session).mark([1], linked=True)  # type: ignore[list-item]
    house.cluster()
    assert house.cluster_of("lvt1") != house.cluster_of("x")
    assert_sound(house)


def test_an_unknown_record_is_not_found(house: House) -> None:
    with pytest.raises(NotFound, match="uc00000077"):
        house.catalogue.record(77)  # type: ignore[arg-type]


def mixed_books() -> list[tuple[str, Book]]:
    """Overlaps, reprints, volumes, copies and generic titles over three sources."""
    chosen = random.Random(5)
    made: list[tuple[str, Book]] = []
    for book in books(60):
        for code in ("vn-bt", "vn-cd", "vn-mc"):
            if chosen.random() < 0.5:
                made.append((code, replace(book, call_number=code)))
        if chosen.random() < 0.3:
            made.append(("vn-bt", replace(book, number=book.number + "r", year=book.year + 5)))
        if chosen.random() < 0.3:
            made.append(("vn-cd", replace(book, number=book.number + "t1", title=book.title + ". Tập 1")))
            made.append(("vn-cd", replace(book, number=book.number + "t2", title=book.title + ". Tập 2")))
        if chosen.random() < 0.2:
            made.extend(("vn-mc", replace(book, number=f"{book.number}c{copy}")) for copy in range(3))
    made.extend(("vn-bt", Book(f"toan{n}", "Toán 1", "", 2000 + n % 4, 0, "")) for n in range(12))
    return made


def sorted_load(house: House, records: list[tuple[str, Book]]) -> None:
    for code in ("vn-bt", "vn-cd", "vn-mc"):
        house.load([book for where, book in records if where == code], code)


def test_batch_is_one_by_one_is_shuffled_is_deleted_and_reloaded(tmp_path: Path) -> None:
    records = mixed_books()
    batch = House(f"sqlite:///{tmp_path / 'batch.db'}")
    sorted_load(batch, records)
    expected = batch.fingerprint()
    assert len(batch.clusters()) < len(records)
    assert_sound(batch)

    single = House(f"sqlite:///{tmp_path / 'single.db'}")
    shuffled = records[:]
    random.Random(3).shuffle(shuffled)
    for code, book in shuffled:
        single.load([book], code)
    assert single.fingerprint() == expected
    assert_sound(single)

    chosen = random.Random(9)
    gone = chosen.sample(records, len(records) // 2)
    for code, book in gone[:40]:
        batch.delete(book.number, code=code)
    for code in ("vn-bt", "vn-cd", "vn-mc"):
        batch.delete(*(book.number for where, book in gone[40:] if where == code), code=code)
    assert batch.fingerprint() != expected
    chosen.shuffle(gone)
    sorted_load(batch, gone)
    assert batch.fingerprint() == expected
    assert_sound(batch)
    batch.close()
    single.close()


def test_a_changed_record_and_its_change_back_give_the_same_catalogue(house: House) -> None:
    records = mixed_books()
    sorted_load(house, records)
    expected = house.fingerprint()
    for code, book in records[::5]:
        house.load([replace(book, title="Sách khác hẳn", year=1931, author="Ai đó")], code)
    assert house.fingerprint() != expected
    sorted_load(house, records)
    assert house.fingerprint() == expected
    assert_sound(house)


@pytest.mark.slow
def test_four_thousand_copies_of_one_record_are_bounded(house: House) -> None:
    report_before = house.clock()
    house.store_only([replace(LUC, number=f"c{n:04d}") for n in range(4000)])
    report = house.cluster()
    assert report.pairs < 20_000
    assert house.clock() == report_before
    assert len(house.clusters()) == 1
    house.load([replace(LUC, number="b0000")])  # sorts before all of them
    assert len(house.clusters()) == 1
    assert_sound(house)


def test_a_block_over_the_limit_is_counted_and_order_does_not_matter(tmp_path: Path) -> None:
    limit = House(f"sqlite:///{tmp_path / 'a.db'}").pool.ruleset.block_limit
    crowd = [
        Book(f"n{n:04d}", "Báo cáo tổng kết", f"Ban {n % 7}", 1990 + n % 9, 20 + n, f"Nxb {n % 5}")
        for n in range(limit + 60)
    ]
    at_once = House(f"sqlite:///{tmp_path / 'b.db'}")
    at_once.store_only(crowd)
    assert at_once.cluster().large
    crossing = House(f"sqlite:///{tmp_path / 'c.db'}")
    crossing.load(crowd[::-1][:limit])
    crossing.load(crowd[::-1][limit:])
    assert crossing.fingerprint() == at_once.fingerprint()
    # and down again
    crossing.delete(*(book.number for book in crowd[:100]))
    fewer = House(f"sqlite:///{tmp_path / 'd.db'}")
    fewer.load(crowd[100:])
    assert crossing.fingerprint() == fewer.fingerprint()
    assert_sound(crossing)


def test_a_changed_rank_is_followed(house: House) -> None:
    house.load([LUC])
    house.load([replace(LUC, number="99")], "vn-cd")
    before = last_change(house)
    with house.store.write() as session:
        source = Sources(session).get("vn-cd")
        Sources(session).update(replace(source, rank=1))
        assert Dirty(session).mark_source(source.id) == 1
    house.cluster()
    assert changes_after(house, before) == [house.cluster_of("lvt1")]


def test_records_that_are_no_use_are_refused_and_the_rest_goes_on(house: House) -> None:
    broken = HarvestedRecord(None, RawRecord("marcjson", b"{nothing", 2))
    run = house.load([LUC, broken, Book("ok", "Đất rừng phương Nam", "Đoàn, Giỏi")])
    assert str(run.account) == "read 3 = stored 2 + unchanged 0 + deleted 0 + refused 1"
    assert len(house.clusters()) == 2
    assert_sound(house)
