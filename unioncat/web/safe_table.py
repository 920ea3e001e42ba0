"""CSV for spreadsheet programs: a cell can never become a formula (OWASP: CSV Injection)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

__all__ = ["csv_bytes", "safe_cell"]

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(value: object) -> str:
    """The value as text; a leading formula sign is preceded by an apostrophe, unless it is a plain number."""
    text = "" if value is None else str(value)
    if text.startswith(_STARTS) and not isinstance(value, (int, float)):
        return "'" + text
    return text


def csv_bytes(rows: Iterable[Sequence[object]]) -> bytes:
    """RFC 4180 in UTF-8 with a byte-order mark, by which Excel knows it."""
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([safe_cell(value) for value in row] for row in rows)
    return "\ufeff".encode() + stream.getvalue().encode("utf-8")
