from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.union_house import Book, House, books
from unioncat.model import Account, HarvestedRecord, RawRecord, SourceUnavailable, record_key
from unioncat.services.formats import Formats
from unioncat.store import Harvests, Refusals, SourceRecords
from unioncat.store.integrity import broken_rules

LUC = Book("lvt1", "Lục Vân Tiên")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(f"sqlite:///{tmp_path / 'store.db'}")
    yield made
    made.close()


def bad(place: int = 1, data: bytes = b"{no json") -> HarvestedRecord:
    return HarvestedRecord(None, RawRecord("marcjson", data, place))


def harvested(identifier: str, book: Book) -> HarvestedRecord:
    return book.harvested(identifier=identifier)


def test_the_bytes_are_kept_as_they_came(house: House) -> None:
    house.load([LUC])
    with house.store.read() as session:
        stored = SourceRecords(session).by_key("vn-bt/lvt1")
    assert stored.raw == LUC.marc()
    assert stored.format == "marcjson"
    assert b"L\xe1\xbb\xa5c V\xc3\xa2n Ti\xc3\xaan" in stored.marc


def test_a_record_without_number_is_named_by_its_content(house: House) -> None:
    nameless = replace(LUC, number="")
    house.load([nameless])
    run = house.load([nameless])
    assert run.account == Account(unchanged=1)
    with house.store.read() as session:
        (stored,) = SourceRecords(session).of_source(house.source().id)
    assert stored.identifier == stored.digest.hex()


def test_a_record_that_comes_twice_in_one_file_is_stored_once(house: House) -> None:
    run = house.load([LUC, LUC])
    assert run.account == Account(stored=1, unchanged=1)
    assert run.duplicate_count == 0


def test_two_books_under_one_number_of_a_file_are_both_kept_and_reported(house: House) -> None:
    other = Book("lvt1", "Truyện Kiều", "Nguyễn, Du")
    run = house.load([LUC, other])
    assert run.account == Account(stored=2)
    assert run.duplicates == ["lvt1"]
    with house.store.read() as session:
        stored = {each.identifier: each for each in SourceRecords(session).of_source(house.source().id)}
    assert len(stored) == 2
    second = next(name for name in stored if name != "lvt1")
    assert second.startswith("lvt1~")
    assert "duplicate-identifier" in {finding.rule for finding in stored[second].findings}
    assert house.load([LUC, other]).account == Account(unchanged=2)
    deletion = replace(LUC.harvested(), identifier=None)
    assert deletion.identifier is None
    house.delete("lvt1")
    assert len(house.clusters()) == 1


def test_a_deletion_by_leader_takes_both_that_shared_the_number(house: House) -> None:
    house.load([LUC, Book("lvt1", "Truyện Kiều", "Nguyễn, Du")])
    gone = LUC.marc().replace(b"00000nam", b"00000dam")
    run = house.load([HarvestedRecord(None, RawRecord("marcjson", gone, 1))])
    assert run.account == Account(deleted=1)
    assert house.clusters() == set()


def test_of_one_identifier_given_by_the_endpoint_the_last_word_counts(house: House) -> None:
    run = house.load([harvested("oai:x:1", LUC), harvested("oai:x:1", replace(LUC, title="Lục Vân Tiên ca diễn"))])
    assert run.account == Account(stored=2)
    with house.store.read() as session:
        (stored,) = SourceRecords(session).of_source(house.source().id)
    assert "ca diễn".encode() in stored.marc


def test_stored_deleted_and_stored_again_in_one_batch(house: House) -> None:
    gone = HarvestedRecord("oai:x:1", None, deleted=True)
    run = house.load([harvested("oai:x:1", LUC), gone, harvested("oai:x:1", LUC)])
    assert run.account == Account(stored=2, deleted=1)
    run = house.load([gone, harvested("oai:x:1", LUC), gone])
    assert run.account == Account(stored=1, deleted=2)
    assert house.clusters() == set()
    with house.store.read() as session:
        assert broken_rules(session) == []


def test_deleting_what_was_never_here_is_counted_and_twice_is_unchanged(house: House) -> None:
    assert house.delete("nobody").account == Account(deleted=1)
    house.load([LUC])
    assert house.delete("lvt1").account == Account(deleted=1)
    assert house.delete("lvt1").account == Account(unchanged=1)


def test_refused_records_are_kept_with_bytes_place_and_reason(house: House) -> None:
    run = house.load([LUC, bad(2)])
    assert str(run.account) == "read 2 = stored 1 + unchanged 0 + deleted 0 + refused 1"
    with house.store.read() as session:
        (refusal,) = Refusals(session).page(source=house.source().id)
    assert (refusal.raw, refusal.position, refusal.format) == (b"{no json", 2, "marcjson")
    assert refusal.reason


def test_a_refused_record_is_tried_again_and_settled(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Formats({}, {})
    with monkeypatch.context() as patch:
        patch.setattr(house.pool.stages, "_formats", broken)  # as before the format was installed
        assert house.load([LUC, replace(LUC, number="lvt2", year=1955)]).account == Account(refused=2)
    assert house.ingest.retry(house.source()) == Account(stored=2)
    assert len(house.clusters()) == 2
    with house.store.read() as session:
        assert Refusals(session).count() == 0
        assert Refusals(session).count(settled=True) == 2
    assert house.ingest.retry(house.source()) == Account()


def test_an_overlong_identifier_is_refused(house: House) -> None:
    run = house.load([harvested("x" * 501, LUC)])
    assert run.account == Account(refused=1)


def test_what_databases_cannot_hold_is_replaced_in_identifiers(house: House) -> None:
    house.load([harvested("a\x00b\ud800", LUC)])
    with house.store.read() as session:
        (stored,) = SourceRecords(session).of_source(house.source().id)
    assert stored.identifier == "a\ufffdb?"


def test_a_full_run_deletes_what_did_not_come(house: House) -> None:
    house.load(books(100))
    run = house.load(books(90), full=True)
    assert run.account == Account(unchanged=90)
    assert run.inferred == 10
    assert run.state == "complete"
    assert len(house.clusters()) == 90


def test_a_refused_record_of_a_full_run_is_not_taken_for_gone(house: House) -> None:
    house.load([harvested("oai:x:1", LUC)])
    run = house.load([HarvestedRecord("oai:x:1", RawRecord("marcjson", b"broken", 1))], full=True)
    assert run.account == Account(refused=1)
    assert run.inferred == 0
    assert len(house.clusters()) == 1


def test_a_run_that_would_delete_too_much_is_held_until_a_person_says(house: House) -> None:
    house.load(books(100))
    run = house.load(books(10), full=True)
    assert run.state == "held"
    assert len(house.clusters()) == 100
    released = house.ingest.release(house.source(), run.number)
    assert released.state == "complete"
    assert released.inferred == 90
    assert len(house.clusters()) == 10


def test_a_held_run_can_be_discarded(house: House) -> None:
    house.load(books(100))
    run = house.load([], full=True)
    assert run.state == "held"
    house.ingest.discard(house.source(), run.number)
    assert len(house.clusters()) == 100
    with house.store.read() as session:
        assert Harvests(session).get(run.number).state == "discarded"


def test_ctrl_c_leaves_what_is_stored_and_the_next_run_goes_on(house: House) -> None:
    def until_interrupted() -> Iterator[HarvestedRecord]:
        for place, book in enumerate(books(2000), 1):
            if place == 1700:
                raise KeyboardInterrupt
            yield book.harvested(place)

    with pytest.raises(KeyboardInterrupt):
        house.ingest.run(house.source(), until_interrupted())
    with house.store.read() as session:
        last = Harvests(session).last(house.source().id)
    assert last is not None
    assert last.state == "interrupted"
    stored = last.account.stored
    assert 0 < stored < 1700
    run = house.load(books(2000))
    assert run.account == Account(stored=2000 - stored, unchanged=stored)


def test_a_run_taken_up_again_keeps_its_account_and_its_place(house: House) -> None:
    answered = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)

    def broken_line() -> Iterator[HarvestedRecord]:
        raise SourceUnavailable("the line broke")
        yield

    def harvest() -> None:
        with house.ingest.begin(house.source(), full=True) as run:
            run.add([harvested("1", books(1)[0])], resume="token-2", response_date=answered)
            run.add(broken_line(), resume="token-3")

    with pytest.raises(SourceUnavailable):
        harvest()
    with house.store.read() as session:
        left = Harvests(session).unfinished(house.source().id)
    assert left is not None
    assert (left.state, left.resume, left.response_date, left.message) == (
        "failed",
        "token-2",
        answered,
        "the line broke",
    )
    with house.ingest.begin(house.source(), harvest=left.id) as run:
        run.add([harvested("2", books(2)[1])])
    assert run.account == Account(stored=2)
    assert run.inferred == 0


def test_progress_is_told_after_each_batch(house: House) -> None:
    told: list[int] = []
    records = (book.harvested() for book in books(1200))
    house.ingest.run(house.source(), records, progress=lambda account: told.append(account.read))
    assert told == [500, 1000, 1200]


def test_sources_are_apart(house: House) -> None:
    house.load([LUC])
    house.load([replace(LUC, title="Sách khác", year=1900)], "vn-cd")
    with house.store.read() as session:
        found = SourceRecords(session).cluster_of([record_key("vn-bt", "lvt1"), record_key("vn-cd", "lvt1")])
    assert len(set(found.values())) == 2


def test_removing_a_sources_records(house: House) -> None:
    house.load(books(5))
    house.load(books(5)[:2], "vn-cd")
    assert house.ingest.remove_records(house.source()) == 5
    assert {next(iter(keys)) for keys in house.clusters()} == {"vn-cd/b00000", "vn-cd/b00001"}
