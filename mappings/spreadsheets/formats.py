"""The reading formats ``xlsx`` and ``csv``.

Splitting applies the column mapping, so that a raw record (a JSON object with the row's cells by role) can be
parsed without its file: in another process, or again after a fix. hints: ``mapping`` (JSON of a ColumnMapping).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import BinaryIO

import orjson

from mappings.spreadsheets.cells import Cell
from mappings.spreadsheets.copies import accession_numbers
from mappings.spreadsheets.mapping import ColumnMapping, Opened, open_with_mapping
from mappings.spreadsheets.rows import Row, row_to_marc
from mappings.spreadsheets.tables import is_csv, is_xlsx, open_csv, open_xlsx
from unioncat.marc.formats import ParsedRecord
from unioncat.model import BadRecord, Finding, HarvestedRecord, RawRecord, UnreadableInput
from unioncat.text import fold

__all__ = ["Csv", "Xlsx", "identifier_of", "records_of", "row_of"]

_IDENTITY = ("title", "subtitle", "volume", "authors", "publisher", "imprint", "year", "edition", "isbn")
"""Roles by which a row without an identifier is known again; copies and notes may change."""


def identifier_of(cells: Mapping[str, list[tuple[str, Cell]]]) -> tuple[str, bool]:
    """The row's identifier, and whether it is its own: the identifier column, else the only accession number,
    else a digest of what the row says of the book."""
    for _, cell in cells.get("identifier", ()):
        if cell.kind in ("text", "number"):
            return cell.text, True
    numbers = [number for _, cell in cells.get("barcodes", ()) for number in accession_numbers(cell.text)]
    if len(numbers) == 1:
        return f"copy:{numbers[0]}", True
    told = "\x1f".join(fold(cell.text) for role in _IDENTITY for _, cell in cells.get(role, ()))
    return "row:" + hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:20], False


def records_of(opened: Opened, format: str) -> Iterator[HarvestedRecord]:
    """A raw record for each row that is not empty; the position is the row's number in the file."""
    from openpyxl.utils import get_column_letter  # a fifth of a second and 17 MB, which a load of MARC can do without

    seen: dict[int, int] = {}
    mapping = opened.mapping
    if not any(column.role == "title" for column in opened.places.values()):
        raise UnreadableInput(
            "no column with titles was found; say which one it is in the library's column mapping"
            f" (columns: {', '.join(heading for heading in opened.headings if heading) or 'without headings'})"
        )
    repeated_heading = tuple(fold(heading) for heading in opened.headings)
    for number, row in opened.rows:
        if not any(row) or tuple(fold(cell.text) for cell in row) == repeated_heading:
            continue
        cells: dict[str, list[tuple[str, Cell]]] = {}
        for place, cell in enumerate(row):
            column = opened.places.get(place)
            if column is not None and column.role and column.role != "ignore" and cell:
                cells.setdefault(column.role, []).append((get_column_letter(place + 1), cell))
        if not cells:
            continue
        identifier, own = identifier_of(cells)
        key = hash(identifier)
        times = seen[key] = seen.get(key, 0) + 1
        data = {
            "cells": [[role, letter, cell.kind, cell.text] for role, told in cells.items() for letter, cell in told],
            "constants": dict(mapping.constants),
            "encoding": mapping.encoding,
            "identifier": identifier if times == 1 else f"{identifier}#{times}",
            "own": own,
            "merged": number in opened.sheet.merged,
        }
        # the row's number stays out of the bytes: a row that only moved is unchanged
        raw = RawRecord(format, orjson.dumps(data), number)
        yield HarvestedRecord(str(data["identifier"]), raw)


def row_of(raw: RawRecord) -> Row:
    """The row. Raises BadRecord for bytes that we did not write."""
    try:
        data = orjson.loads(raw.data)
        cells: dict[str, list[tuple[str, Cell]]] = {}
        for role, letter, kind, text in data["cells"]:
            if not all(isinstance(part, str) for part in (role, letter, kind, text)):
                raise TypeError("a cell is not made of texts")
            cells.setdefault(role, []).append((letter, Cell(text, kind)))
        constants = {str(role): str(value) for role, value in data["constants"].items()}
        identifier = str(data["identifier"])
        own = identifier.removeprefix("copy:") if data["own"] else ""
        return Row(raw.position, cells, constants, str(data["encoding"]), identifier, own, bool(data["merged"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRecord(f"not a row of a spreadsheet: {error}", position=raw.position) from error


def _parsed(raw: RawRecord) -> ParsedRecord:
    row = row_of(raw)
    parsed = row_to_marc(row)
    again = row.identifier.rpartition("#")
    if not again[1] or not again[2].isdigit():
        return parsed
    repeated = Finding("sheet-identifier-repeated", "warning", "", row.identifier)
    return ParsedRecord(parsed.record, (*parsed.findings, repeated), parsed.identifier)


def _known(hints: Mapping[str, str]) -> ColumnMapping | None:
    return ColumnMapping.from_json(hints["mapping"]) if hints.get("mapping") else None


class Xlsx:
    """Workbooks (.xlsx). An old .xls is recognised, to say what to do with it."""

    name = "xlsx"

    def sniff(self, head: bytes, filename: str) -> float:
        return is_xlsx(head, filename)

    def split(self, stream: BinaryIO, hints: Mapping[str, str]) -> Iterator[HarvestedRecord]:
        known = _known(hints)
        with closing(open_xlsx(stream, known.sheet if known else "")) as sheet:
            yield from records_of(open_with_mapping(sheet, known), self.name)

    def parse(self, raw: RawRecord) -> ParsedRecord:
        return _parsed(raw)


class Csv:
    """Delimited text: comma, semicolon, tab or bar; UTF-8, UTF-16, or bytes of legacy fonts."""

    name = "csv"

    def sniff(self, head: bytes, filename: str) -> float:
        return is_csv(head, filename)

    def split(self, stream: BinaryIO, hints: Mapping[str, str]) -> Iterator[HarvestedRecord]:
        yield from records_of(open_with_mapping(open_csv(stream), _known(hints)), self.name)

    def parse(self, raw: RawRecord) -> ParsedRecord:
        return _parsed(raw)
