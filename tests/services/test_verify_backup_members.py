from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.union_house import LIBRARIES, Book, House, books
from unioncat.model import Conflict, MemberCode, NotFound, RecordKey, UnreadableInput, WrongUse
from unioncat.services.backup import backup, restore
from unioncat.services.members import MemberDesk
from unioncat.services.verify import verify
from unioncat.store import Changes, Harvests, Members, SourceRecords, Sources, Store, Verdicts

LUC = Book("lvt1", "Lục Vân Tiên")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(f"sqlite:///{tmp_path / 'store.db'}")
    made.load(books(40))
    made.load([replace(book, number=f"c{book.number}") for book in books(25)], "vn-cd")
    yield made
    made.close()


def desk(house: House) -> MemberDesk:
    return MemberDesk(house.store, house.ingest, house.recluster.run)


def test_a_sound_catalogue_equals_its_rebuild(house: House) -> None:
    with house.store.write() as session:
        Verdicts(session).add(
            RecordKey("vn-bt/b00031"), RecordKey("vn-bt/b00032"), same=True, who="an", why="thử", now=house.clock()
        )
    house.load([replace(books(32)[31], pages=17)])
    house.delete("b00030")
    found = verify(house.store, house.pool)
    assert found.is_sound, found
    assert (found.records, found.clusters, found.waiting) == (64, 38, 0)
    assert found.fingerprint == found.rebuilt_fingerprint == house.fingerprint()


def test_a_tampered_record_is_found(house: House) -> None:
    cluster = house.cluster_of("b00003")
    with house.store.write() as session:
        session.execute(text("UPDATE cluster SET fingerprint = x'00' WHERE id = :id"), {"id": cluster})
    found = verify(house.store, house.pool)
    assert not found.is_sound
    assert [(each.kind, each.public_id) for each in found.differences] == [("content", f"uc{cluster:08d}")]


def test_a_record_in_the_wrong_cluster_is_found(house: House) -> None:
    with house.store.write() as session:
        session.execute(
            text("UPDATE source_record SET cluster = :id WHERE identifier = 'b00003'"),
            {"id": house.cluster_of("b00004")},
        )
    found = verify(house.store, house.pool)
    assert {each.kind for each in found.differences} == {"members"}
    assert "holding-without-record" in {each.rule.name for each in found.broken}


def test_work_that_waits_is_said(house: House) -> None:
    house.store_only([LUC])
    assert verify(house.store, house.pool, rebuild=False).waiting == 1


def test_broken_books_are_said_in_both_languages(house: House) -> None:
    with house.store.write() as session:
        session.execute(text("DELETE FROM cluster_set WHERE set_spec = '' AND cluster = 1"))
        session.execute(text("UPDATE harvest SET refused = 5 WHERE id = 1"))
    broken = verify(house.store, house.pool, rebuild=False).broken
    assert {each.rule.name for each in broken} == {"cluster-not-listed", "refusals-not-counted"}
    assert all(each.rule.vi and each.rule.en and each.count == 1 for each in broken)


def test_a_backup_is_a_whole_store(house: House, tmp_path: Path) -> None:
    target = tmp_path / "saved.db"
    assert backup(house.store, target) == target.stat().st_size
    with pytest.raises(Conflict):
        backup(house.store, target)
    restore(target, f"sqlite:///{tmp_path / 'again' / 'store.db'}")
    again = House(f"sqlite:///{tmp_path / 'again' / 'store.db'}")
    assert again.fingerprint() == house.fingerprint()
    with pytest.raises(Conflict):
        restore(target, again.url)
    again.load([LUC])
    assert len(again.clusters()) == 41
    again.close()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("saved")) == ["saved.db"]


def test_a_backup_is_taken_while_the_store_is_written(house: House, tmp_path: Path) -> None:
    with house.store.write() as session:
        Members(session).update(replace(LIBRARIES[0], name="Tên mới"))
        backup(house.store, tmp_path / "saved.db")
    with Store.open(str(tmp_path / "saved.db")) as saved, saved.read() as session:
        assert Members(session).get("VN-BT").name == LIBRARIES[0].name


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("x" * 100)
    for name in ("text", "nothing"):
        with pytest.raises(UnreadableInput):
            restore(tmp_path / name, f"sqlite:///{tmp_path / 'new.db'}")
    assert not (tmp_path / "new.db").exists()


def test_a_changed_kind_of_library_is_followed_in_its_sets(house: House) -> None:
    assert desk(house).update_member(replace(LIBRARIES[1], kind="university")) == 25
    sets = house.record_of("b00003").sets
    assert "kind:university" in sets
    assert "kind:college" not in sets


def test_a_changed_name_touches_no_record(house: House) -> None:
    with house.store.read() as session:
        before = Changes(session).last()
    assert desk(house).update_member(replace(LIBRARIES[1], name="Trường mới")) == 0
    with house.store.read() as session:
        assert Changes(session).last() == before


def test_a_removed_source_takes_its_records_along(house: House) -> None:
    only_here = house.cluster_of("b00030")
    shared = house.cluster_of("b00003")
    assert desk(house).remove_source("vn-bt") == 40
    assert house.catalogue.record(only_here).deleted
    assert [each.member for each in house.catalogue.record(shared).holdings] == ["VN-CD"]
    with house.store.read() as session:
        with pytest.raises(NotFound):
            Sources(session).get("vn-bt")
        assert sum(live for live, _ in SourceRecords(session).counts().values()) == 25
        assert all(run.source != 1 for run in Harvests(session).all())
    assert verify(house.store, house.pool).is_sound


def test_a_changed_rank_is_followed(house: House) -> None:
    assert desk(house).update_source(replace(house.source("vn-cd"), rank=1)) == 25
    assert desk(house).update_source(replace(house.source("vn-cd"), endpoint="https://x.vn/oai")) == 0
    with pytest.raises(Conflict):
        desk(house).update_source(replace(house.source("vn-cd"), member=MemberCode("VN-BT")))


@pytest.mark.parametrize(
    "change",
    [{"code": "có dấu"}, {"kind": "bookshop"}, {"name": " "}, {"link_template": "javascript:{id}"}, {"code": "x" * 41}],
)
def test_impossible_libraries_are_refused(house: House, change: dict[str, str]) -> None:
    with pytest.raises(WrongUse):
        desk(house).add_member(replace(LIBRARIES[0], **change))  # type: ignore[arg-type]
