"""The index as a projection of the change log: catch-up, rebuild, damage, crash, and readers within a second."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.sru_world import marc
from unioncat.model import ClusterId, Conflict, Member, MemberCode
from unioncat.search import open_engine, open_writer
from unioncat.search.query import Everything, Term, masked_words, term
from unioncat.services.indexing import Indexer
from unioncat.store import Changes, Members, Store
from unioncat.store.tables import ClusterRow

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


class House:
    """A store whose clusters are written by hand, and its index."""

    def __init__(self, folder: Path, engine: str = "tantivy") -> None:
        self.folder = folder
        self.store = Store.create(f"sqlite:///{folder}/catalogue.db")
        self.url = f"{engine}://{folder}/index"
        with self.store.write() as session:
            Members(session).add(Member(MemberCode("VN-BT"), "Thư viện tỉnh Bến Tre", "public"))

    def indexer(self, workers: int = 1) -> Indexer:
        return Indexer(self.store, self.url, workers)

    def write(self, ids: Sequence[int], title: str = "Sách", *, deleted: bool = False, hidden: bool = False) -> None:
        """Clusters as clustering leaves them: rows and change numbers in one transaction."""
        with self.store.write() as session:
            for number in ids:
                body = marc(("008", "000101s1999    vm            000 0 vie d"), ("245", f"10$a{title} {number}"))
                row = session.get(ClusterRow, number) or ClusterRow(id=number, created=NOW, datestamp=NOW)
                row.marc, row.fingerprint = body, f"{title}{number}".encode().ljust(16)[:16]
                row.datestamp, row.deleted, row.suppressed = NOW, deleted, hidden
                session.add(row)
            session.flush()
            Changes(session).append([ClusterId(number) for number in ids], NOW)

    def titles(self, word: str) -> int:
        return open_engine(self.url).search(term("title", word), count=0).total


@pytest.fixture(params=["tantivy", "whoosh"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    found = House(tmp_path, request.param)
    yield found
    found.store.close()


def test_catches_up_with_what_changed(house: House) -> None:
    indexer = house.indexer()
    assert indexer.status().state == "missing"
    house.write(range(1, 6))
    assert indexer.catch_up() == 5
    status = indexer.status(check=True)
    assert (status.state, status.documents, status.change, status.lag) == ("current", 5, 5, 0)
    house.write([2, 3], "Truyện")
    house.write([4], deleted=True)
    house.write([5], hidden=True)
    assert (indexer.status().state, indexer.status().lag) == ("behind", 4)
    assert indexer.catch_up() == 4
    assert indexer.catch_up() == 0
    assert (house.titles("sach"), house.titles("truyen")) == (1, 2)
    house.write([5])
    indexer.catch_up()
    assert house.titles("sach") == 2


def test_rebuild_equals_the_store(house: House) -> None:
    house.write(range(1, 31))
    house.write([7], deleted=True)
    assert house.indexer().rebuild() == 29
    assert house.indexer().status().state == "current"
    assert house.titles("sach") == 29


def test_a_pool_makes_the_same_index(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unioncat.services.indexing._POOL_FROM", 10)
    monkeypatch.setattr("unioncat.services.indexing._PAGE", 7)
    house.write(range(1, 41))
    assert house.indexer(workers=2).rebuild() == 40
    ids = open_engine(house.url).search(Term("title", masked_words("sach")), count=50).ids
    assert sorted(ids) == list(range(1, 41))


def test_an_index_ahead_of_its_store_is_built_anew(house: House) -> None:
    house.write([1, 2])
    house.indexer().catch_up()
    writer = open_writer(house.url)
    writer.commit(99)
    writer.close()
    house.indexer().catch_up()
    assert open_engine(house.url).change_number() == 2


def test_two_cannot_write(house: House) -> None:
    house.write([1])
    house.indexer().catch_up()
    writer = open_writer(house.url)
    with pytest.raises(Conflict):
        house.indexer().catch_up()
    with pytest.raises(Conflict):
        house.indexer().rebuild(wait=0.3)
    writer.close()


def test_a_damaged_file_is_noticed_and_built_anew(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.write(range(1, 21))
    house.indexer().catch_up()
    victim = max((tmp_path / "index").glob("g*/*.idx"), key=lambda path: path.stat().st_size)
    data = bytearray(victim.read_bytes())
    data[3] ^= 0xFF
    victim.chmod(0o600)
    victim.write_bytes(bytes(data))
    status = house.indexer().status(check=True)
    assert status.state == "damaged"
    assert "rebuild" in status.message
    house.write([21])
    house.indexer().catch_up()
    assert house.indexer().status(check=True).state == "current"
    assert house.titles("sach") == 21
    house.store.close()


def _wait(condition: object, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def test_readers_see_changes_within_a_second(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.write([1])
    stop = threading.Event()
    thread = threading.Thread(target=house.indexer().run_forever, args=(stop,))
    thread.start()
    try:
        assert _wait(lambda: (tmp_path / "index" / "current").exists(), 10)
        reader = open_engine(house.url)
        assert reader.search(Everything(), count=0).total == 1
        delays = []
        for number in range(2, 5):
            house.write([number])
            began = time.monotonic()
            assert _wait(lambda wanted=number: reader.count() == wanted, 5)
            delays.append(time.monotonic() - began)
        assert min(delays) < 1.0
        assert house.indexer().rebuild(wait=20) == 4
    finally:
        stop.set()
        thread.join(20)
    house.store.close()


KILLED = """
import sys, threading
from unioncat.services.indexing import Indexer
from unioncat.store import Store
import unioncat.services.indexing as indexing
indexing._CHANGES_AT_ONCE = 50
Indexer(Store.open(sys.argv[1]), sys.argv[2]).run_forever(threading.Event())
"""


def test_kill_9_loses_nothing(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.write(range(1, 11))
    house.indexer().catch_up()
    for round_number in range(3):
        first = 11 + round_number * 400
        house.write(range(first, first + 400))
        command = [sys.executable, "-c", KILLED, house.store.url, house.url]
        process = subprocess.Popen(command, cwd=Path(__file__).resolve().parents[2])
        _wait(lambda least=first + 30: open_engine(house.url).count() >= least, 20)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    house.indexer().catch_up()
    ids = open_engine(house.url).search(Everything(), count=5000).ids
    assert sorted(ids) == list(range(1, 1211))
    assert house.indexer().status(check=True).state == "current"
    house.store.close()
