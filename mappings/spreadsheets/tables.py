"""Rows of cells out of XLSX and CSV files, in flat memory; nothing in them is run, computed or fetched."""

from __future__ import annotations

import codecs
import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, BinaryIO
from warnings import catch_warnings, simplefilter

from mappings.spreadsheets.cells import Cell, cell_of
from unioncat.model import UnreadableInput

if TYPE_CHECKING:
    import openpyxl  # loaded when a workbook is opened: every worker of a load imports this module

__all__ = ["Sheet", "is_csv", "is_xlsx", "open_csv", "open_xlsx"]

MOST_UNPACKED = 2 * 1024**3
"""Bytes that a workbook may unpack to; more is refused as a zip bomb."""

MOST_SHARED = 256 * 1024**2
"""Bytes of the workbook's table of texts, which is held in memory."""

MOST_FILLED = 1_000_000
"""Cells that merged areas may fill in; areas beyond that stay as they are."""

MOST_COLUMNS = 256
_LONGEST_LINE = 4 * 1024 * 1024


@dataclass(slots=True)
class Sheet:
    """One sheet. rows: (number counted from 1, cells). Cells inside a merged area repeat its first cell's value
    where the area spans rows of one column; `merged` holds the row numbers so filled. Whoever opened it calls
    `close`."""

    name: str
    rows: Iterator[tuple[int, list[Cell]]]
    others: tuple[str, ...] = ()
    merged: set[int] = field(default_factory=set)
    close: Callable[[], None] = lambda: None


def is_xlsx(head: bytes, filename: str) -> float:
    """How sure we are that this is a workbook. Old ``.xls`` counts too: `open_xlsx` says what to do with it."""
    name = filename.lower()
    if head.startswith(b"PK\x03\x04"):
        if b"xl/" in head or b"application/vnd.openxmlformats-officedocument.spreadsheetml" in head:
            return 0.97
        return 0.8 if name.endswith((".xlsx", ".xlsm")) else 0.0
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return 0.6
    return 0.0


def open_xlsx(stream: BinaryIO, sheet: str = "") -> Sheet:
    """The sheet of that name, else the first that has rows. Raises UnreadableInput with a sentence."""
    spooled: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=16 * 1024 * 1024)  # noqa: SIM115 - `Sheet.close`
    try:
        return _opened(stream, spooled, sheet)
    except UnreadableInput:
        spooled.close()
        raise
    except Exception as error:  # zipfile, lxml and openpyxl raise whatever a broken file leads them to
        spooled.close()
        raise UnreadableInput(f"The workbook cannot be read: {error}") from error


def _opened(stream: BinaryIO, spooled: IO[bytes], sheet: str) -> Sheet:
    while block := stream.read(1024 * 1024):
        spooled.write(block)
    spooled.seek(0)
    if spooled.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise UnreadableInput(
            "This is an old .xls (or an encrypted) workbook. Open it and save it as .xlsx, without a password."
        )
    spooled.seek(0)
    with zipfile.ZipFile(spooled) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MOST_UNPACKED:
            raise UnreadableInput(f"The workbook unpacks to {unpacked} bytes, more than the {MOST_UNPACKED} allowed")
        shared = sum(member.file_size for member in archive.infolist() if "sharedStrings" in member.filename)
        if shared > MOST_SHARED:
            raise UnreadableInput(f"The workbook has {shared} bytes of text, more than the {MOST_SHARED} allowed")
        merges = _merged_areas(archive)
    import openpyxl

    with catch_warnings():
        simplefilter("ignore")  # openpyxl warns of styles and extensions it does not know
        book = openpyxl.load_workbook(spooled, read_only=True, data_only=False, keep_links=False)
    names = [one.title for one in book.worksheets]
    if not names:
        raise UnreadableInput("The workbook has no sheet with cells")
    if sheet and sheet not in names:
        raise UnreadableInput(f"The workbook has no sheet {sheet!r}; it has {', '.join(names)}")
    chosen = sheet or next((name for name in names if _has_rows(book[name])), names[0])
    found = Sheet(chosen, iter(()), tuple(name for name in names if name != chosen))
    areas = merges.get(str(getattr(book[chosen], "_worksheet_path", "")).lstrip("/"), [])
    found.rows = _xlsx_rows(book, chosen, areas, found.merged)

    def close() -> None:
        book.close()
        spooled.close()

    found.close = close
    return found


def _has_rows(sheet: object) -> bool:
    for number, row in enumerate(sheet.iter_rows(values_only=True, max_row=50)):  # type: ignore[attr-defined]
        if sum(value is not None for value in row) > 1 or (number > 1 and any(value is not None for value in row)):
            return True
    return False


_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]{0,200}?ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
_LONGEST_MERGE = 300


def _merged_areas(archive: zipfile.ZipFile) -> dict[str, list[tuple[int, int, int, int]]]:
    """(first column, first row, last column, last row) of the merged areas, by the sheet's part name.

    Searched for in the bytes: they stand after a million rows that need no second parse, and text cannot hold a tag.
    """
    from openpyxl.utils.cell import range_boundaries

    names = [name for name in archive.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)]
    found: dict[str, list[tuple[int, int, int, int]]] = {}
    for name in names:
        areas: list[tuple[int, int, int, int]] = []
        with archive.open(name) as part:
            rest = b""
            while block := part.read(1 << 20):
                block = rest + block
                for reference in _MERGE.findall(block):
                    areas.append(range_boundaries(reference.decode()))  # type: ignore[arg-type]
                rest = block[-_LONGEST_MERGE:] if len(block) > _LONGEST_MERGE else block
                rest = rest[rest.rfind(b"<") :] if b"<" in rest and b">" not in rest[rest.rfind(b"<") :] else b""
        if areas:
            found[name] = areas
    return found


def _xlsx_rows(
    book: openpyxl.Workbook, name: str, areas: list[tuple[int, int, int, int]], merged: set[int]
) -> Iterator[tuple[int, list[Cell]]]:
    """Rows with merged areas that go down (one value for several books) filled in."""
    by_first_row: dict[int, list[tuple[int, int, int]]] = {}
    room = MOST_FILLED
    for first_column, first_row, _, last_row in areas:
        room -= last_row - first_row
        if first_row < last_row and room >= 0:
            by_first_row.setdefault(first_row, []).append((first_column, first_row, last_row))
    carried: dict[int, dict[int, Cell]] = {}
    try:
        for number, values in enumerate(book[name].iter_rows(values_only=True), start=1):
            row = [cell_of(value) for value in values[:MOST_COLUMNS]]
            for first_column, first_row, last_row in by_first_row.get(number, ()):
                value = row[first_column - 1] if first_column <= len(row) else Cell()
                for later in range(first_row + 1, last_row + 1) if value else ():
                    carried.setdefault(later, {})[first_column] = value
            for column, kept in carried.pop(number, {}).items():
                row.extend([Cell()] * (column - len(row)))
                if not row[column - 1]:
                    row[column - 1] = kept
                    merged.add(number)
            yield number, row
    except Exception as error:  # a broken sheet in a sound zip: whatever openpyxl stumbles over
        raise UnreadableInput(f"The sheet {name!r} cannot be read on: {error}") from error


_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DELIMITERS = ",;\t|"


def _delimiter(text: str) -> str:
    """The one that cuts the first lines into the same number of columns, more being better."""
    lines = [line for line in text.splitlines()[:40] if line.strip()][:20]
    if lines and lines[0].lower().startswith("sep=") and len(lines[0]) >= 5:
        return lines[0][4]
    best, best_score = ",", 0.0
    for candidate in _DELIMITERS:
        counts = [len(row) for row in csv.reader(lines, delimiter=candidate) if row]
        usual = max(counts, key=counts.count, default=1)
        if usual > 1:
            score = counts.count(usual) / len(counts) + min(usual, 30) / 100
            if score > best_score:
                best, best_score = candidate, score
    return best


def is_csv(head: bytes, filename: str) -> float:
    """Text with a delimiter that cuts its lines into the same columns; a name in .csv or .tsv makes us surer."""
    named = filename.lower().endswith((".csv", ".tsv", ".tab"))
    utf16 = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    if not head or (not utf16 and any(byte in head for byte in (b"\x00", b"\x1d", b"\x1e"))):
        return 0.0
    text = _decoded(head, utf16)
    start = text.lstrip("\ufeff \t\r\n")[:200]
    if not start or start[0] in "<{[" or start.startswith(("=LDR", "=00")):
        return 0.0
    complete = text[: text.rfind("\n") + 1] or text
    delimiter = _delimiter(complete)
    try:
        counts = [len(row) for row in csv.reader(complete.splitlines()[:40], delimiter=delimiter) if row]
    except csv.Error:
        return 0.0
    usual = max(counts, key=counts.count, default=1)
    if usual < 2:
        return 0.3 if named else 0.0
    regular = counts.count(usual) / len(counts)
    return 0.9 if named else 0.5 * regular if regular > 0.5 else 0.0


def _decoded(data: bytes, utf16: bool) -> str:
    if utf16:
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start > len(data) - 4:
            return data[: error.start].decode("utf-8-sig")
        return data.decode("cp1252", "replace")


def _lines(stream: BinaryIO, head: bytes) -> Iterator[str]:
    """Lines, each decoded by itself: UTF-8, else CP1252 (which is how text in legacy fonts arrives)."""
    joined = io.BytesIO(head)
    while True:
        line = joined.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            line += stream.readline(_LONGEST_LINE)
        if not line:
            return
        yield _decoded(line, False).replace("\x00", "")


def _utf16_lines(head: bytes, stream: BinaryIO) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
    rest, block = "", head
    while block:
        *lines, rest = (rest + decoder.decode(block)).split("\n")
        yield from (line + "\n" for line in lines)
        if len(rest) > _LONGEST_LINE:
            yield rest
            rest = ""
        block = stream.read(65_536)
    yield rest


def open_csv(stream: BinaryIO) -> Sheet:
    """A delimited text file as a sheet. Raises UnreadableInput."""
    head = stream.read(65_536)
    encoding = next((name for bom, name in _BOMS if head.startswith(bom)), "")
    if encoding == "utf-16":
        text = _utf16_lines(head, stream)
        sample = head.decode("utf-16", "replace")
    else:
        text = _lines(stream, head.removeprefix(b"\xef\xbb\xbf"))
        sample = _decoded(head, False)
    return Sheet("", _csv_rows(text, _delimiter(sample)))


def _csv_rows(text: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[Cell]]]:
    csv.field_size_limit(_LONGEST_LINE)
    reader = csv.reader(text, delimiter=delimiter, strict=False)
    number = 0
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableInput(f"line {reader.line_num} cannot be read: {error}") from error
        if number == 1 and row and row[0].lower().startswith("sep="):
            continue
        if row:
            row[0] = row[0].removeprefix("\ufeff")
        yield number, [cell_of(value) for value in row[:MOST_COLUMNS]]
