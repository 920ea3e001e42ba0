"""What a library's columns mean: guessed once, corrected by a person, kept as JSON, used again for the next file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import NamedTuple

from mappings.spreadsheets.cells import Cell
from mappings.spreadsheets.columns import FIRST_ROWS, ROLES, guess_columns, heading_row, unlegacy
from mappings.spreadsheets.tables import Sheet
from unioncat.model import WrongUse
from unioncat.text import detect_legacy, fold

__all__ = ["Column", "ColumnMapping", "Opened", "open_with_mapping"]


class Column(NamedTuple):
    """heading: as it stands there, "" for none; number: counts from 1; role: one of `ROLES`, "" is "not known"."""

    heading: str
    number: int
    role: str
    sure: float = 1.0


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """The mapping of one library's file.

    sheet:        its name, "" the first with rows
    heading_row:  counts from 1; 0 is "there is none"
    constants:    role → value for every row (``{"language": "vie"}``)
    encoding:     legacy encoding that the file's text is known to be in, "" is "find out"
    """

    columns: tuple[Column, ...]
    sheet: str = ""
    heading_row: int = 1
    constants: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""

    def to_json(self) -> str:
        """One line that a person can edit."""
        columns = [{"heading": one.heading, "number": one.number, "role": one.role} for one in self.columns]
        return json.dumps(
            {
                "version": 1,
                "sheet": self.sheet,
                "heading_row": self.heading_row,
                "columns": columns,
                "constants": dict(self.constants),
                "encoding": self.encoding,
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> ColumnMapping:
        """Raises WrongUse with a sentence for what is no mapping."""
        try:
            told = json.loads(text)
            columns = tuple(
                Column(str(one.get("heading", "")), int(one["number"]), str(one.get("role", "")))
                for one in told["columns"]
            )
            constants = {str(role): str(value) for role, value in told.get("constants", {}).items()}
            row, sheet, encoding = (
                int(told.get("heading_row", 1)),
                str(told.get("sheet", "")),
                str(told.get("encoding", "")),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise WrongUse(f"this is no column mapping ({error}); see docs on spreadsheets") from error
        unknown = sorted({one.role for one in columns} | set(constants) - {""} - set(ROLES))
        unknown = [role for role in unknown if role and role not in ROLES]
        if unknown:
            raise WrongUse(f"no such role: {', '.join(unknown)}; there are {', '.join(ROLES)}")
        return cls(columns, sheet, row, constants, encoding)

    def placed(self, headings: Sequence[str]) -> dict[int, Column]:
        """Column by its place in this file (from 0): by its heading wherever that has moved to, else by its number."""
        folded = [fold(unlegacy(heading)) for heading in headings]
        found: dict[int, Column] = {}
        for column in self.columns:
            name = fold(column.heading)
            places = (
                [place for place, heading in enumerate(folded) if heading == name and place not in found]
                if name
                else []
            )
            if places:
                found[min(places, key=lambda place: abs(place - column.number + 1))] = column
            elif not name and column.number - 1 not in found:
                found[column.number - 1] = column
        return found


class Opened(NamedTuple):
    """A sheet with its mapping. rows: those after the heading, with their numbers. headings: in Unicode."""

    sheet: Sheet
    mapping: ColumnMapping
    places: Mapping[int, Column]
    headings: tuple[str, ...]
    rows: chain[tuple[int, list[Cell]]]
    guessed: bool


def open_with_mapping(sheet: Sheet, known: ColumnMapping | None = None) -> Opened:
    """Find the heading and say what each column is: by `known`, or guessed. The rows can be read once."""
    head = list(islice(sheet.rows, FIRST_ROWS))
    number = heading_row(head)
    if known is not None and not number:
        number = known.heading_row
    headings = _headings(head, number)
    body = [row for row_number, row in head if row_number > number and any(row)]
    if known is not None and _fits(known, headings):
        mapping = known
    else:
        guesses = guess_columns(headings, body)
        columns = tuple(Column(guess.heading, guess.column + 1, guess.role, guess.sure) for guess in guesses)
        mapping = ColumnMapping(
            columns,
            sheet.name,
            number,
            known.constants if known else {},
            (known.encoding if known else "") or _encoding_of(body),
        )
    rows = chain((entry for entry in head if entry[0] > number), sheet.rows)
    return Opened(sheet, mapping, mapping.placed(headings), tuple(headings), rows, mapping is not known)


def _fits(known: ColumnMapping, headings: Sequence[str]) -> bool:
    """At least half of the columns that the mapping uses are there, the title among them."""
    used = [column for column in known.columns if column.role not in ("", "ignore")]
    found = {column.role for column in known.placed(headings).values()}
    there = [column for column in used if column.role in found]
    return bool(used) and len(there) * 2 >= len(used) and ("title" in found or all(c.role != "title" for c in used))


def _headings(head: Sequence[tuple[int, list[Cell]]], number: int) -> list[str]:
    """The heading row's texts; an empty one takes the text of the row above (headings merged over two rows)."""
    row = next((row for row_number, row in head if row_number == number), [])
    above = next((row for row_number, row in head if row_number == number - 1), [])
    width = max(len(row), len(above) if sum(map(bool, above)) > 1 else 0)
    texts = []
    for place in range(width):
        text = row[place].text if place < len(row) else ""
        if not text and place < len(above) and sum(map(bool, above)) > 1:
            text = above[place].text
        texts.append(unlegacy(" ".join(text.split())))
    return texts


def _encoding_of(rows: Sequence[Sequence[Cell]]) -> str:
    """Legacy encoding of most texts in which one was found with certainty; "" if fewer than three."""
    counts: dict[str, int] = {}
    for row in rows:
        for cell in row:
            if cell.kind == "text":
                found = detect_legacy(cell.text)
                if found.problem == "legacy" and found.is_certain:
                    counts[found.encoding] = counts.get(found.encoding, 0) + 1
    best = max(counts, key=lambda name: counts[name], default="")
    return best if counts.get(best, 0) >= 3 else ""
