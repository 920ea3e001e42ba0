"""Quick ways to make pymarc's objects: the hot loops of all readers go through here.

pymarc's own constructors re-check what a reader has just made sure of; these fill the same slots directly.
A caller gives tags of three characters, two indicators of one character each, and ``str`` values.
"""

from __future__ import annotations

from collections.abc import Iterable

from pymarc import Field, Indicators, Leader, Record, Subfield

__all__ = ["control_field", "copy_of", "data_field", "is_control_tag", "new_record", "subfield"]

_new_field = Field.__new__
_new_record = Record.__new__
_new_leader = Leader.__new__
_new_tuple = tuple.__new__
_INDICATORS: dict[str, Indicators] = {}

DEFAULT_LEADER = "     nam a22     uu 4500"


def is_control_tag(tag: str) -> bool:
    """001-009 hold data without indicators and subfields (as pymarc decides it: numeric and below 010)."""
    return tag < "010" and tag.isdigit()


def subfield(code: str, value: str) -> Subfield:
    return _new_tuple(Subfield, (code, value))


def indicators(pair: str) -> Indicators:
    """The two indicators of ``pair``; one object for each pair, for the tuples are immutable."""
    known = _INDICATORS.get(pair)
    if known is None:
        known = Indicators(pair[0], pair[1])
        if len(_INDICATORS) < 65_536:  # hostile files can have any two characters here
            _INDICATORS[pair] = known
    return known


def control_field(tag: str, data: str) -> Field:
    field = _new_field(Field)
    field.tag = tag
    field.data = data
    field._indicators = None
    field.subfields = []
    field.control_field = True
    return field


def data_field(tag: str, pair: str, subfields: list[Subfield]) -> Field:
    """pair: both indicators as two characters."""
    field = _new_field(Field)
    field.tag = tag
    field.data = None
    field._indicators = _INDICATORS.get(pair) or indicators(pair)
    field.subfields = subfields
    field.control_field = False
    return field


def copy_of(field: Field) -> Field:
    """A data field of its own with the same subfields, which are immutable."""
    copy = _new_field(Field)
    copy.tag = field.tag
    copy.data = None
    copy._indicators = field._indicators or indicators("  ")
    copy.subfields = field.subfields[:]
    copy.control_field = False
    return copy


def new_record(leader: str, fields: Iterable[Field]) -> Record:
    """leader: 24 characters."""
    record = _new_record(Record)
    made = _new_leader(Leader)
    made.leader = leader
    record.leader = made
    record.fields = list(fields)
    record.pos = 0
    record.force_utf8 = False
    record.to_unicode = True
    return record
