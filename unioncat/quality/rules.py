"""The table of quality rules: what can be noticed about a record, how grave it is, and what to say about it.

Rules of reading (`unioncat.marc.findings`), of the crosswalks and of spreadsheets stand here too, so that
every finding has its sentence in Vietnamese and English.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from unioncat.model import Finding, Severity

__all__ = ["AREAS", "Rule", "finding", "message", "rules", "todo"]

AREAS = {
    "required": ("Bắt buộc phải có", "Required"),
    "values": ("Giá trị", "Values"),
    "structure": ("Cấu trúc MARC 21", "MARC 21 structure"),
    "text": ("Chữ viết", "Text"),
    "reading": ("Tệp và bảng mã", "File and encoding"),
    "crosswalk": ("Dublin Core", "Dublin Core"),
    "spreadsheet": ("Bảng tính", "Spreadsheet"),
}
"""Groups of rules in the order of a report, with Vietnamese and English name."""

_LONGEST_DETAIL = 120


class Rule(NamedTuple):
    """One row of ``data/rules.csv``. vi_todo, en_todo: what the library can do at home; "" is nothing."""

    id: str
    severity: Severity
    area: str
    vi: str
    en: str
    vi_todo: str
    en_todo: str


@cache
def rules() -> Mapping[str, Rule]:
    """All rules by id."""
    text = files("unioncat.quality").joinpath("data", "rules.csv").read_text(encoding="utf-8")
    return {row["id"]: Rule(**row) for row in csv.DictReader(text.splitlines())}  # type: ignore[arg-type]


def finding(rule: str, place: str = "", detail: str = "", fixed: bool = False) -> Finding:
    """A finding with the severity of its rule; the detail is cut to 120 characters."""
    if len(detail) > _LONGEST_DETAIL:
        detail = detail[: _LONGEST_DETAIL - 1] + "…"
    return _finding(rule, place, detail, fixed)


@lru_cache(maxsize=8192)
def _finding(rule: str, place: str, detail: str, fixed: bool) -> Finding:
    """One object for findings that many records share: what one export gets wrong, it gets wrong everywhere."""
    return Finding(rule, rules()[rule].severity, place, detail, fixed)


def message(rule: str, language: str = "vi") -> str:
    """The sentence of a rule; the id itself for one that a plugin brought."""
    row = rules().get(rule)
    return rule if row is None else row.vi if language == "vi" else row.en


def todo(rule: str, language: str = "vi") -> str:
    """What the library can do at home about it; "" if nothing."""
    row = rules().get(rule)
    return "" if row is None else row.vi_todo if language == "vi" else row.en_todo
