"""Long lists of numbers or texts as one parameter, joined like a table.

``json_each`` on SQLite, ``unnest`` on PostgreSQL.

Faster than ``IN (?, ?, …)`` with thousands of marks, and the statement stays the same for any length.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import orjson
from sqlalchemy.orm import Session

from unioncat.store.bulk import is_sqlite


def select_with(
    session: Session, statement: str, values: Collection[int] | Collection[str], **parameters: Any
) -> list[Any]:
    """Rows (tuples) of `statement`, in which ``{values}`` is a table ``v`` with the column ``value``.

    values: numbers, or texts; their table stands first: ``FROM {values} JOIN … ON …``. Goes to the driver
    directly: what comes back are the driver's own values, times included.
    """
    if not values:
        return []
    listed = list(values)
    driver: Any = session.connection().connection.driver_connection
    cursor = driver.cursor()
    try:
        if is_sqlite(session):
            ordered = statement.replace("{values} JOIN", "{values} CROSS JOIN")  # SQLite then keeps this order
            filled = ordered.format(values="json_each(:values) v")
            cursor.execute(filled, {"values": orjson.dumps(listed).decode(), **parameters})
        else:
            kind = "text" if isinstance(listed[0], str) else "bigint"
            filled = statement.format(values=f"unnest(%(values)s::{kind}[]) v(value)")
            for name in parameters:
                filled = filled.replace(f":{name}", f"%({name})s")
            cursor.execute(filled, {"values": listed, **parameters})
        rows: list[Any] = cursor.fetchall()
    finally:
        cursor.close()
    return rows
