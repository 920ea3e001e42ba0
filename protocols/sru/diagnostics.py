"""SRU diagnostics: numbers and texts from the table ``diagnostics.csv`` (info:srw/diagnostic/1, SRU 1.2 list).

`diagnostic` is the one function from an exception to a diagnostic.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files

from unioncat.model import BadQuery, ConfigError, NotFound

__all__ = ["BY_KIND", "MESSAGES", "URI", "Diagnostic", "diagnostic", "of_kind"]

URI = "info:srw/diagnostic/1/"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """number: of the list; details: what exactly, in the form that the list asks for."""

    number: int
    details: str = ""

    @property
    def message(self) -> str:
        return MESSAGES[self.number]

    @property
    def uri(self) -> str:
        return f"{URI}{self.number}"


def _read() -> tuple[dict[int, str], dict[str, int]]:
    messages: dict[int, str] = {}
    kinds: dict[str, int] = {}
    text = files(__package__).joinpath("diagnostics.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        number = int(row["number"])
        messages[number] = row["message"]
        kinds.update(dict.fromkeys(row["kinds"].split(), number))
    return messages, kinds


MESSAGES, BY_KIND = _read()


def of_kind(kind: str, details: str = "") -> Diagnostic:
    """The diagnostic of a kind of BadQuery, or of one of our own words in the table."""
    return Diagnostic(BY_KIND.get(kind, 1), details)


def diagnostic(error: Exception) -> Diagnostic:
    """What an exception is to the client. What nobody foresaw is a general system error without details."""
    if isinstance(error, BadQuery):
        return of_kind(error.kind, error.details)
    if isinstance(error, (NotFound, ConfigError)):
        return of_kind("no_index", str(error))
    return Diagnostic(1)
