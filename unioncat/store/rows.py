"""Small matters of statements: counts of touched rows, and long lists of ids cut to what a database takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Result

T = TypeVar("T")
IDS_AT_ONCE = 5000  # SQLite takes 32,766 parameters, PostgreSQL 65,535; short statements plan better


def changed(result: Result[Any]) -> int:
    """Rows that an UPDATE or DELETE touched."""
    assert isinstance(result, CursorResult)
    return result.rowcount


def pieces(values: Sequence[T], size: int = IDS_AT_ONCE) -> Iterator[Sequence[T]]:
    """`values` in order, at most `size` at a time."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
