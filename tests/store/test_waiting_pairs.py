"""The review queue on both databases: its order, its pages, one entry for two merged records."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.union_house import House, books
from unioncat.model import MemberCode, RecordId, RecordKey
from unioncat.store import Dirty, Link, Links, SourceRecords, Verdicts
from unioncat.store.waiting_pairs import Waiting, WaitingPairs

BT, CD, MC = MemberCode("VN-BT"), MemberCode("VN-CD"), MemberCode("VN-MC")


@pytest.fixture
def house(url: str) -> Iterator[House]:
    """Twelve unlike books of three libraries, and links between them as they are made below."""
    made = House(url)
    for place, code in enumerate(("vn-bt", "vn-cd", "vn-mc")):
        made.load(books(4, start=10 * place), code)
    yield made
    made.close()


def key(number: int) -> RecordKey:
    code = ("vn-bt", "vn-cd", "vn-mc")[number // 10]
    return RecordKey(f"{code}/b{number:05d}")


def link(house: House, *pairs: tuple[int, int, float, str]) -> None:
    with house.store.write() as session:
        records = SourceRecords(session)
        made = []
        for one, other, score, band in pairs:
            left, right = sorted((records.by_key(key(one)).id, records.by_key(key(other)).id))
            made.append(Link(RecordId(left), RecordId(right), score, band))
        Links(session).put(made)


def join(house: House, *numbers: int) -> None:
    """Into one merged record, by verdicts."""
    with house.store.write() as session:
        for one, other in pairwise(numbers):
            Verdicts(session).add(key(one), key(other), same=True, who="lan", why="", now=house.clock())
        Dirty(session).mark([SourceRecords(session).by_key(key(number)).id for number in numbers], linked=True)
    house.cluster()


def queue(house: House, member: MemberCode | None = None) -> list[Waiting]:
    """All of it, in pages of one; every page tells the same number."""
    found: list[Waiting] = []
    with house.store.read() as session:
        pairs = WaitingPairs(session)
        whole, total = pairs.page(member=member)
        assert total == len(whole) == pairs.count(member)
        while page := pairs.page(member=member, after=found[-1].place if found else None, limit=1)[0]:
            found += page
    assert found == whole
    return found


def test_what_a_verdict_settles_most_of_comes_first(house: House) -> None:
    join(house, 0, 10)
    link(house, (0, 20, 0.5, "review"), (10, 20, 0.6, "review"), (1, 2, 0.9, "review"), (3, 11, 0.7, "review"))
    found = queue(house)
    assert [(one.left, one.right, one.settles, one.records) for one in found] == [
        (key(10), key(20), 2, 3),  # of both pairs the likelier
        (key(1), key(2), 1, 2),
        (key(3), key(11), 1, 2),
    ]
    assert found[0].clusters == (house.cluster_of("b00000"), house.cluster_of("b00020", "vn-mc"))


def test_pairs_that_would_merge_but_are_held_apart_wait_too(house: House) -> None:
    link(house, (1, 12, 0.99, "merge"))
    assert [(one.left, one.band) for one in queue(house)] == [(key(1), "merge")]
    with house.store.write() as session:
        Dirty(session).mark([SourceRecords(session).by_key(key(1)).id])
    assert queue(house) == []  # nobody knows yet whether they will stand apart


def test_a_library_sees_pairs_with_a_record_of_its_own(house: House) -> None:
    join(house, 0, 10)
    link(house, (0, 20, 0.5, "review"), (10, 20, 0.6, "review"), (21, 22, 0.9, "review"))
    assert len(queue(house)) == 2
    assert [(one.left, one.score, one.settles) for one in queue(house, BT)] == [(key(0), 0.5, 2)]
    assert [(one.left, one.score) for one in queue(house, CD)] == [(key(10), 0.6)]
    assert len(queue(house, MC)) == 2


def test_a_verdict_between_two_merged_records_settles_all_their_pairs(house: House) -> None:
    join(house, 0, 10)
    link(house, (0, 20, 0.5, "review"), (10, 20, 0.6, "review"))
    with house.store.write() as session:
        said = Verdicts(session).add(key(20), key(0), same=False, who="lan", why="", now=house.clock())
    assert queue(house) == []
    with house.store.write() as session:
        Verdicts(session).undo(said.id, house.clock())
    assert len(queue(house)) == 1


def test_pages_go_on_while_verdicts_are_given(house: House) -> None:
    link(house, *((number, number + 1, 0.5 + number / 100, "review") for number in (0, 2, 10, 12, 20, 22)))
    seen: list[RecordKey] = []
    after = None
    while True:
        with house.store.write() as session:
            page, _ = WaitingPairs(session).page(after=after, limit=1)
            if not page:
                break
            seen.append(page[0].left)
            after = page[0].place
            Verdicts(session).add(page[0].left, page[0].right, same=False, who="lan", why="", now=house.clock())
    assert seen == [key(22), key(20), key(12), key(10), key(2), key(0)]


def test_deleted_records_wait_for_nothing(house: House) -> None:
    link(house, (1, 12, 0.6, "review"))
    assert len(queue(house)) == 1
    house.delete("b00012", code="vn-cd")
    assert queue(house) == []
