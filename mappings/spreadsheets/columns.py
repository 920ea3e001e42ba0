"""Which column is what: by its heading in Vietnamese or English, and by what stands in it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from mappings.clean import isbn13, issn, year
from mappings.codelists import language_of
from mappings.names import split_names, why_not_a_name
from mappings.spreadsheets.cells import Cell
from unioncat.text import detect_legacy, exact_tokens, fold

__all__ = ["ROLES", "Guess", "Role", "guess_columns", "heading_role", "heading_row", "unlegacy"]

FIRST_ROWS = 40
"""Rows among which the heading is looked for, and from which contents are judged."""


class Role(NamedTuple):
    """What a column can be, with its name in both languages."""

    code: str
    vi: str
    en: str


class Guess(NamedTuple):
    """role "" is "not known"; sure: 0.0-1.0; heading: as it stands there, in Unicode; column counts from 0."""

    column: int
    heading: str
    role: str
    sure: float


def _exact(text: str) -> str:
    return " ".join(exact_tokens(text))


@cache
def _table() -> tuple[dict[str, Role], dict[str, str]]:
    """Roles by code, and role by heading: with its marks (`kho` is no `khổ`), then folded."""
    text = files("mappings").joinpath("codes", "columns.csv").read_text(encoding="utf-8")
    roles: dict[str, Role] = {}
    headings: dict[str, str] = {}
    folded: dict[str, str] = {}
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        roles[row["role"]] = Role(row["role"], row["vi"], row["en"])
        for heading in (row["vi"], row["en"], *row["headings"].split("|")):
            headings.setdefault(_exact(heading), row["role"])
            folded.setdefault(fold(heading), row["role"])
    return roles, {**folded, **headings}


ROLES: Mapping[str, Role] = _table()[0]


def unlegacy(text: str, prior: str = "") -> str:
    """A heading in Unicode: legacy encodings are undone even where we are not quite certain."""
    found = detect_legacy(text, prior)
    return found.text if found.problem and found.confidence >= 0.5 else text


def heading_role(text: str) -> tuple[str, float]:
    """Role of a heading and how sure we are: exact words, words with a remark in brackets, or words within it."""
    _, headings = _table()
    if len(text) > 200:
        return "", 0.0
    text = unlegacy(text)
    folded = fold(text)
    if not folded or len(folded) > 60:
        return "", 0.0
    if (exact := _exact(text)) in headings:
        return headings[exact], 1.0
    if folded in headings:
        return headings[folded], 1.0
    bare = fold(re.sub(r"\([^)]*\)|\*|:", " ", text))
    if bare in headings:
        return headings[bare], 0.95
    words = f" {folded} "
    within = [known for known in headings if len(known) > 3 and f" {known} " in words]
    if within and len(folded.split()) <= 6:
        return headings[max(within, key=len)], 0.7
    return "", 0.0


def heading_row(rows: Sequence[tuple[int, list[Cell]]]) -> int:
    """Number of the row with most headings of different roles among the first ones, or of a second heading row
    right below it; 0 if none has two, or is one certain heading alone."""
    best, best_score = 0, 0.99
    for number, row in rows[:FIRST_ROWS]:
        if any(cell.kind in ("number", "date") for cell in row) and sum(bool(cell) for cell in row) > 2:
            numbers = sum(cell.kind in ("number", "date") for cell in row)
            if numbers > 1:
                continue
        found = [heading_role(cell.text) for cell in row if cell.kind == "text"]
        score = sum({role: sure for role, sure in found if role}.values())
        if score < 1.5 and not all(role for role, _ in found):
            continue
        if score > best_score:
            best, best_score = number, score
    below = next((row for number, row in rows if number == best + 1), []) if best else []
    texts = [cell for cell in below if cell]
    if 0 < len(texts) < best_score and all(cell.kind == "text" and heading_role(cell.text)[1] > 0.9 for cell in texts):
        return best + 1
    return best


def _share(cells: Sequence[Cell], test: Callable[[str], object]) -> float:
    told = [cell.text for cell in cells if cell and cell.kind != "formula"]
    return sum(bool(test(text)) for text in told) / len(told) if told else 0.0


def _looks_like_isbn(text: str) -> bool:
    compact = re.sub(r"[\s-]", "", text)
    return bool(isbn13(text)) or bool(re.fullmatch(r"97[89]\d{10}", compact) or re.match(r"9[.,]7[89]\d*E\+12", text))


_CONTENTS: Mapping[str, Callable[[str], object]] = {
    "isbn": _looks_like_isbn,
    "issn": issn,
    "year": lambda text: re.fullmatch(r"(?:19|20)\d\d(?:-\d\d-\d\d)?", text),
    "pages": lambda text: re.fullmatch(r"\d{1,4}\s*(?:tr|trang|p|pages?)\.?", text, re.IGNORECASE),
    "size": lambda text: re.fullmatch(r"\d+(?:[.,]\d+)?(?:\s*x\s*[\d.,]+)*\s*cm", text, re.IGNORECASE),
    "price": lambda text: re.fullmatch(r"[\d.,]{4,}\s*(?:đ|vnđ|đồng|vnd|₫)", text, re.IGNORECASE),
    "ddc": lambda text: re.fullmatch(r"\d{3}(?:\.\d+)?(?:\s+[^\W\d_]+.*)?", text),
    "url": lambda text: text.startswith(("http://", "https://")),
    "language": lambda text: len(text) < 20 and language_of(text),
    "publisher": lambda text: re.match(r"(?:nxb|nhà xuất bản)\b", text, re.IGNORECASE),
}
"""What contents alone can say."""

_MUST_FIT: Mapping[str, Callable[[str], object]] = {
    "isbn": lambda text: re.search(r"\d{5}|\dE\+", text),
    "year": year,
    "url": lambda text: "." in text,
    "copies": lambda text: re.search(r"\d", text),
    "price": lambda text: re.search(r"\d", text),
}
"""A heading that says so is not believed if the contents say otherwise."""


def guess_columns(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[Guess]:
    """A guess for each column. A role that only one column can have goes to the surest."""
    width = max([len(headings), *(len(row) for row in rows)], default=0)
    guesses = []
    for column in range(width):
        heading = unlegacy(headings[column]) if column < len(headings) else ""
        cells = [row[column] for row in rows if column < len(row)]
        role, sure = heading_role(heading)
        fits = _MUST_FIT.get(role)
        if fits is not None and any(cells) and _share(cells, fits) < 0.2:
            role, sure = "", 0.0
        if not role:
            role, sure = _by_contents(cells, heading)
        guesses.append(Guess(column, heading, role, sure))
    guesses = _one_each(guesses)
    if not any(guess.role == "title" for guess in guesses):
        guesses = _longest_text_is_title(guesses, rows)
    return guesses


def _by_contents(cells: Sequence[Cell], heading: str) -> tuple[str, float]:
    if heading and any(cells) is False:
        return "", 0.0
    for role, test in _CONTENTS.items():
        share = _share(cells, test)
        if share >= 0.6:
            return role, 0.6 * share
    if not heading and len([cell for cell in cells if cell]) >= 3:
        names = _share(
            cells,
            lambda text: not why_not_a_name(text) and all(2 <= len(name.split()) <= 5 for name in split_names(text)),
        )
        short = _share(cells, lambda text: len(text) < 60 and text[:1].isupper() and not re.search(r"\d", text))
        if names >= 0.8 and short >= 0.8:
            return "authors", 0.4
    return "", 0.0


_SEVERAL_COLUMNS = frozenset({"", "ignore", "subjects", "keywords", "notes", "authors", "location", "barcodes", "url"})


def _one_each(guesses: list[Guess]) -> list[Guess]:
    best: dict[str, Guess] = {}
    for guess in guesses:
        if guess.role not in _SEVERAL_COLUMNS and (guess.role not in best or guess.sure > best[guess.role].sure):
            best[guess.role] = guess
    return [
        guess if guess.role in _SEVERAL_COLUMNS or best[guess.role] is guess else guess._replace(role="", sure=0.0)
        for guess in guesses
    ]


def _longest_text_is_title(guesses: list[Guess], rows: Sequence[Sequence[Cell]]) -> list[Guess]:
    free = [guess for guess in guesses if guess.role in ("", "authors") and guess.sure < 0.6]

    def length(guess: Guess) -> float:
        texts = [row[guess.column].text for row in rows if guess.column < len(row) and row[guess.column].kind == "text"]
        different = len(set(texts)) / len(texts) if texts else 0.0
        return different * sum(map(len, texts)) / max(len(texts), 1)

    longest = max(free, key=length, default=None)
    if longest is None or length(longest) < 8:
        return guesses
    return [guess._replace(role="title", sure=0.4) if guess is longest else guess for guess in guesses]
