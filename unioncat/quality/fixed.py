"""Coded positions of leader and 008, against ``data/fixed_positions.csv``."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

__all__ = ["fixed_faults", "kind_of"]

_KINDS = {
    **dict.fromkeys("at", "book"),
    **dict.fromkeys("ef", "map"),
    **dict.fromkeys("cdij", "music"),
    **dict.fromkeys("gkor", "visual"),
    "m": "computer",
    "p": "mixed",
}


def kind_of(leader: str) -> str:
    """Which of the seven layouts of 008/18-34 a leader asks for; "" for none."""
    if leader[6:7] == "a" and leader[7:8] in ("s", "i", "b"):
        return "serial"
    return _KINDS.get(leader[6:7], "")


@cache
def _positions() -> tuple[tuple[str, int, str, frozenset[str]], ...]:
    text = files("unioncat.quality").joinpath("data", "fixed_positions.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        (row["place"][:3], int(row["place"][4:]), row["kinds"], frozenset(row["allowed"].replace("#", " ")))
        for row in rows
    )


def fixed_faults(leader: str, fixed: str | None) -> list[tuple[str, str]]:
    """Pairs of place (``008/23``) and what stands there, for each code that MARC 21 does not define."""
    kind = kind_of(leader)
    found = []
    for where, position, kinds, allowed in _positions():
        text = leader if where == "LDR" else fixed
        if text is None or position >= len(text) or kinds not in ("*", kind):
            continue
        if text[position] not in allowed:
            found.append((f"{where}/{position:02d}", repr(text[position])))
    return found
