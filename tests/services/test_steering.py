"""Figures, jobs, accounts and drafts on SQLite and on PostgreSQL; the guard of addresses by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from tests.postgres_cluster import PostgresCluster
from tests.province import MEMBERS
from tests.workroom import ADMIN, LAN, PASSWORD, QUICK, VIEWER, harvested
from unioncat.matching import RULESET
from unioncat.model import Conflict, MemberCode, NotAllowed, Source, SourceId, WrongUse
from unioncat.services.accounts import Accounts
from unioncat.services.drafts import Drafts
from unioncat.services.formats import Formats
from unioncat.services.ingest import Ingest
from unioncat.services.jobs import Jobs
from unioncat.services.listing import Listing
from unioncat.services.marc_text import from_text
from unioncat.services.pool import WorkPool
from unioncat.services.recluster import Recluster
from unioncat.services.statistics import MONTHS, Statistics, Target
from unioncat.store import Members, Sources, Store

_numbers = count(1)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresCluster]:
    with PostgresCluster.start(tmp_path_factory.mktemp("steering")) as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Two libraries with records, merged."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'c.db'}"
    else:
        url = request.getfixturevalue("cluster").new_database(f"steering{next(_numbers)}")
    store = Store.create(url)
    pool = WorkPool(RULESET, 1, Formats.load())
    with store.write() as session:
        for member in MEMBERS:
            Members(session).add(member)
        sources = [
            Sources(session).add(Source(SourceId(0), f"{code}-file", MemberCode(code), "file"))
            for code in ("VN-BT", "VN-BT-BATRI")
        ]
    for source, letter in zip(sources, "PD", strict=True):
        Ingest(store, pool).run(source, harvested(letter, 10))
    Recluster(store, pool).run()
    pool.close()
    yield store
    store.close()


def test_the_figures_add_up(store: Store) -> None:
    statistics = Statistics(store)
    found = statistics.figures(ADMIN)
    assert found.records == 20
    assert found.titles + found.merged == found.records
    assert found.holdings == 20
    assert sum(one.connected for one in found.connected) == 2
    assert [one.member for one in found.league if one.records] == ["VN-BT", "VN-BT-BATRI"]
    assert {one.titles for one in found.league if one.records} == {10}
    assert all(one.unique <= one.titles for one in found.league)
    assert len(found.months) == MONTHS
    assert found.months[-1].month == datetime.now(UTC).strftime("%Y-%m")
    assert found.months[-1].titles == found.titles
    assert found.months[-1].received == 20
    assert found.months[-1].findings is not None
    assert found.running == found.held == found.stale == 0


def test_targets_are_kept_and_checked(store: Store) -> None:
    statistics = Statistics(store)
    statistics.set_targets(ADMIN, {"district": Target(9, 100)})
    district = next(one for one in statistics.figures(VIEWER).connected if one.kind == "district")
    assert (district.connected, district.target) == (1, Target(9, 100))
    assert district.share == pytest.approx(1 / 9)
    for wrong in ({"castle": Target(1, 1)}, {"school": Target(1, 101)}, {"school": Target(-1, 1)}):
        with pytest.raises(WrongUse):
            statistics.set_targets(ADMIN, wrong)
    with pytest.raises(NotAllowed):
        statistics.set_targets(VIEWER, {})
    with pytest.raises(NotAllowed):
        statistics.figures(LAN)


def test_accounts_and_drafts_live_on_both_databases(store: Store) -> None:
    accounts = Accounts(store, hasher=QUICK)
    made = accounts.add("lan", PASSWORD, "cataloguer", member="VN-BT")
    assert accounts.log_in("lan", PASSWORD) == made
    token = accounts.make_token(made.id, "máy", days=1)
    assert accounts.by_token(token) == made.actor
    drafts = Drafts(store)
    number = drafts.save(made.actor, "VN-BT", from_text("=245  10$aNháp"))
    assert drafts.get(made.actor, number).record["245"]["a"] == "Nháp"
    assert accounts.audit()[0].action == "token-add"


def test_the_list_of_records_is_cut_by_number(store: Store) -> None:
    listing = Listing(store)
    last = listing.last_id()
    whole = [name for name, _stamp in listing.stamps(0, last)]
    cut = [name for start in range(0, last, 3) for name, _stamp in listing.stamps(start, 3)]
    assert whole == cut
    assert listing.stamps(last, 10) == []


def test_one_job_of_a_name_at_a_time() -> None:
    jobs = Jobs()
    go = threading.Event()
    jobs.start("work", lambda: go.wait(10))
    assert jobs.is_running("work")
    with pytest.raises(Conflict):
        jobs.start("work", lambda: None)
    go.set()
    jobs.wait("work")
    assert jobs.problem("work") == ""

    def fails() -> None:
        raise WrongUse("no good")

    jobs.start("work", fails)
    jobs.wait("work")
    assert jobs.problem("work") == "no good"
    assert jobs.problem("nothing") == ""
    assert not jobs.is_running("nothing")
    jobs.close()


def test_old_figures_are_counted_anew(store: Store) -> None:
    now = [datetime.now(UTC)]
    statistics = Statistics(store, clock=lambda: now[0])
    first = statistics.figures(ADMIN)
    assert statistics.figures(ADMIN) is first
    now[0] += timedelta(minutes=2)
    assert statistics.figures(ADMIN) is not first
