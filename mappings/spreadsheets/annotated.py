"""The library's own workbook handed back, with two columns that say for every row what became of it.

Nothing in it runs: formulas come back as text, macros and external links do not come back at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from copy import copy
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell
from openpyxl.cell.cell import Cell as BookCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from mappings.spreadsheets.mapping import ColumnMapping, open_with_mapping
from mappings.spreadsheets.tables import open_csv, open_xlsx
from unioncat.model import Finding

__all__ = ["RowOutcome", "annotate"]

State = Literal["stored", "unchanged", "refused", "deleted"]

_WORDS: Mapping[str, Mapping[str, str]] = {
    "vi": {
        "result": "Kết quả",
        "details": "Chi tiết",
        "stored": "Đã nhận",
        "unchanged": "Không đổi",
        "refused": "Không nhận được",
        "deleted": "Đã xóa",
        "fixed": "đã sửa",
        "wanted": "cần xem lại",
        "note": "Các cột màu do mục lục liên hợp ghi thêm.",
    },
    "en": {
        "result": "Result",
        "details": "Details",
        "stored": "Stored",
        "unchanged": "Unchanged",
        "refused": "Refused",
        "deleted": "Deleted",
        "fixed": "repaired",
        "wanted": "please look",
        "note": "The coloured columns were added by the union catalogue.",
    },
}
_COLOURS = {"stored": "E2F0D9", "unchanged": "EDEDED", "refused": "F8CBAD", "deleted": "D9D9D9", "look": "FFF2CC"}
_LONGEST = 32_000


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of one row. reason: why it was refused; findings: what was repaired or is to be looked at."""

    state: State
    findings: tuple[Finding, ...] = ()
    reason: str = ""


def annotate(
    source: BinaryIO,
    format: str,
    outcomes: Mapping[int, RowOutcome],
    target: BinaryIO,
    *,
    language: str = "vi",
    message: Callable[[str, str], str],
    known: ColumnMapping | None = None,
) -> None:
    """Write an .xlsx: every sheet as it was, the one that was read with a result for each row.

    source:    the file as the library sent it, in `format` (``xlsx`` or ``csv``)
    outcomes:  by row number in the file, counted from 1 (the position of its raw record)
    message:   (rule, language) → sentence: `unioncat.quality.message`
    """
    words = _WORDS[language if language in _WORDS else "vi"]
    if format == "xlsx":
        book, sheet, heading = _copied(source, known)
    else:
        book, sheet, heading = _from_csv(source, known)
    _defuse(book)
    column = _last_column(sheet) + 1
    for place, word in ((column, words["result"]), (column + 1, words["details"])):
        head = sheet.cell(max(heading, 1), place)
        if isinstance(head, BookCell):
            _put(head, word)
            head.font = Font(bold=True)
    styles = _styles(book)
    for number, outcome in outcomes.items():
        if number == heading:
            continue
        told, wanted = _told(outcome, words, language, message)
        style = styles["look" if wanted and outcome.state != "refused" else outcome.state]
        for place, text in ((column, words[outcome.state]), (column + 1, told)):
            cell: Any = sheet.cell(number, place)  # the stubs know nothing of a cell's style
            if not isinstance(cell, MergedCell):  # which has no text of its own
                cell.value = ILLEGAL_CHARACTERS_RE.sub("", text[:_LONGEST])
                cell.data_type = "s"
                cell._style = copy(style)
    sheet.column_dimensions[get_column_letter(column)].width = 16
    sheet.column_dimensions[get_column_letter(column + 1)].width = 60
    book.save(target)


def _styles(book: openpyxl.Workbook) -> dict[str, Any]:
    """A style for each colour, made once: setting its parts cell by cell takes most of the time otherwise."""
    scratch = book.create_sheet("scratch")
    found = {}
    for place, (name, colour) in enumerate(_COLOURS.items(), start=1):
        cell: Any = scratch.cell(1, place)
        _put(cell, name)
        cell.fill = PatternFill("solid", start_color=colour)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        found[name] = cell._style
    book.remove(scratch)
    return found


def _told(
    outcome: RowOutcome, words: Mapping[str, str], language: str, message: Callable[[str, str], str]
) -> tuple[str, bool]:
    lines = [outcome.reason] if outcome.reason else []
    wanted = False
    for found in outcome.findings:
        what = f"{found.place}: " if found.place else ""
        detail = f" ({found.detail})" if found.detail else ""
        lines.append(f"{what}{message(found.rule, language)}{detail} – {words['fixed' if found.fixed else 'wanted']}")
        wanted = wanted or (not found.fixed and found.severity != "info")
    return "\n".join(lines), wanted


def _put(cell: BookCell, text: str) -> None:
    """As text, whatever it begins with: a string cell with the quote prefix is never taken for a formula."""
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.data_type = "s"
    cell.quotePrefix = True


def _copied(source: BinaryIO, known: ColumnMapping | None) -> tuple[openpyxl.Workbook, Worksheet, int]:
    with closing(open_xlsx(source, known.sheet if known else "")) as read:
        opened = open_with_mapping(read, known)
    source.seek(0)
    book = openpyxl.load_workbook(source, data_only=False, keep_vba=False, keep_links=False, rich_text=False)
    return book, book[opened.sheet.name], opened.mapping.heading_row


def _from_csv(source: BinaryIO, known: ColumnMapping | None) -> tuple[openpyxl.Workbook, Worksheet, int]:
    opened = open_with_mapping(open_csv(source), known)
    source.seek(0)
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for number, row in open_csv(source).rows:
        for place, found in enumerate(row, start=1):
            if found:
                cell = sheet.cell(number, place)
                if isinstance(cell, BookCell):
                    _put(cell, found.text)
    return book, sheet, opened.mapping.heading_row


def _defuse(book: openpyxl.Workbook) -> None:
    """Formulas become the text they are written in; names and validations that could call out are dropped."""
    for sheet in book.worksheets:
        sheet.data_validations.dataValidation.clear()
        sheet.conditional_formatting = type(sheet.conditional_formatting)()
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell, BookCell) and (cell.data_type == "f" or not _harmless(cell.value)):
                    value = cell.value
                    _put(cell, str(getattr(value, "text", value)))
                if isinstance(cell, BookCell) and cell.hyperlink is not None:
                    cell.hyperlink = None
    book.defined_names.clear()


def _harmless(value: object) -> bool:
    return not isinstance(value, str) or not value.startswith(("=", "+", "-", "@", "\t", "\r"))


def _last_column(sheet: Worksheet) -> int:
    return max(sheet.max_column, 1)
