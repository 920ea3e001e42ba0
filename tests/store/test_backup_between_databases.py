from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.postgres_cluster import PostgresCluster
from tests.union_house import Book, House, books
from unioncat.model import Conflict, RecordKey
from unioncat.services.backup import backup, restore
from unioncat.services.verify import verify
from unioncat.store import Verdicts


@pytest.mark.peer
def test_from_sqlite_to_postgresql_and_back(tmp_path: Path, postgres: PostgresCluster) -> None:
    small = House(f"sqlite:///{tmp_path / 'small.db'}")
    small.load(books(30))
    with small.store.write() as session:
        left, right = RecordKey("vn-bt/b00001"), RecordKey("vn-bt/b00002")
        Verdicts(session).add(left, right, same=False, who="an", why="", now=small.clock())
        Verdicts(session).add(left, right, same=True, who="an", why="", now=small.clock())
    small.load([replace(books(3)[2], pages=3)])
    backup(small.store, tmp_path / "saved.db")

    url = postgres.new_database("moved")
    restore(tmp_path / "saved.db", url)
    with pytest.raises(Conflict):
        restore(tmp_path / "saved.db", url)
    large = House(url)
    assert large.fingerprint() == small.fingerprint()
    large.load([Book("new", "Sách mới nhập", "Ai đó", 2020)], "vn-cd")  # sequences go on
    assert len(large.clusters()) == len(small.clusters()) + 1
    assert verify(large.store, large.pool).is_sound

    backup(large.store, tmp_path / "back.db")
    restore(tmp_path / "back.db", f"sqlite:///{tmp_path / 'home.db'}")
    home = House(f"sqlite:///{tmp_path / 'home.db'}")
    assert home.fingerprint() == large.fingerprint()
    for house in (small, large, home):
        house.close()
