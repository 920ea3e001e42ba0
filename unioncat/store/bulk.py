"""Many rows at once, by the driver's own means: executemany on SQLite, COPY on PostgreSQL.

Rows are plain tuples in the order of `columns`; times are made with `db_time`, JSON is given as text. This is
the hot path of a load: no ORM objects, nothing done per value.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Table, func, select, text
from sqlalchemy.orm import Session

from unioncat.store.rows import pieces
from unioncat.store.tables import Base

Row = tuple[Any, ...]


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def db_time(session: Session, moment: datetime) -> datetime | str:
    """`moment` as the driver wants it; on SQLite the very text that SQLAlchemy writes, for it sorts as text."""
    return _sqlite_time(moment) if is_sqlite(session) else moment


@lru_cache(maxsize=1024)
def _sqlite_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def as_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def insert_rows(session: Session, table: type[Base], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """New rows. A row that is there already is an IntegrityError."""
    if not rows:
        return
    connection = session.connection()
    if is_sqlite(session):
        connection.exec_driver_sql(_insert(table.__tablename__, tuple(columns), "?"), list(rows))
        return
    names = ", ".join(f'"{column}"' for column in columns)
    driver: Any = connection.connection.driver_connection
    with (
        driver.cursor() as cursor,
        cursor.copy(f'COPY "{table.__tablename__}" ({names}) FROM STDIN') as copy,
    ):
        for row in rows:
            copy.write_row(row)


def put_rows(session: Session, table: type[Base], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Rows that replace what stands under their primary key."""
    if rows:
        mark = "?" if is_sqlite(session) else "%s"
        keys = tuple(column.name for column in _table(table).primary_key)
        statement = _insert(table.__tablename__, tuple(columns), mark) + _on_conflict(tuple(columns), keys)
        session.connection().exec_driver_sql(statement, list(rows))


def delete_rows(session: Session, table: type[Base], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Rows whose `columns` have these values; missing ones are no error."""
    if rows:
        mark = "?" if is_sqlite(session) else "%s"
        where = " AND ".join(f'"{column}" = {mark}' for column in columns)
        session.connection().exec_driver_sql(f'DELETE FROM "{table.__tablename__}" WHERE {where}', list(rows))  # noqa: S608


def update_rows(
    session: Session, table: type[Base], columns: Sequence[str], keys: Sequence[str], rows: Sequence[Row]
) -> None:
    """Set `columns` where `keys` match; a row is the new values and then the values of the keys."""
    if rows:
        mark = "?" if is_sqlite(session) else "%s"
        new = ", ".join(f'"{column}" = {mark}' for column in columns)
        where = " AND ".join(f'"{key}" = {mark}' for key in keys)
        session.connection().exec_driver_sql(
            f'UPDATE "{table.__tablename__}" SET {new} WHERE {where}',  # noqa: S608
            list(rows),
        )


def allocate(session: Session, table: type[Base], count: int) -> list[int]:
    """`count` unused values of the table's column ``id``, ascending, for rows inserted in this transaction.

    A table made with AUTOINCREMENT never gives a number twice, even after its row is deleted.
    """
    if not count:
        return []
    name = table.__tablename__
    if not is_sqlite(session):
        query = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return sorted(session.scalars(query, {"name": name, "count": count}))
    last = session.scalar(select(func.max(_table(table).c.id))) or 0
    if _table(table).dialect_options["sqlite"]["autoincrement"]:
        used = session.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": name})
        last = max(last, used or 0)
    return list(range(last + 1, last + 1 + count))


def existing(session: Session, table: type[Base], column: str, values: Collection[Any]) -> set[Any]:
    """Those of `values` that stand in `column`."""
    found: set[Any] = set()
    attribute = _table(table).c[column]
    for some in pieces(list(values)):
        found.update(session.scalars(select(attribute).where(attribute.in_(some)).distinct()))
    return found


def _table(row: type[Base]) -> Table:
    assert isinstance(row.__table__, Table)
    return row.__table__


@lru_cache(maxsize=64)
def _insert(table: str, columns: tuple[str, ...], mark: str) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT INTO "{table}" ({names}) VALUES ({", ".join([mark] * len(columns))})'  # noqa: S608


@lru_cache(maxsize=64)
def _on_conflict(columns: tuple[str, ...], keys: tuple[str, ...]) -> str:
    names = ", ".join(f'"{key}"' for key in keys)
    new = ", ".join(f'"{column}" = excluded."{column}"' for column in columns if column not in keys)
    return f" ON CONFLICT ({names}) DO " + (f"UPDATE SET {new}" if new else "NOTHING")
