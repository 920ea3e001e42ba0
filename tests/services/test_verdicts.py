"""Verdicts over a real store: they hold, outlive re-harvest, are superseded and undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.union_house import Book, House
from unioncat.matching import RULESET
from unioncat.model import NotFound, WrongUse, public_id
from unioncat.services.explain import Explainer
from unioncat.services.verdicts import VerdictDesk

ONE = Book("1", "Lục Vân Tiên")
SAME = Book("2", "Lục Vân Tiên", publisher="NXB Trẻ")
OTHER = Book("3", "Ngư tiều y thuật vấn đáp", pages=300)
VAGUE = Book("4", "Lục Vân Tiên", author="", publisher="", pages=0, year=1998)
A, B, C, D = "vn-bt/1", "vn-bt/2", "vn-cd/3", "vn-mc/4"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(f"sqlite:///{tmp_path / 'c.db'}")
    made.load([ONE, SAME])
    made.load([OTHER], "vn-cd")
    made.load([VAGUE], "vn-mc")
    yield made
    made.close()


@pytest.fixture
def desk(house: House) -> VerdictDesk:
    return VerdictDesk(house.store, house.recluster.run, clock=house.clock)


def together(house: House, left: str, right: str) -> bool:
    return any({left, right} <= cluster for cluster in house.clusters())  # type: ignore[comparison-overlap]


def test_what_a_person_says_holds_at_once(house: House, desk: VerdictDesk) -> None:
    assert together(house, A, B)
    desk.say(A, B, same=False, who="lan", why="khác bản in")
    assert not together(house, A, B)
    desk.say(A, C, same=True, who="lan", why="một cuốn")
    assert together(house, A, C)


def test_a_later_verdict_supersedes_and_history_keeps_both(house: House, desk: VerdictDesk) -> None:
    first = desk.say(A, B, same=False, who="lan", why="khác bản in")
    house.clock.go_on()
    second = desk.say(B, A, same=True, who="minh", why="xem lại: giống nhau")
    assert second.replaces == first.verdict
    assert together(house, A, B)
    said = desk.history(A)
    assert [(one.same, one.is_live) for one in said] == [(False, False), (True, True)]
    assert [one.who for one in desk.history(live=True)] == ["minh"]


def test_undo_gives_the_decision_back_to_the_machine(house: House, desk: VerdictDesk) -> None:
    spoken = desk.say(A, B, same=False, who="lan", why="khác bản in")
    desk.undo(spoken.verdict.id)
    assert together(house, A, B)
    with pytest.raises(WrongUse):
        desk.undo(spoken.verdict.id)
    with pytest.raises(NotFound):
        desk.undo(999)


def test_verdicts_outlive_reharvest_and_deletion(house: House, desk: VerdictDesk) -> None:
    desk.say(A, B, same=False, who="lan", why="khác bản in")
    house.load([Book("1", "Lục Vân Tiên", call_number="mới"), SAME])
    assert not together(house, A, B)
    house.delete("2")
    spoken = desk.say(B, C, same=True, who="lan", why="một cuốn")
    assert spoken.deleted == (B,)
    house.load([SAME])
    assert together(house, B, C)


def test_contradictions_are_reported_and_the_later_wins(house: House, desk: VerdictDesk) -> None:
    first = desk.say(A, C, same=True, who="lan", why="một cuốn")
    house.clock.go_on()
    second = desk.say(C, D, same=True, who="lan", why="một cuốn")
    house.clock.go_on()
    last = desk.say(A, D, same=False, who="minh", why="hai cuốn")
    assert {one.id for one in last.overrules} == {first.verdict.id, second.verdict.id}
    assert not together(house, A, D)


def test_taking_one_record_out(house: House, desk: VerdictDesk) -> None:
    spoken = desk.separate(A, who="lan", why="nhầm")
    assert [one.verdict.same for one in spoken] == [False]
    assert not together(house, A, B)
    with pytest.raises(WrongUse):
        desk.separate(A, who="lan", why="nhầm")


def test_wrong_use(desk: VerdictDesk, house: House) -> None:
    with pytest.raises(NotFound):
        desk.say(A, "vn-bt/999", same=True, who="lan", why="?")
    with pytest.raises(WrongUse):
        desk.say(A, A, same=True, who="lan", why="?")
    with pytest.raises(WrongUse):
        desk.say(A, B, same=True, who="lan", why="  ")
    with pytest.raises(WrongUse):
        desk.say(public_id(house.cluster_of("1")), C, same=True, who="lan", why="of two records")


def test_the_queue_shows_pairs_that_a_verdict_would_settle(house: House, desk: VerdictDesk) -> None:
    waiting, total = desk.queue()
    assert total == len(waiting)
    assert [{one.left, one.right} & {D} for one in waiting] == [{D}]
    first = waiting[0]
    assert first.settles >= 1
    assert first.records == 3
    desk.say(first.left, first.right, same=False, who="lan", why="thiếu chứng cứ")
    assert all({one.left, one.right} != {first.left, first.right} for one in desk.queue()[0])


def test_explanations_over_the_store(house: House) -> None:
    explainer = Explainer(house.store, RULESET)
    found = explainer.pair(A, B)
    assert found.together
    assert found.explanation.decision.band == "merge"
    merged = explainer.pair(public_id(house.cluster_of("1")), public_id(house.cluster_of("3", "vn-cd")))
    assert not merged.together
    assert merged.explanation.decision.band == "different"
    near = explainer.near_misses(A)
    assert [one.key for one in near][:1] == [D]
    assert near[0].explanation.decision.floors == ("evidence",)
    with pytest.raises(NotFound):
        explainer.pair(A, "vn-bt/999")
    with pytest.raises(WrongUse):
        explainer.pair(A, A)
