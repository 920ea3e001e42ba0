"""The checks that run while records are read: one pass, a few dozen microseconds a record.

`check` looks at a normalised record and changes nothing. What reading noticed is not repeated here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from unioncat.marc import Record
from unioncat.model import Finding
from unioncat.quality.links import orphans
from unioncat.quality.marc21 import BIBLIOGRAPHIC_LEVELS, BIBLIOGRAPHIC_TYPES, code_list, definitions, is_local
from unioncat.quality.rules import finding
from unioncat.quality.values import VALUE_CHECKS

__all__ = ["MOST_FINDINGS", "Found", "check"]

MOST_FINDINGS = 24
"""Findings kept of one record: a record of four thousand broken items says nothing new after these."""

_BLANKS = (" ", " ")
_NO_LANGUAGE = frozenset({"   ", "|||", "und", "###"})
_YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)")
_OTHER_RECORDS = frozenset("zuvxyqw")


class Found:
    """Findings of one record, each rule and place once; `findings` to begin with are kept."""

    __slots__ = ("_seen", "findings")

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        self.findings: list[Finding] = list(findings)
        self._seen = {(found.rule, found.place) for found in self.findings}

    def add(self, rule: str, place: str = "", detail: str = "", fixed: bool = False) -> None:
        key = (rule, place)
        if key not in self._seen and len(self.findings) < MOST_FINDINGS:
            self._seen.add(key)
            self.findings.append(finding(rule, place, detail, fixed))


def check(record: Record) -> tuple[Finding, ...]:
    """What is wrong with a bibliographic record, most by rows of the rule table; () for a clean one."""
    leader = record.leader.leader
    kind = leader[6:7]
    found = Found()
    if kind not in BIBLIOGRAPHIC_TYPES:
        if kind in _OTHER_RECORDS:
            found.add("not-bibliographic", "LDR/06", kind)
            return tuple(found.findings)
        found.add("leader-type", "LDR/06", kind)
    if leader[7:8] not in BIBLIOGRAPHIC_LEVELS:
        found.add("leader-level", "LDR/07", leader[7:8])
    shapes, checks = _SHAPES, VALUE_CHECKS
    seen: dict[str, int] = {}
    years: list[str] = []
    fixed: str | None = None
    titled = False
    for field in record.fields:
        tag = field.tag
        times = seen[tag] = seen.get(tag, 0) + 1
        shape = shapes.get(tag)
        if shape is None:
            if not is_local(tag):
                found.add("field-undefined", tag)
            continue
        if times > 1 and not shape.repeatable:
            found.add("field-repeated", tag)
        data = field.data
        if data is not None:
            if tag == "008":
                fixed = data
            continue
        first, second = field._indicators or _BLANKS
        if shape.ind1 is not None and first not in shape.ind1:
            found.add("indicator-undefined", tag, f"1: {first!r}")
        if shape.ind2 is not None and second not in shape.ind2:
            found.add("indicator-undefined", tag, f"2: {second!r}")
        codes = shape.codes
        if codes is not None:
            for code, _ in field.subfields:
                if code not in codes:
                    found.add("subfield-undefined", f"{tag}${code}")
        check_value = checks.get(tag)
        if check_value is not None:
            for rule, place, detail in check_value(field):
                found.add(rule, place, detail)
        if tag == "245":
            titled = titled or any(code in "abkp" and value.strip() for code, value in field.subfields)
        elif tag == "260" or tag == "264":
            for code, value in field.subfields:
                if code == "c":
                    years += _YEAR.findall(value)
    _whole(found, seen, titled, fixed, years)
    if "880" in seen:
        for place, detail in orphans(record):
            found.add("link-880-orphan", place, detail)
    return tuple(found.findings)


def _whole(found: Found, seen: dict[str, int], titled: bool, fixed: str | None, years: list[str]) -> None:
    if not titled:
        found.add("title-missing", "245$a")
    if "001" not in seen:
        found.add("control-number-missing", "001", fixed=False)
        if seen.get("952") == 1:
            found.add("copy-as-record", "952")
    entries = [tag for tag in ("100", "110", "111", "130") if tag in seen]
    if len(entries) > 1:
        found.add("main-entry-repeated", entries[1], " ".join(entries))
    if fixed is None:
        found.add("fixed-field-missing", "008")
    else:
        _fixed_field(found, fixed, years)


def _fixed_field(found: Found, fixed: str, years: list[str]) -> None:
    if len(fixed) != 40:
        found.add("fixed-field-length", "008", f"{len(fixed)}: {fixed}")
        if len(fixed) < 38:
            return
    language = fixed[35:38]
    if language in _NO_LANGUAGE:
        found.add("language-missing", "008/35-37", language)
    elif language not in _LANGUAGES:
        found.add("language-unknown", "008/35-37", language)
    year = fixed[7:11]
    if year.isascii() and year.isdigit():
        if year == "9999":
            found.add("date-constant", "008/07-10", year)
        elif not "1000" <= year <= "2100":
            found.add("date-implausible", "008/07-10", year)
        elif years and fixed[6] in "st" and year not in years:
            found.add("date-mismatch", "008/07-10", f"{year} / {' '.join(years[:3])}")


_SHAPES = definitions()
_LANGUAGES = code_list("languages")
