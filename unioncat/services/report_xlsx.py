"""The quality report as a workbook: every record that waits to be mended is a row. No cell is a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.cell.cell import WriteOnlyCell as new_cell
from openpyxl.styles import Alignment, Font, PatternFill

from unioncat.quality import message, todo
from unioncat.services.report import COMPLETENESS, MemberReport
from unioncat.services.report_words import WORDS, percent, shown_date

__all__ = ["report_xlsx"]

_HEAD = PatternFill("solid", start_color="073F4C")
_COLOURS = {
    "error": PatternFill("solid", start_color="FBEAE4"),
    "warning": PatternFill("solid", start_color="FFF3CF"),
    "info": PatternFill("solid", start_color="EFF5F4"),
}
_WRAP = Alignment(wrap_text=True, vertical="top")
_LONGEST = 32_000


def report_xlsx(report: MemberReport, language: str = "vi") -> bytes:
    """The workbook in `language` (vi or en)."""
    language = language if language in WORDS else "vi"
    w = WORDS[language]
    book = openpyxl.Workbook(write_only=True)
    name = report.member.name_en if language == "en" and report.member.name_en else report.member.name
    summary: list[Sequence[object]] = [
        (name, report.member.code),
        (w["of"], shown_date(report.made, language)),
        (w["records"], report.records),
        (w["clean"], percent(report.share_clean, language)),
        (w["repaired"], report.repaired),
        (w["refused"], report.refused_total),
        (),
        (w["complete"], ""),
        *(
            (vi if language == "vi" else en, percent(report.complete.get(key, 0) / max(report.records, 1), language))
            for key, _, vi, en in COMPLETENESS
        ),
    ]
    _sheet(book, w["sheet_summary"], (w["title"], ""), summary, (44, 28))
    _sheet(
        book,
        w["sheet_wanted"],
        (w["severity"], w["problem"], w["todo"], w["count"], w["share"], w["examples"]),
        (
            (
                w[row.severity],
                message(row.rule, language),
                todo(row.rule, language),
                row.records,
                percent(row.records / max(report.records, 1), language),
                "\n".join(f"{one.identifier} {one.place} {one.detail}".strip() for one in row.examples[:3]),
            )
            for row in report.wanted
        ),
        (12, 50, 50, 13, 10, 60),
        [row.severity for row in report.wanted],
    )
    listed: list[Sequence[object]] = [
        (
            one.example.identifier,
            one.example.title,
            one.example.place,
            one.example.detail,
            w[one.severity],
            message(one.rule, language),
            todo(one.rule, language),
        )
        for one in report.details
    ]
    if report.details_cut:
        listed.append((w["cut"].format(n=len(report.details)),))
    heads = (w["record"], w["name"], w["place"], w["detail"], w["severity"], w["problem"], w["todo"])
    _sheet(book, w["sheet_list"], heads, listed, (22, 48, 12, 40, 12, 46, 46), filtered=True)
    _sheet(
        book,
        w["sheet_fixed"],
        (w["problem"], w["count"], w["todo"], w["examples"]),
        (
            (
                message(row.rule, language),
                row.records,
                todo(row.rule, language),
                "\n".join(f"{one.identifier} {one.place} {one.detail}".strip() for one in row.examples[:3]),
            )
            for row in report.fixed
        ),
        (56, 13, 50, 60),
    )
    _sheet(
        book,
        w["sheet_refused"],
        (w["source"], w["position"], w["record"], w["reason"]),
        ((one.source, one.position or "", one.identifier, one.reason) for one in report.refused),
        (18, 12, 26, 90),
    )
    _sheet(
        book,
        w["sheet_trend"],
        (w["date"], w["count"], w["share"]),
        (
            (
                shown_date(one.at, language),
                one.records,
                percent(one.clean / one.records if one.records else 1, language),
            )
            for one in reversed(report.trend)
        ),
        (22, 14, 14),
    )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet(
    book: openpyxl.Workbook,
    title: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[object]],
    widths: Sequence[int],
    severities: Sequence[str] = (),
    *,
    filtered: bool = False,
) -> None:
    sheet: Any = book.create_sheet(title[:31])  # a WriteOnlyWorksheet, which openpyxl's stubs know by halves
    for place, width in enumerate(widths):
        sheet.column_dimensions["ABCDEFGHIJ"[place]].width = width
    sheet.freeze_panes = "A2"
    cells = []
    for text in heads:
        cell = new_cell(sheet, value=_text(text))
        cell.font, cell.fill, cell.alignment = Font(bold=True, color="FFFFFF"), _HEAD, _WRAP
        cells.append(cell)
    sheet.append(cells)
    count = 1
    for number, row in enumerate(rows):
        cells = []
        for value in row:
            cell = new_cell(sheet, value=value if isinstance(value, (int, float)) else _text(str(value)))
            if not isinstance(value, (int, float)):
                cell.data_type = "s"
                cell.quotePrefix = True
            cell.alignment = _WRAP
            if number < len(severities):
                cell.fill = _COLOURS[severities[number]]
            cells.append(cell)
        sheet.append(cells)
        count += 1
    if filtered and count > 1:
        sheet.auto_filter.ref = f"A1:{'ABCDEFGHIJ'[len(heads) - 1]}{count}"


def _text(text: str) -> str:
    return ILLEGAL_CHARACTERS_RE.sub("", text.encode("utf-8", "replace").decode())[:_LONGEST]
