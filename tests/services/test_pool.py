"""The pool: what runs before the workers are there, and in which order results come."""

from __future__ import annotations

import time

import pytest

from tests.union_house import formats
from unioncat.matching import load_ruleset
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
