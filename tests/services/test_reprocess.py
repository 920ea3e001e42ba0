from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from tests.union_house import House, books
from unioncat.services.reprocess import reprocess
from unioncat.services.verify import verify


def test_what_an_older_version_made_otherwise_is_made_anew(tmp_path: Path) -> None:
    house = House(f"sqlite:///{tmp_path / 'store.db'}")
    house.load(books(20))
    expected = house.fingerprint()
    with house.store.write() as session:  # as if an older reader had understood two titles otherwise
        session.execute(
            text(
                "UPDATE source_body SET marc = CAST(replace(CAST(marc AS TEXT), 'Nxb', 'NXB') AS BLOB) WHERE record < 3"
            )
        )
        session.execute(text("INSERT INTO dirty_record VALUES (1, 1, 1), (2, 1, 1)"))
    house.cluster()
    assert house.fingerprint() != expected
    assert not verify(house.store, house.pool).is_sound
    done = reprocess(house.store, house.pool, house.recluster.run)
    assert (done.read, done.changed, done.unreadable) == (20, 2, 0)
    assert house.fingerprint() == expected
    assert reprocess(house.store, house.pool).changed == 0
    house.close()
