"""The pool: what runs before the workers are there, and in which order results come."""

from __future__ import annotations

import json
import time

import pytest

from tests.union_house import formats
from unioncat.matching import load_ruleset, parse_ruleset
from unioncat.services.pool import WorkPool

TASKS: list[tuple[list[bytes]]] = [([],)] * 6


def pool(workers: int = 2) -> WorkPool:
    return WorkPool(load_ruleset("default"), workers, formats())


def test_tasks_run_here_until_the_workers_are_there() -> None:
    with pool() as some:
        assert [task for task, _ in some.map("review", iter(TASKS))] == TASKS
        began_here = some.here
        deadline = time.monotonic() + 60
        while not some._is_started():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert [result for _, result in some.map("review", iter(TASKS))] == [[]] * 6
        assert some.submit("review", ([],))() == []
        assert some.here == began_here
        assert some.busy["review"] > began_here


def test_a_pool_can_be_closed_while_its_workers_start() -> None:
    with pool() as some:
        for task, result in some.map("review", iter(TASKS)):
            assert (task, result) == (([],), [])
            break


@pytest.mark.parametrize("count", [0, 1])
def test_little_work_starts_no_process(count: int) -> None:
    with pool() as some:
        assert len(list(some.map("review", TASKS[:count]))) == count
        assert some._starting is None


def test_the_ruleset_can_be_changed_while_tasks_are_under_way() -> None:
    usual = load_ruleset("default")
    other = parse_ruleset(json.dumps({**json.loads(usual.body), "name": "other"}), usual.weights)
    tasks: list[tuple[list[bytes], dict[str, int]]] = [([], {"number": number}) for number in range(40)]
    with pool() as some:
        deadline = time.monotonic() + 60
        while not some._is_started():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        order = []
        for task, result in some.map("unite", iter(tasks)):
            order.append(task)
            assert result == []
            if len(order) in (10, 11):
                some.use(other)
        assert order == tasks
        assert some.ruleset == other
        assert len(list(some.map("unite", iter(tasks)))) == 40
