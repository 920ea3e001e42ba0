"""Long lists of numbers as one parameter, joined like a table: ``json_each`` on SQLite, ``unnest`` on PostgreSQL.

Faster than ``IN (?, ?, …)`` with thousands of marks, and the statement stays the same for any length.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import orjson
from sqlalchemy import BigInteger, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from unioncat.store.bulk import is_sqlite


def select_with(session: Session, statement: str, numbers: Collection[int], **parameters: Any) -> list[Any]:
    """Rows of `statement`, in which ``{values}`` is a table ``v`` with the column ``value``."""
    if not numbers:
        return []
    if is_sqlite(session):
        filled = statement.format(values="json_each(:numbers) v")
        rows = session.connection().execute(
            text(filled), {"numbers": orjson.dumps(list(numbers)).decode(), **parameters}
        )
        return list(rows)
    filled = statement.format(values="unnest(:numbers) v(value)")
    query = text(filled).bindparams(bindparam("numbers", type_=ARRAY(BigInteger)))
    return list(session.connection().execute(query, {"numbers": list(numbers), **parameters}))
