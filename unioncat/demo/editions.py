"""The sample editions (``data/editions.txt``, written for this project, CC0) as values."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Edition:
    """One row of the table; the columns are explained at its head. "" is "none".

    number:   place in the table, counted from 1
    holders:  letters of the libraries that have it (P, C, D, S, X)
    """

    number: int
    holders: str
    language: str
    author: str
    dates: str
    title: str
    other_title: str
    responsibility: str
    edition: str
    place: str
    publisher: str
    year: str
    pages: str
    series: str
    part: str
    ddc: str
    subjects: tuple[str, ...]
    isbn: str
    note: str

    @property
    def is_corporate(self) -> bool:
        return self.author.startswith(("Bộ ", "Ban ", "Bảo tàng", "Trung tâm"))


COLUMNS = (
    "holders", "language", "author", "dates", "title", "other_title", "responsibility", "edition", "place",
    "publisher", "year", "pages", "series", "part", "ddc", "subjects", "isbn", "note",
)  # fmt: skip


def editions() -> tuple[Edition, ...]:
    """All rows, in the order of the table."""
    text = resources.files("unioncat.demo").joinpath("data/editions.txt").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(_edition(number, row) for number, row in enumerate(rows, 1))


def _edition(number: int, row: str) -> Edition:
    cells = dict(zip(COLUMNS, (cell.strip() for cell in row.split("|")), strict=True))
    subjects = tuple(part.strip() for part in cells.pop("subjects").split(";") if part.strip())
    return Edition(number=number, subjects=subjects, **cells)


def held_by(letter: str) -> tuple[Edition, ...]:
    """The editions that one library has."""
    return tuple(edition for edition in editions() if letter in edition.holders)
