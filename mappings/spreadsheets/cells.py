"""One cell as it was found, and the repairs that its check digit or its kind proves right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal

from mappings.clean import isbn13, issn

__all__ = ["Cell", "Repaired", "cell_of", "plain_number", "repair_isbn", "repair_issn", "safe_text", "year_of"]

CellKind = Literal["text", "number", "date", "formula", "error", "empty"]
LONGEST_TEXT = 32_767
"""Characters that Excel allows in a cell."""


@dataclass(frozen=True, slots=True)
class Cell:
    """text: what a person saw, stripped; of a formula, the formula itself, never its result."""

    text: str = ""
    kind: CellKind = "empty"

    def __bool__(self) -> bool:
        return self.kind != "empty"


@dataclass(frozen=True, slots=True)
class Repaired:
    """value: "" if nothing usable is left; rule: of the finding, "" if nothing was to repair."""

    value: str
    rule: str = ""
    fixed: bool = False


EMPTY = Cell()
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})
_QUOTED = re.compile(r'\A="((?:[^"]|"")*)"\Z')
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SCIENTIFIC = re.compile(r"\A\s*(\d(?:[.,]\d+)?)\s*[eE]\s*\+?\s*(\d{1,2})\s*\Z")


def plain_number(value: float | int) -> str:
    """Without exponent and without `.0`: 9786042052344, 244, 19.5."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    return repr(value)


def cell_of(value: object) -> Cell:
    """The cell of a value as openpyxl or csv gives it, blanks and line breaks single.

    Formulas are recognised, never computed; ``="0306406152"``, by which programs protect zeros, is the text in
    the quotes."""
    if value is None:
        return EMPTY
    if isinstance(value, bool):
        return Cell("1" if value else "0", "number")
    if isinstance(value, (int, float)):
        return Cell(plain_number(value), "number") if value == value else EMPTY
    if isinstance(value, (datetime, date)):
        return Cell(value.isoformat()[:10], "date")
    text = _CONTROL.sub("", str(value)[:LONGEST_TEXT].replace("_x000D_", ""))
    text = "\n".join(line for line in (" ".join(line.split()) for line in text.splitlines()) if line)
    if not text:
        return EMPTY
    if text in _ERRORS:
        return Cell(text, "error")
    if text.startswith("="):
        quoted = _QUOTED.match(text)
        return Cell(quoted[1].replace('""', '"'), "text") if quoted else Cell(text, "formula")
    return Cell(text.removeprefix("'"), "text")


def _expanded(text: str) -> tuple[str, bool] | None:
    """The digits of ``9.786042052344E+12``, and whether none of them is made up. None if it is no such number."""
    found = _SCIENTIFIC.match(text)
    if found is None:
        return None
    mantissa = found[1].replace(",", ".")
    try:
        number = Decimal(f"{mantissa}E{found[2]}")
    except InvalidOperation:  # pragma: no cover - the pattern allows digits only
        return None
    if number != number.to_integral_value():
        return None
    given = len(mantissa.replace(".", ""))
    digits = str(int(number))
    return digits, given >= len(digits) - 1


def repair_isbn(text: str) -> Repaired:
    """An ISBN that Excel spoilt, put right only where its check digit proves it.

    Scientific notation with all digits left; one or two zeros lost in front. A number that lost digits gives "".
    """
    expanded = _expanded(text)
    if expanded is not None:
        digits, whole = expanded
        if whole and isbn13(digits):
            return Repaired(digits, "sheet-scientific", True)
        return Repaired("", "sheet-scientific-lost")
    if isbn13(text):
        return Repaired(text)
    compact = re.sub(r"[\s\-\u2010-\u2015]", "", text).upper()
    if re.fullmatch(r"9780{8,10}", compact) or re.fullmatch(r"97[89]\d{2,7}0{5,}", compact):
        return Repaired("", "sheet-scientific-lost")
    if re.fullmatch(r"\d{7,8}[\dX]", compact):
        padded = compact.zfill(10)
        if isbn13(padded):
            return Repaired(padded, "sheet-lost-zeros", True)
    return Repaired(text, "isbn-check-digit" if len(compact) in (10, 13) else "isbn-length" if compact else "")


def repair_issn(text: str) -> Repaired:
    """An ISSN; a zero lost in front is put back where the check digit proves it."""
    if issn(text):
        return Repaired(issn(text))
    compact = re.sub(r"[\s\-\u2010-\u2015]", "", text).upper()
    if re.fullmatch(r"\d{6,7}[\dX]?", compact) and len(compact) < 8 and issn(compact.zfill(8)):
        return Repaired(issn(compact.zfill(8)), "sheet-lost-zeros", True)
    return Repaired("", "issn-check-digit")


def year_of(cell: Cell) -> Repaired:
    """The year of a year column: of a date too; text that holds none gives it back as it is, without a year."""
    if cell.kind == "date":
        return Repaired(cell.text[:4], "sheet-year-as-date", True)
    return Repaired(cell.text)


_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def safe_text(text: str) -> str:
    """A text for a CSV cell that no spreadsheet program takes for a formula (an apostrophe goes before it)."""
    return "'" + text if text.lstrip().startswith(_DANGEROUS) or text.startswith(_DANGEROUS) else text
