"""What MARC 21 allows: tags, indicators and subfields, read from ``data/marc21_bibliographic.csv``.

Local fields (9XX, X9X, XX9, and tags with letters) are nobody's business but the library's: never an error.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

__all__ = ["BIBLIOGRAPHIC_LEVELS", "BIBLIOGRAPHIC_TYPES", "Definition", "code_list", "definitions", "is_local"]

BIBLIOGRAPHIC_TYPES = frozenset("acdefgijkmoprt")
"""Leader/06 of bibliographic records; n and h are obsolete."""

BIBLIOGRAPHIC_LEVELS = frozenset("abcdims")
_DIGITS = frozenset("0123456789")


class Definition(NamedTuple):
    """One field. None for indicators or codes: anything goes (880, 886).

    once: subfields that may not be repeated
    """

    repeatable: bool
    ind1: frozenset[str] | None
    ind2: frozenset[str] | None
    codes: frozenset[str] | None
    once: frozenset[str]


@cache
def definitions() -> Mapping[str, Definition]:
    text = files("unioncat.quality").joinpath("data", "marc21_bibliographic.csv").read_text(encoding="utf-8")
    found = {}
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        codes = row["codes"]
        every = frozenset(codes) - {"+"} | _DIGITS
        once = frozenset(
            code for place, code in enumerate(codes) if code != "+" and codes[place + 1 : place + 2] != "+"
        )
        found[row["tag"]] = Definition(
            row["repeatable"] == "R",
            _values(row["ind1"]),
            _values(row["ind2"]),
            None if codes == "*" else every,
            frozenset() if codes == "*" else once,
        )
    return found


def _values(text: str) -> frozenset[str] | None:
    return None if text == "*" else frozenset(text.replace("#", " "))


def is_local(tag: str) -> bool:
    """Any tag with a 9 in it (9XX, X9X, XX9) but 490, which MARC 21 defines; and tags with letters."""
    return not tag.isdigit() or ("9" in tag and tag != "490")


@cache
def code_list(name: str) -> frozenset[str]:
    """Codes of a list that ``mappings/codes`` keeps with its labels: a data file, read from where it lies."""
    text = files("mappings").joinpath("codes", f"{name}.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(row["code"] for row in rows)
