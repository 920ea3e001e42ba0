"""Puts a MARC 21 record together from pieces that come in any order: what DC and spreadsheets share."""

from __future__ import annotations

from unioncat.marc import Field, Record
from unioncat.marc.build import control_field, data_field, new_record, subfield
from unioncat.model import Finding, Severity

__all__ = ["RecordBuilder"]


class RecordBuilder:
    """Collects fields and findings; `record` gives them in tag order with leader and 008.

    kind, level: leader/06 and 07 (see the MARC 21 leader). year: four digits or "". language: MARC code or "".
    """

    def __init__(self) -> None:
        self.kind = "a"
        self.level = "m"
        self.year = ""
        self.language = ""
        self.country = ""
        self.control_number = ""
        self.findings: list[Finding] = []
        self._fields: list[tuple[str, int, Field]] = []

    def add(self, tag: str, pair: str, *parts: tuple[str, str]) -> None:
        """A data field; parts are (code, value), empty values left out; no parts, no field."""
        subfields = [subfield(code, value.strip()) for code, value in parts if value and value.strip()]
        if subfields:
            self._fields.append((tag, len(self._fields), data_field(tag, pair, subfields)))

    def find(self, rule: str, severity: Severity, place: str = "", detail: str = "", fixed: bool = False) -> None:
        self.findings.append(Finding(rule, severity, place, detail[:120], fixed))

    def has(self, tag: str) -> bool:
        return any(known == tag for known, _, _ in self._fields)

    def record(self) -> Record:
        leader = f"00000n{self.kind}{self.level} a2200000uu 4500"
        date = f"s{self.year}    " if self.year else "nuuuuuuuu"
        fixed = f"||||||{date}{(self.country or 'xx')[:3]:<3}{'|' * 17}{self.language or 'und'}||"
        fields = [control_field("001", self.control_number)] if self.control_number else []
        fields.append(control_field("008", fixed))
        fields += [field for _, _, field in sorted(self._fields, key=_order)]
        return new_record(leader, fields)


def _order(entry: tuple[str, int, Field]) -> tuple[str, int]:
    return entry[0], entry[1]
