"""The small engine under every crosswalk out of MARC: a table of rules, compiled once, run in one pass.

A rule's source is a field spec of `unioncat.marc` (``245$abnp``, ``6XX$a``, ``264[*1]$b``, ``008/35-37``,
``LDR/06``); several joined by ``:`` feed one target in the record's own order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from unioncat.marc import Field, Record
from unioncat.marc.specs import Spec, parse_spec

__all__ = ["Cleaner", "Condition", "Crosswalk", "Rule", "Statement"]

Cleaner = Callable[[str], str]
"""Makes a value better; "" drops it."""

Condition = Callable[[Field], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a crosswalk.

    target:  element of the other format
    source:  field specs, see the module
    why:     the row of the published crosswalk, or why we differ
    clean:   run from left to right
    when:    only fields of which this is true
    join:    between the subfields of one field, in the field's order
    divide:  before subdivisions ($v, $x, $y, $z), where these are joined otherwise; "" is `join`
    each:    every subfield is a value of its own
    note:    what the writer of the format needs beside the value (an attribute, a type)
    """

    target: str
    source: str
    why: str
    clean: tuple[Cleaner, ...] = ()
    when: Condition | None = None
    join: str = " "
    divide: str = ""
    each: bool = False
    note: str = ""


class Statement(NamedTuple):
    """One value for one target, with the field that it came from (None: leader)."""

    rule: Rule
    value: str
    field: Field | None


class _Source(NamedTuple):
    row: int
    rule: Rule
    spec: Spec


_MOST_TAGS = 4096
"""Hostile records can name any tag; beyond this many the table is searched anew each time."""


class Crosswalk:
    """A compiled table. Statements come in the table's order, within a row in the record's order."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self._sources = [
            _Source(row, rule, spec) for row, rule in enumerate(self.rules) for spec in parse_spec(rule.source)
        ]
        self._leader = [source for source in self._sources if source.spec.tag == "LDR"]
        self._by_tag: dict[str, list[_Source]] = {}

    def _of_tag(self, tag: str) -> list[_Source]:
        found = [
            source
            for source in self._sources
            if (source.spec.pattern.fullmatch(tag) if source.spec.pattern else source.spec.tag == tag)
        ]
        if len(self._by_tag) < _MOST_TAGS:
            self._by_tag[tag] = found
        return found

    def statements(self, record: Record) -> list[Statement]:
        found: list[tuple[int, Statement]] = []
        for row, rule, spec in self._leader:
            value = _cleaned(rule, record.leader.leader[spec.start or 0 : spec.end])
            if value:
                found.append((row, Statement(rule, value, None)))
        by_tag = self._by_tag
        for field in record.fields:
            sources = by_tag.get(field.tag)
            if sources is None:
                sources = self._of_tag(field.tag)
            for row, rule, spec in sources:
                if (rule.when is not None and not rule.when(field)) or (spec.indicators and not spec.matches(field)):
                    continue
                data = field.data
                if data is not None:
                    parts = [data if spec.start is None else data[spec.start : spec.end]]
                elif (codes := spec.codes) is None:
                    parts = [text for _, text in field.subfields if text]
                else:
                    parts = [text for code, text in field.subfields if code in codes and text]
                if not rule.each and len(parts) > 1:
                    parts = [_divided(rule, spec, field) if rule.divide else rule.join.join(parts)]
                for part in parts:
                    value = _cleaned(rule, part)
                    if value:
                        found.append((row, Statement(rule, value, field)))
        found.sort(key=_row)
        return [statement for _, statement in found]


def _divided(rule: Rule, spec: Spec, field: Field) -> str:
    """`Marot, Clément, 1496-1544--Influence`: a space within the name, `divide` before subdivisions."""
    text = ""
    for code, part in field.subfields:
        if part and (spec.codes is None or code in spec.codes):
            if not text:
                text = part
            else:
                text = text.rstrip() + rule.divide + part if code in "vxyz" else text + rule.join + part
    return text


def _row(entry: tuple[int, Statement]) -> int:
    return entry[0]


def _cleaned(rule: Rule, value: str) -> str:
    for clean in rule.clean:
        value = clean(value)
        if not value:
            return ""
    return value.strip()
