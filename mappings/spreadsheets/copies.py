"""Several copies in one cell: accession numbers as lists and ranges, and counts by shelving location."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Place", "accession_numbers", "number_of", "places"]

MOST_OF_A_RANGE = 500
"""A longer range is taken for a slip of the pen and kept as it stands."""

LONGEST_PART = 120
"""Characters; a longer part is kept as it stands (the patterns below would take their time)."""

_RANGE = re.compile(r"\A(.*?)(\d{2,12})\s*(?:-|–|—|->|→|đến|tới)\s*(?:\1)?(\d{1,12})\Z")
_PLACE = re.compile(
    r"\A(?P<name>[^:;=]*?[^\W\d_][^:;=]*?)\s*(?:[:=]|-(?=\s*\d+\s*(?:bản|cuốn|quyển|c)?\Z)|\()\s*"
    r"(?P<number>\d{1,4})\s*(?:bản|cuốn|quyển|c\.?)?\s*\)?\Z",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\A\s*(\d{1,5})(?:[.,]0+)?\s*(?:bản|cuốn|quyển|c\.?|copies|copy)?\s*\Z", re.IGNORECASE)


class Place(NamedTuple):
    """copies: None is "not said"."""

    name: str
    copies: int | None


def accession_numbers(cell: str) -> list[str]:
    """``VV.001-VV.003; VV.010`` → VV.001, VV.002, VV.003, VV.010. Each once, in order."""
    found: dict[str, None] = {}
    if re.fullmatch(r"[\d\s]+", cell):
        cell = ";".join(cell.split())
    for part in re.split(r"[;,\n|]|\s(?=[A-Za-zĐđ]{1,4}\.?\d)", cell):
        part = part.strip(" .")
        if not part:
            continue
        for number in _expanded(part):
            found[number] = None
    return list(found)


def _expanded(part: str) -> list[str]:
    found = _RANGE.match(part) if len(part) <= LONGEST_PART else None
    if found is None:
        return [part]
    prefix, first, last = found[1], found[2], found[3]
    if len(last) < len(first):  # 00123-25: only the digits that change are written
        last = first[: len(first) - len(last)] + last
    start, end = int(first), int(last)
    if len(last) != len(first) or not start < end <= start + MOST_OF_A_RANGE:
        return [part]
    return [f"{prefix}{number:0{len(first)}d}" for number in range(start, end + 1)]


def number_of(cell: str) -> int | None:
    """``3``, ``3 bản``, ``3.0`` → 3; None for anything else."""
    found = _COUNT.match(cell)
    return int(found[1]) if found else None


def places(cell: str) -> list[Place]:
    """``Kho mượn: 2; Kho đọc (1)`` → two places with their copies; a plain name → one place."""
    found = []
    for part in re.split(r"[;\n|]", cell):
        part = " ".join(part.split())
        if not part:
            continue
        counted = _PLACE.match(part) if len(part) <= LONGEST_PART else None
        found.append(Place(counted["name"].strip(" -"), int(counted["number"])) if counted else Place(part, None))
    return found
