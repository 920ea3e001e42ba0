"""Schedules, workers, back-off: against real stores, with a clock of our own."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.faulty_endpoint import Repository, faulty, status
from tests.harvest_setup import QUICK, Harvesting
from unioncat.model import ConfigError
from unioncat.services.blackouts import out_of_blackouts, parse_blackouts
from unioncat.services.schedule import Scheduler, check_schedule
from unioncat.store import Harvests, Sources

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
CALM = {**QUICK, "jitter": "0"}


class Clock:
    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def repository():
    return Repository({number: f"Sách {number}" for number in range(1, 8)})


@pytest.fixture
def house(tmp_path, repository):
    with faulty(repository) as url:
        house = Harvesting.create(tmp_path, url, schedule="30 2 * * *", quirks=CALM)
        house.clock = Clock(datetime(2026, 3, 2, 12, 0, tzinfo=UTC))
        house.ended = []
        house.scheduler = Scheduler(
            house.store,
            house.runner,
            lambda name: house.harvester(),
            VIETNAM,
            after_run=lambda source, result: house.ended.append(result.state),
            clock=house.clock,
        )
        yield house
        house.store.close()


def next_run(house):
    with house.store.read() as session:
        return Sources(session).next_run("x")


def test_a_schedule_is_kept_in_the_time_of_the_province(house):
    house.scheduler.plan()
    assert next_run(house) == datetime(2026, 3, 2, 19, 30, tzinfo=UTC)  # 02:30 in Vietnam
    assert house.scheduler.work_once() is None
    house.clock.now = datetime(2026, 3, 2, 19, 30, tzinfo=UTC)
    assert house.scheduler.work_once().state == "complete"
    assert next_run(house) == datetime(2026, 3, 3, 19, 30, tzinfo=UTC)
    assert house.ended == ["complete"]


def test_jitter_spreads_sources_but_is_the_same_each_time_it_is_asked(house):
    source = replace(house.source, quirks={"jitter": "600"})
    times = {house.scheduler.next_time(replace(source, code=f"s{number}"), house.clock.now) for number in range(30)}
    assert len(times) > 20
    planned = datetime(2026, 3, 2, 19, 30, tzinfo=UTC)
    assert all(planned <= each < planned + timedelta(minutes=10) for each in times)
    assert house.scheduler.next_time(source, house.clock.now) == house.scheduler.next_time(source, house.clock.now)


def test_what_was_due_while_nobody_worked_is_run_once(house):
    house.scheduler.plan()
    house.clock.now += timedelta(days=5)
    assert house.scheduler.work_once().state == "complete"
    assert house.scheduler.work_once() is None
    assert next_run(house) > house.clock.now


def test_catching_up_can_be_refused(house):
    house.change(quirks={**CALM, "catch_up": "no"})
    house.scheduler.plan()
    house.clock.now += timedelta(days=5)
    assert house.scheduler.work_once() is None
    assert next_run(house) > house.clock.now


def test_interruptions_are_tried_again_later_and_later(house, repository):
    house.change(quirks={**CALM, "retries": "0", "max_wait": "1"})
    house.scheduler.plan()
    repository.spoil = status(500)
    waits = []
    house.clock.now = next_run(house)
    for _ in range(4):
        assert house.scheduler.work_once().state == "interrupted"
        waits.append((next_run(house) - house.clock.now).total_seconds() / 60)
        house.clock.now = next_run(house)
    assert waits == [10, 20, 40, 80]
    repository.spoil = status(503, "18000")
    house.scheduler.work_once()
    assert next_run(house) - house.clock.now >= timedelta(hours=5)
    repository.spoil = lambda exchange: None
    house.clock.now = next_run(house)
    assert house.scheduler.work_once().state == "complete"
    assert next_run(house).hour == 19


def test_nobody_is_asked_in_a_blackout(house, repository):
    house.change(schedule="0 9 * * *", quirks={**CALM, "blackout": "mon-fri 07:30-17:00"})
    house.scheduler.plan()
    assert next_run(house).astimezone(VIETNAM).strftime("%a %H:%M") == "Tue 17:00"


def test_a_paused_source_rests(house):
    house.scheduler.plan()
    house.scheduler.pause("x")
    house.clock.now += timedelta(days=2)
    assert house.scheduler.work_once() is None
    house.scheduler.resume("x")
    assert house.scheduler.work_once() is None
    assert next_run(house) > house.clock.now


def test_a_run_that_died_is_taken_up_at_once(house):
    house.scheduler.plan()
    with house.store.write() as session:
        Harvests(session).start(house.source.id, house.clock.now, full=True)
        Sources(session).lease(
            house.source.id, "elsewhere/1/x", house.clock.now + timedelta(minutes=2), house.clock.now
        )
    assert house.scheduler.work_once() is None  # somebody may still be at it
    house.clock.now += timedelta(minutes=3)
    assert house.scheduler.work_once().state == "complete"


def test_the_more_urgent_goes_first_and_two_workers_share(house):
    with house.store.write() as session:
        for code, priority in (("urgent", "1"), ("calm", "9")):
            source = replace(house.source, code=code, quirks={**CALM, "priority": priority})
            Sources(session).add(source)
    house.scheduler.plan()
    house.clock.now += timedelta(days=1)
    assert [source.code for source in house.scheduler.due()] == ["urgent", "x", "calm"]
    results = []

    def work():
        while (result := house.scheduler.work_once()) is not None:
            results.append(result.harvest)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(results) == len(set(results)) == 3


def test_the_worker_stops_when_told(house):
    stop = threading.Event()
    idled = []
    worker = threading.Thread(
        target=house.scheduler.run_forever,
        args=(stop,),
        kwargs={"poll": 0.01, "idle": lambda: (idled.append(1), stop.set())},
    )
    worker.start()
    worker.join(timeout=10)
    assert not worker.is_alive()
    assert idled


def test_held_runs_wait_for_a_person(house, repository):
    repository.titles.update({number: f"Sách {number}" for number in range(8, 60)})
    house.run()
    for number in range(1, 50):
        repository.titles[number] = None
    assert house.run(full=True).state == "held"
    house.scheduler.plan()
    house.clock.now += timedelta(days=1)
    assert house.scheduler.due() == []


@pytest.mark.parametrize(
    ("local", "free"),
    [
        ("2026-03-02 07:29", "2026-03-02 07:29"),  # a Monday
        ("2026-03-02 07:30", "2026-03-02 17:00"),
        ("2026-03-07 12:00", "2026-03-07 12:00"),  # Saturday
        ("2026-03-07 23:30", "2026-03-08 02:00"),
        ("2026-03-08 01:00", "2026-03-08 02:00"),
    ],
)
def test_blackouts_end_when_they_say(local, free):
    blackouts = parse_blackouts("mon-fri 07:30-17:00, 22:00-02:00")
    moment = datetime.fromisoformat(local).replace(tzinfo=VIETNAM)
    assert out_of_blackouts(moment, blackouts) == datetime.fromisoformat(free).replace(tzinfo=VIETNAM)


@pytest.mark.parametrize("text", ["sometimes", "mon-xyz 08:00-09:00", "25:00-26:00"])
def test_a_blackout_that_cannot_be_read_is_said(text):
    with pytest.raises(ConfigError, match="blackout"):
        parse_blackouts(text)


def test_a_schedule_that_cannot_be_kept_is_said():
    with pytest.raises(ConfigError, match="no cron expression"):
        check_schedule("every night")
    with pytest.raises(ConfigError, match="tz database"):
        check_schedule("0 2 * * *", {"time_zone": "Asia/Ben_Tre"})
    with pytest.raises(ConfigError, match="no hour of the week"):
        out_of_blackouts(datetime(2026, 3, 2, tzinfo=VIETNAM), parse_blackouts("00:00-12:00, 12:00-00:00"))
