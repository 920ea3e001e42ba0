"""From text to tokens: the same when indexing and when searching, whatever the engine.

Each access point has up to three engine fields: ``title`` (folded words with positions), ``title_m`` (the same
words with their marks, in records where any value has some) and ``title_x`` (whole values, identifiers, years
and dates as one term each). In the first two every value stands between START and END, so that anchors and
adjacency see where a value ends. In ``_x`` fields the words of a value are joined by GAP, which sorts before
every letter and digit.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from unioncat.text import collation_key, tokens

__all__ = [
    "END",
    "FACET",
    "GAP",
    "HAS",
    "MARKS",
    "SORT",
    "START",
    "WHOLE",
    "WHOLE_WORDS",
    "WORD_LENGTH",
    "date_form",
    "shelf_key",
    "sort_form",
    "whole_form",
    "year_form",
]

START, END, GAP = "\x02", "\x03", "\x1f"
MARKS, WHOLE, SORT, FACET = "_m", "_x", "_s", "_f"
HAS = "has"
"""Engine field that names the access points without words in which a record has a value, and those of words in
which one has marks (``title_m``)."""

WHOLE_WORDS = 40
"""A whole value is compared by its first words only: nobody types more, and abstracts would fill the index."""

WORD_LENGTH = 64
"""Characters of a word that are kept: what is longer is no word of a language."""

_YEAR = re.compile(r"(?<![0-9])[0-9]{4}(?![0-9])")
_NUMBER = re.compile(r"[0-9]+")
_SORTED_TEXT = 60


def whole_form(folded: str) -> str:
    """The term of a whole value in a ``_x`` field; `folded`: its tokens with single spaces."""
    if len(folded) > WHOLE_WORDS:
        words = folded.split(" ")
        if len(words) > WHOLE_WORDS:
            return GAP.join(words[:WHOLE_WORDS])
    return folded.replace(" ", GAP)


def year_form(text: str) -> str | None:
    """The first year in a text, as four digits."""
    found = _YEAR.search(text)
    return found[0] if found else None


@lru_cache(maxsize=4096)
def date_form(moment: datetime) -> str:
    """``20261122134501``: digits sort as time does, and a prefix is a day, a month or a year."""
    utc = moment.astimezone(UTC)
    return f"{utc.year:04}{utc.month:02}{utc.day:02}{utc.hour:02}{utc.minute:02}{utc.second:02}"


@lru_cache(maxsize=20_000)
def sort_form(text: str) -> str:
    """Sort key of a heading or title as text: Vietnamese order without case, as U+0000–U+00FF."""
    first, second, _ = collation_key(text[:_SORTED_TEXT]).split(b"\x00", 2)
    return (first + b"\x00" + second.rstrip(b"\x10")).decode("latin-1")


def shelf_key(text: str) -> str:
    """Sort key of a call number: whole numbers by value, decimals digit by digit, letters folded."""
    head, *rest = text.split(".", 1)
    key = _NUMBER.sub(lambda found: found[0].zfill(8), head)
    tail = f".{rest[0]}" if rest else ""
    return " ".join(tokens(key)) + (f".{' '.join(tokens(tail))}" if tail else "")
