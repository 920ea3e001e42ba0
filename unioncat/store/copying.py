"""A whole store copied into another, whatever the two databases are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Table, func, select, text
from sqlalchemy.orm import Session

from unioncat.store.bulk import as_json, db_time, insert_rows, is_sqlite, update_rows
from unioncat.store.store import Store
from unioncat.store.tables import Base, Utc

ROWS = 2000


def copy_store(source: Store, target: Store, progress: Callable[[str, int], None] | None = None) -> int:
    """Copy every table into the empty `target`; how many rows. One snapshot of `source`, one transaction each side."""
    rows = 0
    by_name = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    with source.read() as reading, target.write() as writing:
        for table in Base.metadata.sorted_tables:
            copied = _copy_table(reading, writing, table, by_name[table.name])
            rows += copied
            if progress is not None:
                progress(table.name, copied)
        if not is_sqlite(writing):
            _reset_sequences(writing)
    return rows


def copy_table(reading: Session, writing: Session, row: type[Base]) -> int:
    """Copy one table into an empty one; how many rows."""
    assert isinstance(row.__table__, Table)
    return _copy_table(reading, writing, row.__table__, row)


def _copy_table(reading: Session, writing: Session, table: Table, row: type[Base]) -> int:
    """Columns that lead to other rows of the same table are filled in afterwards, when all rows are there."""
    columns = list(table.columns)
    convert = [_converter(writing, column.type) for column in columns]
    own = [
        place for place, column in enumerate(columns) if any(key.column.table is table for key in column.foreign_keys)
    ]
    names = [column.name for column in columns]
    key = next(iter(table.primary_key.columns)).name
    later: list[tuple[Any, ...]] = []
    count = 0
    result = reading.execute(select(*columns).execution_options(yield_per=ROWS))
    for part in result.partitions(ROWS):
        some = []
        for found in part:
            values = [turn(value) for turn, value in zip(convert, found, strict=True)]
            if own and any(values[place] is not None for place in own):
                later.append((*(values[place] for place in own), values[names.index(key)]))
                for place in own:
                    values[place] = None
            some.append(tuple(values))
        insert_rows(writing, row, names, some)
        count += len(some)
    update_rows(writing, row, [names[place] for place in own], [key], later)
    return count


def _leads_home(column: Column[Any], table: Table) -> bool:
    return any(key.column.table is table for key in column.foreign_keys)


def _converter(session: Session, kind: Any) -> Callable[[Any], Any]:
    if isinstance(kind, JSON):
        return lambda value: None if value is None else as_json(value)
    if isinstance(kind, Utc | DateTime):
        return lambda value: None if value is None else db_time(session, value)
    return lambda value: value


def _reset_sequences(session: Session) -> None:
    """New rows go on after the copied ones."""
    for table in Base.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        last = session.scalar(select(func.max(column)))
        sequence = session.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
        )
        if sequence is not None and last is not None:
            session.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})
