from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from unioncat.model import ConfigError, Conflict, WrongStoreVersion
from unioncat.store import Members, Store, schema
from unioncat.store import engine as engine_module
from unioncat.store.engine import parse_url
from unioncat.store.tables import Base


def test_a_migrated_store_has_the_schema_of_the_tables(url: str) -> None:
    store = Store._connect(url, must_exist=False)
    with store.engine.execution_options(unioncat_write=True).begin() as connection:
        schema.upgrade(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, Base.metadata)
        assert [each for each in found if "alembic_version" not in str(each)] == []
    store.close()
    Store.open(url).close()


def test_a_made_store_is_like_a_migrated_one(tmp_path: Path) -> None:
    def statements(path: Path) -> set[str]:
        with sqlite3.connect(path) as connection:
            rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%'").fetchall()
        return {" ".join(sorted(re.findall(r"\w+", str(row)))) for row in rows}

    Store.create(str(tmp_path / "made.db")).close()
    migrated = Store._connect(str(tmp_path / "migrated.db"), must_exist=False)
    with migrated.engine.begin() as connection:
        schema.upgrade(connection)
    migrated.close()
    assert statements(tmp_path / "made.db") == statements(tmp_path / "migrated.db")


def test_a_missing_store_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unioncat init"):
        Store.open(str(tmp_path / "none.db"))


def test_an_empty_database_says_what_to_do(url: str) -> None:
    engine = engine_module.make_engine(parse_url(url))
    engine.connect().close()
    engine.dispose()
    with pytest.raises(ConfigError, match="unioncat init"):
        Store.open(url)


def test_creating_an_existing_store_opens_it(url: str) -> None:
    Store.create(url).close()
    Store.create(url).close()


@pytest.mark.parametrize(("number", "words"), [("9999", "newer version"), ("0000", "unioncat upgrade")])
def test_another_version_is_named(url: str, number: str, words: str) -> None:
    with Store.create(url) as store, store.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :number"), {"number": number})
    with pytest.raises(WrongStoreVersion, match=words):
        Store.open(url)


def test_a_newer_store_is_not_upgraded(url: str) -> None:
    with Store.create(url) as store, store.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WrongStoreVersion, match="newer version"):
        Store.upgrade(url)


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE theirs (x)")
    for attempt in (Store.open, Store.create):
        with pytest.raises(ConfigError, match="something else"):
            attempt(str(tmp_path / "other.db"))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("không phải cơ sở dữ liệu " * 100)
    with pytest.raises(ConfigError, match="damaged or is not"):
        Store.open(str(tmp_path / "text.db"))


def test_a_store_held_by_another_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 0.1)
    with Store.create(str(tmp_path / "store.db")) as one, Store.open(str(tmp_path / "store.db")) as other:
        with one.write() as session:
            assert Members(session).count() == 0
            with pytest.raises(Conflict, match="another process"), other.write():
                pass
        with other.write() as session:
            assert Members(session).count() == 0


@pytest.mark.parametrize("address", ["mysql://x/y", "sqlite://", "not an address://"])
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(ConfigError):
        Store.open(address)


def test_an_unreachable_server_is_a_sentence() -> None:
    with pytest.raises(ConfigError, match="cannot be used"):
        Store.open("postgresql://nobody@127.0.0.1:1/none")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be made"):
        Store.create(str(tmp_path / "file" / "deeper" / "store.db"))
