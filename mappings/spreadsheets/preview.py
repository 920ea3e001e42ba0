"""What would become of a file, before anything is stored: columns, first records, doubts, change since last time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO

from mappings.spreadsheets.formats import records_of, row_of
from mappings.spreadsheets.mapping import ColumnMapping, open_with_mapping
from mappings.spreadsheets.rows import row_to_marc
from mappings.spreadsheets.tables import Sheet, open_csv, open_xlsx
from unioncat.marc import Record
from unioncat.model import BadRecord, Finding, UnreadableInput

__all__ = ["ColumnPreview", "Comparison", "Preview", "RowPreview", "compare", "preview"]

SHOWN = 20
"""Rows shown as records."""

MOST_ROWS = 200_000
"""Rows that a preview counts; a longer file is previewed by its beginning."""


@dataclass(frozen=True, slots=True)
class ColumnPreview:
    """number counts from 1; samples: the first different texts in it; sure: 0.0-1.0, 1.0 for a person's word."""

    number: int
    heading: str
    role: str
    sure: float
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowPreview:
    """One row: its record, or the reason why it would be refused."""

    number: int
    record: Record | None
    findings: tuple[Finding, ...]
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows of this file against those that the last one left. gone: would be deleted by a complete file."""

    new: int
    same: int
    gone: int


@dataclass(frozen=True, slots=True)
class Preview:
    """mapping: to be corrected and kept; guessed: it was found out here and not used again from last time.
    findings: rule → how many rows."""

    sheet: str
    other_sheets: tuple[str, ...]
    mapping: ColumnMapping
    guessed: bool
    columns: tuple[ColumnPreview, ...]
    rows: tuple[RowPreview, ...]
    total: int
    refused: int
    findings: Mapping[str, int]
    comparison: Comparison | None


def preview(
    stream: BinaryIO,
    format: str,
    known: ColumnMapping | None = None,
    previous: Iterable[str] | None = None,
) -> Preview:
    """Look at a file of format ``xlsx`` or ``csv``. previous: identifiers of the rows that are stored now.

    Raises UnreadableInput, with a sentence, for what is no such file; not for one without a title column: its
    columns are shown, so that a person can say which it is.
    """
    sheet = open_xlsx(stream, known.sheet if known else "") if format == "xlsx" else open_csv(stream)
    with closing(sheet):
        return _preview(sheet, format, known, previous)


def _preview(sheet: Sheet, format: str, known: ColumnMapping | None, previous: Iterable[str] | None) -> Preview:
    opened = open_with_mapping(sheet, known)
    samples: dict[int, dict[str, None]] = {}
    kept = []
    for number, row in opened.rows:
        kept.append((number, row))
        for place, cell in enumerate(row):
            told = samples.setdefault(place, {})
            if cell and len(told) < 3:
                told[cell.text[:80]] = None
        if len(kept) >= MOST_ROWS:
            break
    opened = opened._replace(rows=type(opened.rows)(kept))
    rows: list[RowPreview] = []
    counts: Counter[str] = Counter()
    identifiers: set[str] = set()
    total = refused = 0
    try:
        for harvested in records_of(opened, format):
            assert harvested.raw is not None
            total += 1
            identifiers.add(harvested.identifier or "")
            try:
                parsed = row_to_marc(row_of(harvested.raw))
            except BadRecord as error:
                refused += 1
                shown = RowPreview(harvested.raw.position, None, (), error.reason)
            else:
                counts.update({found.rule for found in parsed.findings})
                shown = RowPreview(harvested.raw.position, parsed.record, parsed.findings)
            if len(rows) < SHOWN:
                rows.append(shown)
    except UnreadableInput:
        total = len(kept)
    columns = []
    for place in range(
        max(len(opened.headings), *(place + 1 for place in samples)) if samples else len(opened.headings)
    ):
        column = opened.places.get(place)
        heading = opened.headings[place] if place < len(opened.headings) else ""
        role, sure = (column.role, column.sure) if column else ("", 0.0)
        columns.append(ColumnPreview(place + 1, heading, role, sure, tuple(samples.get(place, ()))))
    return Preview(
        sheet.name,
        sheet.others,
        opened.mapping,
        opened.guessed,
        tuple(columns),
        tuple(rows),
        total,
        refused,
        dict(counts.most_common()),
        compare(previous, identifiers) if previous is not None else None,
    )


def compare(previous: Iterable[str], current: Iterable[str]) -> Comparison:
    """By identifiers: what a complete file adds, keeps and takes away."""
    before, now = set(previous), set(current)
    return Comparison(len(now - before), len(now & before), len(before - now))
