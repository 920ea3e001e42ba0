"""Long lists of numbers as one parameter, joined like a table: ``json_each`` on SQLite, ``unnest`` on PostgreSQL.

Faster than ``IN (?, ?, …)`` with thousands of marks, and the statement stays the same for any length.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import orjson
from sqlalchemy.orm import Session

from unioncat.store.bulk import is_sqlite


def select_with(session: Session, statement: str, numbers: Collection[int], **parameters: Any) -> list[Any]:
    """Rows (tuples) of `statement`, in which ``{values}`` is a table ``v`` with the column ``value``.

    Goes to the driver directly: what comes back are the driver's own values, times included.
    """
    if not numbers:
        return []
    driver: Any = session.connection().connection.driver_connection
    cursor = driver.cursor()
    try:
        if is_sqlite(session):
            joined = orjson.dumps(list(numbers)).decode()
            cursor.execute(statement.format(values="json_each(:numbers) v"), {"numbers": joined, **parameters})
        else:
            filled = statement.format(values="unnest(%(numbers)s::bigint[]) v(value)")
            names = {name: f"%({name})s" for name in parameters}
            for name, mark in names.items():
                filled = filled.replace(f":{name}", mark)
            cursor.execute(filled, {"numbers": list(numbers), **parameters})
        rows: list[Any] = cursor.fetchall()
    finally:
        cursor.close()
    return rows
