"""The catalogue is a function of {records, ruleset, verdicts}, whatever happened on the way, on both databases.

Orders and batches, kill -9, two processes at once, and random histories with people's verdicts in them; ids are
stable, and every id that was ever given leads somewhere.
"""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.crashing_history import histories, steps, take
from tests.postgres_cluster import PostgresCluster
from tests.union_house import Book, House, books
from unioncat.model import ClusterId, RecordKey, Verdict, record_key
from unioncat.services.verdicts import VerdictDesk
from unioncat.store import Clusters, SourceRecords, Verdicts
from unioncat.store.dirty import Dirty
from unioncat.store.fingerprints import catalogue_content
from unioncat.store.integrity import broken_rules

ROOT = Path(__file__).resolve().parent.parent.parent
CODES = ("vn-bt", "vn-cd")
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresCluster]:
    with PostgresCluster.start(tmp_path_factory.mktemp("postgres")) as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    return cluster.new_database(f"partition{next(_numbers)}")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Fingerprint of the catalogue after both libraries' histories, one after the other."""
    house = House(f"sqlite:///{tmp_path_factory.mktemp('undisturbed') / 'store.db'}")
    for code, step in histories(CODES, 1):
        take(house, code, step)
    found = house.fingerprint()
    assert_sound(house)
    house.close()
    return found


def assert_sound(house: House) -> None:
    """No record in two clusters or in none, nothing left to do, and every live verdict holds."""
    with house.store.read() as session:
        assert [str(each) for each in broken_rules(session)] == []
        assert Dirty(session).count() == 0
        together = [set(made.keys) for made in catalogue_content(session)]
        keys = [key for cluster in together for key in cluster]
        assert len(keys) == len(set(keys))
        for verdict in live_verdicts(house):
            if {verdict.left, verdict.right} <= set(keys):
                assert any({verdict.left, verdict.right} <= one for one in together) == verdict.same, verdict


def live_verdicts(house: House) -> list[Verdict]:
    return VerdictDesk(house.store, house.recluster.run, clock=house.clock).history(live=True)


def all_ids(house: House) -> dict[ClusterId, frozenset[RecordKey]]:
    """Every id ever given → its live source records."""
    with house.store.read() as session:
        ids = list(Clusters(session).ids(deleted=None))
    return {one: frozenset(record.key for record in house.catalogue.source_records(one) if not record.deleted)
            for one in ids}  # fmt: skip


def assert_ids_lead_somewhere(
    house: House, before: dict[ClusterId, frozenset[RecordKey]], *, one_step: bool = False
) -> None:
    """An id given before is live, or leads to one that is, or all of its records are gone (or wait to be clustered)."""
    now = all_ids(house)
    with house.store.read() as session:
        settled = Dirty(session).count() == 0
    assert before.keys() <= now.keys()
    for number, keys in before.items():
        heir = house.catalogue.heir(number)
        record = house.catalogue.record(heir)
        if heir != number:
            assert house.catalogue.record(number).deleted
        if record.deleted and settled:
            assert now[heir] == frozenset()
        if one_step and keys and keys in now.values():
            assert now[number] == keys, "a cluster that is what it was keeps its id"


def start(url: str, code: str, seed: int = 1) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.crashing_history", url, code, str(seed)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> None:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert output.endswith("done\n")


def test_twenty_orders_and_batches_give_one_catalogue(tmp_path: Path) -> None:
    made = [(code, replace(book, call_number=code)) for code in CODES for book in books(14)]
    made += [(CODES[0], replace(book, number=book.number + "x", year=book.year + place % 2))
             for place, book in enumerate(books(8))]  # fmt: skip
    made += [
        (CODES[place % 2], Book(f"t{place}", f"Tiếng Việt 1. Tập {1 + place % 2}", "", 2020)) for place in range(4)
    ]
    found = set()
    for seed in range(20):
        chosen = random.Random(seed)
        chosen.shuffle(made)
        house = House(f"sqlite:///{tmp_path / f'{seed}.db'}")
        rest = made[:]
        while rest:
            size = chosen.choice((1, 5, 20, len(rest)))
            batch, rest = rest[:size], rest[size:]
            for code in CODES:
                if books_of := [book for where, book in batch if where == code]:
                    house.load(books_of, code)
        found.add(house.fingerprint())
        assert_sound(house)
        house.close()
    assert len(found) == 1


@pytest.mark.slow
def test_a_history_that_is_killed_again_and_again_ends_where_it_would_have(url: str, undisturbed: str) -> None:
    chosen = random.Random(4)
    seen: dict[ClusterId, frozenset[RecordKey]] = {}
    House(url).close()  # the tables are there: what is killed is work
    begun = time.monotonic()
    finish(start(url, CODES[0]))
    seconds = time.monotonic() - begun
    for kill in range(3):
        process = start(url, CODES[kill % 2])
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chosen.uniform(0.05, 0.8) * seconds)
        process.kill()
        process.communicate()
        with closing(House(url)) as house:
            assert_ids_lead_somewhere(house, seen)
            seen = all_ids(house)
    for code in CODES:
        finish(start(url, code))
    with closing(House(url)) as house:
        assert house.fingerprint() == undisturbed
        assert_ids_lead_somewhere(house, seen)
        assert_sound(house)


@pytest.mark.slow
def test_two_processes_at_once_lose_nothing(url: str, undisturbed: str) -> None:
    House(url).close()
    both = [start(url, code) for code in CODES]
    for process in both:
        finish(process)
    with closing(House(url)) as house:
        house.cluster()
        assert house.fingerprint() == undisturbed
        assert_sound(house)
        with house.store.read() as session:
            counts = SourceRecords(session).counts()
        for code in CODES:
            made = {book.number for step in steps(code, 1) for book in step.books}
            assert sum(counts[house.source(code).id]) == len(made)


def test_neighbours_of_a_deleted_copy_meet_again(url: str) -> None:
    """Three copies, the middle one deleted together with a record that was stored later: the others wait for links
    while the component of the deleted ones is clustered, and must go on waiting."""
    book = books(1)[0]
    with closing(House(url)) as house:
        house.load([book])
        house.load([book, replace(book, number=book.number + "x"), *books(3, 1)], CODES[1])
        house.delete(book.number, books(3, 1)[2].number, code=CODES[1])
        assert house.cluster_of(book.number) == house.cluster_of(book.number + "x", CODES[1])
        assert_sound(house)


def test_a_copy_that_comes_between_two_parts_them_in_the_batches_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch is indexed before the links of the batch before it are written; neighbours that it parts stay parted."""
    book = books(1)[0]
    copy = replace(book, number=book.number + "x")
    found = set()
    for size in (2, 2000):
        for name in ("FIRST_LINKS", "LINK_BATCH"):
            monkeypatch.setattr(f"unioncat.services.recluster.{name}", size)
        with closing(House(f"sqlite:///{tmp_path / str(size)}.db")) as house:
            house.store_only([book])
            house.store_only([book], CODES[1])
            house.store_only([copy])  # its key is between theirs
            desk = VerdictDesk(house.store, house.recluster.run, clock=house.clock)
            keys = [record_key(CODES[0], one.number) for one in (book, copy)]
            desk.say(keys[0], keys[1], same=False, who="lan", why="thử")
            found.add(house.fingerprint())
            assert_sound(house)
    assert len(found) == 1


@pytest.mark.parametrize("seed", range(3))
def test_a_random_history_leaves_no_trace_but_redirects(url: str, tmp_path: Path, seed: int) -> None:
    """Load, change, delete, say, say the contrary, take back: then a catalogue made of what is left is the same."""
    chosen = random.Random(seed)
    house = House(url)
    desk = VerdictDesk(house.store, house.recluster.run, clock=house.clock)
    live: dict[tuple[str, str], Book] = {}
    pool = [*books(8), *(replace(book, number=book.number + "x", year=book.year + 1) for book in books(4))]
    for _ in range(25):
        house.clock.go_on()
        before = all_ids(house)
        what = chosen.random()
        code = chosen.choice(CODES)
        if what < 0.5 or len(live) < 4:
            batch = [replace(one, pages=one.pages + chosen.choice((0, 0, 200))) for one in chosen.sample(pool, 4)]
            house.load(batch, code)
            live.update({(code, book.number): book for book in batch})
        elif what < 0.7:
            gone = chosen.sample(sorted(live), 3)
            for where, number in gone:
                house.delete(number, code=where)
                del live[where, number]
        elif what < 0.92:
            left, right = (record_key(*one) for one in chosen.sample(sorted(live), 2))
            desk.say(left, right, same=chosen.random() < 0.6, who="lan", why="thử")
        elif spoken := desk.history(live=True):
            desk.undo(chosen.choice(spoken).id)
        with house.store.read() as session:
            assert [str(each) for each in broken_rules(session)] == []
        assert_ids_lead_somewhere(house, before, one_step=True)
    fresh = House(f"sqlite:///{tmp_path / 'fresh.db'}")
    for code in CODES:
        fresh.load([book for (where, _), book in live.items() if where == code], code)
    with fresh.store.write() as session:
        known = {record_key(*one) for one in live}
        for verdict in sorted(live_verdicts(house), key=lambda one: one.id):
            if {verdict.left, verdict.right} <= known:
                Verdicts(session).add(
                    verdict.left, verdict.right, same=verdict.same, who="lan", why="thử", now=fresh.clock()
                )
        Dirty(session).mark([SourceRecords(session).by_key(key).id for key in known], linked=True)
    fresh.cluster()
    assert house.fingerprint() == fresh.fingerprint()
    fresh.close()
    house.close()
