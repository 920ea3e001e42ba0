"""Targets for copy cataloguing: a list of public ones that comes with the program, and the library's own.

``targets.csv`` here and, with the same columns, in the home folder: a row there replaces the shipped one of the same
code, and a row with an empty address takes it away. Nothing is contacted unless somebody searches it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import get_args

from unioncat.model import ConfigError, NotFound
from unioncat.model.target import Target, TargetProtocol

__all__ = ["FILE_NAME", "Targets"]

FILE_NAME = "targets.csv"
_COLUMNS = frozenset(
    ("code", "name", "name_en", "country", "protocol", "address", "syntax", "charset", "elements", "quirks", "note")
)
_PROTOCOLS: tuple[TargetProtocol, ...] = get_args(TargetProtocol)


def _target(row: dict[str, str | None], place: str) -> Target:
    values = {name: (value or "").strip() for name, value in row.items() if name}
    protocol = values.get("protocol", "")
    if not values.get("code"):
        raise ConfigError(f"{place}: a target needs a code")
    chosen = next((each for each in _PROTOCOLS if each == protocol), None)
    if chosen is None and values.get("address"):
        raise ConfigError(f"{place}: protocol is {' or '.join(_PROTOCOLS)}, not {protocol!r}")
    quirks = {}
    for pair in values.get("quirks", "").split():
        name, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(f"{place}: quirks are written name=value, not {pair!r}")
        quirks[name] = value
    return Target(
        code=values["code"],
        name=values.get("name") or values["code"],
        protocol=chosen or "z3950",
        address=values.get("address", ""),
        name_en=values.get("name_en", ""),
        syntax=values.get("syntax", ""),
        charset=values.get("charset", ""),
        elements=values.get("elements", ""),
        country=values.get("country", ""),
        credentials=values.get("credentials", ""),
        note=values.get("note", ""),
        quirks=quirks,
    )


def _read(lines: Iterable[str], name: str) -> list[Target]:
    reader = csv.DictReader(lines)
    if not {"code", "protocol", "address"} <= set(reader.fieldnames or ()):
        raise ConfigError(f"{name}: the first line names the columns: {', '.join(sorted(_COLUMNS))}, credentials")
    return [_target(row, f"{name} line {reader.line_num}") for row in reader]


class Targets:
    """Targets by code, in the order of their files."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._by_code = {target.code: target for target in targets if target.address}

    @classmethod
    def load(cls, home: Path | None = None) -> Targets:
        """The shipped ones and those in the home folder. Raises ConfigError with file and line."""
        with (files("unioncat.services") / FILE_NAME).open(encoding="utf-8") as shipped:
            found = {target.code: target for target in _read(shipped, FILE_NAME)}
        own = home / FILE_NAME if home is not None else None
        if own is not None and own.exists():
            with own.open(encoding="utf-8-sig", newline="") as lines:
                found |= {target.code: target for target in _read(lines, str(own))}
        return cls(found.values())

    def all(self) -> list[Target]:
        return list(self._by_code.values())

    def get(self, code: str) -> Target:
        """A target by its code, or one made of an address: ``host:port/database``, ``http://…``. Raises NotFound."""
        known = self._by_code.get(code)
        if known is not None:
            return known
        if code.startswith(("http://", "https://")):
            return Target(code, code, "sru", code)
        if ":" in code or "/" in code:
            return Target(code, code, "z3950", code)
        raise NotFound(
            f"there is no target {code!r}; known are {', '.join(self._by_code)}, or write host:port/database"
        )
