"""What an upload would do, as a page shows it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Preview", "PreviewRow"]


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One record of the file. position: from 1.

    outcome: new, changed, unchanged, deleted, refused
    matches: key of a stored record that it would become one with; likely: it needs a person's word
    """

    position: int
    identifier: str
    title: str
    outcome: str
    reason: str = ""
    findings: int = 0
    matches: str = ""
    likely: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """rows: the first SHOWN records. total: records in the file, as far as MOST_RECORDS."""

    rows: tuple[PreviewRow, ...]
    total: int

    def count(self, outcome: str) -> int:
        return sum(row.outcome == outcome for row in self.rows)

    @property
    def matched(self) -> int:
        return sum(bool(row.matches) for row in self.rows)
